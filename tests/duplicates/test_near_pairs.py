"""Near pairs of texts and rows: slow references, planted copies, chance left alone."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.algorithms.duplicates import clusters, near_numeric_pairs, near_text_pairs
from tilth.algorithms.duplicates import text as text_module
from tilth.errors import InvalidInputError

ALWAYS = 1e300  # a chance no pair exceeds: the rule is off


def shingles(text):
    normal = re.sub(r"\W+", " ", text.casefold()).strip().ljust(5)
    return {normal[k : k + 5] for k in range(len(normal) - 4)}


def slow_pairs(texts, reference, least):
    own = [shingles(t) for t in texts]
    if reference is None:
        both = itertools.combinations(range(len(texts)), 2)
        other = own
    else:
        other = [shingles(t) for t in reference]
        both = itertools.product(range(len(texts)), range(len(reference)))
    found = {(i, j): len(own[i] & other[j]) / len(own[i] | other[j]) for i, j in both}
    return {pair: value for pair, value in found.items() if value >= least}


def random_texts(rng, n):
    """Distinct texts of a small alphabet, so that similar ones are common."""
    texts = {"".join(rng.choice(list("ab c"), int(rng.integers(3, 40)))) for _ in range(n)}
    seen = {re.sub(r"\W+", " ", t).strip(): t for t in sorted(texts)}
    return [t for normal, t in sorted(seen.items()) if normal]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.2, 0.5, 0.7, 0.9, 1.0]), st.booleans())
def test_no_similar_text_is_missed(seed, least, across):
    rng = np.random.default_rng(seed)
    texts = random_texts(rng, 50)
    reference = random_texts(rng, 60) if across else None
    pairs = near_text_pairs(texts, reference, min_similarity=least, max_chance=ALWAYS)
    expected = slow_pairs(texts, reference, least)
    assert set(zip(pairs.i.tolist(), pairs.j.tolist(), strict=True)) == set(expected)
    np.testing.assert_allclose(
        pairs.similarity, [expected[i, j] for i, j in zip(pairs.i, pairs.j, strict=True)]
    )


def test_blocks_do_not_change_the_pairs(monkeypatch):
    texts = random_texts(np.random.default_rng(1), 80)
    whole = near_text_pairs(texts, min_similarity=0.4, max_chance=ALWAYS)
    monkeypatch.setattr(text_module, "_BLOCK", 7)
    parts = near_text_pairs(texts, min_similarity=0.4, max_chance=ALWAYS)
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(one, other)


def test_case_and_punctuation_do_not_make_a_difference():
    texts = [
        "The red kettle leaked twice!",
        "other words",
        "the RED kettle -- leaked twice",
    ]
    pairs = near_text_pairs(texts, max_chance=ALWAYS)
    assert (pairs.i.tolist(), pairs.j.tolist(), pairs.similarity.tolist()) == (
        [0],
        [2],
        [1.0],
    )


def test_copies_of_a_test_text_are_each_paired():
    pairs = near_text_pairs(
        ["a kettle", "A kettle!", "b"], ["x", "a kettle"], max_chance=ALWAYS
    )
    assert (pairs.i.tolist(), pairs.j.tolist()) == ([0, 1], [1, 1])


def test_a_template_used_often_lists_at_most_a_hundred_partners():
    texts = [
        f"Your parcel {k:04d} has been delivered to the usual place today"
        for k in range(300)
    ]
    pairs = near_text_pairs(texts, max_chance=ALWAYS)
    assert np.bincount(pairs.i).max() == 100
    assert len(set(clusters(pairs.i, pairs.j, 300))) == 1


WORDS = [f"{a}{b}" for a in ("ka", "lo", "mi", "nu", "pe") for b in "bcdfghjklm"]


def review(rng, n_words):
    return " ".join(rng.choice(WORDS, n_words))


def test_long_repeats_are_beyond_chance_and_short_generic_ones_are_not():
    rng = np.random.default_rng(2)
    texts = [review(rng, 20) for _ in range(300)] + ["great magazine"] * 3
    texts += ["Great magazine!!", "great  magazines", texts[5] + " too"]
    pairs = near_text_pairs(texts)
    assert list(zip(pairs.i, pairs.j, strict=True)) == [(5, 305)]


@pytest.mark.parametrize("least", [0.0, 1.5])
def test_a_similarity_out_of_range_is_named(least):
    with pytest.raises(InvalidInputError, match="`min_similarity` must be in"):
        near_text_pairs(["a"], min_similarity=least)


def test_empty_and_odd_texts_are_harmless():
    assert len(near_text_pairs([]).i) == 0
    assert len(near_text_pairs(["", "", "!!!", "\ud800", "漢字"], max_chance=0.01).i) == 0
    assert len(near_text_pairs(["a"], []).i) == 0


def jittered(rng, n=400, d=8, n_copies=20, jitter=0.005):
    rows = rng.normal(size=(n, d)) @ np.diag(10.0 ** rng.integers(-3, 4, d))
    source = np.sort(rng.choice(n, n_copies, replace=False))
    copies = rows[source] + jitter * rows.std(axis=0) * rng.normal(size=(n_copies, d))
    return np.vstack([rows, copies]), source


def test_jittered_copies_are_found_whatever_the_units():
    rows, source = jittered(np.random.default_rng(3))
    pairs = near_numeric_pairs(rows)
    found = set(zip(pairs.i.tolist(), pairs.j.tolist(), strict=True))
    assert found == {(s, 400 + k) for k, s in enumerate(source)}
    assert pairs.similarity.min() > 0.9


def test_test_rows_that_nearly_repeat_a_training_row_are_found():
    rows, source = jittered(np.random.default_rng(4))
    pairs = near_numeric_pairs(rows[400:], rows[:400])
    assert pairs.i.tolist() == list(range(20))
    np.testing.assert_array_equal(pairs.j, source)


@pytest.mark.parametrize("d", [1, 2, 5, 20])
@pytest.mark.parametrize("kind", ["normal", "lognormal", "integers", "mixture", "sensor"])
def test_rows_close_by_chance_are_left_alone(d, kind):
    rng = np.random.default_rng(d)
    rows = {
        "normal": lambda: rng.normal(size=(1500, d)),
        "lognormal": lambda: rng.lognormal(sigma=2, size=(1500, d)),
        "integers": lambda: rng.integers(0, 4, (1500, min(d, 5))).astype(float),
        "mixture": lambda: (
            rng.normal(size=(1500, d)) * rng.choice([0.001, 1, 100], (1500, 1))
        ),
        "sensor": lambda: np.cumsum(rng.normal(size=(1500, d)), axis=0).round(1),
    }[kind]()
    pairs = near_numeric_pairs(rows)
    assert len(pairs.i) <= 2


def test_categories_must_agree():
    rows, _ = jittered(np.random.default_rng(5))
    kinds = np.random.default_rng(6).integers(0, 3, (420, 2))
    pairs = near_numeric_pairs(rows, categories=kinds)
    assert 0 < len(pairs.i) < 20
    np.testing.assert_array_equal(kinds[pairs.i], kinds[pairs.j])


def test_equal_rows_are_paired_with_the_first_of_them():
    rows = np.random.default_rng(7).normal(size=(300, 6))
    rows[[50, 60]] = rows[10]
    pairs = near_numeric_pairs(rows)
    assert list(zip(pairs.i, pairs.j, pairs.similarity, strict=True)) == [
        (10, 50, 1),
        (10, 60, 1),
    ]


def test_row_order_does_not_change_numeric_pairs():
    rows, _ = jittered(np.random.default_rng(8))
    order = np.random.default_rng(9).permutation(len(rows))
    pairs, again = near_numeric_pairs(rows), near_numeric_pairs(rows[order])
    back = {
        tuple(sorted((order[i], order[j]))) for i, j in zip(again.i, again.j, strict=True)
    }
    assert back == set(zip(pairs.i, pairs.j, strict=True))


@pytest.mark.parametrize(
    "rows", [np.empty((0, 3)), np.empty((50, 0)), np.ones((50, 2)), np.eye(3)]
)
def test_tables_without_a_usual_distance_have_no_pairs(rows):
    assert len(near_numeric_pairs(rows).i) == 0


def test_wrong_tables_are_named():
    with pytest.raises(InvalidInputError, match="tables of the same columns"):
        near_numeric_pairs(np.ones((3, 2)), np.ones((3, 3)))
    with pytest.raises(InvalidInputError, match="must be finite"):
        near_numeric_pairs(np.array([[np.nan]]))


def test_clusters_connect_through_others():
    group = clusters(np.array([0, 4]), np.array([2, 2]), 6)
    assert group.tolist() == [0, 1, 0, 2, 0, 3]
    assert clusters(np.array([], int), np.array([], int), 2).tolist() == [0, 1]
