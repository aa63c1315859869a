"""How well faults in images are found: a folder of CIFAR-10 test images with planted ones.

    python benchmarks/images.py

Prints seconds and CPU time of the audit, the average precision of label_errors beside that of
plain self-confidence from the same model (mean and standard deviation over the seeds of folds),
and precision and recall for each planted fault. Natural faults are not marked, so precision is
at least what is printed. The same for a tenth of wrong labels, drawn at random, among the digits
that scikit-learn ships, as PNG, and among 2,000 images of CIFAR-10. Then, on the 10,000 test images of CIFAR-10, how many copies of 200 of
them are found again after each change, and how many pairs among the originals are called copies.
"""

from __future__ import annotations

import io
import os
import platform
import resource
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import Image
from planted import SHARED
from sklearn.datasets import load_digits
from sklearn.metrics import average_precision_score

import tilth
from tilth.algorithms.duplicates import near_image_pairs
from tilth.algorithms.labels import error_probabilities
from tilth.checks.check import Findings
from tilth.models.defaults import BuiltIn
from tilth.models.model import Model
from tilth.signals.features import features
from tilth.signals.pred_probs import cross_val_pred_probs

if TYPE_CHECKING:
    from tilth.data.dataset import Dataset
    from tilth.engine.audit import Audit

N_SEEDS = 10
PROBLEMS = {
    "dark": "dark", "light": "light", "blurry": "blurry", "odd_size": "odd size",
    "odd_aspect": "odd aspect", "grayscale": "grayscale", "low_information": "low information",
}  # fmt: skip


def share(hits: int, n: int) -> str:
    return f"{hits / n:5.2f} ({hits}/{n})" if n else "   -"


def label_quality(dataset: Dataset, truth: pd.DataFrame, audit: Audit) -> None:
    wrong = (truth["given_label"] != truth["true_label"]).to_numpy()
    errors = audit.outcomes["label_errors"]
    assert isinstance(errors, Findings)
    table = errors.table.sort_values("key")
    ours = average_precision_score(wrong, 1 - table["quality"])
    plain = average_precision_score(wrong, 1 - table["p_given"])
    flagged = table["is_issue"].to_numpy()
    print(
        f"mislabelled images: {wrong.sum()} of {len(wrong)}; the audit: average precision "
        f"{ours:.3f}, self-confidence {plain:.3f}; flagged {flagged.sum()}, precision "
        f"{share(int(wrong[flagged].sum()), int(flagged.sum()))}, recall "
        f"{share(int(wrong[flagged].sum()), int(wrong.sum()))}"
    )
    model = audit.facts["signal_model"]
    encoded = features(dataset)
    found = []
    for seed in range(N_SEEDS):
        probabilities = cross_val_pred_probs(
            dataset,
            _built_in(model, dataset),
            rng=np.random.default_rng(seed),
            features=encoded,
        )
        own = probabilities[np.arange(len(wrong)), dataset.labels]
        doubt = error_probabilities(dataset.labels, probabilities)
        found.append(
            (average_precision_score(wrong, doubt), average_precision_score(wrong, 1 - own))
        )
    scores = np.array(found)
    gain = scores[:, 0] - scores[:, 1]
    print(
        f"over {N_SEEDS} seeds of folds ({model}): label_errors {scores[:, 0].mean():.3f}, "
        f"self-confidence {scores[:, 1].mean():.3f}, difference {gain.mean():+.4f} "
        f"(sd {gain.std(ddof=1):.4f})"
    )


def _built_in(name: str, dataset: Dataset) -> Model:
    recipe = BuiltIn(name, "classification", (), dataset.schema.image)
    return Model(name, recipe)


def planted() -> None:
    """Plant a tenth of wrong labels in two other sets of images and look for them."""
    digits = load_digits()
    pixels = (digits.images * (255 / 16)).astype(np.uint8)
    _find_planted("digits", [_png(image) for image in pixels], digits.target.astype(str))
    table = pd.read_parquet(SHARED / "cifar10" / "test.parquet").iloc[:2_000]
    _find_planted(
        "CIFAR-10", table["image"].tolist(), table["label"].astype(str).to_numpy()
    )


