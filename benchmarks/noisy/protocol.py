"""What every row of the table shares: data, network, schedule, device."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from noisy import cifar

from tilth.algorithms.labels import confident_joint, noise_matrix
from tilth.models.robust import Schedule, crop_and_flip

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

VALIDATION = (
    0.1  # of the training images, with their noisy labels: chooses epoch and setting
)
SMALL = 10_000  # training images of the small table, others for every seed


@dataclass(frozen=True, eq=False)
class Setup:
    """One network, one schedule, one augmentation, one device: the same for every row."""

    scale: str
    schedule: Schedule
    module: Callable[..., Any]
    device: str

    def schedule_for(self, n_kept: int, n_all: int) -> Schedule:
        """Return the schedule with as many steps on fewer examples as on all."""
        epochs = round(self.schedule.n_epochs * n_all / max(n_kept, 1))
        size = self.schedule.batch_size_for(n_all)
        return replace(self.schedule, n_epochs=max(epochs, 1), batch_size=size)


@dataclass(frozen=True, eq=False)
class Material:
    """The data of one cell and seed; no row sees `truth` or the test before it is scored."""

    inputs: NDArray[Any]
    given: NDArray[np.int64]
    truth: NDArray[np.int64]
    published: NDArray[np.floating] | None
    validation: tuple[NDArray[Any], NDArray[np.int64]]
    test: tuple[NDArray[Any], NDArray[np.int64]]
    seed: int
    own: Callable[[Material], NDArray[np.float64]]

    @cached_property
    def own_probs(self) -> NDArray[np.float64]:
        """Out-of-sample probabilities by the network of the table; four trainings."""
        return self.own(self)

    @property
    def probs(self) -> NDArray[np.floating]:
        """The published probabilities where there are any, the same for every row."""
        return self.own_probs if self.published is None else self.published

    @cached_property
    def noise(self) -> NDArray[np.float64]:
        """P(given | true) by confident learning, from the probabilities all rows share."""
        return noise_matrix(self.given, self.probs)

    @cached_property
    def noise_rate(self) -> float:
        """Share of wrong labels by confident learning, from the same."""
        joint = confident_joint(self.given, self.probs)
        return 1 - float(joint.trace()) / float(joint.sum())


def small_setup() -> Setup:
    """Fixed features and a network of two hidden layers, one thread of a CPU."""
    schedule = Schedule(
        n_epochs=20, batch_size=256, lr=0.002, weight_decay=0.02, dynamics=False
    )
    return Setup("small", schedule, two_layers, "cpu")


def full_setup(device: str, width: int = 64, **changes: Any) -> Setup:
    """Images, a residual network of nine layers and a fast schedule; `changes` shrink it."""
    schedule = Schedule(
        n_epochs=16,
        batch_size=512,
        optimizer="sgd",
        lr=0.4,
        weight_decay=5e-4,
        augment=crop_and_flip,
        dynamics=False,
    )
    from noisy.resnet9 import resnet9

    return Setup(
        "full", replace(schedule, **changes), partial(resnet9, width=width), device
    )


def two_layers(input_shape: tuple[int, ...], n_classes: int) -> Any:
    """Return the network of the small table."""
    from torch import nn

    return nn.Sequential(
        nn.Linear(input_shape[0], 256),
        nn.ReLU(),
        nn.Dropout(0.4),
        nn.Linear(256, 256),
        nn.ReLU(),
        nn.Dropout(0.4),
        nn.Linear(256, n_classes),
    )


def material(setup: Setup, cell: str, seed: int, n_seeds: int) -> Material:
    """Return the data of a cell and seed: other images (small) and another split for each."""
    noisy = cifar.noisy_labels(cell)
    if setup.scale == "small":
        train, test = cifar.features(n_seeds * SMALL)
        part = slice(seed * SMALL, (seed + 1) * SMALL)
        rows, inputs = cifar.shuffled_rows()[part], train[part]
    else:
        (inputs, _), (test, _) = cifar.images("train"), cifar.images("test")
        rows = np.arange(len(inputs))
    order = np.random.default_rng(seed).permutation(len(rows))
    n_held = round(VALIDATION * len(rows))
    held, kept = np.sort(order[:n_held]), np.sort(order[n_held:])
    published = None if noisy.pred_probs is None else noisy.pred_probs[rows[kept]]
    return Material(
        inputs[kept],
        noisy.given[rows[kept]],
        noisy.truth[rows[kept]],
        published,
        (inputs[held], noisy.given[rows[held]]),
        (test, cifar.images("test")[1]),
        seed,
        partial(own_probs, setup, cell),
    )


def own_probs(setup: Setup, cell: str, data: Material) -> NDArray[np.float64]:
    """Return out-of-sample probabilities of the training images; kept on disk."""
    kept = cifar.CACHE / f"probs_{setup.scale}_{setup.device}_{cell}_{data.seed}.npy"
    if kept.exists():
        return np.load(kept)
    from tilth.models.robust import PlainTraining

    folds = np.random.default_rng(data.seed).permutation(len(data.given)) % 4
    found = np.empty((len(data.given), cifar.CLASSES))
    for fold in range(4):
        rest, asked = folds != fold, folds == fold
        model = PlainTraining(
            setup.module,
            schedule=setup.schedule_for(int(rest.sum()), len(folds)),
            device=setup.device,
            random_state=data.seed,
        )
        model.fit(data.inputs[rest], data.given[rest], validation=data.validation)
        found[asked] = model.predict_proba(data.inputs[asked])
    cifar.CACHE.mkdir(exist_ok=True)
    np.save(kept, found)
    return found


def machine(device: str) -> str:
    """Say what a number was measured on."""
    if device != "cpu":
        import torch

        return torch.cuda.get_device_name(0)
    name = platform.processor() or platform.machine()
    try:
        lines = subprocess.run(
            ["lscpu"], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        name = next(
            line.split(":")[1].strip() for line in lines if line.startswith("Model name")
        )
    except (OSError, StopIteration, subprocess.CalledProcessError):
        pass
    return f"{name}, {len(os.sched_getaffinity(0))} cores"


def versions() -> str:
    """Name the versions a number depends on."""
    import sklearn
    import torch

    import tilth

    return (
        f"tilth {tilth.__version__}, torch {torch.__version__}, numpy {np.__version__}, "
        f"scikit-learn {sklearn.__version__}, Python {platform.python_version()}"
    )
