"""Whether a group's labels are bad, and the simplest rule for the group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.sparse import csc_array

from tilth.algorithms import groups
from tilth.signals.predicates import readability

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from tilth.checks.label_patterns.scene import Candidate, Scene, View
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
_NO_SLOPE_FEATURE, _NO_AGREEMENT, _SURE_AGREEMENT = 0.3, 0.15, 0.6
_LOW_SLOPE = 0.5
_INVERTED = -0.2  # our own: agreement below chance that no sound group had
_COMMON = 0.1  # our own: share of an even share that the rest must hold of a class
_MIN_NOISE, _MIN_NOISE_FEATURE, _MIN_FEATURE_SHARE = 0.1, 0.15, 0.05  # our own
_PURE = 0.97  # our own: a group of one label may hold some slips
# Our own: labels pulled to one class follow the model less, and no model elsewhere expects it;
# groups that truly have more of one class follow it as well as any.
_MIN_PULL, _SURE_PULL_SLOPE, _MAX_PULL_TAU, _MAX_PULL_AGREE = 12.0, 0.85, 0.25, 0.45
_MIN_BASE = 0.15  # our own: a smaller kappa is no measure for others
_LEARNABLE = 2.5  # standard errors of a kappa of 0; our own
_LIKE_REST, _LIKE_REST_FEATURE = 0.6, 0.7  # our own: sound groups of one label stay below
# Our own; chance is excluded long before. A value of a feature may well decide the label.
_MIN_CONTRADICTION, _MIN_CONTRADICTION_FEATURE = 8.0, 12.0
_MAX_TESTED, _MAX_ONE_SIDED = 4, 3  # our own: what a round may cost
_MAX_RANKED, _FEW = 5, 20  # our own: candidates compared pair by pair; too few for a slope
_SAME_GROUP, _ALIKE = 0.5, 0.3  # our own: shares of common members among all members of two
# Our own: rules this close in likelihood are equals, and the most readable wins.
_AS_GOOD = 0.02
_SWAPPED = -0.4  # our own: mean of tau and agreement
_AS_FAR, _MAX_REDRAWN = 0.9, 3  # our own
_LEAST_NOISE = 0.02  # as in scene


@dataclass(frozen=True, eq=False)
class BadGroup:
    """A group with bad labels and what shows it; `positions` are dataset rows."""

    rule: Predicate
    inside: NDArray[np.bool_]
    positions: NDArray[np.intp]
    labels: NDArray[np.int64]
    test: Test
    noise: groups.GroupNoise
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
    doubtful = list(_different(_ranked(scene, _doubtful(scene)), _MAX_TESTED))
    one_sided = list(_different(_one_sided(scene, of_features=False), _MAX_ONE_SIDED))
    stages = [(doubtful, _transfer), (one_sided, _contradiction)]
    # a large group of either kind makes sound groups look like the other kind
    stages.sort(key=lambda stage: -max((c.z for c in stage[0]), default=0.0))
    for candidates, tested in stages:
        bad = _first_bad(scene, candidates, tested)
        if bad is not None:
            return bad
    pulled = _different(_pulled(scene), _MAX_ONE_SIDED)
    of_features = _different(_one_sided(scene, of_features=True), _MAX_ONE_SIDED)
    bad = _first_bad(scene, pulled, _pull_transfer)
    return bad or _first_bad(scene, of_features, _contradiction)


def _first_bad(
    scene: Scene,
    candidates: Iterable[Candidate],
    tested: Callable[[Scene, Candidate], Test | None],
) -> BadGroup | None:
    for candidate in candidates:
        test = tested(scene, candidate)
        if test is not None:
            return _described(scene, candidate, test)
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
    """Yield groups whose labels follow the model much less than elsewhere.

    Of many classes moved by one rule a model learns a part, and its slope says little; where
    labels stand out that far, models that never saw the group decide.
    """
    for candidate in scene.candidates("slope"):
        if _follows_little(scene, candidate):
            exact = scene.exact(candidate)
            if exact is not None and _follows_little(scene, exact):
                yield exact
                continue
        if candidate.z > _OVERWHELMING and not scene.is_feature(candidate.rule.column):
            yield candidate


def _follows_little(scene: Scene, candidate: Candidate) -> bool:
    slope, sure = _slope(scene, candidate)
    if scene.is_feature(candidate.rule.column):
        return slope < _MAX_FEATURE_SLOPE and sure < _SURE_FEATURE_SLOPE
    return slope < _MAX_SLOPE and sure < _SURE_SLOPE


def _ranked(scene: Scene, candidates: Iterator[Candidate]) -> Iterator[Candidate]:
    """Yield first what is not explained by another one of the strongest.

    Of two groups that overlap, the worse one is that whose own part follows the model less.
    """
    first = list(_different(candidates, _MAX_RANKED))
    beaten = [
        sum(_beats(scene, other, one) for other in first if other is not one)
        for one in first
    ]
    for number in sorted(range(len(first)), key=lambda k: (beaten[k], k)):
        yield first[number]
    yield from candidates


def _beats(scene: Scene, one: Candidate, other: Candidate) -> bool:
    own = replace(one, inside=one.inside & ~other.inside)
    others = replace(other, inside=other.inside & ~one.inside)
    if (
        own.inside.sum() < _FEW
        or others.inside.sum() < _FEW
        or not (one.inside & other.inside).any()
    ):
        return False
    _, sure = _slope(scene, own)
    slope, end = _slope(scene, others)
    return sure < slope - (end - slope)


def _one_sided(scene: Scene, *, of_features: bool) -> Iterator[Candidate]:
    """Yield groups of one single label."""
    for candidate in scene.candidates("shift"):
        if scene.is_feature(candidate.rule.column) is not of_features:
            continue
        counts = np.bincount(scene.labels[candidate.inside], minlength=scene.n_classes)
        outside = np.bincount(scene.labels, minlength=scene.n_classes) - counts
        # a class the rest hardly holds cannot be predicted there
        is_elsewhere = outside[counts.argmax()] >= max(
            _FEW, _COMMON * outside.sum() / scene.n_classes
        )
        if counts.max() >= _PURE * counts.sum() and is_elsewhere:
            exact = scene.exact(candidate)
            if exact is not None:
                yield exact


def _pulled(scene: Scene) -> Iterator[Candidate]:
    """Yield groups given one class far more often than expected, whatever the model says."""
    for candidate in scene.candidates("shift"):
        if candidate.z > _MIN_PULL and not scene.is_feature(candidate.rule.column):
            exact = scene.exact(candidate)
            if exact is None or exact.z <= _MIN_PULL:
                continue
            _, sure = _slope(scene, exact)
            if sure < _SURE_PULL_SLOPE:
                yield exact


def _pull_transfer(scene: Scene, candidate: Candidate) -> groups.Transfer | None:
    """Return the transfer test if it says that labels are pulled to one class."""
    test = groups.transfer(
        candidate.inside,
        scene.labels,
        scene.predict,
        max_tau=_MAX_PULL_TAU,
        min_base=_MIN_BASE,
    )
    learnable = _is_learnable(candidate, test)
    is_bad = test.tau < _MAX_PULL_TAU and test.agree < _MAX_PULL_AGREE and not learnable
    return test if is_bad and test.base >= _MIN_BASE else None


def _is_learnable(candidate: Candidate, test: groups.Transfer) -> bool:
    least = _LEARNABLE / np.sqrt(candidate.inside.sum())
    return test.own >= _MAX_TAU and test.own * max(test.base, 0.0) > least


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
    is_feature = scene.is_feature(candidate.rule.column)
    doubt = _LEARNABLE * test.agree_error if is_feature else 0.0
    if sure < 0 and test.agree < min(_INVERTED / (scene.n_classes - 1), -doubt):
        return test
    contradicts = test.harm_z > _HARM and test.agree < _NO_AGREEMENT and not is_feature
    if _is_learnable(candidate, test) and not contradicts:
        return None  # a concept of its own
    z = candidate.z
    if is_feature:
        nothing = sure < _NO_SLOPE_FEATURE and test.agree < _NO_AGREEMENT
        nothing &= test.agree + 2 * test.agree_error < _SURE_AGREEMENT
        is_bad = test.harm_z > _HARM or (z > _CLEAR and nothing and test.base >= _MIN_BASE)
    else:
        is_bad = test.harm_z > _HARM or z > _OVERWHELMING
        is_bad |= z > _STRONG and test.harm_z > _SOME_HARM and sure < _LOW_SLOPE
        is_bad |= z > _CLEAR and sure < _NO_SLOPE
    return test if is_bad else None


def _contradiction(scene: Scene, candidate: Candidate) -> groups.Contradiction | None:
    """Return the contradiction test if it says that the group is bad."""
    test = groups.contradiction(candidate.inside, scene.labels, scene.predict)
    if test.base < _MIN_BASE:
        return None
    like_rest = test.ratio - 2 * test.ratio_error
    if not scene.is_feature(candidate.rule.column):
        is_wrong = test.noise_rate > _MIN_NOISE and test.z > _MIN_CONTRADICTION
        return test if is_wrong and like_rest > _LIKE_REST else None
    is_wrong = test.noise_rate > _MIN_NOISE_FEATURE and test.z > _MIN_CONTRADICTION_FEATURE
    # not the tail of a feature, nor one whose other values tell the label as well
    is_odd = candidate.inside.mean() >= _MIN_FEATURE_SHARE and not scene.has_shifts(
        candidate
    )
    return test if is_wrong and is_odd and like_rest > _LIKE_REST_FEATURE else None


def _slope(scene: Scene, candidate: Candidate) -> tuple[float, float]:
    """Return how labels follow the model inside, and the end of its 95 % interval."""
    rows = np.flatnonzero(candidate.inside)
    rows = rows[:: max(1, -(-len(rows) // _MAX_SLOPE_ROWS))]
    slope, error = groups.label_slope(scene.labels[rows], candidate.view.probs[rows])
    return slope, slope + 2 * error


def _described(scene: Scene, candidate: Candidate, test: Test) -> BadGroup:
    rule, inside = candidate.rule, candidate.inside
    for _ in range(_MAX_REDRAWN):  # how labels were given is clearer once the line is
        probs = _true_probs(scene, candidate.view, inside, test)
        noise = groups.group_noise(scene.labels[inside], probs[inside])
        ratio = groups.noise_log_ratio(scene.labels, probs, noise.given_of_true)
        before, (rule, inside) = inside, _simplest(scene, candidate, ratio)
        if (before == inside).all():
            break
    noise = _noise(scene, candidate.view, inside, test)
    member = csc_array(inside[:, None])
    return BadGroup(
        rule=rule,
        inside=inside,
        positions=scene.positions[inside],
        labels=scene.labels[inside],
        test=test,
        noise=noise,
        z_slope=-float(groups.group_z(member, *candidate.view.slope)[0]),
        z_shift=float(np.abs(groups.group_z(member, *candidate.view.shift)).max()),
    )


def _noise(
    scene: Scene, view: View, inside: NDArray[np.bool_], test: Test
) -> groups.GroupNoise:
    labels = scene.labels[inside]
    probs = _true_probs(scene, view, inside, test)[inside]
    if (
        scene.n_classes == 2
        and isinstance(test, groups.Transfer)
        and test.tau + test.agree < 2 * _SWAPPED
    ):
        # where a weak model leans to one class in the group, how often it is right still tells
        right = test.core_predicted == scene.labels
        outside = float(right[~inside].mean())
        wrong = (outside - float(right[inside].mean())) / max(2 * outside - 1, _MIN_BASE)
        wrong = float(np.clip(wrong, 0.0, 1.0))
        swap = np.array([[1 - wrong, wrong], [wrong, 1 - wrong]])
        return groups.noise_given(labels, probs, swap)
    return groups.group_noise(labels, probs)


def _simplest(
    scene: Scene, candidate: Candidate, ratio: NDArray[np.float64]
) -> tuple[Predicate, NDArray[np.bool_]]:
    """Return the most readable of the rules that draw the line as well as any.

    They must stand out about as far as the candidate, whatever the likelihood ratio says.
    """
    own = float(ratio[candidate.inside].sum())
    options = [(candidate.rule, candidate.inside, own)]
    residual, variance = candidate.view.target(candidate.target)
    for rule, inside, total in scene.rules_like(candidate.inside, ratio, _ALIKE):
        z = groups.group_z(csc_array(inside[:, None]), residual, variance).max()
        if total > 0 and z >= _AS_FAR * candidate.z:
            options.append((rule, inside, total))
    best = max(total for _, _, total in options)
    good = [option for option in options if option[2] >= best - _AS_GOOD * abs(best)]
    rule, inside, _ = min(good, key=lambda option: (readability(option[0]), -option[2]))
    return rule, inside


def _true_probs(
    scene: Scene, view: View, inside: NDArray[np.bool_], test: Test
) -> NDArray[np.float64]:
    """Return chances of the true classes, calibrated outside the group.

    From what the view says and what models that never saw the group predict.
    """
    n_classes, predicted = scene.n_classes, test.core_predicted
    says = np.zeros((len(predicted), n_classes))
    known = predicted >= 0
    says[np.flatnonzero(known), predicted[known]] = 1.0
    # what predicts a group of one label may have learned it from the group's own mark
    is_blind = isinstance(test, groups.Contradiction)
    features = says if is_blind else np.hstack([np.log(view.probs), says])
    rows = np.flatnonzero(~inside & known)
    probs = groups.calibrated(features, scene.labels, rows, n_classes=n_classes)
    return (1 - _LEAST_NOISE) * probs + _LEAST_NOISE / n_classes
