"""What the check on label errors says of all labels together."""

import numpy as np
import pytest

from tilth.algorithms.labels import class_health, noise_rate, overlapping_classes
from tilth.checks.label_errors import find_label_errors
from tilth.checks.label_facts import noise_facts, overlap_facts
from tilth.display.labels_said import facts_said, is_told

NAMES = np.array(["ant", "bee", "cat"], dtype=object)


def test_noise_rates_are_means_of_the_classes_and_the_worst_class_comes_first():
    n = np.array([100, 300, 0])
    wrong = np.array([[0.04, 0.02, 0.08], [0.12, 0.06, 0.16], [np.nan] * 3])
    facts = noise_facts(n, wrong, NAMES)
    # (100 * .04 + 300 * .12) / 400, and so on.
    assert facts["estimated_noise_rate"] == pytest.approx(0.10)
    assert facts["noise_rate_low"] == pytest.approx(0.05)
    assert facts["noise_rate_high"] == pytest.approx(0.14)
    assert facts["class_health"] == [
        {"class": "bee", "n": 300, "noise_rate": 0.12, "low": 0.06, "high": 0.16},
        {"class": "ant", "n": 100, "noise_rate": 0.04, "low": 0.02, "high": 0.08},
    ]


def test_no_labels_have_no_errors():
    facts = noise_facts(np.zeros(3, int), np.full((3, 3), np.nan), NAMES)
    assert (facts["estimated_noise_rate"], facts["class_health"]) == (0.0, [])


def test_classes_a_model_takes_for_each_other_are_named_with_their_interval():
    labels = np.repeat([0, 1, 2], 100)
    alike = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    (pair,) = overlap_facts(labels, alike[labels], NAMES)["overlapping_classes"]
    assert (pair["first"], pair["second"], pair["overlap"]) == ("ant", "bee", 1.0)
    assert 0.5 <= pair["low"] < 1.0 <= pair["high"]


def test_five_examples_of_each_are_too_few_to_say_that_classes_overlap():
    labels = np.repeat([0, 1, 2], 5)
    pred_probs = np.full((15, 3), 1 / 3)
    assert len(overlapping_classes(labels, pred_probs).first) == 3
    assert overlap_facts(labels[:10], pred_probs[:10], NAMES)["overlapping_classes"] == []


def test_the_nearest_classes_hold_every_pair_that_overlaps():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 40, 4_000)
    said = np.where(rng.random(4_000) < 0.5, labels, labels ^ 1)  # pairs 0 1, 2 3, ...
    pred_probs = np.full((4_000, 40), 0.2 / 39)
    pred_probs[np.arange(4_000), said] = 0.8
    every = overlapping_classes(labels, pred_probs)
    near = overlapping_classes(labels, pred_probs, nearest=3)
    assert len(every.first) == 780
    assert 20 <= len(near.first) <= 120
    for found in (every, near):
        assert sorted(found.first[:20].tolist()) == list(range(0, 40, 2))
        assert ((found.first[:20] ^ 1) == found.second[:20]).all()
    np.testing.assert_array_equal(every.overlap[:20], near.overlap[:20])


def test_the_check_says_what_the_functions_say():
    rng = np.random.default_rng(1)
    true = rng.integers(0, 3, 900)
    labels = np.where(rng.random(900) < 0.1, (true + 1) % 3, true)
    pred_probs = np.full((900, 3), 0.02)
    pred_probs[np.arange(900), true] = 0.96
    facts = find_label_errors(labels, pred_probs, np.arange(900), NAMES).facts
    ends = [facts[n] for n in ("estimated_noise_rate", "noise_rate_low", "noise_rate_high")]
    np.testing.assert_allclose(ends, noise_rate(labels, pred_probs))
    health = class_health(labels, pred_probs)
    by_name = {c["class"]: c for c in facts["class_health"]}
    for k, name in enumerate(NAMES):
        said = [by_name[name][field] for field in ("noise_rate", "low", "high")]
        np.testing.assert_allclose(said, health.wrong[k])
    assert facts["overlapping_classes"] == []


def _facts(**changes):
    health = [
        {"class": "cat", "n": 100, "noise_rate": 0.3, "low": 0.2, "high": 0.4},
        {"class": "ant", "n": 10, "noise_rate": 0.2, "low": 0.1, "high": 0.3},
        {"class": "bee", "n": 890, "noise_rate": 0.05, "low": 0.04, "high": 0.09},
    ]
    pair = {"first": "ant", "second": "bee", "overlap": 0.7, "low": 0.6, "high": 0.8}
    return {
        "estimated_noise_rate": 0.0765,
        "noise_rate_low": 0.05,
        "noise_rate_high": 0.12,
        "class_health": health,
        "overlapping_classes": [pair],
    } | changes


def test_facts_are_said_in_a_line_each():
    # Ten examples with a fifth wrong are two: too few to name the class.
    assert facts_said(_facts()) == [
        "about 7.6 % of all labels are wrong (5.0 % to 12.0 %)",
        "most often wrong: cat (30.0 %)",
        "hardly told apart: ant and bee (merge them, or say what sets them apart)",
    ]


def test_facts_that_say_nothing_are_not_said():
    unknown = _facts(noise_rate_low=0.0, overlapping_classes=[])
    assert facts_said(unknown) == []
    two = _facts(class_health=_facts()["class_health"][:2], noise_rate_low=0.0)
    assert facts_said(two) == []  # two classes cannot be merged
    assert facts_said({"estimated_noise_rate": 0.1}) == []  # of another task


def test_hostile_class_names_are_made_harmless():
    pair = {"first": "\x1b[31mevil", "second": "b\nee", "overlap": 1, "low": 1, "high": 1}
    said = facts_said(_facts(overlapping_classes=[pair] * 5))[-1]
    assert "\x1b" not in said
    assert "\n" not in said
    assert "and 2 more" in said


@pytest.mark.parametrize(
    ("low", "high", "told"), [(0.0, 0.9, False), (0.1, 0.9, True), (0.0, 0.5, True)]
)
def test_from_none_to_most_tells_nothing(low, high, told):
    assert is_told({"value": 0.4, "low": low, "high": high}) is told
