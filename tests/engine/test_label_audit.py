"""Label checks on files: what arrays in memory say, with any chunks and any number of workers."""

import numpy as np
import pandas as pd
import pytest

from tilth.algorithms.labels import label_errors
from tilth.checks.check import Findings, NotApplicable
from tilth.checks.label_errors import find_label_errors
from tilth.data.label_files import open_label_files
from tilth.engine import flagged_labels, label_audit
from tilth.engine.label_audit import audit_label_files
from tilth.errors import InvalidInputError, OutputError


def arrays(n=6_000, n_classes=4, kind="f2", seed=0):
    rng = np.random.default_rng(seed)
    true = rng.integers(0, n_classes, n)
    scores = rng.normal(size=(n, n_classes))
    scores[np.arange(n), true] += 4
    pred_probs = np.exp(scores)
    pred_probs /= pred_probs.sum(axis=1, keepdims=True)
    labels = np.where(rng.random(n) < 0.1, rng.integers(0, n_classes, n), true)
    return labels, pred_probs.astype(kind)


@pytest.fixture
def files_of(tmp_path):
    """Return a function that writes arrays and opens them."""

    def files(labels, pred_probs):
        np.save(tmp_path / "y.npy", labels)
        np.save(tmp_path / "p.npy", pred_probs)
        return open_label_files(str(tmp_path / "y.npy"), str(tmp_path / "p.npy"), tmp_path)

    return files


def test_probabilities_that_foretell_nothing_doubt_no_label(files_of):
    rng = np.random.default_rng(0)
    files = files_of(rng.integers(0, 4, 500), rng.dirichlet(np.ones(4), size=500))
    assert isinstance(audit_label_files(files).outcomes["label_errors"], NotApplicable)


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_files_say_what_arrays_in_memory_say_to_the_bit(files_of, kind, order):
    labels, pred_probs = arrays(kind=kind)
    audit = audit_label_files(files_of(labels, np.asarray(pred_probs, order=order)))
    found = audit.outcomes["label_errors"]
    whole = find_label_errors(labels, pred_probs, np.arange(len(labels)), np.arange(4))
    pd.testing.assert_frame_equal(audit["label_errors"], whole.issues)
    flagged = label_errors(labels, pred_probs)
    assert sorted(whole.issues["key"]) == np.flatnonzero(flagged).tolist()
    assert (found.cut, found.facts["confused_pairs"]) == (
        whole.cut,
        whole.facts["confused_pairs"],
    )
    one, two = found.expected_precision, whole.expected_precision
    np.testing.assert_allclose(
        (one.value, one.low, one.high), (two.value, two.low, two.high), atol=1e-6
    )
    for name in ("estimated_noise_rate", "noise_rate_low", "noise_rate_high"):
        assert found.facts[name] == pytest.approx(whole.facts[name], abs=1e-7)
    for one, two in zip(
        found.facts["class_health"], whole.facts["class_health"], strict=True
    ):
        assert one == pytest.approx(two, abs=1e-7)
    assert found.facts["overlapping_classes"] == whole.facts["overlapping_classes"]
    assert audit.facts["out_of_sample_accuracy"] == np.mean(
        pred_probs.argmax(axis=1) == labels
    )


@pytest.mark.parametrize("n_workers", [1, 3])
@pytest.mark.parametrize("values", [1, 400, 7_000])
def test_chunks_and_workers_change_nothing(files_of, monkeypatch, values, n_workers):
    files = files_of(*arrays(n=900))
    whole = audit_label_files(files)
    monkeypatch.setattr(label_audit, "_VALUES", values)
    monkeypatch.setattr(flagged_labels, "_ROWS", 7)
    parts = audit_label_files(files, n_workers=n_workers)
    pd.testing.assert_frame_equal(parts["label_errors"], whole["label_errors"])
    one, two = (a.outcomes["label_errors"] for a in (parts, whole))
    assert (one.facts, one.cut) == (two.facts, two.cut)
    assert one.expected_precision == two.expected_precision
    assert parts.files.version_id == whole.files.version_id


def test_what_is_too_much_to_hold_is_in_the_file_behind_the_same_accessor(
    files_of, monkeypatch, tmp_path
):
    files = files_of(*arrays())
    whole = audit_label_files(files)["label_errors"]
    monkeypatch.setattr(flagged_labels, "_HELD", 20)
    out = tmp_path / "found.parquet"
    audit = audit_label_files(files, out=out)
    found = audit.outcomes["label_errors"]
    assert (found.n_issues, len(found.table), len(found.worst())) == (len(whole), 20, 20)
    assert found.worst(3)["key"].tolist() == whole["key"].tolist()[:3]
    read = audit["label_errors"]
    pd.testing.assert_frame_equal(read.astype(whole.dtypes), whole)
    written = pd.read_parquet(out)
    assert written["row"].is_monotonic_increasing
    assert not list(tmp_path.glob(".*tmp"))


