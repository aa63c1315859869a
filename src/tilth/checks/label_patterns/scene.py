"""The examples still in question, what models say of them, and the groups they may form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.sparse import csc_array

from tilth.algorithms import groups
from tilth.errors import ModelError
from tilth.signals.described import described
from tilth.signals.predicates import measured, narrowed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.signals.predicates import Predicate, Predicates

    Judge = Callable[..., NDArray[np.int64]]
    Target = Literal["slope", "shift"]

_MIN_GROUP, _MIN_SHARE, _MAX_SHARE = 20, 0.005, 0.70  # methods.md 20.4
_LEAST_NOISE = 0.02  # our own: no label is surer than this, so a single one cannot decide
_MAX_NARROWED = 10  # our own: range candidates whose ends are looked for, strongest first
_METADATA = re.compile(
    r"source|origin|annotat|label+er|rater|worker|batch|vendor|supplier|provider|partner|site|"
    r"import|split|version|date|time|created|updated|day|month|year|channel|device|user|author|"
    r"crawl|scrap|file|editor|team|campaign|job|run|shard|agency|station|machine|sensor",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False)
class View:
    """What a model says of each example, prepared for residuals."""

    labels: NDArray[np.int64]
    probs: NDArray[np.float64]

    @classmethod
    def of(cls, labels: NDArray[np.int64], probs: NDArray[np.floating]) -> View:
        """Calibrate probabilities to the labels, and cap what one label can weigh."""
        calm = groups.tempered(probs, groups.temperature(labels, probs))
        return cls(labels, (1 - _LEAST_NOISE) * calm + _LEAST_NOISE / calm.shape[1])

    def target(self, name: Target) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return residuals and variances by name."""
        return self.slope if name == "slope" else self.shift

    @cached_property
    def slope(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Residual and variance, positive where labels contradict the model."""
        residual, variance = groups.slope_residual(self.labels, self.probs)
        return -residual, variance

    @cached_property
    def shift(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Residuals and variances, positive where a class is given more than expected."""
        return groups.shift_residual(self.labels, self.probs)


# what stands out, its first and last rule, who says so, and whether that is rough
_Found = tuple[groups.Hit, int, int, View, bool]


@dataclass(frozen=True, eq=False)
class Candidate:
    """A group that might be bad; `is_rough`: seen with terms left out, not fitted anew."""

    rule: Predicate
    inside: NDArray[np.bool_]
    view: View
    z: float
    target: Target
    is_rough: bool = False


@dataclass(frozen=True, eq=False)
class Scene:
    """The labelled examples still in question (`positions`: their dataset rows)."""

    dataset: Dataset
    labels: NDArray[np.int64]
    positions: NDArray[np.intp]
    n_classes: int
    pred_probs: NDArray[np.floating]
    predicates: Predicates
    members: csc_array
    judge: Judge
    known_values: dict[Any, NDArray[np.float64]] = field(default_factory=dict)
    known_views: dict[tuple[str, str], View] = field(default_factory=dict)
    known_hits: dict[Target, list[_Found]] = field(default_factory=dict)

    @classmethod
    def of(  # noqa: PLR0917  its positionals are signals
        cls,
        dataset: Dataset,
        labels: NDArray[np.int64],
        labelled: NDArray[np.intp],
        n_classes: int,
        pred_probs: NDArray[np.floating],
        predicates: Predicates,
        judge: Judge,
    ) -> Scene:
        """Return the scene with every labelled example."""
        members = predicates.members.tocsr()[labelled].tocsc()
        return cls(
            dataset, labels, labelled, n_classes, pred_probs, predicates, members, judge
        )

    def without(self, gone: NDArray[np.bool_]) -> Scene:
        """Return the scene that remains when some examples leave."""
        rows = np.flatnonzero(~gone)
        return replace(
            self,
            labels=self.labels[rows],
            positions=self.positions[rows],
            pred_probs=self.pred_probs[rows],
            members=self.members.tocsr()[rows].tocsc(),
            known_views={},
            known_hits={},
        )

    @cached_property
    def columns(self) -> list[str]:
        """Columns that rules are about."""
        return list(dict.fromkeys(rule.column for rule in self.predicates.rules))

    @cached_property
    def column_of(self) -> NDArray[np.intp]:
        """For each rule, its place in `columns`."""
        place = {column: number for number, column in enumerate(self.columns)}
        return np.array(
            [place[rule.column] for rule in self.predicates.rules], dtype=np.intp
        )

    @cached_property
    def family_of(self) -> NDArray[np.intp]:
        """For each rule, the measure whose block it is; -1 where it is none."""
        known: dict[Any, int] = {}
        return np.array(
            [
                known.setdefault((rule.column, rule.measure), len(known))
                if rule.kind == "range"
                else -1
                for rule in self.predicates.rules
            ],
            dtype=np.intp,
        )

    @cached_property
    def limits(self) -> tuple[int, int]:
        """Fewest and most examples in a group."""
        n = len(self.labels)
        return int(np.ceil(max(_MIN_GROUP, _MIN_SHARE * n))), int(_MAX_SHARE * n)

    @cached_property
    def given_view(self) -> View:
        """What the given probabilities say."""
        return View.of(self.labels, self.pred_probs)

    @cached_property
    def _additive(self) -> groups.AdditiveProbs:
        return groups.AdditiveProbs(
            self.members, self.column_of, self.labels, self.n_classes
        )

    def views(self, column: str, target: Target) -> Iterator[tuple[View, bool]]:
        """Yield what models say, and whether it is rough.

        The given probabilities; for a table column, rough ones that do without it; for the
        labels of a text, whose words may have told the model, class shares alone.
        """
        yield self.given_view, False
        if not self.is_text(column):
            if (column, "rough") not in self.known_views:
                rough = self._additive.without(self.columns.index(column))
                self.known_views[column, "rough"] = View.of(self.labels, rough)
            yield self.known_views[column, "rough"], True
        elif target == "shift":
            shares = np.bincount(self.labels, minlength=self.n_classes) / len(self.labels)
            yield View(self.labels, np.tile(shares, (len(self.labels), 1))), False

    def exact(self, candidate: Candidate) -> Candidate | None:
        """Return the candidate as a model sees it that was trained without its column.

        None if it does not stand out then.
        """
        if not candidate.is_rough:
            return candidate
        column = candidate.rule.column
        if (column, "exact") not in self.known_views:
            probs = self._additive.refitted_without(self.columns.index(column))
            self.known_views[column, "exact"] = View.of(self.labels, probs)
        view = self.known_views[column, "exact"]
        member = csc_array(candidate.inside[:, None])
        z = float(groups.group_z(member, *view.target(candidate.target)).max())
        if z <= self.cut(candidate.target):
            return None
        return replace(candidate, view=view, z=z, is_rough=False)

    def cut(self, target: Target) -> float:
        """Return the z that chance exceeds in 1 % of data sets, over all rules."""
        n_targets = 1 if target == "slope" else self.n_classes
        return groups.family_cut(len(self.predicates.rules), n_targets)

    def is_text(self, column: str) -> bool:
        """Say whether a column is free text."""
        return column in self.dataset.schema.text

    def is_feature(self, column: str) -> bool:
        """Say whether labels may follow from a column, and not just be given with it.

        No column beside a text or an image is one, nor one that tells where or when an example
        was made.
        """
        schema = self.dataset.schema
        if schema.text or schema.image:
            return False
        roles = {schema.group, schema.time, schema.annotator, schema.split}
        roles |= {
            g.column
            for g in schema.guesses
            if g.role in {"group", "time", "annotator", "split"}
        }
        return column not in roles and _METADATA.search(column) is None

    def predict(
        self, train: NDArray[np.intp], test: NDArray[np.intp], seed: int
    ) -> NDArray[np.int64]:
        """Return the classes of some examples, by the judge trained on others."""
        given = np.unique(self.labels[train])
        if len(given) == 1 or not len(test):  # most models refuse to learn a single class
            return np.full(len(test), given[0], dtype=np.int64)
        try:
            predicted = self.judge(self.positions[train], self.positions[test], seed)
        except (
            ModelError
        ):  # say, a column that is missing in the whole group: nothing learned
            common = np.bincount(self.labels[train]).argmax()
            return np.full(len(test), common, dtype=np.int64)
        return np.asarray(predicted, dtype=np.int64)

    def candidates(self, target: Target) -> Iterator[Candidate]:
        """Yield groups that stand out more than chance allows, strongest first.

        ``slope``: labels contradict the model; ``shift``: one class is given more often.
        """
        n_narrowed = 0
        if target not in self.known_hits:
            hits = [hit for column in self.columns for hit in self._hits(column, target)]
            self.known_hits[target] = sorted(hits, key=lambda hit: (-hit[0].z, hit[1]))
        for hit, first, last, view, is_rough in self.known_hits[target]:
            rule, inside = self.predicates.rules[first], self.inside(first, last)
            if rule.kind == "range":
                n_narrowed += 1
                if n_narrowed > _MAX_NARROWED:
                    continue
                rule = replace(rule, high=self.predicates.rules[last].high)
                rule, inside = self._with_exact_ends(rule, inside, view)
            yield Candidate(rule, inside, view, hit.z, target, is_rough)

    def has_shifts(self, candidate: Candidate) -> bool:
        """Say whether labels depend on a candidate's column outside the candidate too."""
        rest = np.flatnonzero(~candidate.inside)
        index = np.flatnonzero(self.column_of == self.columns.index(candidate.rule.column))
        residual, variance = candidate.view.shift
        hits = groups.search_groups(
            self.members.tocsr()[rest].tocsc()[:, index],
            self.family_of[index],
            np.hstack([residual, -residual])[rest],
            np.hstack([variance, variance])[rest],
            limits=self.limits,
            cut=self.cut("shift"),
        )
        return bool(hits)

    def rules_like(
        self, inside: NDArray[np.bool_], target: NDArray[np.float64], min_overlap: float
    ) -> Iterator[tuple[Predicate, NDArray[np.bool_], float]]:
        """Yield rules for nearly the same group, with the sum of `target` over their members.

        Ranges come with the ends that make the sum largest.
        """
        sizes = np.diff(self.members.indptr)
        weights = np.stack([inside.astype(np.float64), target], axis=1)
        sums = np.asarray(self.members.T.astype(np.float64) @ weights)
        overlap = sums[:, 0] / np.maximum(sizes + inside.sum() - sums[:, 0], 1)
        for number in np.flatnonzero(
            (overlap >= min_overlap) & (self.family_of < 0)
        ).tolist():
            yield (
                self.predicates.rules[number],
                self.inside(number, number),
                float(sums[number, 1]),
            )
        for family in range(self.family_of.max(initial=-1) + 1):
            rule = self.predicates.rules[int(np.argmax(self.family_of == family))]
            best = self._narrowed(rule, target)
            if best is not None and _overlap(best[1], inside) >= min_overlap:
                yield *best, float(target[best[1]].sum())

    def inside(self, first: int, last: int) -> NDArray[np.bool_]:
        """Mark the members of rules `first` .. `last`."""
        mask = np.zeros(len(self.labels), dtype=bool)
        start, stop = self.members.indptr[first], self.members.indptr[last + 1]
        mask[self.members.indices[start:stop]] = True
        return mask

    def _hits(self, column: str, target: Target) -> Iterator[_Found]:
        """Yield what stands out among the rules of a column, with the first and last rule."""
        index = np.flatnonzero(self.column_of == self.columns.index(column))
        members, family = self.members[:, index], self.family_of[index]
        for view, is_rough in self.views(column, target):
            for hit in groups.search_groups(
                members,
                family,
                *view.target(target),
                limits=self.limits,
                cut=self.cut(target),
            ):
                yield hit, int(index[hit.first]), int(index[hit.last]), view, is_rough

    def _with_exact_ends(
        self, rule: Predicate, inside: NDArray[np.bool_], view: View
    ) -> tuple[Predicate, NDArray[np.bool_]]:
        """Move the ends of a run of blocks to where the labels change."""
        for _ in range(2):  # the noise is clearer once the ends are
            noise = groups.group_noise(self.labels[inside], view.probs[inside])
            ratio = groups.noise_log_ratio(self.labels, view.probs, noise.given_of_true)
            best = self._narrowed(rule, ratio)
            if best is None or _overlap(best[1], inside) < 0.2:
                break
            rule, inside = best
        return rule, inside

    def _narrowed(
        self, rule: Predicate, target: NDArray[np.float64]
    ) -> tuple[Predicate, NDArray[np.bool_]] | None:
        values = self._values(rule)
        known = ~np.isnan(values)
        if not known.any():
            return None
        first, last = groups.maximal_run(values[known], target[known])
        inside = (values >= first) & (values <= last)
        if not self.limits[0] <= inside.sum() <= self.limits[1]:
            return None
        return narrowed(rule, values, first, last), inside

    def _values(self, rule: Predicate) -> NDArray[np.float64]:
        key = rule.column, rule.measure
        if key not in self.known_values:
            self.known_values[key] = measured(rule, described(self.dataset))
        return self.known_values[key][self.positions]


def _overlap(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return float((a & b).sum() / max((a | b).sum(), 1))