def _find_planted(name: str, cells: list[bytes], true: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    given, classes = true.astype(object), np.unique(true)
    for row in rng.choice(len(true), len(true) // 10, replace=False):
        given[row] = rng.choice(classes[classes != true[row]])
    dataset = tilth.read({"image": cells, "label": given}, label="label")
    truth = pd.DataFrame({"given_label": given, "true_label": true})
    print(f"{name}, {len(true):,} images, a tenth of the labels wrong")
    label_quality(dataset, truth, tilth.audit(dataset, select=["label_errors"]))


def _png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def faults(dataset: Dataset, truth: pd.DataFrame, audit: Audit) -> None:
    problems = audit.outcomes["image_problems"]
    assert isinstance(problems, Findings)
    said = problems.table.sort_values("key")["problem"].str.split("; ").tolist()
    issue = truth["issue"].to_numpy()
    print(f"{'fault':34} {'recall':>16} {'precision':>16}")
    for planted, name in PROBLEMS.items():
        flagged = np.array([name in own for own in said])
        real = issue == planted
        print(
            f"{'image_problems ' + name:34} {share(int(flagged[real].sum()), int(real.sum())):>16} "
            f"{share(int(real[flagged].sum()), int(flagged.sum())):>16}"
        )
    planted = np.isin(issue, list(PROBLEMS))
    flagged = np.array([bool(own[0]) for own in said])
    print(
        f"{'image_problems, any':34} {share(int(flagged[planted].sum()), int(planted.sum())):>16} "
        f"{share(int(planted[flagged].sum()), int(flagged.sum())):>16}"
    )
    pairs_of = {
        "exact_duplicates": ("exact_duplicate", "exact_duplicate_and_mislabelled"),
        "near_duplicates": ("near_duplicate",),
    }
    for check, kinds in pairs_of.items():
        outcome = audit.outcomes[check]
        assert isinstance(outcome, Findings)
        members = outcome.members
        assert members is not None
        names = members.assign(file=dataset.example_id[members["position"].to_numpy()])
        group = dict(zip(names["file"], names["key"], strict=True))
        rows = truth[truth["issue"].isin(kinds)]
        hits = sum(
            f in group and group.get(o) == group[f]
            for f, o in zip(rows.index, rows["original"], strict=True)
        )
        real = set(rows.index) | set(rows["original"])
        n_right = sum(file in real for file in group)
        print(f"{check:34} {share(hits, len(rows)):>16} {share(n_right, len(group)):>16}")


def copies() -> None:
    """Find altered copies of 200 images among 10,000 others."""
    table = pd.read_parquet(SHARED / "cifar10" / "test.parquet")
    images = np.stack(
        [np.asarray(Image.open(io.BytesIO(b)).convert("RGB")) for b in table["image"]]
    )
    rng = np.random.default_rng(0)
    chosen = rng.choice(len(images), 200, replace=False)
    began = time.process_time()
    among = near_image_pairs(images)
    print(
        f"CIFAR-10 test, {len(images):,} images: {len(among.i)} pairs are called copies, "
        f"{time.process_time() - began:.0f} s of CPU"
    )
    for name, changed in _changes(images[chosen], rng).items():
        pairs = near_image_pairs(changed, images)
        hit = {(i, j) for i, j in zip(pairs.i.tolist(), pairs.j.tolist(), strict=True)}
        n_found = sum((i, int(j)) in hit for i, j in enumerate(chosen))
        print(f"  {name:24} found {share(n_found, len(chosen))}")


def _changes(images: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    def jpeg(image: np.ndarray) -> np.ndarray:
        file = io.BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=60)
        return np.asarray(Image.open(file))

    def zoomed(image: np.ndarray) -> np.ndarray:
        return np.asarray(Image.fromarray(image[2:30, 2:30]).resize((32, 32)))

    noisy = images + rng.normal(0, 4, images.shape)
    return {
        "noise of sd 4": noisy.clip(0, 255).astype(np.uint8),
        "JPEG of quality 60": np.stack([jpeg(image) for image in images]),
        "brighter by a tenth": (images * 1.1 + 4).clip(0, 255).astype(np.uint8),
        "moved by 1 pixel": np.roll(images, 1, axis=2),
        "moved by 2 pixels": np.roll(images, (1, 2), axis=(1, 2)),
        "cut by an eighth": np.stack([zoomed(image) for image in images]),
        "mirrored": images[:, :, ::-1].copy(),
    }


def main() -> None:
    print(
        f"tilth {tilth.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"{platform.machine()}"
    )
    folder = SHARED / "image_folder"
    if not folder.is_dir():
        print("the image folder is not beside the project")
        return
    began, cpu = time.perf_counter(), time.process_time()
    dataset = tilth.read(folder)
    audit = tilth.audit(dataset)
    print(
        f"audit of {len(dataset):,} images: {time.perf_counter() - began:.1f} s, "
        f"{time.process_time() - cpu:.1f} s of CPU (bar 60 s), peak "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB"
    )
    truth = pd.read_csv(folder / "truth.csv").set_index("file").loc[dataset.example_id]
    label_quality(dataset, truth, audit)
    faults(dataset, truth, audit)
    planted()
    copies()


if __name__ == "__main__":
    main()
