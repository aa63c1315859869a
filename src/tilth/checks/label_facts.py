"""What labels say as a whole: how many are wrong, of which classes, and which classes overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.algorithms.labels import overlapping_classes

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PAIRS = 10  # pairs of classes named in the facts; more are not read. Our own.
# Of an example of each of two classes the model takes the wrong one for the other at least
# one time in four, chance being two: named as hardly told apart. Our own.
_OVERLAP = 0.5
_NEAREST = 5  # others a class is compared with: those it overlaps with are among them


def noise_facts(
    n: NDArray[np.int64], wrong: NDArray[np.float64], classes: NDArray[Any]
) -> dict[str, Any]:
    """Return how many labels are expected to be wrong, in all and of each class, worst first.

    Parameters
    ----------
    n : int array of shape (n_classes,)
        Examples given as each class.
    wrong : float array of shape (n_classes, 3)
        As `ClassHealth.wrong`.
    classes : array of shape (n_classes,)
        Names.
    """
    some = np.flatnonzero(n)
    rates = np.average(wrong[some], axis=0, weights=n[some]) if len(some) else np.zeros(3)
    value, low, high = (float(rate) for rate in rates)
    order = some[np.argsort(-wrong[some, 0], kind="stable")]
    health = [
        {
            "class": plain(classes[k]),
            "n": int(n[k]),
            "noise_rate": float(wrong[k, 0]),
            "low": float(wrong[k, 1]),
            "high": float(wrong[k, 2]),
        }
        for k in order
    ]
    return {
        "estimated_noise_rate": value,
        "noise_rate_low": low,
        "noise_rate_high": high,
        "class_health": health,
    }


def overlap_facts(
    labels: NDArray[np.int64], pred_probs: NDArray[np.floating], classes: NDArray[Any]
) -> dict[str, Any]:
    """Return the pairs of classes that are hardly told apart, worst first."""
    found = overlapping_classes(labels, pred_probs, nearest=_NEAREST)
    at = np.flatnonzero(found.overlap[:, 1] >= _OVERLAP)[:_PAIRS]
    return {
        "overlapping_classes": [
            {
                "first": plain(classes[found.first[i]]),
                "second": plain(classes[found.second[i]]),
                "overlap": float(found.overlap[i, 0]),
                "low": float(found.overlap[i, 1]),
                "high": float(found.overlap[i, 2]),
            }
            for i in at
        ]
    }


def most_confused(counts: NDArray[np.int64], classes: NDArray[Any]) -> list[dict[str, Any]]:
    """Return the pairs of classes flagged most often, from counts given (rows) x suggested."""
    given, suggested = np.nonzero(counts)
    named = [
        (plain(classes[i]), plain(classes[j]), int(counts[i, j]))
        for i, j in zip(given, suggested, strict=True)
    ]
    ordered = sorted(named, key=lambda pair: (-pair[2], str(pair[:2])))
    return [{"given": i, "suggested": j, "n": n} for i, j, n in ordered[:_PAIRS]]


def plain(value: Any) -> Any:
    """Return a class name without numpy around it."""
    return value.item() if isinstance(value, np.generic) else value
