"""Facts about labels against hidden truth: neighbour votes, training dynamics, intervals, overlaps.

    python benchmarks/label_facts.py

Handwritten digits (the MNIST test set) and drawn noise of known matrices; CIFAR-10 with the published
noise and probabilities of confident learning, and with the labels of people (CIFAR-10N). The
truth is used for scores alone. Average precision is of wrong labels; an interval is right where it
holds the truth.
"""

from __future__ import annotations

import platform
import time
from typing import TYPE_CHECKING

import numpy as np
from planted import SHARED
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.naive_bayes import GaussianNB

from tilth.algorithms.label_noise import (
    flip_labels,
    make_asymmetric_noise,
    make_class_noise,
    make_pair_noise,
    make_uniform_noise,
)
from tilth.algorithms.labels import (
    audit_sample,
    class_health,
    corrected_accuracy,
    dynamics_quality,
    error_probabilities,
    neighbor_agreement,
    neighbor_noise_matrix,
    noise_calibration,
    noise_matrix,
    noise_rate,
    overlapping_classes,
)
from tilth.algorithms.neighbors import nearest_neighbors

if TYPE_CHECKING:
    from collections.abc import Iterator

N_DIGITS, N_CLASSES, K = 4000, 10, 10
N_SEEDS, N_DRAWS, N_CHECKED = 3, 200, 100
Noise = tuple[str, np.ndarray]


def main() -> None:
    print(f"{platform.machine()}, Python {platform.python_version()}, one thread")
    digits = _digits()
    for part in (neighbours, dynamics, rates, accuracies, overlaps):
        began = time.process_time()
        part(*digits)
        print(f"{time.process_time() - began:.0f} s of CPU")


def neighbours(x: np.ndarray, true: np.ndarray) -> None:
    """Print average precision of agreement with neighbours, and how far noise matrices are off."""
    print(
        f"\nneighbour votes, {N_DIGITS} digits, {N_SEEDS} plantings each: average precision; mean "
        "distance of the rows of a noise matrix from the planted ones (total variation)"
    )
    _line("", "agreement", "share", "self-conf.", "neighbours", "conf. joint", "no noise")
    near = nearest_neighbors(x, k=K)[1]
    for name, matrix in _noises():
        rows = []
        for seed in range(N_SEEDS):
            noisy = flip_labels(true, matrix, rng=np.random.default_rng(seed))
            probs = _out_of_sample(x, noisy.labels, seed)
            same = (noisy.labels[near] == noisy.labels[:, None]).mean(axis=1)
            own = probs[np.arange(len(true)), noisy.labels]
            scores = (neighbor_agreement(noisy.labels, near), same, own)
            found = (
                neighbor_noise_matrix(noisy.labels, near, n_classes=N_CLASSES),
                noise_matrix(noisy.labels, probs),
                np.eye(N_CLASSES),
            )
            rows.append(
                [average_precision_score(noisy.is_error, -s) for s in scores]
                + [np.abs(m - noisy.matrix).sum(axis=1).mean() / 2 for m in found]
            )
        _line(name, *_spread(rows))


def dynamics(x: np.ndarray, true: np.ndarray) -> None:
    """Print average precision of what one recorded training run says of its labels."""
    from tilth.models.robust import PlainTraining, Schedule

    methods = ("area_under_margin", "data_map", "forgetting")
    print(
        f"\none recorded run of a small network, {N_DIGITS} digits, {N_SEEDS} plantings each: average "
        "precision; `last` and `folds` are self-confidence after the run, and out of sample"
    )
    _line("", "margin", "data map", "forgetting", "last", "folds")
    for name, matrix in _noises():
        rows = []
        for seed in range(N_SEEDS):
            noisy = flip_labels(true, matrix, rng=np.random.default_rng(seed))
            schedule = Schedule(n_epochs=20, batch_size=64, validation=0.0)
            model = PlainTraining(schedule=schedule, device="cpu", random_state=seed)
            model.fit(x, noisy.labels)
            run, wrong = model.dynamics_, noisy.is_error[model.trained_rows_]
            scores = [dynamics_quality(run, method=method) for method in methods]
            probs = cross_val_predict(
                model, x, noisy.labels, method="predict_proba",
                cv=StratifiedKFold(3, shuffle=True, random_state=seed),
            )  # fmt: skip
            own = probs[np.arange(len(true)), noisy.labels]
            rows.append(
                [average_precision_score(wrong, -s) for s in (*scores, run.p_given[-1])]
                + [average_precision_score(noisy.is_error, -own)]
            )
        _line(name, *_spread(rows))


