"""The calibrated cut and what it promises: F1 against the best cut, precision against the truth.

    python benchmarks/label_cut.py [masks] [ranking] [scores] [cut] [suggested] [precision] [audited]

``masks``: rows that differ from the published selections. ``ranking``: AUROC and average precision
of P(error) and of several models together, against the plain scores. ``scores``: average precision of every
score by kind of noise, on which the method "auto" rests. ``cut``: F1 of the default
flags below that of the best possible cut of self-confidence or margin. ``suggested``: how often
the label suggested for a wrong one that is flagged is the true one, and how many labels are right
before and after giving it to all that are flagged, against the model's most probable other class.
``precision``: how often
the interval from scores alone holds the real precision. ``audited``: the same after a person
checked 100 examples, over 200 draws a set. Sets called planted have noise of four kinds and three
rates, under strong and weak models. They were looked at for two numbers of hidden_classes.py, the
pull on biases (0.007) and the bar for noise of pairs (1.5 standard errors): for these two they are
no test. That noise of pairs is drawn less towards even noise, and that doubt counts less where noise
is even, was first seen here (the parts of published sets too) and settled on other data: for these
two they are half a test.
"""

from __future__ import annotations

import platform
import sys
import time
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from cut_sets import sets
from sklearn.metrics import average_precision_score, roc_auc_score

from tilth.algorithms import labels as tl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

METHODS = {
    "argmax": "keep_argmax",
    "confident_joint": "keep_conf_joint_only",
    "prune_by_class": "keep_cl_pbc",
    "prune_by_noise_rate": "keep_cl_pbnr",
    "both": "keep_cl_both",
}
PLAIN = ("self_confidence", "normalized_margin")
DRAWS, CHECKED = 200, 100


def masks() -> None:
    for name in sets.PUBLISHED:
        with np.load(sets.SHARED / "cl_cifar10" / f"{name}.npz") as file:
            labels, probs = file["noisy_labels"], file["pred_probs"]
            differ = {
                m: int((tl.label_errors(labels, probs, method=m) == file[k]).sum())
                for m, k in METHODS.items()
            }
        print(f"{name}: rows that differ {differ}")


def ranking() -> None:
    by_set = defaultdict(list)
    for one in sets.human():
        by_set[one.group].append(one)
    for group, models in by_set.items():
        best = np.zeros(2)
        for one in models:
            plain = [
                _ranked(one, tl.label_quality(one.labels, one.pred_probs, method=m))
                for m in PLAIN
            ]
            ours = _ranked(one, -tl.error_probabilities(one.labels, one.pred_probs))
            best = np.maximum(best, np.max(plain, axis=0))
            below = np.max(plain, axis=0) - ours
            cells = " ".join(f"{a:.4f}/{p:.4f}" for a, p in [*plain, ours])
            print(
                f"{one.name:32} AUROC/AP self-confidence, margin, ours: {cells}   below {below.round(4)}"
            )
        pooled = tl.ensemble_pred_probs(models[0].labels, [m.pred_probs for m in models])
        one = models[0]
        for title, quality in (
            ("self-confidence", tl.label_quality(one.labels, pooled)),
            ("P(error)", -tl.error_probabilities(one.labels, pooled)),
        ):
            found = _ranked(one, quality)
            print(
                f"{group:32} ensemble, {title}: {found.round(4)}   below best single {(best - found).round(4)}"
            )


def scores() -> None:
    methods = (*PLAIN, "confidence_weighted_entropy", "auto")
    found = defaultdict(list)
    for one in _noisy():
        row = [
            average_precision_score(
                one.wrong, -tl.label_quality(one.labels, one.pred_probs, method=m)
            )
            for m in methods
        ]
        found[one.group].append(row)
        found["all"].append(row)
    print(f"{'':40} {', '.join(methods)}")
    for group, rows in sorted(found.items(), key=lambda item: item[0] == "all"):
        print(f"{group:40} n {len(rows):3} {np.mean(rows, axis=0).round(3)}")


def _ranked(one: sets.Labels, quality: np.ndarray) -> np.ndarray:
    scores = (roc_auc_score, average_precision_score)
    return np.array([score(one.wrong, -quality) for score in scores])


def cut() -> None:
    gaps = defaultdict(list)
    for one in _noisy():
        flagged = tl.label_errors(one.labels, one.pred_probs)
        best, ours = best_f1(one), f1(flagged, one.wrong)
        theirs = {
            m: f1(tl.label_errors(one.labels, one.pred_probs, method=m), one.wrong)
            for m in METHODS
        }
        gaps[one.group].append((best - ours, best - max(theirs.values()), one.name))
        if "planted" not in one.group and "part" not in one.group:
            print(
                f"{one.name:40} best {best:.3f} ours {ours:.3f} gap {best - ours:+.3f}   paper's best {max(theirs.values()):.3f}"
            )
    for group, rows in gaps.items():
        gap = np.array([row[0] for row in rows])
        worst = rows[int(gap.argmax())]
        paper = np.mean([row[1] for row in rows])
        print(
            f"{group:40} n {len(rows):3} mean gap {gap.mean():+.3f} worst {worst[0]:+.3f} ({worst[2]}), above .05: {(gap > 0.05).sum()}, best of the paper's five: mean {paper:+.3f}"
        )


def _noisy() -> Iterator[sets.Labels]:
    rng = np.random.default_rng(0)
    yield from sets.human()
    yield from sets.published()
    yield from sets.parts(sets.human(), rng)
    yield from sets.parts(sets.published(), rng)
    yield from (one for one in sets.planted(rng) if one.wrong.any())


