"""The confident learning family: against a slow reference, in chunks of any kind, hostile input."""

from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.algorithms.estimation import finished
from tilth.algorithms.labels import (
    class_priors,
    class_thresholds,
    confident_joint,
    inverse_noise_matrix,
    joint_distribution,
    label_errors,
    noise_matrix,
)
from tilth.algorithms.labels.inputs import checked_examples
from tilth.algorithms.labels.selection import selection_steps
from tilth.errors import InvalidInputError

METHODS = ("argmax", "confident_joint", "prune_by_class", "prune_by_noise_rate", "both")


def sets_of(seed, n_classes, n, dtype, digits=None):
    """Labels that mostly fit probabilities; few digits make ties."""
    rng = np.random.default_rng(seed)
    pred_probs = rng.dirichlet(np.full(n_classes, 0.3), n)
    if digits is not None:
        pred_probs = pred_probs.round(digits)
    labels = np.where(
        rng.random(n) < 0.7, pred_probs.argmax(axis=1), rng.integers(0, n_classes, n)
    )
    return labels, pred_probs.astype(dtype)


def whole(row):
    """Round a row and keep its total, as the authors do."""
    ints = row.round()
    lost = round(row.sum()) - ints.sum()
    order = np.argsort(row - ints, kind="stable")
    order = order[::-1] if lost > 0 else order
    ints[order[: int(abs(lost))]] += np.sign(lost)
    return ints


def reference(labels, pred_probs, method):
    """Confident learning as the paper and the code of its authors have it, class by class."""
    n, n_classes = pred_probs.shape
    sizes = np.bincount(labels, minlength=n_classes)
    thresholds = np.array(
        [
            pred_probs[labels == k, k].astype(np.float64).mean() if sizes[k] else np.inf
            for k in range(n_classes)
        ]
    ).astype(pred_probs.dtype)
    floor = thresholds - pred_probs.dtype.type(1e-6)
    argmax = pred_probs.argmax(axis=1)
    if method == "argmax":
        return argmax != labels
    above = pred_probs >= floor
    sure = above.any(axis=1)
    found = np.where(above.sum(axis=1) == 1, above.argmax(axis=1), argmax)
    if method == "confident_joint":
        return sure & (found != labels)
    joint = np.zeros((n_classes, n_classes))
    np.add.at(joint, (labels[sure], found[sure]), 1)
    for k in np.flatnonzero(sizes):
        joint[k, k] = max(joint[k, k], 1)
        joint[k] = whole(joint[k] * (sizes[k] / joint[k].sum()))
    counts = np.zeros_like(joint)
    for k in range(n_classes):
        kept = max(joint[k, k], 5)
        n_pairs = max(np.count_nonzero(joint[k]) - 1, 1)
        counts[k] = np.maximum(joint[k] - (kept - joint[k, k]) / n_pairs, 0)
        counts[k, k] = kept
    counts = np.array([whole(row) for row in counts.T]).T
    by_class, by_pair = np.zeros(n, bool), np.zeros(n, bool)
    wide = pred_probs.astype(np.result_type(pred_probs.dtype, np.float32))
    for k in range(n_classes):
        members = np.flatnonzero(labels == k)
        n_errors = int(len(members) - counts[k, k])
        if len(members) > 5 and n_errors > 0:
            values = pred_probs[members, k]
            by_class[members] = values < np.sort(values)[n_errors]
        for j in range(n_classes):
            n_pruned = min(int(counts[k, j]), len(members))
            if j != k and n_pruned and sizes[j] > 5:
                margin = wide[members, j] - wide[members, k]
                by_pair[members] |= margin >= np.sort(margin)[-n_pruned]
    flags = {
        "prune_by_class": by_class,
        "prune_by_noise_rate": by_pair,
        "both": by_class & by_pair,
    }
    return flags[method] & (argmax != labels)


sizes = st.tuples(st.integers(1, 40), st.integers(1, 150))
kinds = st.sampled_from(["f2", "f4", "f8"])


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    sizes,
    kinds,
    st.sampled_from([None, 1, 2]),
    st.sampled_from(METHODS),
)
def test_every_selection_equals_a_slow_reference(seed, size, kind, digits, method):
    labels, pred_probs = sets_of(seed, *size, kind, digits)
    np.testing.assert_array_equal(
        label_errors(labels, pred_probs, method=method),
        reference(labels, pred_probs, method),
    )


