"""Moving the line of a check: what may be said, and that it is done."""

import numpy as np
import pytest

import tilth
from tilth.checks import CHECKS
from tilth.engine.check_options import checked_options, options_of
from tilth.errors import InvalidInputError


@pytest.fixture
def doubtful():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2
    data = tilth.read({"x": rng.normal(size=60), "y": labels.astype(str)}, label="y")
    own = np.clip(0.85 - 0.2 * (np.arange(60) % 3), 0, 1)
    probs = np.where(np.eye(2)[labels] == 1, own[:, None], 1 - own[:, None])
    return data, probs


def test_a_moved_cut_decides_what_is_flagged(doubtful):
    data, probs = doubtful
    n_flagged = []
    for cut in (0.0, 0.9, 1.0):
        found = tilth.audit(
            data,
            pred_probs=probs,
            select=["label_errors"],
            options={"label_errors": {"min_p_error": cut}},
        )
        n_flagged.append(len(found["label_errors"]))
    assert n_flagged == [60, 0, 0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"label_eror": {"min_p_error": 1}},
            r"got 'label_eror'.*Did you mean label_errors\?",
        ),
        (
            {"label_errors": {"min_p_eror": 1}},
            r"options of label_errors, got 'min_p_eror'.*Did you mean min_p_error\?",
        ),
        ({"label_patterns": {"x": 1}}, "label_patterns, got 'x'; .* it has none"),
        ({"label_errors": {"min_p_error": 1.2}}, r"from 0 to 1, got 1\.2"),
        ({"label_errors": {"precision": 0}}, "above 0 and at most 1, got 0"),
        ({"label_errors": {"count": 2.5}}, r"a whole number from 0 on, got 2\.5"),
        ({"label_errors": {"count": -1}}, "a whole number from 0 on, got -1"),
        (
            {"label_errors": {"precision": 0.9, "count": 20}},
            "in one way, got precision and count. Give one of them",
        ),
        ({"label_errors": {"min_p_error": "high"}}, "from 0 to 1, got 'high'"),
        ({"outliers": {"max_false": 0}}, "above 0, got 0. Its default is 0.05"),
        ({"outliers": {"max_false": True}}, "above 0, got True"),
        ({"outliers": {"max_false": float("inf")}}, "above 0, got inf"),
        ({"class_imbalance": {"min_examples": 2.5}}, r"a whole number from 0 on, got 2\.5"),
    ],
)
def test_what_cannot_be_set_is_refused_with_a_sentence(given, message):
    with pytest.raises(InvalidInputError, match=message):
        checked_options(given, "classification")


def test_the_options_follow_the_task():
    given = {"label_errors": {"max_quality": 0.1}}
    assert checked_options(given, "tokens") == given
    with pytest.raises(InvalidInputError, match="for the task classification it has min_p"):
        checked_options(given, "classification")


def test_every_option_takes_its_own_default():
    for check in CHECKS:
        for task in (*check.by_task, "classification"):
            for option, default in options_of(check.run_for(task)).items():
                value = 1 if option == "count" else 0.5
                given = {check.name: {option: value if default is None else default}}
                assert checked_options(given, task) == given


@pytest.mark.parametrize("option", [{"count": 7}, {"precision": 0.9}])
def test_a_count_or_a_precision_can_be_asked_for(option):
    rng = np.random.default_rng(3)
    true = np.arange(300) % 2
    labels = np.where(rng.random(300) < 0.1, 1 - true, true)
    data = tilth.read({"x": rng.normal(size=300), "y": labels.astype(str)}, label="y")
    probs = np.column_stack([1 - true, true]) * rng.uniform(0.8, 0.999, (300, 1)) + 5e-4
    probs /= probs.sum(axis=1, keepdims=True)
    how = {"pred_probs": probs, "select": ["label_errors"]}
    every = tilth.audit(data, **how, options={"label_errors": {"count": 300}})
    p_error = np.sort(every["label_errors"]["p_error"])[::-1]
    found = tilth.audit(data, **how, options={"label_errors": option})
    flagged = found["label_errors"]["p_error"]
    assert found.outcomes["label_errors"].cut.endswith("as asked")
    if "count" in option:
        assert len(flagged) == 7
    else:  # the mean of the largest is the expected precision, and one more is too many
        assert flagged.mean() >= 0.9 > p_error[: len(flagged) + 1].mean()


@pytest.mark.parametrize("option", [{"count": 0}, {"precision": 1.0}])
def test_what_nothing_reaches_flags_nothing(doubtful, option):
    data, probs = doubtful
    how = {"pred_probs": probs, "select": ["label_errors"]}
    found = tilth.audit(data, **how, options={"label_errors": option})
    assert len(found["label_errors"]) == 0
    assert "inf" not in found.outcomes["label_errors"].cut