def f1(flagged: np.ndarray, wrong: np.ndarray) -> float:
    return float(2 * (flagged & wrong).sum() / max(flagged.sum() + wrong.sum(), 1))


def best_f1(one: sets.Labels) -> float:
    best = 0.0
    for method in PLAIN:
        quality = tl.label_quality(one.labels, one.pred_probs, method=method)
        order = np.argsort(quality, kind="stable")
        found = np.cumsum(one.wrong[order])
        n_flagged = np.arange(1, len(order) + 1)
        is_cut = np.append(np.diff(quality[order]) > 0, True)
        scores = 2 * found / (n_flagged + one.wrong.sum())
        best = max(best, float(scores[is_cut].max()))
    return best


def suggested() -> None:
    found = defaultdict(list)
    for one in _noisy():
        n_classes = one.pred_probs.shape[1]
        known = tl.noise_calibration(one.labels, one.pred_probs)
        p_error = tl.error_probabilities(one.labels, one.pred_probs, calibration=known)
        flagged = p_error >= known.cut
        if one.true is None or n_classes < 3 or not (flagged & one.wrong).any():
            continue
        others = one.pred_probs.astype(np.float64)
        others[np.arange(len(others)), one.labels] = -1.0
        row = [1.0 - one.wrong.mean()]
        for label in (
            others.argmax(axis=1),
            tl.suggested_labels(one.labels, one.pred_probs, calibration=known),
        ):
            is_right = label == one.true
            row.append(is_right[flagged & one.wrong].mean())
            row.append(np.where(flagged, is_right, ~one.wrong).mean())
        for group in (one.group, "all"):
            found[group].append(row)
    print(f"{'':40} labels right before; most probable other: right, labels after; ours")
    for group, rows in sorted(found.items(), key=lambda item: item[0] == "all"):
        print(f"{group:40} n {len(rows):3} {np.mean(rows, axis=0).round(4)}")


def precision() -> None:
    rng = np.random.default_rng(0)
    clean = chain(sets.published(clean=True), sets.clean_human())
    rows = defaultdict(list)
    for one in chain(
        sets.human(),
        sets.published(),
        clean,
        sets.parts(sets.human(), rng),
        sets.parts(sets.published(), rng),
        sets.planted(rng),
    ):
        known = tl.noise_calibration(one.labels, one.pred_probs)
        p_error = tl.error_probabilities(one.labels, one.pred_probs, calibration=known)
        flagged = p_error >= known.cut
        if not flagged.any():
            continue
        value, low, high = tl.expected_precision(
            one.labels, one.pred_probs, flagged, calibration=known
        )
        rate = tl.noise_rate(one.labels, one.pred_probs, calibration=known)
        real = float(one.wrong[flagged].mean())
        rows[one.group].append(
            (
                low <= real <= high,
                high - low,
                abs(value - real),
                low == 0.0,
                rate[1] <= one.wrong.mean() <= rate[2],
            )
        )
        if "planted" not in one.group and "part" not in one.group:
            print(
                f"{one.name:46} real {real:.3f} said {value:.3f} in {low:.3f} .. {high:.3f}"
            )
    everything: list = []
    for group, found in [*rows.items(), ("all", everything)]:
        everything += found if group != "all" else []
        held, width, off, open_, rated = np.array(found, dtype=float).mean(axis=0)
        print(
            f"{group:40} n {len(found):3} held {held:.0%} mean width {width:.2f} mean error of the value {off:.2f} begins at 0 {open_:.0%}   noise rate held {rated:.0%}"
        )


def audited() -> None:
    rng = np.random.default_rng(0)
    clean = chain(sets.published(clean=True), sets.clean_human())
    for one in chain(sets.human(), sets.published(), clean, _some(sets.planted(rng))):
        known = tl.noise_calibration(one.labels, one.pred_probs)
        p_error = tl.error_probabilities(one.labels, one.pred_probs, calibration=known)
        flagged = p_error >= known.cut
        if not flagged.any():
            continue
        answers = []
        for _ in range(DRAWS):
            sample = tl.audit_sample(p_error, flagged, CHECKED, rng=rng)
            is_error = one.wrong[sample.rows]
            answers.append(
                (
                    *tl.audited_precision(flagged, sample, is_error),
                    *tl.audited_recall(flagged, sample, is_error),
                )
            )
        _, low, high, _, r_low, r_high = np.array(answers).T
        real = one.wrong[flagged].mean()
        held = ((low <= real + 1e-12) & (real <= high + 1e-12)).mean()
        line = f"{one.group[:26]:26} {one.name:46} precision {real:.3f} held {held:.1%} mean width {(high - low).mean():.3f} widest {(high - low).max():.3f}"
        if one.wrong.any():
            recall = flagged[one.wrong].mean()
            line += f"   recall {recall:.3f} held {((r_low <= recall) & (recall <= r_high)).mean():.1%}"
        print(line)


def _some(planted: Iterable[sets.Labels]) -> Iterator[sets.Labels]:
    yield from (one for i, one in enumerate(planted) if i % 7 == 0)


PARTS = {
    f.__name__: f for f in (masks, ranking, scores, cut, suggested, precision, audited)
}


def main(names: tuple[str, ...]) -> None:
    print(f"{platform.machine()}, Python {platform.python_version()}, one thread")
    for name in names:
        began = time.process_time()
        print(f"\n{name}")
        PARTS[name]()
        print(f"{time.process_time() - began:.0f} s of CPU", flush=True)


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or tuple(PARTS))
