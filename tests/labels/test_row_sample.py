"""A sample of rows: the same in any order and any chunks, fair to rows that are equal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.algorithms.estimation import finished, in_memory
from tilth.algorithms.labels.inputs import checked_examples
from tilth.algorithms.labels.row_sample import sample_steps


def drawn(labels, pred_probs, size, cuts=(), rng=None):
    """Draw a sample, over chunks merged in a random order where there are cuts."""

    def run(step):
        chunks = np.split(np.arange(len(labels)), cuts)
        rows = [checked_examples(labels[c], pred_probs[c]) for c in chunks]
        if rng is None:
            return in_memory(step, rows[0])
        states = [step.update(step.start(), chunk) for chunk in rows]
        while len(states) > 1:
            rng.shuffle(states)
            states.append(step.merge(states.pop(), states.pop()))
        return step.finish(states[0])

    return finished(sample_steps(size, pred_probs.shape[1], pred_probs.dtype), run)


def rows_of(seed, n, n_classes, kind="f4", digits=None):
    rng = np.random.default_rng(seed)
    pred_probs = rng.dirichlet(np.full(n_classes, 0.3), n)
    if digits is not None:
        pred_probs = pred_probs.round(digits)
    return rng.integers(0, n_classes, n), pred_probs.astype(kind)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 12),
    st.integers(0, 300),
    st.integers(1, 80),
    st.sampled_from(["f2", "f4", "f8"]),
    st.sampled_from([None, 1]),
)
def test_order_and_chunks_do_not_matter(seed, n_classes, n, size, kind, digits):
    labels, pred_probs = rows_of(seed, n, n_classes, kind, digits)
    whole = drawn(labels, pred_probs, size)
    assert len(whole.labels) == min(n, size)
    rng = np.random.default_rng(seed)
    order = rng.permutation(n)
    cuts = np.sort(rng.integers(0, n + 1, 4))
    other = drawn(labels[order], pred_probs[order], size, cuts, rng)
    for one, two in zip(whole, other, strict=True):
        np.testing.assert_array_equal(one, two)


def test_few_rows_are_all_taken_each_as_often_as_it_comes():
    labels, pred_probs = rows_of(0, 50, 3, digits=0)
    sample = drawn(labels, pred_probs, 50)
    wanted = sorted(zip(labels, map(tuple, pred_probs), strict=True))
    found = sorted(zip(sample.labels, map(tuple, sample.pred_probs), strict=True))
    assert found == wanted


@pytest.mark.parametrize("n", [20_000, 300_000])
def test_a_sample_is_like_the_rows_it_comes_from(n):
    labels, pred_probs = rows_of(1, n, 4)
    sample = drawn(labels, pred_probs, 2_000)
    assert len(sample.labels) == 2_000
    for column in range(4):
        spread = pred_probs[:, column].std() / np.sqrt(2_000)
        gap = sample.pred_probs[:, column].mean() - pred_probs[:, column].mean()
        assert abs(gap) < 4 * spread
    share = np.bincount(sample.labels, minlength=4) / 2_000
    np.testing.assert_allclose(share, np.bincount(labels) / n, atol=0.04)


def test_rows_that_repeat_are_taken_in_proportion():
    # A model that counts votes says few different things; each must keep its share.
    rng = np.random.default_rng(2)
    votes = rng.choice(11, 100_000, p=np.arange(1, 12) / 66)
    pred_probs = np.column_stack([votes, 10 - votes]).astype(np.float32) / 10
    labels = (rng.random(100_000) > pred_probs[:, 0]).astype(int)
    sample = drawn(labels, pred_probs, 1_000)
    share = np.bincount((sample.pred_probs[:, 0] * 10).round().astype(int), minlength=11)
    np.testing.assert_allclose(share / 1_000, np.bincount(votes) / 100_000, atol=0.01)


@pytest.mark.parametrize("sure", [0, 3])
def test_sure_rows_rounded_to_1_are_drawn_as_often_as_they_come(sure):
    rng = np.random.default_rng(8)
    labels = rng.integers(0, 4, 400_000)
    powers = np.exp(1.5 * rng.normal(size=(len(labels), 4)) + 7.5 * np.eye(4)[labels])
    pred_probs = (powers / powers.sum(axis=1, keepdims=True)).astype("f2")
    sample = drawn(labels, pred_probs, 800)
    share = ((labels == sure) & (pred_probs[:, sure] == 1)).mean()
    found = ((sample.labels == sure) & (sample.pred_probs[:, sure] == 1)).mean()
    assert share > 0.01
    assert abs(found - share) < 3 * np.sqrt(share * (1 - share) / 800)
