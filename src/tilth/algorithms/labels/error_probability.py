"""P(error) of every label under a calibration, at the speed of one logarithm and exponential.

Each row is judged alone, and every sum of a row is taken in one order, so that the same row
has the same bits in any chunk. Blocks have a fixed size for that, the last one filled up, and
products are summed by einsum: a matrix product may take another order for another shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from tilth.algorithms.labels.noise_model import EM_STEPS, UNDONE_TO
from tilth.algorithms.labels.scan import blocks, halves

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from tilth.algorithms.labels.calibration import GivenClasses, NoiseCalibration
    from tilth.algorithms.labels.hidden_classes import HiddenClasses
    from tilth.algorithms.labels.inputs import Examples

Doubt = Literal["low", "middle", "high"]

_VALUES = 1 << 17  # of a block; no result depends on it
_FEW = 16  # classes up to which blocks lie on their side; benchmarks/label_speed.py
_RANGE = 80.0  # float32 holds e to the power of this, and one over it
TINY = 1e-30  # stands for 0 below a fraction line, in float32 as well
_BINS = 1 << 16  # of P(error) from 0 to 1: the cut is found to this precision
UNIT = 1 << 30  # P(error) is summed in whole parts of this: the same sum in any chunks


def p_right(
    rows: Examples, calibration: NoiseCalibration, doubt: Doubt = "middle"
) -> NDArray[np.floating]:
    """Return 1 - P(error) of each label, which tells apart those nearly sure to be wrong.

    Parameters
    ----------
    rows : Examples
        Labels and probabilities.
    calibration : NoiseCalibration
        From these rows or from others.
    doubt : str
        How ignorance of the model is read, see `error_probabilities`.

    Returns
    -------
    float array of shape (n_rows,)
        In the precision of the probabilities, but no half.
    """
    right: NDArray[np.floating] = p_right_by_doubt(rows, calibration, (doubt,))[0]
    return right


def p_error(right: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return one minus it, exactly: what float32 rounded could fall on both sides of a cut."""
    return np.asarray(1.0 - right.astype(np.float64))


def reach(right: NDArray[np.floating], cut: float) -> NDArray[np.bool_]:
    """Say where P(error) reaches a cut, with little memory."""
    flagged = np.empty(len(right), dtype=bool)
    for part in blocks(len(right), 1):
        flagged[part] = p_error(right[part]) >= cut
    return flagged


def p_right_by_doubt(
    rows: Examples, calibration: NoiseCalibration, doubts: Sequence[Doubt]
) -> NDArray[np.floating]:
    """Return 1 - P(error) for several ways to read ignorance: (n_doubts, n_rows)."""
    dtype = precision_of(rows.pred_probs.dtype, calibration)
    right = np.ones((len(doubts), len(rows.labels)), dtype=dtype)
    if rows.n_classes < 2:
        return right
    noise = calibration.hidden.noise.astype(dtype)
    kept, evenly = noise.diagonal(), is_even(noise)
    for part, block, turned in hidden_powers(rows, calibration, dtype):
        labels = rows.labels[part]
        every = np.arange(len(labels))
        power = block[labels, every] if turned else block[every, labels]
        total = block.sum(axis=0 if turned else 1)[: len(labels)]
        if evenly:
            explained = noise[0, 1] * total
            explained += (noise[0, 0] - noise[0, 1]) * power
        else:
            explained = explained_powers(block, labels, noise, turned=turned)
        copied = kept[labels] * power
        copied /= np.maximum(explained, TINY, out=explained)
        np.minimum(copied, 1, out=copied)
        given = power / total
        for i, doubt in enumerate(doubts):
            if doubt == "middle":
                known = 1 - dtype.type(calibration.share) * (1 - given)
                np.multiply(copied, known, out=right[i, part])
            elif doubt == "low":
                right[i, part] = copied
            else:  # where another class is likelier, the given one gets half of its hope
                most = block.max(axis=0 if turned else 1)[: len(labels)]
                hope = np.where(power < most, given / 2, given)
                np.multiply(copied, hope, out=right[i, part])
    return right


def precision_of(
    kind: np.dtype[np.floating], calibration: NoiseCalibration
) -> np.dtype[np.floating]:
    """Return float64 where the probabilities have it, or float32 could not hold the powers."""
    steps = [step for step in (calibration.hidden, calibration.undone) if step is not None]
    most = max(s.scale * np.log(max(len(s.bias), 2)) + np.ptp(s.bias) for s in steps)
    return np.result_type(kind, np.float32 if most < _RANGE else np.float64)


def hidden_powers(
    rows: Examples, calibration: NoiseCalibration, dtype: np.dtype[np.floating]
) -> Iterator[tuple[slice, NDArray[np.floating], bool]]:
    """Yield rows, what P(hidden class) is proportional to, and whether classes come first.

    The array is used again, and longer than the last rows.
    """
    turned = rows.n_classes <= _FEW or calibration.undone is not None
    for part, block in _log_blocks(rows, calibration.smallest, dtype, turned=turned):
        if calibration.undone is not None:
            _undo(block, calibration.undone)
        _to_powers(block, calibration.hidden, turned=turned)
        yield part, block, turned


