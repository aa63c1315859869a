import numpy as np
import pandas as pd
import pytest

import tilth
from tilth.checks import CHECKS
from tilth.checks.check import Check, Failed, Findings, NotApplicable
from tilth.engine.audit import audit, examine
from tilth.errors import InvalidInputError
from tilth.signals import PROVIDERS
from tilth.signals.signals import Signals


@pytest.fixture
def two_blobs() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 60)
    frame = pd.DataFrame(
        rng.normal(size=(120, 3)) + 4 * y[:, None], columns=["a", "b", "c"]
    )
    return frame.assign(label=np.where(y == 1, "yes", "no"))


def of(frame: pd.DataFrame) -> tilth.data.Dataset:
    return tilth.read(frame, label="label")


def test_every_check_ends_in_report_order(two_blobs):
    found = audit(of(two_blobs), n_jobs=1)
    assert list(found.outcomes) == [check.name for check in CHECKS if not check.preview]
    assert found.failed == 0


def test_a_flipped_label_is_found_with_its_example_id(two_blobs):
    two_blobs.loc[7, "label"] = "yes"
    table = audit(of(two_blobs), select=["label_errors"], n_jobs=1)["label_errors"]
    assert table["example_id"].tolist()[0] == 7
    assert table["suggested"].tolist()[0] == "no"


def test_without_a_label_the_label_checks_are_not_applicable(two_blobs):
    found = audit(tilth.read(two_blobs.drop(columns="label")), n_jobs=1)
    assert isinstance(found.outcomes["label_errors"], NotApplicable)
    assert isinstance(found.outcomes["column_problems"], Findings)
    assert found.failed == 0


def test_a_regression_target_leaves_checks_of_classes_not_applicable(two_blobs):
    frame = two_blobs.drop(columns="label").assign(price=np.arange(120) * 1.5)
    found = audit(tilth.read(frame, label="price"), n_jobs=1)
    assert isinstance(found.outcomes["label_errors"], Findings)
    assert isinstance(found.outcomes["class_imbalance"], NotApplicable)
    assert found.failed == 0


def test_a_check_that_breaks_is_recorded_as_failed_and_not_as_clean(two_blobs):
    def broken(table):
        raise ZeroDivisionError("no such luck")

    check = Check("broken", "Does it break?", broken)
    outcome = examine(Signals(of(two_blobs), PROVIDERS), [check])["broken"]
    assert outcome == Failed("ZeroDivisionError: no such luck")


def test_cheap_checks_report_before_those_that_train_models(two_blobs):
    order = []
    audit(of(two_blobs), n_jobs=1, on_outcome=lambda name, _: order.append(name))
    assert order.index("column_problems") < order.index("label_errors")


def test_an_unknown_check_is_refused_by_name(two_blobs):
    with pytest.raises(InvalidInputError, match="got 'label_erors'"):
        audit(of(two_blobs), select=["label_erors"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p[:100], "one row per example, got 100 rows for 120"),
        (lambda p: np.c_[p, p[:, :1]], "one column per class, got 3 columns for 2 classes"),
        (lambda p: p * 2, r"sum to 1, got 2\.000 in row 0"),
        (lambda p: np.where(np.arange(120)[:, None] == 3, np.nan, p), "finite.*row 3"),
        (lambda p: p.astype(str), "numeric array"),
    ],
)
def test_wrong_pred_probs_are_refused_with_what_came_and_where(two_blobs, change, message):
    probs = np.full((120, 2), 0.5)
    with pytest.raises(InvalidInputError, match=message):
        audit(of(two_blobs), pred_probs=change(probs))


def test_in_sample_looking_pred_probs_are_refused(two_blobs):
    probs = np.where(np.repeat([0, 1], 60)[:, None] == np.arange(2), 0.999, 0.001)
    with pytest.raises(InvalidInputError, match="look in-sample"):
        audit(of(two_blobs), pred_probs=probs)


def test_given_pred_probs_are_used_as_they_are(two_blobs):
    probs = np.where(np.repeat([0, 1], 60)[:, None] == np.arange(2), 0.9, 0.1)
    probs[5] = [0.05, 0.95]
    table = audit(of(two_blobs), pred_probs=probs, select=["label_errors"])["label_errors"]
    assert table["example_id"].tolist() == [5]


def test_embeddings_of_another_length_are_refused(two_blobs):
    with pytest.raises(InvalidInputError, match=r"\(120\), got shape \(3, 2\)"):
        audit(of(two_blobs), embeddings=np.zeros((3, 2)))


def test_a_test_set_may_be_a_file_and_is_read_to_fit(two_blobs, tmp_path):
    two_blobs.iloc[:30].to_csv(tmp_path / "test.csv", index=False)
    found = audit(of(two_blobs), test=tmp_path / "test.csv", select=["test_leakage"])
    assert len(found["test_leakage"]) == 30