@pytest.mark.parametrize("n_classes", [3, 24, 25, 300])
@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_more_rows_than_a_block_equal_the_reference_too(n_classes, kind):
    labels, pred_probs = sets_of(1, n_classes, 200_000 // n_classes, kind)
    for method in METHODS:
        np.testing.assert_array_equal(
            label_errors(labels, pred_probs, method=method),
            reference(labels, pred_probs, method),
        )


def sent(what):
    """Return what a worker gets."""
    return ForkingPickler.loads(ForkingPickler.dumps(what))


def in_chunks(rng, labels, pred_probs, cuts, estimation):
    """Finish an estimation over chunks in random order, merged pair by pair at random."""
    chunks = np.split(np.arange(len(labels)), cuts)
    states = []
    for chunk in rng.permutation(len(chunks)):
        rows = checked_examples(labels[chunks[chunk]], pred_probs[chunks[chunk]])
        if states and rng.random() < 0.5:
            states[-1] = estimation.update(states[-1], rows)
        else:
            states.append(estimation.update(estimation.start(), rows))
    states = sent(states)
    while len(states) > 1:
        rng.shuffle(states)
        states.append(estimation.merge(states.pop(), states.pop()))
    return estimation.finish(states[0])


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    sizes,
    kinds,
    st.sampled_from([None, 1]),
    st.sampled_from(METHODS),
)
def test_any_chunks_in_any_order_give_the_same_bits(seed, size, kind, digits, method):
    labels, pred_probs = sets_of(seed, *size, kind, digits)
    rng = np.random.default_rng(seed)
    cuts = np.sort(rng.integers(0, len(labels) + 1, rng.integers(0, 6)))
    steps = selection_steps(method, pred_probs.shape[1], pred_probs.dtype)
    flag = finished(steps, lambda step: in_chunks(rng, labels, pred_probs, cuts, step))
    flag = sent(flag)
    pieces = [
        flag(checked_examples(labels[rows], pred_probs[rows]))
        for rows in np.split(np.arange(len(labels)), cuts)
    ]
    np.testing.assert_array_equal(
        np.concatenate(pieces), label_errors(labels, pred_probs, method=method)
    )


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_thresholds_and_joint_do_not_depend_on_row_order(kind):
    labels, pred_probs = sets_of(0, 5, 20_000, kind)
    order = np.random.default_rng(1).permutation(len(labels))
    assert class_thresholds(labels, pred_probs).dtype == kind
    for estimate in (class_thresholds, confident_joint, noise_matrix):
        np.testing.assert_array_equal(
            estimate(labels, pred_probs), estimate(labels[order], pred_probs[order])
        )


def test_thresholds_are_means_rounded_once():
    labels, pred_probs = sets_of(0, 4, 5_000, "f8")
    means = [np.longdouble(pred_probs[labels == k, k]).mean() for k in range(4)]
    np.testing.assert_array_equal(
        class_thresholds(labels, pred_probs), np.array(means).astype(np.float64)
    )


def test_the_matrices_of_the_joint_by_hand():
    labels = np.array([0, 0, 0, 1, 1, 1, 1])
    pred_probs = np.array(
        [[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.4, 0.6], [0.9, 0.1], [0.1, 0.9]]
    )
    # Given 0: two surely 0, one surely 1. Given 1 (threshold .6): one surely 0, three 1.
    joint = np.array([[2, 1], [1, 3]]) / 7
    np.testing.assert_allclose(joint_distribution(labels, pred_probs), joint)
    np.testing.assert_allclose(class_priors(labels, pred_probs), [3 / 7, 4 / 7])
    np.testing.assert_allclose(
        noise_matrix(labels, pred_probs), [[2 / 3, 1 / 3], [1 / 4, 3 / 4]]
    )
    np.testing.assert_allclose(
        inverse_noise_matrix(labels, pred_probs), [[2 / 3, 1 / 3], [1 / 4, 3 / 4]]
    )


