"""Whether a group's labels are bad, and the simplest rule for the group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.sparse import csc_array

from tilth.algorithms import groups
from tilth.signals.predicates import readability

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tilth.checks.label_patterns.scene import Candidate, Scene
    from tilth.signals.predicates import Predicate

    Test = groups.Transfer | groups.Contradiction
    Kind = Literal["random", "inverted", "constant", "biased"]

# Our own, set on groups planted in reviews and tables (benchmarks/label_patterns.py): labels
# follow the model with slope .55 to 1 in hard but sound groups, below .5 in bad ones.
_MAX_SLOPE, _SURE_SLOPE = 0.5, 0.75
# A column the label follows from may change how the other columns matter: slopes down to .1
# were seen in sound groups of credit records, where only harm to the rest convicts.
_MAX_FEATURE_SLOPE, _SURE_FEATURE_SLOPE = 0.35, 0.5
_MAX_SLOPE_ROWS = 4_000
_MAX_TAU = 0.35  # methods.md 20.4
_HARM, _SOME_HARM, _STRONG, _OVERWHELMING = 3.0, 1.0, 6.0, 12.0  # methods.md 20.4
_NO_SLOPE, _CLEAR = 0.35, 7.0  # our own: surely hardly any slope, at a z no sound group had
_INVERTED = -0.2  # our own: agreement below chance that no sound group had
_MIN_BASE = 0.15  # our own: a smaller kappa is no measure for others
_LEARNABLE = 2.5  # standard errors of a kappa of 0; our own
_LIKE_REST, _LIKE_REST_FEATURE = 0.5, 0.7  # our own: sound groups of one label stay below
# Our own; chance is excluded long before. A value of a feature may well decide the label.
_MIN_CONTRADICTION, _MIN_CONTRADICTION_FEATURE = 6.0, 12.0
_MAX_TESTED, _MAX_ONE_SIDED = 4, 3  # our own: what a round may cost
_SAME_GROUP, _ALIKE = 0.5, 0.3  # our own: shares of common members among all members of two
_AS_GOOD = (
    0.98  # our own: rules this close in likelihood are equals; the most readable wins
)
_LEAST_NOISE = 0.02


@dataclass(frozen=True, eq=False)
class BadGroup:
    """A group with bad labels and what shows it.

    `positions` are dataset rows; `noise` was estimated on examples with `noise_labels`.
    """

    rule: Predicate
    inside: NDArray[np.bool_]
    positions: NDArray[np.intp]
    labels: NDArray[np.int64]
    test: Test
    noise: groups.GroupNoise
    noise_labels: NDArray[np.int64]
    z_slope: float
    z_shift: float

    @property
    def kind(self) -> Kind:
        """How labels were given."""
        counts = np.bincount(self.labels)
        common, share = int(counts.argmax()), counts.max() / len(self.labels)
        if share >= 0.95:
            return "constant"
        if self.true_of_given is not None:
            return "inverted"
        pulled = np.delete(self.noise.given_of_true[:, common], common).mean()
        return "biased" if share >= 0.75 and pulled >= 0.5 else "random"

    @property
    def true_of_given(self) -> NDArray[np.intp] | None:
        """The true class of each given class where labels were swapped by one rule, else None."""
        given = self.noise.given_of_true.argmax(axis=1)
        n_classes = len(given)
        is_swap = len(set(given.tolist())) == n_classes and bool(
            (given != np.arange(n_classes)).any()
        )
        clarity = self.noise.given_of_true.max(axis=1)
        if not is_swap or clarity.min() < 0.6 or clarity.mean() < 0.75:
            return None
        return np.argsort(given)


def worst_group(scene: Scene) -> BadGroup | None:
    """Return the first bad group, strongest evidence first; None if no group is bad."""
    for candidate in _different(_doubtful(scene), _MAX_TESTED):
        test = _transfer(scene, candidate)
        if test is not None:
            return _described(scene, candidate, test)
    for candidate in _different(scene.one_sided(), _MAX_ONE_SIDED):
        contradiction = _contradiction(scene, candidate)
        if contradiction is not None:
            return _described(scene, candidate, contradiction)
    return None


def _different(candidates: Iterator[Candidate], most: int) -> Iterator[Candidate]:
    """Yield the first candidates that are not mostly one of those before."""
    seen: list[NDArray[np.bool_]] = []
    for candidate in candidates:
        inside = candidate.inside
        if any((inside & s).sum() > _SAME_GROUP * (inside | s).sum() for s in seen):
            continue
        yield candidate
        seen.append(inside)
        if len(seen) == most:
            return


def _doubtful(scene: Scene) -> Iterator[Candidate]:
    """Yield groups whose labels follow the model much less than elsewhere."""
    for candidate in scene.contradicting():
        slope, sure = _slope(scene, candidate)
        if scene.is_feature(candidate.rule.column):
            is_low = slope < _MAX_FEATURE_SLOPE and sure < _SURE_FEATURE_SLOPE
        else:
            is_low = slope < _MAX_SLOPE and sure < _SURE_SLOPE
        if is_low:
            yield candidate


def _transfer(scene: Scene, candidate: Candidate) -> groups.Transfer | None:
    """Return the transfer test if it says that the group is bad."""
    test = groups.transfer(
        candidate.inside, scene.labels, scene.predict, max_tau=_MAX_TAU, min_base=_MIN_BASE
    )
    # a group too small to learn from in isolation is judged by the rest alone
    tau = test.tau if test.base >= _MIN_BASE else test.agree
    if max(tau, test.agree) >= _MAX_TAU:
        return None
    _, sure = _slope(scene, candidate)
    if test.agree < _INVERTED and sure < 0:
        return test
    least = _LEARNABLE / np.sqrt(candidate.inside.sum())
    if test.own >= _MAX_TAU and test.own * max(test.base, 0.0) > least:
        return None  # a concept of its own that contradicts nothing
    z = candidate.z
    is_bad = test.harm_z > _HARM
    if not scene.is_feature(candidate.rule.column):
        is_bad |= z > _OVERWHELMING or (z > _STRONG and test.harm_z > _SOME_HARM)
        is_bad |= z > _CLEAR and sure < _NO_SLOPE
    return test if is_bad else None


def _contradiction(scene: Scene, candidate: Candidate) -> groups.Contradiction | None:
    """Return the contradiction test if it says that the group is bad."""
    test = groups.contradiction(candidate.inside, scene.labels, scene.predict)
    if scene.is_feature(candidate.rule.column):
        least, min_z = _LIKE_REST_FEATURE, _MIN_CONTRADICTION_FEATURE
    else:
        least, min_z = _LIKE_REST, _MIN_CONTRADICTION
    is_like_rest = test.ratio - 2 * test.ratio_error > least
    return test if test.base >= _MIN_BASE and is_like_rest and test.z > min_z else None


def _slope(scene: Scene, candidate: Candidate) -> tuple[float, float]:
    """Return how labels follow the model inside, and the end of its 95 % interval."""
    rows = np.flatnonzero(candidate.inside)
    rows = rows[:: max(1, -(-len(rows) // _MAX_SLOPE_ROWS))]
    slope, error = groups.label_slope(scene.labels[rows], candidate.view.probs[rows])
    return slope, slope + 2 * error


def _described(scene: Scene, candidate: Candidate, test: Test) -> BadGroup:
    view, noise = candidate.view, _noise(scene, candidate.inside, test)
    outside = ~candidate.inside
    power = groups.temperature(scene.labels[outside], view.probs[outside])
    sharp = groups.tempered(view.probs, power)
    sharp = (1 - _LEAST_NOISE) * sharp + _LEAST_NOISE / sharp.shape[1]
    ratio = groups.noise_log_ratio(scene.labels, sharp, noise.given_of_true)
    rule, inside = _simplest(scene, candidate, ratio)
    member = csc_array(inside[:, None])
    return BadGroup(
        rule=rule,
        inside=inside,
        positions=scene.positions[inside],
        labels=scene.labels[inside],
        test=test,
        noise=_noise(scene, inside, test),
        noise_labels=scene.labels[inside & (test.core_predicted >= 0)],
        z_slope=-float(groups.group_z(member, *view.slope)[0]),
        z_shift=float(np.abs(groups.group_z(member, *view.shift)).max()),
    )


def _simplest(
    scene: Scene, candidate: Candidate, ratio: NDArray[np.float64]
) -> tuple[Predicate, NDArray[np.bool_]]:
    """Return the most readable of the rules that draw the line as well as any."""
    options = [(candidate.rule, candidate.inside, float(ratio[candidate.inside].sum()))]
    options += scene.rules_like(candidate.inside, ratio, _ALIKE)
    best = max(total for _, _, total in options)
    good = [option for option in options if option[2] >= _AS_GOOD * best]
    rule, inside, _ = min(good, key=lambda option: (readability(option[0]), -option[2]))
    return rule, inside


def _noise(scene: Scene, inside: NDArray[np.bool_], test: Test) -> groups.GroupNoise:
    """Estimate how labels were given, by what models that never saw the group predict."""
    n_classes, predicted = scene.n_classes, test.core_predicted
    rest = ~inside & (predicted >= 0)
    counts = np.full(
        (n_classes, n_classes), 0.5
    )  # half an example each: no class is ruled out
    np.add.at(counts, (predicted[rest], scene.labels[rest]), 1.0)
    true_of_predicted = counts / counts.sum(axis=1, keepdims=True)
    known = inside & (predicted >= 0)
    return groups.group_noise(scene.labels[known], true_of_predicted[predicted[known]])
