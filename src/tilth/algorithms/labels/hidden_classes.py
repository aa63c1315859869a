"""Given labels as noisy copies of hidden classes: how much of a disagreement the labels made.

Where a model grows surer and the labels still disagree with it at a constant rate, they are
noisy at that rate; its own mistakes vanish where it is sure. Fitting both at once tells class
noise from ignorance, also under a weak model. Noise on the very examples a model finds hard
cannot be told from ignorance by anyone: calibration.py says what is made of it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.optimize import minimize

from tilth.algorithms.labels.noise_model import even_noise, softmax

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Loss = Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]]

# Chosen as the numbers of noise_model.py were. For _GAIN and _BIAS the planted sets that
# benchmarks/label_cut.py prints were looked at as well: for these two they are no test.
_COLUMNS = 16  # classes looked at in a row: the likeliest; the others are one column more
PAIRS_UP_TO = 89  # classes up to which there are more rows looked at than pairs
_FEW = 50  # rows below which there is one rate, and nothing is set aside
_STRENGTH = 5.0  # pseudo-counts of each class that its noise is as everywhere
_ROUNDS, _STEPS = 2, 30
_FAR = 12.0  # of a logit or a bias: one in 160,000
_GAIN = 1.5  # standard errors by which rates for pairs must foretell better than one rate
_START = 0.1  # rate of noise the search begins from
_BIAS = 0.007  # per row: a bias is believed as far as rows that are unsure speak for it
_RIGHT = 2.0  # pseudo-counts of right labels: a handful of labels shows no noise


class HiddenClasses(NamedTuple):
    """P(given) = softmax(scale * log p + bias) @ noise.

    Attributes
    ----------
    scale : float
        Factor on log probabilities.
    bias : float array of shape (n_classes,)
        Added to the log probability of each class.
    noise : float array of shape (n_classes, n_classes)
        P(given class | hidden class), rows sum to 1.
    """

    scale: float
    bias: NDArray[np.float64]
    noise: NDArray[np.float64]


class _Rows(NamedTuple):
    """Labels with the likeliest classes of each row; all others are one column, the rest.

    The rest counts as so many equals as hold its probability together. Columns come first:
    sums over few classes are fast that way.
    """

    labels: NDArray[np.int64]  # (n,)
    logs: NDArray[np.float64]  # (n_columns, n)
    classes: NDArray[np.int64] | None  # (n_columns, n), n_classes for the rest; None: all
    equals: NDArray[np.float64]  # (n,): log of how many the rest counts as
    given: NDArray[np.int64]  # (n,): the column of the given class, or that of the rest
    log_given: NDArray[np.float64]  # (n,)
    in_rest: NDArray[np.bool_]  # (n,): whether the given class is not among the columns
    n_classes: int

    @property
    def every(self) -> NDArray[np.intp]:
        return np.arange(len(self.labels))

    def half(self, first: int) -> _Rows:
        return self._replace(
            labels=self.labels[first::2],
            logs=np.ascontiguousarray(self.logs[:, first::2]),
            classes=None if self.classes is None else self.classes[:, first::2].copy(),
            equals=self.equals[first::2],
            given=self.given[first::2],
            log_given=self.log_given[first::2],
            in_rest=self.in_rest[first::2],
        )

    def posterior(
        self, scale: float, bias: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return P(class) of each column, and that of the given class."""
        scores = scale * self.logs
        scores += (
            bias[:, None] if self.classes is None else np.append(bias, 0.0)[self.classes]
        )
        if self.classes is not None:
            scores[-1] += self.equals
        top = scores.max(axis=0)
        scores -= top
        np.exp(scores, out=scores)
        total = scores.sum(axis=0)
        scores /= total
        given = scores[self.given, self.every]
        rest = self.in_rest
        given[rest] = np.exp(scale * self.log_given[rest] - top[rest]) / total[rest]
        return scores, given

    def explained(
        self, posterior: NDArray[np.float64], noise: NDArray[np.float64], rate: float
    ) -> NDArray[np.float64]:
        """Return P(class of each column, given class); noise from the rest is even."""
        if self.classes is None:
            return np.asarray(posterior * noise[:, self.labels])
        other = np.full((1, self.n_classes), rate / (self.n_classes - 1))
        padded = np.append(noise, other, axis=0)
        return np.asarray(posterior * padded[self.classes, self.labels])

    def by_class(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum the values (n_columns, n) of each class."""
        if self.classes is None:
            return np.asarray(values.sum(axis=1))
        sums = np.bincount(self.classes.ravel(), values.ravel(), self.n_classes + 1)
        return np.asarray(sums[: self.n_classes], dtype=np.float64)

    def by_pair(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum the values (n_columns, n) of each class and given label."""
        n = self.n_classes
        if self.classes is None:
            is_given = self.labels[:, None] == np.arange(n)
            return np.asarray(values @ is_given)
        cells = (self.classes * n + self.labels).ravel()
        sums = np.bincount(cells, values.ravel(), n * (n + 1))
        return np.asarray(sums[: n * n].reshape(n, n), dtype=np.float64)


def fitted_hidden_classes(
    labels: NDArray[np.int64],
    log_probs: Sequence[NDArray[np.float64]],
    starts: Sequence[HiddenClasses],
) -> tuple[int, HiddenClasses]:
    """Fit several readings of the labels on half of the rows; keep what foretells the rest best.

    The readings are noise of one rate for all classes, on the first of `log_probs`, and a rate
    for every pair of classes, on each of them; the first is kept unless another is clearly
    better. The order of rows must have no meaning.

    Returns
    -------
    which, found : int, HiddenClasses
        Which of `log_probs` is read, and how.
    """
    rows = [_rows(labels, logs) for logs in log_probs]
    if rows[0].n_classes > PAIRS_UP_TO or len(labels) < _FEW:
        return 0, _even(rows[0], starts[0])
    fits = [(0, _even), *((i, _pairs) for i in range(len(starts)))]
    halves = [[fit(rows[i].half(h), starts[i]) for h in (0, 1)] for i, fit in fits]
    said = [
        np.concatenate([_log_likelihoods(rows[i].half(1 - h), pair[h]) for h in (0, 1)])
        for (i, _), pair in zip(fits, halves, strict=True)
    ]
    best = 1 + int(np.argmax([each.mean() for each in said[1:]]))
    gain = said[best] - said[0]
    if gain.mean() < _GAIN * gain.std() / np.sqrt(len(gain)):
        best = 0
    which, fit = fits[best]
    return which, fit(rows[which], halves[best][0])


def _rows(labels: NDArray[np.int64], log_probs: NDArray[np.float64]) -> _Rows:
    n, n_classes = log_probs.shape
    log_given = log_probs[np.arange(n), labels]
    if n_classes <= _COLUMNS:
        logs, none = np.ascontiguousarray(log_probs.T), np.zeros(n, dtype=bool)
        return _Rows(labels, logs, None, np.zeros(n), labels, log_given, none, n_classes)
    first = n_classes - _COLUMNS
    top = np.argpartition(log_probs, first, axis=1)[:, first:].copy()  # lets the rest go
    log_rest, equals = _rest(log_probs, top)
    is_given = top == labels[:, None]
    in_rest = ~is_given.any(axis=1)
    logs = np.take_along_axis(log_probs, top, axis=1)
    return _Rows(
        labels,
        np.append(logs.T, (log_rest - equals)[None], axis=0),
        np.append(top.T, np.full((1, n), n_classes), axis=0),
        equals,
        np.where(in_rest, _COLUMNS, is_given.argmax(axis=1)),
        log_given,
        in_rest,
        n_classes,
    )


def _rest(
    log_probs: NDArray[np.float64], top: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return log P of all but the top classes, and the log of how many equal ones they are."""
    p = np.exp(log_probs)
    np.put_along_axis(p, top, 0.0, axis=1)
    log_rest = np.log(p.sum(axis=1))
    return log_rest, 2.0 * log_rest - np.log(np.einsum("ij,ij->i", p, p))


def _log_likelihoods(rows: _Rows, found: HiddenClasses) -> NDArray[np.float64]:
    """Return log P(given) of each row."""
    _, _, p_given = _joint(rows, found, float(1.0 - found.noise.diagonal().mean()))
    return np.asarray(np.log(p_given))


def _joint(
    rows: _Rows, found: HiddenClasses, rate: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return P(class), P(class, given) of each column with P(given in rest, copied right) below, P(given)."""
    posterior, given = rows.posterior(found.scale, found.bias)
    joint = rows.explained(posterior, found.noise, rate)
    right = np.where(rows.in_rest, given * (1.0 - rate - rate / (rows.n_classes - 1)), 0.0)
    joint = np.append(joint, right[None], axis=0)
    return posterior, joint, joint.sum(axis=0)


def _even(rows: _Rows, start: HiddenClasses) -> HiddenClasses:
    """Fit scale, bias and one rate of noise, the same for all classes and spread evenly."""
    most = 1.0 - 1.0 / rows.n_classes
    level = np.log(_START / (most - _START))
    begun = np.concatenate([[start.scale], start.bias, [level]])
    found = _minimum(partial(_even_loss, rows=rows), begun)
    noise = even_noise(rows.n_classes, most / (1.0 + np.exp(-found[-1])))
    return HiddenClasses(float(found[0]), found[1:-1], noise)


def _even_loss(x: NDArray[np.float64], *, rows: _Rows) -> tuple[float, NDArray[np.float64]]:
    scale, bias, level = x[0], x[1:-1], 1.0 / (1.0 + np.exp(-x[-1]))
    n, n_classes = len(rows.labels), rows.n_classes
    most = 1.0 - 1.0 / n_classes
    rate = most * level
    other = rate / (n_classes - 1)
    posterior, given = rows.posterior(scale, bias)
    p_given = (1.0 - rate - other) * given + other
    right = (1.0 - rate - other) * given / p_given
    away = posterior * right
    seen = np.flatnonzero(~rows.in_rest)
    away[rows.given[seen], seen] -= right[seen]
    by_rate = ((given * n_classes - 1.0) / (n_classes - 1) / p_given).sum()
    by_rate += _RIGHT / (1.0 - rate)
    gradient = np.append(
        _by_scale_and_bias(away, np.where(rows.in_rest, right, 0.0), rows, x),
        by_rate * most * level * (1.0 - level),
    )
    value = -np.log(p_given).sum() - _RIGHT * np.log(1.0 - rate) + _ridge(scale, bias, rows)
    return value / n, gradient / n


def _pairs(rows: _Rows, start: HiddenClasses) -> HiddenClasses:
    """Fit scale, bias and a rate of noise for every pair, drawn towards one rate for all."""
    logits = np.log(np.maximum(start.noise, 1e-6))
    logits -= logits.diagonal()[:, None]
    x = np.concatenate([[start.scale], start.bias, logits.ravel()])
    for _ in range(_ROUNDS):
        rate = float(np.clip(_wrong(rows, _read(x, rows.n_classes)), 0.002, 0.9))
        x = _minimum(partial(_pairs_loss, rows=rows, rate=rate), x)
    return _read(x, rows.n_classes)


def _read(x: NDArray[np.float64], n_classes: int) -> HiddenClasses:
    logits = x[1 + n_classes :].reshape(n_classes, n_classes)
    return HiddenClasses(float(x[0]), x[1 : 1 + n_classes], softmax(logits.copy()))


def _wrong(rows: _Rows, found: HiddenClasses) -> float:
    """Return the share of labels that are copied wrongly."""
    _, joint, p_given = _joint(rows, found, float(1.0 - found.noise.diagonal().mean()))
    right = np.where(rows.in_rest, joint[-1], joint[rows.given, rows.every])
    return float(1.0 - (right / p_given).mean())


def _pairs_loss(
    x: NDArray[np.float64], *, rows: _Rows, rate: float
) -> tuple[float, NDArray[np.float64]]:
    found = _read(x, rows.n_classes)
    n, prior = len(rows.labels), _STRENGTH * even_noise(rows.n_classes, rate)
    posterior, joint, p_given = _joint(rows, found, rate)
    joint /= p_given
    counts = rows.by_pair(joint[:-1]) + prior
    gradient = np.append(
        _by_scale_and_bias(posterior - joint[:-1], joint[-1], rows, x),
        counts.sum(axis=1, keepdims=True) * found.noise - counts,
    )
    value = -np.log(p_given).sum() + _ridge(found.scale, found.bias, rows)
    value -= (prior * np.log(np.maximum(found.noise, 1e-300))).sum()
    return value / n, gradient / n


def _by_scale_and_bias(
    away: NDArray[np.float64],
    in_rest: NDArray[np.float64],
    rows: _Rows,
    x: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the gradient, `away` being that of the scores, `in_rest` of given ones in the rest."""
    scale, bias = x[0], x[1 : 1 + rows.n_classes]
    by_scale = float(np.vdot(away, rows.logs) - in_rest @ rows.log_given)
    return np.concatenate(
        [[by_scale + 2.0 * (scale - 1.0)], rows.by_class(away) + 2.0 * _pull(rows) * bias]
    )


def _ridge(scale: float, bias: NDArray[np.float64], rows: _Rows) -> float:
    return float((scale - 1.0) ** 2 + _pull(rows) * (bias @ bias))


def _pull(rows: _Rows) -> float:
    """Return how strongly a bias is drawn to 0."""
    return 1.0 + _BIAS * len(rows.labels)


def _minimum(loss: Loss, x: NDArray[np.float64]) -> NDArray[np.float64]:
    # Bounds keep the first long steps of the search out of where everything is flat.
    bounds: list[Any] = [(0.05, 20.0), *[(-_FAR, _FAR)] * (len(x) - 1)]
    found = minimize(
        loss,
        np.clip(x, -_FAR, _FAR),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": _STEPS, "ftol": 1e-8},
    )
    return np.asarray(found.x, dtype=np.float64)
