"""Noise matrices: P(given class | true class), one row per true class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# truck to automobile, bird to airplane, deer to horse, cat and dog to each other: the
# asymmetric noise of CIFAR-10 (Patrini et al. 2017, section 5).
CIFAR10_CONFUSIONS = {9: 1, 2: 0, 4: 7, 3: 5, 5: 3}

# Diagonals are drawn from this range: those published lie between .12 (70 % noise) and .98.
_LEAST_KEPT, _MOST_KEPT = 0.05, 0.99


def make_class_noise(
    n_classes: int,
    amount: float,
    *,
    sparsity: float = 0.0,
    class_prior: NDArray[np.floating] | None = None,
    rng: np.random.Generator,
) -> Floats:
    """Draw a class-conditional noise matrix of exactly this amount and sparsity.

    Parameters
    ----------
    n_classes : int
        Two or more.
    amount : float
        Expected share of wrong labels, in [0, 0.95]. Without `class_prior` the trace is
        ``n_classes * (1 - amount)``.
    sparsity : float, default 0.0
        Share of the ``n_classes * (n_classes - 1)`` entries off the diagonal that are 0,
        rounded to whole entries; at most ``1 - 1 / (n_classes - 1)``, so that each class
        has one left to be mistaken for.
    class_prior : float array of shape (n_classes,), optional
        Share of each true class; None: all equal.
    rng : Generator
        Draws diagonals (uneven, as published), the places of the zeros and the rest.

    Returns
    -------
    float array of shape (n_classes, n_classes)
        Entry (k, j): truly ``k``, given ``j``; rows sum to 1. The authors' matrices are the
        transpose.

    Raises
    ------
    InvalidInputError
        If an argument lies outside its range.

    References
    ----------
    Northcutt, Jiang & Chuang (2021), "Confident Learning", JAIR 70, section 5.1, for noise by
    trace and share of zeros; the way to draw is our own.

    Examples
    --------
    >>> import numpy as np
    >>> matrix = make_class_noise(10, 0.4, sparsity=0.6, rng=np.random.default_rng(0))
    >>> round(float(matrix.trace()), 9), int((matrix == 0).sum())
    (6.0, 54)
    """
    prior = _checked(n_classes, amount, class_prior, most=1 - _LEAST_KEPT)
    if amount == 0:
        return np.eye(n_classes)
    n_pairs = n_classes * (n_classes - 1)
    n_zeros = round(sparsity * n_pairs)
    if not 0 <= n_zeros <= n_pairs - n_classes:
        raise InvalidInputError(
            f"`sparsity` must be between 0 and {1 - 1 / (n_classes - 1):.3g} for {n_classes} "
            f"classes, got {sparsity}: every class needs another one to be mistaken for."
        )
    wrong = ~np.eye(n_classes, dtype=bool)
    # One entry of each row always stays; the zeros are spread over all others.
    stays = np.zeros_like(wrong)
    steps = rng.integers(1, n_classes, size=n_classes)
    stays[np.arange(n_classes), (np.arange(n_classes) + steps) % n_classes] = True
    free = np.flatnonzero(wrong & ~stays)
    wrong.ravel()[rng.permutation(free)[:n_zeros]] = False
    matrix = np.where(wrong, rng.standard_exponential((n_classes, n_classes)), 0.0)
    matrix /= matrix.sum(axis=1, keepdims=True)
    most_kept = max(_MOST_KEPT, 1 - amount / 2)  # below 1: no zeros but those asked for
    kept = _with_mean(rng.random(n_classes), 1 - amount, prior, (_LEAST_KEPT, most_kept))
    matrix *= (1 - kept)[:, None]
    np.fill_diagonal(matrix, kept)
    return matrix


def make_uniform_noise(n_classes: int, amount: float) -> Floats:
    """Return noise that mistakes every class equally often for every other.

    Examples
    --------
    >>> make_uniform_noise(3, 0.2)
    array([[0.8, 0.1, 0.1],
           [0.1, 0.8, 0.1],
           [0.1, 0.1, 0.8]])
    """
    _checked(n_classes, amount, None)
    matrix = np.full((n_classes, n_classes), amount / (n_classes - 1))
    np.fill_diagonal(matrix, 1 - amount)
    return matrix


def make_pair_noise(n_classes: int, amount: float) -> Floats:
    """Return noise that mistakes every class for the next one, the last for the first.

    References
    ----------
    Han et al. (2018), "Co-teaching", section 4.1 ("pair flipping").

    Examples
    --------
    >>> make_pair_noise(3, 0.25)
    array([[0.75, 0.25, 0.  ],
           [0.  , 0.75, 0.25],
           [0.25, 0.  , 0.75]])
    """
    following = {k: (k + 1) % n_classes for k in range(n_classes)}
    return make_asymmetric_noise(n_classes, amount, following)


def make_asymmetric_noise(
    n_classes: int, rate: float, confusions: Mapping[int, int]
) -> Floats:
    """Return noise that mistakes some classes for one other each, and leaves the rest alone.

    Parameters
    ----------
    n_classes : int
        Two or more.
    rate : float
        Share of each class named in `confusions` that becomes wrong, in [0, 1].
    confusions : mapping of int to int
        The class that each of some classes is mistaken for; `CIFAR10_CONFUSIONS` are those
        of the literature.

    Returns
    -------
    float array of shape (n_classes, n_classes)
        Entry (k, j): truly ``k``, given ``j``.

    Examples
    --------
    >>> make_asymmetric_noise(3, 0.4, {0: 2})
    array([[0.6, 0. , 0.4],
           [0. , 1. , 0. ],
           [0. , 0. , 1. ]])
    """
    _checked(n_classes, rate, None, name="rate")
    matrix = np.eye(n_classes)
    for true, given in confusions.items():
        if not (0 <= true < n_classes and 0 <= given < n_classes and true != given):
            raise InvalidInputError(
                f"`confusions` must map classes 0..{n_classes - 1} to other ones, got "
                f"{true}: {given}."
            )
        matrix[true, true] = 1 - rate
        matrix[true, given] = rate
    return matrix


def empirical_noise(
    labels: NDArray[np.integer], given: NDArray[np.integer], n_classes: int
) -> Floats:
    """Return the noise matrix of labels whose truth is known, such as those people gave.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        True class of each example, coded 0 .. n_classes - 1.
    given : int array of shape (n_examples,)
        Given class of each example.
    n_classes : int

    Returns
    -------
    float array of shape (n_classes, n_classes)
        Entry (k, j): truly ``k``, given ``j``; a class without examples has 1 on the
        diagonal.

    Examples
    --------
    >>> import numpy as np
    >>> empirical_noise(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    labels, given = np.asarray(labels, dtype=np.int64), np.asarray(given, dtype=np.int64)
    if labels.shape != given.shape or labels.ndim != 1:
        raise InvalidInputError(
            f"`labels` and `given` must be of one length, got shapes {labels.shape} and "
            f"{given.shape}."
        )
    for name, codes in (("labels", labels), ("given", given)):
        if len(codes) and not (codes.min() >= 0 and codes.max() < n_classes):
            raise InvalidInputError(
                f"`{name}` must be class codes 0..{n_classes - 1}, got {codes.min()} to "
                f"{codes.max()}."
            )
    flat = np.bincount(labels * n_classes + given, minlength=n_classes**2)
    counts = flat.reshape(n_classes, n_classes).astype(np.float64)
    totals = counts.sum(axis=1)
    matrix: Floats = counts / np.where(totals > 0, totals, 1.0)[:, None]
    matrix[totals == 0, totals == 0] = 1.0
    return matrix


def with_amount(
    matrix: NDArray[np.floating],
    amount: float,
    *,
    class_prior: NDArray[np.floating] | None = None,
) -> Floats:
    """Return the same kind of noise in another amount: all error rates by one factor.

    Parameters
    ----------
    matrix : float array of shape (n_classes, n_classes)
        P(given class | true class), rows sum to 1; not the identity.
    amount : float
        Wanted share of wrong labels.
    class_prior : float array of shape (n_classes,), optional
        Share of each true class; None: all equal.

    Raises
    ------
    InvalidInputError
        If some class would have to be wrong more often than always.

    Examples
    --------
    >>> import numpy as np
    >>> with_amount(np.array([[0.8, 0.2], [0.0, 1.0]]), 0.05)
    array([[0.9, 0.1],
           [0. , 1. ]])
    """
    wanted = checked_matrix(matrix)
    prior = _checked(len(wanted), amount, class_prior)
    wrong = 1 - wanted.diagonal()
    now = float(prior @ wrong)
    factor = amount / now if now > 0 else np.inf
    if factor * wrong.max() > 1 or not np.isfinite(factor):
        raise InvalidInputError(
            f"`amount` must be at most {now / max(wrong.max(), 1e-300):.3g} with this `matrix`, "
            f"got {amount}: no class can be wrong more often than always."
        )
    scaled: Floats = wanted * factor
    np.fill_diagonal(scaled, 1 - factor * wrong)
    return scaled


def checked_matrix(matrix: NDArray[np.floating]) -> Floats:
    """Return `matrix` as floats, or say why it is no noise matrix."""
    checked: Floats = np.asarray(matrix, dtype=np.float64)
    if checked.ndim != 2 or checked.shape[0] != checked.shape[1] or len(checked) < 2:
        raise InvalidInputError(
            "`matrix` must be square with a row per true class, two or more, got shape "
            f"{checked.shape}."
        )
    bad = (checked < 0).any(axis=1) | ~(np.abs(checked.sum(axis=1) - 1) < 1e-6)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InvalidInputError(
            "`matrix` must have rows of probabilities that sum to 1, row "
            f"{row} is {np.round(checked[row], 3).tolist()}. Is it given by columns? Transpose it."
        )
    return checked


def _checked(
    n_classes: int,
    amount: float,
    class_prior: NDArray[np.floating] | None,
    *,
    name: str = "amount",
    most: float = 1.0,
) -> Floats:
    """Check what all kinds of noise take; return the prior."""
    if n_classes < 2:
        raise InvalidInputError(f"`n_classes` must be 2 or more, got {n_classes}.")
    if not 0 <= amount <= most:
        raise InvalidInputError(f"`{name}` must be between 0 and {most:g}, got {amount}.")
    if class_prior is None:
        return np.full(n_classes, 1 / n_classes)
    prior = np.asarray(class_prior, dtype=np.float64)
    if prior.shape != (n_classes,) or (prior < 0).any() or not prior.sum() > 0:
        raise InvalidInputError(
            f"`class_prior` must be {n_classes} shares of 0 or more, got {prior.tolist()}."
        )
    total: Floats = prior / prior.sum()
    return total


def _with_mean(
    values: Floats, mean: float, weights: Floats, bounds: tuple[float, float]
) -> Floats:
    """Shift values by one number, clipped to the bounds, so that their weighted mean is `mean`."""
    low, high = bounds
    below, above = low - values.max(), high - values.min()
    for _ in range(100):  # halving: exact to the last bit of the shift
        shift = (below + above) / 2
        if weights @ np.clip(values + shift, low, high) < mean:
            below = shift
        else:
            above = shift
    shifted: Floats = np.clip(values + above, low, high)
    return shifted