def test_the_joint_is_scaled_to_the_shares_of_the_given_classes():
    labels, pred_probs = sets_of(0, 6, 3_000, "f4")
    joint = joint_distribution(labels, pred_probs)
    np.testing.assert_allclose(joint.sum(axis=1), np.bincount(labels) / len(labels))
    assert joint.sum() == pytest.approx(1.0)
    for matrix in (noise_matrix, inverse_noise_matrix):
        np.testing.assert_allclose(matrix(labels, pred_probs).sum(axis=1), 1.0)


def test_no_examples_and_no_classes_are_harmless():
    for shape in ((0, 3), (0, 0)):
        labels, pred_probs = np.zeros(0, int), np.zeros(shape)
        assert not joint_distribution(labels, pred_probs).any()
        for method in METHODS:
            assert label_errors(labels, pred_probs, method=method).shape == (0,)


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_a_hair_outside_of_0_and_1_is_rounding(kind):
    hair = 1.0 + np.finfo(kind).eps
    labels = np.array([0, 1] * 10)
    pred_probs = np.array([[hair, -0.0], [hair, 1 - hair]] * 10, dtype=kind)
    assert label_errors(labels, pred_probs, method="prune_by_noise_rate").sum() == 10


@pytest.mark.parametrize("layout", ["fortran", "strided", "other byte order", "list"])
def test_any_layout_in_memory_gives_the_same(layout):
    labels, pred_probs = sets_of(0, 6, 500, "f4")
    wanted = label_errors(labels, pred_probs, method="prune_by_noise_rate")
    match layout:
        case "fortran":
            pred_probs = np.asfortranarray(pred_probs)
        case "strided":
            pred_probs = np.repeat(np.repeat(pred_probs, 2, axis=0), 3, axis=1)[::2, ::3]
        case "other byte order":
            pred_probs = pred_probs.astype(pred_probs.dtype.newbyteorder())
        case "list":
            labels, pred_probs = labels.tolist(), pred_probs.tolist()
    found = label_errors(labels, pred_probs, method="prune_by_noise_rate")
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("kind", ["u1", "i4", "u8"])
def test_any_integers_are_codes(kind):
    labels, pred_probs = sets_of(0, 30, 500, "f4")
    np.testing.assert_array_equal(
        confident_joint(labels.astype(kind), pred_probs),
        confident_joint(labels, pred_probs),
    )


@pytest.mark.parametrize(
    ("labels", "pred_probs", "message"),
    [
        (["cat", "dog"], [[0.5, 0.5]] * 2, r"np\.unique\(labels, return_inverse=True\)"),
        ([True, False], [[0.5, 0.5]] * 2, r"labels\.astype\(int\)"),
        ([0.0, np.nan], [[0.5, 0.5]] * 2, "Drop the rows without a label"),
        ([0, 1], [[1, 0], [0, 1]], "must be floats"),
        ([0, 1], [[0.5, 0.5], [np.nan, 0.5]], "row 1 is not: it holds nan. Drop such rows"),
        ([0, 1], [[np.inf, 0.5], [0.5, 0.5]], "row 0 is not: it holds inf"),
        ([0, 1], [[3.5, -1.0], [0.5, 0.5]], r"in \[0, 1\], got 3.5 in row 0.*softmax"),
        ([0, 1], [[0.5, 0.5], [0.5, -0.2]], r"in \[0, 1\], got -0.2 in row 1"),
        ([0], [[0.5, 0.5]] * 2, "2 rows for 1 labels. Rows dropped"),
    ],
)
def test_what_is_no_probability_or_no_code_is_refused(labels, pred_probs, message):
    with pytest.raises(InvalidInputError, match=message):
        label_errors(np.array(labels), np.array(pred_probs), method="argmax")


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_the_row_named_is_the_first_wrong_one_far_into_the_data(kind):
    pred_probs = np.full((70_000, 2), 0.5, dtype=kind)
    pred_probs[66_000, 1] = np.nan
    with pytest.raises(InvalidInputError, match="row 66000 is not"):
        class_thresholds(np.zeros(70_000, int), pred_probs)
    with pytest.raises(InvalidInputError, match="row 67000 is not"):
        checked_examples(np.zeros(70_000, int), pred_probs, first_row=1_000)