def rates(x: np.ndarray, true: np.ndarray) -> None:
    """Print how often the interval of the noise rate holds it, over all and by class."""
    print("\nnoise rate: share of intervals that hold the truth, mean width, mean error")
    _line("", "all labels", "width", "error", "by class", "width", "error", "n")
    groups: dict[str, list[list[float]]] = {}
    for group, given, probs, is_error in _judged(x, true):
        known = noise_calibration(given, probs)
        found = [noise_rate(given, probs, calibration=known)]
        of_class = class_health(given, probs, calibration=known).wrong
        real = [is_error.mean()]
        n = np.bincount(given, minlength=len(of_class))
        real_of_class = np.bincount(given, is_error, minlength=len(of_class)) / np.maximum(
            n, 1
        )
        groups.setdefault(group, []).append(
            [*_covers(np.array(found), np.array(real)), *_covers(of_class[n > 0], real_of_class[n > 0])]
        )  # fmt: skip
    every = [row for rows in groups.values() for row in rows]
    for group, rows in [*groups.items(), ("all", every)]:
        _line(group, *(f"{v:.3f}" for v in np.mean(rows, axis=0)), str(len(rows)))


def accuracies(x: np.ndarray, true: np.ndarray) -> None:
    """Print how often the interval around the corrected accuracy holds the true one."""
    print(
        f"\naccuracy on true labels from {N_CHECKED} checked ones, {N_DRAWS} draws: share of 95 % intervals that hold "
        "it, mean width, mean error; of samples drawn from all, and drawn for the flags"
    )
    _line(
        "",
        "true",
        "given",
        *("covers", "width", "error"),
        *("flags: covers", "width", "error"),
    )
    rng = np.random.default_rng(0)
    for name, given, probs, right in _tests(x, true):
        said = probs.argmax(axis=1)
        real = float((said == right).mean())
        p_error = error_probabilities(given, probs)
        flagged = p_error >= noise_calibration(given, probs).cut
        cells = [f"{real:.4f}", f"{(said == given).mean():.4f}"]
        for judged in (np.zeros(len(given), dtype=bool), flagged):
            drawn = []
            for _ in range(N_DRAWS):
                sample = audit_sample(p_error, judged, N_CHECKED, rng=rng)
                drawn.append(corrected_accuracy(said, given, sample, right[sample.rows]))
            value, low, high = np.array(drawn).T
            held = (low <= real) & (real <= high)
            cells += [f"{held.mean():.3f}", f"{(high - low).mean():.3f}"]
            cells.append(f"{value.mean() - real:+.4f}")
        _line(name, *cells)


def overlaps(x: np.ndarray, true: np.ndarray) -> None:
    """Print whether the pairs named as hardly told apart are those really mixed up."""
    print(
        "\noverlapping classes: share of labels and predictions that are really the other class of a pair, of "
        "the five pairs named first, of the five worst, and of all"
    )
    _line("", "named", "worst", "all", "in common")
    pairs = {3: 5, 5: 3, 4: 9, 9: 4, 7: 2, 2: 7}
    matrix = make_asymmetric_noise(N_CLASSES, 0.35, pairs)
    given = flip_labels(true, matrix, rng=np.random.default_rng(0)).labels
    planted = ("digits, three pairs swapped", given, _out_of_sample(x, given, 0), true)
    for name, given, probs, right in (planted, *_tests(x, true)):
        mixed = np.zeros((N_CLASSES, N_CLASSES))
        np.add.at(mixed, (right, given), 1.0)
        np.add.at(mixed, (right, probs.argmax(axis=1)), 1.0)
        n = 2.0 * np.bincount(right, minlength=N_CLASSES)
        mixed = (mixed + mixed.T) / (n[:, None] + n)
        found = overlapping_classes(given, probs)
        of_pair = mixed[found.first, found.second]
        worst = np.argsort(-of_pair, kind="stable")[:5]
        shares = (of_pair[:5].mean(), of_pair[worst].mean(), of_pair.mean())
        _line(name, *(f"{v:.4f}" for v in shares), f"{(worst < 5).sum()} of 5")


