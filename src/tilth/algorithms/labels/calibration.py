"""P(label error) for each example, the cut that follows, and how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tilth.algorithms.estimation import finished, in_memory
from tilth.algorithms.labels.error_probability import (
    Doubt,
    error_counts,
    f1_cut_of_counts,
    is_even,
    next_edge,
    p_error,
    p_right,
    reach,
)
from tilth.algorithms.labels.hidden_classes import (
    PAIRS_UP_TO,
    HiddenClasses,
    fitted_hidden_classes,
)
from tilth.algorithms.labels.inputs import Examples, checked_examples
from tilth.algorithms.labels.noise_model import (
    UNDONE_TO,
    fitted_scale_and_bias,
    foretells,
    log_probabilities,
    recalibrated,
    shrunk_noise,
    smallest_said,
    without_noise,
)
from tilth.algorithms.labels.row_sample import RowSample, sample_steps
from tilth.algorithms.labels.scan import blocks
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    from tilth.algorithms.estimation import Estimation

# Chosen as the numbers of noise_model.py were.
_ROWS, _VALUES, _FEWEST = 8_000, 500_000, 2_000  # looked at by the fit
_UNDONE_UP_TO = 64  # classes up to which the first guess of noise is undone before fitting
_SHARE, _LOSS = 0.45, 5.0  # of what the model cannot tell, held for label errors
# Where hardly any label is wrong, the best expected F1 is had by flagging everything. A flag
# must be right one time in four at least, if all that the model cannot tell is label errors.
_LEAST = 0.25


class GivenClasses(NamedTuple):
    """P(given) = softmax(scale * log p + bias), and a first guess of P(given | true).

    Attributes
    ----------
    scale : float
        Factor on log probabilities.
    bias : float array of shape (n_classes,)
        Added to the log probability of each class.
    noise : float array of shape (n_classes, n_classes)
        P(given class | true class), rows sum to 1.
    """

    scale: float
    bias: NDArray[np.float64]
    noise: NDArray[np.float64]


class NoiseCalibration(NamedTuple):
    """What one labelled set taught about its model and its label noise.

    Attributes
    ----------
    smallest : float
        Probabilities below it are read as it.
    undone : GivenClasses or None
        Noise that is undone before `hidden` reads the probabilities; None: as they are.
    hidden : HiddenClasses
        Scale, bias and noise: how given labels copy hidden classes.
    share : float
        Of what the model cannot tell apart, the share held for label errors rather than for
        ignorance of the model; in [0, 1].
    explained : float
        Share of the disagreement between labels and model that class noise explains; in [0, 1].
    cut : float
        P(error) from which a label is called an error; before `with_cut`, the least it may be.
        Infinite where the probabilities do not foretell the labels better than chance.
    """

    smallest: float
    undone: GivenClasses | None
    hidden: HiddenClasses
    share: float
    explained: float
    cut: float

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.hidden.bias)


def noise_calibration(
    labels: NDArray[np.integer], pred_probs: NDArray[np.floating]
) -> NoiseCalibration:
    """Read the given labels as noisy copies of hidden classes, and choose the cut.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.

    Returns
    -------
    NoiseCalibration
        Ready for `error_probabilities`, on these examples or on others.

    Notes
    -----
    Scale and bias of the log probabilities and the noise are fitted together, by likelihood
    of the given labels: noise is what remains where the model is sure. What noise there may
    be (one rate, one for every pair, or pairs after undoing a first guess) is decided by
    likelihood on rows set aside. Of what the model then still cannot tell, a share is held
    for label errors: less, the more the model cannot tell, and less, the more of the
    disagreement noise explains that spreads evenly over all classes: chance made it, not
    likeness. Looks at some thousands of rows,
    chosen by their content, then O(n_examples * n_classes) for the cut; no randomness.

    References
    ----------
    Our own; docs/decisions/0013-labels-as-noisy-copies.md. The noise model is that of
    Goldberger & Ben-Reuven (2017), "Training deep neural-networks using a noise adaptation
    layer", fitted to given probabilities instead of within a network.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 500)
    >>> pred_probs = np.where(labels[:, None] == [0, 1], 0.99, 0.01)
    >>> labels[::10] = 1 - labels[::10]  # every tenth is wrong
    >>> noise_calibration(labels, pred_probs).hidden.noise.round(1)
    array([[0.9, 0.1],
           [0.1, 0.9]])
    """
    return _calibrated(checked_examples(labels, pred_probs))[0]


def _calibrated(rows: Examples) -> tuple[NoiseCalibration, NDArray[np.floating]]:
    """Return the calibration with its cut, and 1 - P(error) of the rows."""
    steps = calibration_steps(rows.n_classes, rows.pred_probs.dtype)
    known, _ = finished(steps, lambda step: in_memory(step, rows))
    right = p_right(rows, known)
    return with_cut(known, error_counts(right)), right


def calibration_steps(
    n_classes: int, dtype: np.dtype[np.floating]
) -> Generator[Estimation[Examples, Any], Any, tuple[NoiseCalibration, Examples]]:
    """Find what `noise_calibration` finds in passes over rows wherever they are, but no cut.

    Parameters
    ----------
    n_classes : int
        Columns of the probabilities.
    dtype : numpy dtype
        Of the probabilities.

    Yields
    ------
    Estimation
        One pass over all rows each; `finished` runs them.

    Returns
    -------
    calibration, looked_at : NoiseCalibration, Examples
        For `with_cut`, and the rows it was fitted to.
    """
    if n_classes < 2:
        none = Examples(np.empty(0, dtype=np.int64), np.empty((0, n_classes), dtype=dtype))
        return _of_nothing(n_classes), none
    sample = yield from _sample_steps(n_classes, dtype)
    known = _fitted(sample) if len(sample.labels) else _of_nothing(n_classes)
    return known, Examples(sample.labels, sample.pred_probs)


def _of_nothing(n_classes: int) -> NoiseCalibration:
    hidden = HiddenClasses(1.0, np.zeros(n_classes), np.eye(n_classes))
    return NoiseCalibration(1e-6, None, hidden, share=0.0, explained=0.0, cut=np.inf)


def _sample_steps(
    n_classes: int, dtype: np.dtype[np.floating]
) -> Generator[Estimation[Examples, Any], Any, RowSample]:
    size = max(min(_ROWS, _VALUES // n_classes), _FEWEST)
    return sample_steps(size, n_classes, dtype)


def with_cut(calibration: NoiseCalibration, counts: NDArray[np.int64]) -> NoiseCalibration:
    """Return the calibration with the cut that P(error) of all rows, as counts, asks for."""
    return calibration._replace(cut=max(f1_cut_of_counts(counts), calibration.cut))


def _fitted(sample: RowSample) -> NoiseCalibration:
    """Fit everything but the cut."""
    _, labels, pred_probs = sample
    n_classes = pred_probs.shape[1]
    smallest = smallest_said(pred_probs)
    logs = log_probabilities(pred_probs, smallest)
    first = _first_guess(labels, logs)
    read, starts = [logs], [HiddenClasses(1.2 * first.scale, first.bias, first.noise)]
    if n_classes <= _UNDONE_UP_TO:
        read.append(_undone(logs, first))
        starts.append(HiddenClasses(1.2, np.zeros(n_classes), first.noise))
    which, hidden = fitted_hidden_classes(labels, read, starts)
    unsure, copied_wrongly = _mean_doubts(labels, read[which], hidden)
    disagrees = float((pred_probs.argmax(axis=1) != labels).mean())
    explained = min(copied_wrongly / disagrees, 1.0) if disagrees else 0.0
    share = _SHARE / (1.0 + _LOSS * unsure)
    if is_even(hidden.noise):  # people mix up classes that are alike, chance mixes up all
        share *= 1.0 - explained  # docs/decisions/0013
    return NoiseCalibration(
        smallest,
        first if which else None,
        hidden,
        share=share,
        explained=explained,
        cut=next_edge(_LEAST * share) if foretells(labels, pred_probs) else np.inf,
    )


def _first_guess(labels: NDArray[np.int64], logs: NDArray[np.float64]) -> GivenClasses:
    n_classes = logs.shape[1]
    scale, bias = 1.0, np.zeros(n_classes)
    if n_classes <= _UNDONE_UP_TO:
        scale, bias = fitted_scale_and_bias(labels, logs)
    if n_classes > PAIRS_UP_TO:  # noise of pairs is not fitted
        return GivenClasses(scale, bias, np.eye(n_classes))
    noise = shrunk_noise(labels, recalibrated(logs, scale, bias))
    return GivenClasses(scale, bias, noise)


def _undone(logs: NDArray[np.float64], first: GivenClasses) -> NDArray[np.float64]:
    given = recalibrated(logs, first.scale, first.bias)
    return log_probabilities(without_noise(given, first.noise), UNDONE_TO)


def _mean_doubts(
    labels: NDArray[np.int64], logs: NDArray[np.float64], hidden: HiddenClasses
) -> tuple[float, float]:
    """Return how unsure the likeliest class is, and P(copied wrongly | given), on average."""
    unsure, copied_wrongly = np.empty(len(labels)), np.empty(len(labels))
    for rows in blocks(*logs.shape):
        posterior = recalibrated(logs[rows], hidden.scale, hidden.bias)
        given = labels[rows]
        unsure[rows] = 1.0 - posterior.max(axis=1)
        explained = np.einsum("ik,ik->i", posterior, hidden.noise.T[given])
        copied = hidden.noise[given, given] * posterior[np.arange(len(given)), given]
        copied /= np.maximum(explained, 1e-300)
        copied_wrongly[rows] = 1.0 - np.minimum(copied, 1.0)
    return float(unsure.mean()), float(copied_wrongly.mean())


def error_probabilities(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    *,
    calibration: NoiseCalibration | None = None,
    doubt: Doubt = "middle",
) -> NDArray[np.float64]:
    """Estimate for each example the probability that its given label is wrong.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.
    calibration : NoiseCalibration, optional
        From other examples, to judge these frozen. None: from these.
    doubt : {"low", "middle", "high"}, default "middle"
        Where the model cannot tell classes apart, the label or the model may be wrong, and
        scores alone cannot say which. ``low`` holds all of that for ignorance of the model,
        and leaves class noise alone; ``high`` for label errors; ``middle`` splits it. The
        two ends of an interval.

    Returns
    -------
    float array of shape (n_examples,)
        In [0, 1].

    Notes
    -----
    With r the fitted probabilities of the hidden classes and T the noise, a label y was copied
    wrongly with P = 1 - T[y, y] r[y] / (r T)[y]; of the rest, the share of the calibration
    times 1 - r[y] is an error too.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 50)
    >>> pred_probs = np.where(labels[:, None] == [0, 1], 0.9, 0.1)
    >>> labels[0] = 1  # one wrong label
    >>> int(error_probabilities(labels, pred_probs).argmax())
    0
    """
    rows = checked_examples(labels, pred_probs)
    calibration = calibration_for(rows, calibration)
    return p_error(p_right(rows, calibration, doubt))


def calibration_for(
    rows: Examples, calibration: NoiseCalibration | None
) -> NoiseCalibration:
    """Return the calibration given, if it knows the same classes, or the one of these rows."""
    if calibration is None:
        return _calibrated(rows)[0]
    if calibration.n_classes != rows.n_classes:
        raise InvalidInputError(
            f"`pred_probs` must have the {calibration.n_classes} classes of `calibration`, "
            f"got {rows.n_classes} columns. Make a new calibration with these `pred_probs`."
        )
    return calibration


def calibrated_probabilities(
    labels: NDArray[np.integer], pred_probs: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return the probabilities as they foretell the given labels best: one scale, a bias per class.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.

    Returns
    -------
    float array of shape (n_examples, n_classes)
        softmax(scale * log p + bias), fitted by log loss; rows sum to 1.

    References
    ----------
    Guo, Pleiss, Sun & Weinberger (2017), "On calibration of modern neural networks", ICML,
    section 4.2.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 500)
    >>> pred_probs = np.where(labels[:, None] == [0, 1], 0.6, 0.4)
    >>> labels[::10] = 1 - labels[::10]  # right nine times in ten
    >>> calibrated_probabilities(labels, pred_probs)[1].round(1)
    array([0.9, 0.1])
    """
    rows = checked_examples(labels, pred_probs)
    if rows.n_classes < 2 or not len(rows.labels):
        return np.ones(rows.pred_probs.shape)
    steps = _sample_steps(rows.n_classes, rows.pred_probs.dtype)
    _, known_labels, known = finished(steps, lambda step: in_memory(step, rows))
    smallest = smallest_said(known)
    scale, bias = fitted_scale_and_bias(known_labels, log_probabilities(known, smallest))
    return recalibrated(log_probabilities(rows.pred_probs, smallest), scale, bias)


def calibrated_label_errors(
    labels: NDArray[np.integer], pred_probs: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """Flag the examples whose P(error) reaches the cut of best expected F1.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.

    Returns
    -------
    bool array of shape (n_examples,)
        True where the label is called an error.

    Notes
    -----
    Where next to nothing speaks against any label, nothing is flagged: a flag must be right
    one time in four at least, if all that the model cannot tell is held for label errors.
    Nor is anything where the probabilities foretell the labels no better than chance.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 50)
    >>> pred_probs = np.where(labels[:, None] == [0, 1], 0.9, 0.1)
    >>> labels[0] = 1  # one wrong label
    >>> np.flatnonzero(calibrated_label_errors(labels, pred_probs))
    array([0])
    """
    return calibrated_flags(checked_examples(labels, pred_probs))


def calibrated_flags(rows: Examples) -> NDArray[np.bool_]:
    """Flag checked examples as `calibrated_label_errors` does."""
    known, right = _calibrated(rows)
    return reach(right, known.cut)