def _log_blocks(
    rows: Examples, smallest: float, dtype: np.dtype[np.floating], *, turned: bool
) -> Iterator[tuple[slice, NDArray[np.floating]]]:
    """Yield rows and the logarithms of their probabilities; the array is used again."""
    size = max(_VALUES // rows.n_classes, 2)
    shape = (rows.n_classes, size) if turned else (size, rows.n_classes)
    block = np.zeros(shape, dtype=dtype)
    is_half = rows.pred_probs.dtype == np.float16
    of_bits = _logs(halves().astype(dtype), smallest) if is_half else None
    for start in range(0, len(rows.labels), size):
        part = slice(start, min(start + size, len(rows.labels)))
        if part.stop - start < size:
            block[:] = 1  # what lies beyond the end must do no harm
        probs = rows.pred_probs[part].T if turned else rows.pred_probs[part]
        filled = block[:, : probs.shape[1]] if turned else block[: len(probs)]
        if of_bits is not None:  # numpy converts halves slowly
            np.take(of_bits, probs.view(np.uint16), out=filled, mode="clip")
        else:
            np.maximum(probs, dtype.type(smallest), out=filled)
            np.log(block, out=block)
        yield part, block


def _logs(probs: NDArray[np.floating], smallest: float) -> NDArray[np.floating]:
    logs: NDArray[np.floating] = np.log(np.fmax(probs, probs.dtype.type(smallest)))
    return logs


def _to_powers(
    logs: NDArray[np.floating], found: HiddenClasses | GivenClasses, *, turned: bool
) -> None:
    """Turn logarithms into what softmax(scale * log p + bias) is proportional to."""
    bias = (found.bias - found.bias.max()).astype(logs.dtype)
    logs *= logs.dtype.type(found.scale)
    logs += bias[:, None] if turned else bias
    np.exp(logs, out=logs)


def explained_powers(
    powers: NDArray[np.floating],
    labels: NDArray[np.int64],
    noise: NDArray[np.floating],
    *,
    turned: bool,
) -> NDArray[np.floating]:
    """Return the sum over classes of their power times P(given label | class), of each row."""
    shown = np.zeros(
        powers.shape[1 if turned else 0], dtype=np.int64
    )  # as the block, filled up
    shown[: len(labels)] = labels
    explained: NDArray[np.floating]
    if turned:
        explained = np.einsum("kb,kb->b", powers, noise.take(shown, axis=1))
    else:
        explained = np.einsum("bk,bk->b", powers, noise.T.take(shown, axis=0))
    return explained[: len(labels)]


def is_even(noise: NDArray[np.floating]) -> bool:
    """Whether every class is wrong equally often, and evenly."""
    is_same = noise == noise[0, 1]
    np.einsum("kk->k", is_same)[:] = noise.diagonal() == noise[0, 0]
    return bool(is_same.all())


def _undo(logs: NDArray[np.floating], first: GivenClasses) -> None:
    """Turn logarithms of turned rows into those of P(true class), by expectation maximisation."""
    _to_powers(logs, first, turned=True)
    given = logs
    given /= given.sum(axis=0)
    noise = (first.noise + TINY).astype(given.dtype)  # nothing is divided by 0
    posterior = given
    for _ in range(EM_STEPS):  # each keeps the sum of a row at 1
        explained = np.einsum("kj,kb->jb", noise, posterior)
        ratio = np.divide(given, explained, out=explained)
        posterior = posterior * np.einsum("kj,jb->kb", noise, ratio)
    np.maximum(posterior, given.dtype.type(UNDONE_TO), out=logs)
    np.log(logs, out=logs)


def error_counts(right: NDArray[np.floating]) -> NDArray[np.int64]:
    """Count P(error) in bins; counts of chunks add up to those of all."""
    counts = np.zeros(_BINS, dtype=np.int64)
    for part in blocks(len(right), 1):
        bins = np.minimum(p_error(right[part]) * _BINS, _BINS - 1).astype(np.int64)
        counts += np.bincount(bins, minlength=_BINS)
    return counts


def error_sums(
    rows: Examples, right: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return `error_counts` of the first reading, and P(error) by class, each reading summed.

    Parameters
    ----------
    rows : Examples
        At most 8 million.
    right : float array of shape (n_readings, n_rows)
        From `p_right_by_doubt`.

    Returns
    -------
    counts : int array
        Of P(error) in bins.
    sums : int array of shape (n_classes, n_readings)
        In whole units of which `UNIT` make 1.
    """
    if rows.twins is not None:
        counts = np.zeros(_BINS, dtype=np.int64)
        sums = np.zeros((rows.n_classes, len(right)), dtype=np.int64)
        rows.twins.add_errors(rows.labels, right, float(UNIT), (counts, sums))
        return counts, sums
    units = [  # floats, but whole and below 2 ** 53
        np.bincount(rows.labels, np.rint(p_error(each) * UNIT), rows.n_classes)
        for each in right
    ]
    return error_counts(right[0]), np.column_stack(units).astype(np.int64)


def f1_cut_of_counts(counts: NDArray[np.int64]) -> float:
    """Return where `f1_cut` cuts, to the width of a bin; infinite where there is nothing."""
    if not counts.any():
        return float("inf")
    n = np.cumsum(counts[::-1])
    total = np.cumsum((counts * ((np.arange(_BINS) + 0.5) / _BINS))[::-1])
    best = np.argmax(2.0 * total / (np.maximum(n, 1) + total[-1]))
    return float(_BINS - 1 - best) / _BINS


def next_edge(p_error: float) -> float:
    """Return the edge of a bin from there up."""
    return float(np.ceil(p_error * _BINS)) / _BINS
