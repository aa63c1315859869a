"""Image problems: images that cannot be opened, show nothing, or are unlike the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tilth.algorithms.text import calibrated_cut, robust_z
from tilth.checks.check import Check, Findings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.signals.image_stats import ImageStats

BROKEN = "broken"
PLAIN = "low information"
DARK = "dark"
LIGHT = "light"
BLURRED = "blurry"
SIZE = "odd size"
ASPECT = "odd aspect"
GREY = "grayscale"
_WORST_FIRST = (BROKEN, PLAIN, DARK, LIGHT, BLURRED, SIZE, ASPECT, GREY)

# Bounds of what any image may be, our own. A problem is past its bound and unlike the rest as
# well, so that X-rays are not dark, scans not light, and a set of drawings not grey.
_DARK_END = 0.2  # nineteen pixels in twenty are darker
_LIGHT_END = 0.8  # nineteen pixels in twenty are lighter
_FEW_BITS = 1.0  # of entropy: two shades alone have at most that
_BLUR = 0.5  # sharpness, as a share of the median
_APART = 2.0  # times larger or longer than the median
_GREY = 0.02  # colourfulness of what is grey but for rounding
_FEW_GREY = 0.1  # share up to which grey images are unlike the rest
_MIN_SPREAD = (
    0.1  # of logarithms of sizes: where nearly all are equal, a tenth more is no news
)
_MIN_ROWS = 20  # images that make a rest to be unlike


def find_image_problems(
    image_stats: ImageStats, *, expected_false_alarms: float = 0.5
) -> Findings:
    """Flag images by what they look like; no model, nothing of what they show.

    Parameters
    ----------
    image_stats : ImageStats
        A signal.
    expected_false_alarms : float, default 0.5
        Images that each measure may flag by chance in the whole dataset.
    """
    n = len(image_stats.broken)
    whole = ~image_stats.broken
    cut = calibrated_cut(int(whole.sum()), expected=expected_false_alarms)
    severities = {BROKEN: np.where(whole, 0.0, np.inf)}
    for problem, severity in _severities(image_stats, whole, cut).items():
        severities[problem] = np.zeros(n)
        severities[problem][whole] = severity
    # What shows nothing is neither blurred nor grey; what is dark has no colours to speak of.
    for hidden, by in ((BLURRED, (PLAIN, DARK, LIGHT)), (GREY, (PLAIN, DARK, LIGHT))):
        covered = np.any([severities[problem] > 1 for problem in by], axis=0)
        severities[hidden] = np.where(covered, 0.0, severities[hidden])
    worst = np.max(list(severities.values()), axis=0)
    flagged = worst > 1.0
    names = [
        "; ".join(p for p in _WORST_FIRST if severities[p][row] > 1.0)
        if flagged[row]
        else ""
        for row in range(n)
    ]
    table = pd.DataFrame(
        {
            "key": np.arange(n),
            "quality": 1.0 / (1.0 + worst**2),
            "is_issue": flagged,
            "problem": np.array(names, dtype=object),
            **{name: values.astype(np.float64) for name, values in _shown(image_stats)},
        }
    )
    return Findings(
        unit="example",
        table=table,
        cut=(
            f"unlike the other images (robust |z| above {cut:.1f}, which {expected_false_alarms:g} "
            "of them would exceed by chance) and past what any image should be: "
            f"95 % of pixels darker than {_DARK_END:g} or lighter than {_LIGHT_END:g}, less than "
            f"{_FEW_BITS:g} bit of information, {_BLUR:g} of the usual sharpness, {_APART:g} times "
            f"the usual size or aspect; grey where at most {_FEW_GREY:.0%} are"
        ),
        facts={
            f"n_{problem.replace(' ', '_')}": int((severity > 1.0).sum())
            for problem, severity in severities.items()
        },
    )


def _severities(
    stats: ImageStats, whole: NDArray[np.bool_], cut: float
) -> dict[str, NDArray[np.float64]]:
    """Return how far each whole image is past the bound of each problem; 1 is at it."""
    m = {name: values[whole].astype(np.float64) for name, values in stats.measures.items()}
    n = int(whole.sum())
    if n < _MIN_ROWS:
        is_plain = np.where(m["entropy"] < _FEW_BITS, 2.0, 0.0)
        return dict.fromkeys(_WORST_FIRST[1:], np.zeros(n)) | {PLAIN: is_plain}
    sharp = np.log(np.maximum(m["sharpness"], 1e-3))
    size = np.log(m["width"] * m["height"]) / 2
    aspect = np.log(m["width"] / m["height"])
    is_grey = m["colourfulness"] < _GREY
    apart = np.log(_APART)
    return {
        PLAIN: _below(m["entropy"], _FEW_BITS, cut),
        DARK: _below(np.log(m["light_end"] + 0.01), np.log(_DARK_END), cut),
        LIGHT: _below(np.log(1.01 - m["dark_end"]), np.log(1 - _LIGHT_END), cut),
        BLURRED: _below(sharp, float(np.median(sharp)) + np.log(_BLUR), cut),
        SIZE: _away(size, apart, cut),
        ASPECT: _away(aspect, apart, cut),
        GREY: np.where(is_grey & (is_grey.mean() <= _FEW_GREY), 1.5, 0.0),
    }


def _below(values: NDArray[np.float64], bound: float, cut: float) -> NDArray[np.float64]:
    """Return -z over the cut of values under the bound, 0 for the others."""
    return np.where(values < bound, np.maximum(-_z(values), 0.0) / cut, 0.0)


def _away(values: NDArray[np.float64], apart: float, cut: float) -> NDArray[np.float64]:
    """Return |z| over the cut of values more than `apart` from the median."""
    is_apart = np.abs(values - np.median(values)) > apart
    return np.where(is_apart, np.abs(_z(values)) / cut, 0.0)


def _z(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return robust z-scores; where more than half are equal, in a spread of a tenth."""
    z = robust_z(values)
    return np.where(z == 0.0, (values - np.median(values)) / _MIN_SPREAD, z)


def _shown(stats: ImageStats) -> list[tuple[str, NDArray[np.float32]]]:
    names = (
        "width",
        "height",
        "brightness",
        "contrast",
        "sharpness",
        "entropy",
        "colourfulness",
    )
    return [(name, stats.measures[name]) for name in names]


CHECK = Check(
    name="image_problems",
    question="Which images are broken, show nothing, or are unlike the rest in light, sharpness, size or colour?",
    run=find_image_problems,
)