def test_without_a_file_the_worst_are_kept_and_all_are_counted(files_of, monkeypatch):
    files = files_of(*arrays())
    n = len(audit_label_files(files)["label_errors"])
    monkeypatch.setattr(flagged_labels, "_HELD", 20)
    audit = audit_label_files(files)
    assert len(audit["label_errors"]) == 20
    assert audit.outcomes["label_errors"].n_examples == n


def test_an_interrupted_run_leaves_no_file(files_of, monkeypatch, tmp_path):
    files = files_of(*arrays())
    out = tmp_path / "found.parquet"
    out.write_bytes(b"what was there")
    real = flagged_labels.most_confused

    def interrupted(*arguments):
        real(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(flagged_labels, "most_confused", interrupted)
    with pytest.raises(KeyboardInterrupt):
        audit_label_files(files, out=out)
    assert out.read_bytes() == b"what was there"
    assert not list(tmp_path.glob(".*tmp"))


def test_a_file_that_cannot_be_written_is_said(files_of, tmp_path):
    files = files_of(*arrays(n=500))
    with pytest.raises(OutputError, match="Cannot write"):
        audit_label_files(files, out=tmp_path / "gone" / "found.parquet")


def test_clean_labels_of_a_sure_model_are_clean(files_of, tmp_path):
    labels = np.tile([0, 1, 2], 500)
    pred_probs = np.full((1500, 3), 0.02)
    pred_probs[np.arange(1500), labels] = 0.96
    out = tmp_path / "found.parquet"
    audit = audit_label_files(files_of(labels, pred_probs), out=out)
    assert len(audit["label_errors"]) == 0
    assert audit.outcomes["label_errors"].expected_precision is None
    assert len(pd.read_parquet(out)) == 0


def test_other_checks_say_why_they_were_not_asked(files_of):
    outcomes = audit_label_files(files_of(*arrays(n=500))).outcomes
    assert isinstance(outcomes["class_imbalance"], Findings)
    others = [
        o for name, o in outcomes.items() if name not in ("label_errors", "class_imbalance")
    ]
    assert others
    assert all(isinstance(o, NotApplicable) and "give the data" in o.reason for o in others)


def test_only_selected_checks_are_asked(files_of):
    audit = audit_label_files(files_of(*arrays(n=500)), select=["class_imbalance"])
    assert list(audit.outcomes) == ["class_imbalance"]
    assert audit.files.version_id
    with pytest.raises(InvalidInputError, match="Choose one of class_imbalance"):
        audit["label_errors"]


def test_a_class_without_examples_is_rare(files_of):
    labels, pred_probs = arrays(n=500)
    table = audit_label_files(files_of(labels % 2, pred_probs))["class_imbalance"]
    assert table["key"].tolist() == ["2", "3"]


def test_one_class_has_no_wrong_labels(files_of):
    outcomes = audit_label_files(files_of(np.zeros(50, int), np.ones((50, 1)))).outcomes
    assert isinstance(outcomes["label_errors"], NotApplicable)


def test_another_order_of_rows_is_other_data(files_of):
    labels, pred_probs = arrays(n=500)
    one = audit_label_files(files_of(labels, pred_probs), select=["class_imbalance"])
    same = audit_label_files(files_of(labels, pred_probs.copy()), select=["label_errors"])
    other = audit_label_files(files_of(labels[::-1], pred_probs[::-1]))
    assert one.files.version_id == same.files.version_id != other.files.version_id


def test_in_sample_and_unnormalised_probabilities_are_refused(files_of):
    labels = np.tile([0, 1], 100)
    sure = np.full((200, 2), 0.001)
    sure[np.arange(200), labels] = 0.999
    with pytest.raises(InvalidInputError, match=r"look in-sample: 100\.0% of labels"):
        audit_label_files(files_of(labels, sure))
    with pytest.raises(InvalidInputError, match=r"sum to 1, got 1\.400 in row 0"):
        audit_label_files(files_of(labels, np.full((200, 2), 0.7)))


def test_progress_is_told_all_the_way(files_of):
    told = []
    audit_label_files(files_of(*arrays(n=500)), progress=lambda *said: told.append(said))
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages == [
        "looking at every row",
        "learning from a sample",
        "asking every label",
    ]
    for stage in stages:
        done = [d for s, d, _ in told if s == stage]
        assert (done[0], done[-1]) == (0, 500)