def _noises() -> Iterator[Noise]:
    yield "uniform, 0.1", make_uniform_noise(N_CLASSES, 0.1)
    yield "uniform, 0.3", make_uniform_noise(N_CLASSES, 0.3)
    yield "next class, 0.2", make_pair_noise(N_CLASSES, 0.2)
    rng = np.random.default_rng(5)
    yield "by class, 0.2", make_class_noise(N_CLASSES, 0.2, sparsity=0.4, rng=rng)


def _judged(
    x: np.ndarray, true: np.ndarray
) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """Yield given labels, probabilities and which labels are wrong, by group."""
    noises = [("none", np.eye(N_CLASSES)), *_noises()]
    for seed in range(N_SEEDS):
        for _, matrix in noises:
            noisy = flip_labels(true, matrix, rng=np.random.default_rng(seed))
            for model, group in ((None, "digits"), (GaussianNB(), "digits, naive Bayes")):
                probs = _out_of_sample(x, noisy.labels, seed, model)
                yield group, noisy.labels, probs, noisy.is_error
    for name, given, probs, right in _published():
        yield name, given, probs, given != right
    for name in ("cifar10n_aggregate", "roman_numeral"):
        with np.load(SHARED / "label_detection" / f"{name}.npz") as file:
            for model in ("resnet18", "swin", "twins"):
                probs = file[f"pred_probs_{model}"]
                yield (
                    "labels of people",
                    file["labels"].astype(int),
                    probs,
                    file["is_error"],
                )


def _tests(
    x: np.ndarray, true: np.ndarray
) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """Yield given labels, probabilities and true labels."""
    given = flip_labels(
        true, make_uniform_noise(N_CLASSES, 0.1), rng=np.random.default_rng(0)
    ).labels
    yield "digits, uniform 0.1", given, _out_of_sample(x, given, 0), true
    yield from _published()
    with (
        np.load(SHARED / "label_detection" / "cifar10n_aggregate.npz") as file,
        np.load(SHARED / "cifar10n" / "cifar10n.npz") as truth,
    ):
        right = truth["clean_label"].astype(int)
        for model in ("resnet18", "swin"):
            probs = file[f"pred_probs_{model}"]
            yield f"CIFAR-10N, {model}", file["labels"].astype(int), probs, right


def _published() -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    for path in sorted((SHARED / "cl_cifar10").glob("*.npz")):
        with np.load(path) as file:
            given, right = (file[k].astype(int) for k in ("noisy_labels", "true_labels"))
            name = path.stem.removeprefix("noise").replace("_sparsity", ", sparsity ")
            yield f"CIFAR-10, noise {name}", given, file["pred_probs"], right


def _digits() -> tuple[np.ndarray, np.ndarray]:
    with np.load(SHARED / "mnist_test" / "mnist_test.npz") as file:
        pixels, labels = file["images"].reshape(len(file["labels"]), -1), file["labels"]
    rows = np.random.default_rng(0).choice(len(labels), N_DIGITS, replace=False)
    x = PCA(40, random_state=0).fit_transform(pixels[rows] / 255.0)
    return x.astype(np.float32), labels[rows].astype(int)


def _out_of_sample(
    x: np.ndarray, labels: np.ndarray, seed: int, model: object = None
) -> np.ndarray:
    folds = StratifiedKFold(4, shuffle=True, random_state=seed)
    model = LogisticRegression(max_iter=200) if model is None else model
    probs: np.ndarray = cross_val_predict(
        model, x, labels, cv=folds, method="predict_proba"
    )
    return probs


def _covers(found: np.ndarray, real: np.ndarray) -> list[float]:
    """Return how often the intervals (value, low, high) hold what is real, their width, and the error."""
    value, low, high = found.T
    held = (low <= real) & (real <= high)
    return [float(np.mean(v)) for v in (held, high - low, np.abs(value - real))]


def _spread(rows: list[list[float]]) -> list[str]:
    return [
        f"{mean:.3f} ±{sd:.3f}"
        for mean, sd in zip(np.mean(rows, axis=0), np.std(rows, axis=0), strict=True)
    ]


def _line(name: str, *cells: str) -> None:
    print(f"{name:34}" + "".join(f"{cell:>15}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
