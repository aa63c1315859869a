"""The groups, of many candidates, whose examples have the highest target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tilth.algorithms.groups.residuals import group_z
from tilth.algorithms.groups.runs import best_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csc_array


@dataclass(frozen=True)
class Hit:
    """A group that stands out: candidate columns `first` .. `last`, and how far."""

    first: int
    last: int
    z: float


def search_groups(
    members: csc_array,
    family: NDArray[np.integer],
    residual: NDArray[np.floating],
    variance: NDArray[np.floating],
    *,
    limits: tuple[int, int],
    cut: float,
) -> list[Hit]:
    """Find groups whose sum of residuals is high, among single candidates and runs of blocks.

    Parameters
    ----------
    members : bool csc_array of shape (n_examples, n_candidates)
        Which examples are in which candidate.
    family : int array of shape (n_candidates,)
        -1 for a candidate of its own; blocks of one ordered column share a number, are
        neighbours and in order: their runs are searched.
    residual, variance : float arrays of shape (n_examples,) or (n_examples, n_targets)
        Any per-example target with mean 0, and its variance if nothing is special.
    limits : (int, int)
        Fewest and most examples in a group.
    cut : float
        Least z worth returning; see `family_cut`.

    Returns
    -------
    list of Hit
        Strongest first; of ties the earlier candidate first.

    Examples
    --------
    >>> from scipy.sparse import csc_array
    >>> members = csc_array(np.repeat(np.eye(4, dtype=bool), 25, axis=0))
    >>> residual = np.repeat([-1.0, 1.0, 1.0, -1.0], 25)
    >>> search_groups(members, np.zeros(4, dtype=int), residual, np.ones(100), limits=(20, 70), cut=3)
    [Hit(first=1, last=2, z=10.0)]
    """
    z = (
        group_z(members, residual, variance)
        .reshape(members.shape[1], -1)
        .max(axis=1, initial=-np.inf)
    )
    sizes = np.diff(members.indptr)
    is_single = (family < 0) & (sizes >= limits[0]) & (sizes <= limits[1]) & (z > cut)
    hits = [Hit(int(j), int(j), float(z[j])) for j in np.flatnonzero(is_single)]
    for number in np.unique(family[family >= 0]):
        columns = np.flatnonzero(family == number)
        hits.extend(
            h
            for h in _runs(members, columns, residual, variance, limits=limits)
            if h.z > cut
        )
    return sorted(hits, key=lambda hit: (-hit.z, hit.first))


def _runs(
    members: csc_array,
    columns: NDArray[np.intp],
    residual: NDArray[np.floating],
    variance: NDArray[np.floating],
    *,
    limits: tuple[int, int],
) -> Iterator[Hit]:
    blocks = members[:, columns].T.astype(np.float64)
    sizes = np.diff(members.indptr)[columns]
    centred = residual - residual.mean(axis=0)
    sums = np.asarray(blocks @ centred).reshape(len(columns), -1)
    variances = np.asarray(blocks @ variance).reshape(len(columns), -1)
    for target in range(sums.shape[1]):
        best = best_run(
            sums[:, target],
            variances[:, target],
            sizes,
            n_examples=members.shape[0],
            limits=limits,
        )
        if best is not None:
            start, stop, z = best
            yield Hit(int(columns[start]), int(columns[stop - 1]), z)
