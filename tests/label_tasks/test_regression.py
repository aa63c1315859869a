"""Wrong numeric labels: from arrays, through the check, and from files on the command line."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tilth
from tilth.algorithms.labels import (
    target_calibration,
    target_error_probabilities,
    target_errors,
    target_quality,
)
from tilth.checks.check import Findings, NotApplicable
from tilth.checks.label_tasks.regression import find_target_errors
from tilth.cli.app import run
from tilth.engine.suspects import suspected_rows
from tilth.errors import InvalidInputError
from tilth.remedies.label_errors import drop_label_errors, relabel_label_errors
from tilth.signals import PROVIDERS
from tilth.signals.signals import Signals


def honest(rng, n=600, n_wrong=20):
    """Predictions whose errors grow with them and are larger upwards; some targets are wrong."""
    predictions = rng.uniform(1, 100, n)
    right = predictions + predictions * 0.1 * (rng.gamma(2.0, 1.0, n) - 2.0)
    wrong = np.zeros(n, dtype=bool)
    wrong[rng.choice(n, n_wrong, replace=False)] = True
    return np.where(wrong, right * rng.choice([0.2, 2.5], n), right), predictions, wrong


@pytest.fixture
def planted():
    return honest(np.random.default_rng(0))


def test_one_far_target_is_the_worst_and_is_flagged_alone():
    predictions = np.linspace(0, 10, 60)
    targets = predictions + np.random.default_rng(0).normal(size=60)
    targets[17] += 100
    assert target_quality(targets, predictions).argmin() == 17
    np.testing.assert_array_equal(np.flatnonzero(target_errors(targets, predictions)), [17])


def test_where_predictions_are_worse_a_target_may_lie_further_out():
    rng = np.random.default_rng(1)
    predictions = np.repeat([1.0, 100.0], 200) + rng.normal(size=400) * 1e-3
    targets = predictions + rng.normal(size=400) * np.repeat([0.1, 10.0], 200)
    targets[0], targets[399] = 1.0 + 2.0, 100.0 + 15.0  # 20 and 1.5 standard deviations
    quality = target_quality(targets, predictions)
    assert quality.argmin() == 0
    assert quality[0] < 0.1 < quality[399]


def test_a_biased_model_does_not_make_every_target_wrong(planted):
    targets, predictions, wrong = planted
    flagged = target_errors(targets, predictions + 1000.0)
    np.testing.assert_array_equal(flagged, target_errors(targets, predictions))
    assert flagged[wrong].mean() > 0.8


def test_quality_beats_plain_residuals_where_spread_varies(planted):
    targets, predictions, wrong = planted
    ours = target_quality(targets, predictions)
    plain = -np.abs(targets - predictions)
    n = wrong.sum()
    found = wrong[np.argsort(ours)[:n]].sum()
    assert found > wrong[np.argsort(plain)[:n]].sum()


def test_hardly_anything_is_flagged_where_nothing_is_wrong():
    rng = np.random.default_rng(2)
    predictions = rng.normal(size=2000)
    for noise in (rng.normal(size=2000), rng.laplace(size=2000)):
        assert target_errors(predictions + noise, predictions).mean() < 0.02


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(1e-3, 1e3), st.floats(-1e3, 1e3), st.booleans())
def test_units_origin_sign_and_row_order_do_not_matter(seed, scale, origin, flip):
    rng = np.random.default_rng(seed)
    targets, predictions, _ = honest(rng, 80, 4)
    sign = -1.0 if flip else 1.0
    order = rng.permutation(80)
    expected = target_quality(targets, predictions)[order]
    changed = target_quality(
        sign * scale * targets[order] + origin, sign * scale * predictions[order] + origin
    )
    np.testing.assert_allclose(changed, expected, rtol=1e-6, atol=1e-9)


def test_probabilities_rise_with_distance_and_the_doubts_are_in_order(planted):
    targets, predictions, _ = planted
    known = target_calibration(targets, predictions)
    quality = target_quality(targets, predictions, calibration=known)
    order = np.argsort(-quality)
    means = []
    for doubt in ("low", "middle", "high"):
        p_error = target_error_probabilities(
            targets, predictions, calibration=known, doubt=doubt
        )
        assert ((p_error >= 0) & (p_error <= 1)).all()
        assert (np.diff(p_error[order]) >= -1e-12).all()
        means.append(p_error[target_errors(targets, predictions)].mean())
    assert means == sorted(means)


def test_held_out_targets_are_judged_by_what_the_others_taught(planted):
    targets, predictions, wrong = planted
    known = target_calibration(targets[:400], predictions[:400])
    flagged = target_errors(targets[400:], predictions[400:], calibration=known)
    assert flagged[wrong[400:]].mean() > 0.8
    assert flagged[~wrong[400:]].mean() < 0.05
    alone = target_errors(targets[450:451], predictions[450:451], calibration=known)
    assert alone[0] == flagged[50]


@pytest.mark.parametrize(
    ("targets", "predictions"),
    [
        (np.zeros(0), np.zeros(0)),
        (np.ones(1), np.zeros(1)),
        (np.ones(50), np.ones(50)),
        (np.arange(50.0), np.arange(50.0)),
        (np.arange(50), np.zeros(50)),
        (np.tile([0, 1], 30), np.full(60, 0.5)),
    ],
)
def test_extremes_give_finite_answers_and_few_flags(targets, predictions):
    quality = target_quality(targets, predictions)
    assert np.isfinite(quality).all()
    assert ((quality >= 0) & (quality <= 1)).all()
    assert not target_errors(targets, predictions).any()


def test_one_wrong_target_among_exact_predictions_is_found():
    targets = np.arange(50.0)
    targets[9] = 100.0
    assert target_quality(targets, np.arange(50.0)).argmin() == 9


@pytest.mark.parametrize(
    ("targets", "predictions", "said"),
    [
        (np.ones(3), np.ones(2), "one number per target, got 2 for 3"),
        (np.ones((3, 1)), np.ones(3), "`targets` must be numbers in one dimension"),
        (np.array(["a", "b"]), np.ones(2), "`targets` must be numbers"),
        (np.array([1.0, np.nan]), np.ones(2), "`targets` must be finite, got nan in row 1"),
        (np.ones(2), np.array([np.inf, 1.0]), "`predictions` must be finite"),
    ],
)
def test_what_does_not_fit_is_refused(targets, predictions, said):
    with pytest.raises(InvalidInputError, match=said):
        target_quality(targets, predictions)


def test_the_check_names_rows_given_and_predicted_numbers(planted):
    targets, predictions, wrong = planted
    labelled = np.arange(600) * 2
    findings = find_target_errors(targets, predictions, labelled)
    assert isinstance(findings, Findings)
    worst = findings.issues.iloc[0]
    row = int(worst["key"]) // 2
    assert wrong[row]
    assert (worst["given"], worst["suggested"]) == (targets[row], predictions[row])
    precision = findings.expected_precision
    assert precision is not None
    assert precision.low < precision.value < precision.high
    every = find_target_errors(targets, predictions, labelled, min_p_error=0.0)
    assert len(every.issues) == 600
    assert isinstance(find_target_errors(np.ones(3), np.ones(3), labelled), NotApplicable)


def test_wrong_numbers_are_dropped_and_never_replaced(planted):
    targets, predictions, _ = planted
    findings = find_target_errors(targets, predictions, np.arange(600))
    (drop,) = drop_label_errors(findings, np.arange(600))
    assert drop.n == len(findings.issues)
    assert relabel_label_errors(findings, np.arange(600)) == []


def table(rng, n=300):
    x = rng.normal(size=(n, 3))
    frame = pd.DataFrame(x, columns=["a", "b", "c"])
    return frame.assign(price=(x @ [3.0, 2.0, 1.0] + rng.normal(size=n) * 0.3).round(3))


def test_an_audit_of_numbers_finds_a_slipped_decimal_point():
    data = table(np.random.default_rng(3))
    data.loc[41, "price"] = 300.0
    audit = tilth.audit(tilth.read(data, label="price"), select=["label_errors"], n_jobs=1)
    found = audit["label_errors"]
    assert found["example_id"].tolist()[0] == 41
    assert audit.facts["out_of_sample_r2"] < 1.0
    assert audit.facts["signal_model"] == "boosted-trees"


def test_held_out_numbers_are_suspected():
    data = table(np.random.default_rng(4))
    data.loc[250, "price"] = 300.0
    whole = tilth.read(data, label="price")
    inside, outside = whole.rows(np.arange(200)), whole.rows(np.arange(200, 300))
    context = {"model": None, "n_jobs": 1, "progress": None}
    signals = Signals(inside, PROVIDERS, context=context)
    findings = signals.call(find_target_errors)
    suspected = suspected_rows(signals, {"label_errors": findings}, outside)
    assert suspected[50]
    assert suspected.sum() < 10


def test_predictions_from_a_file_are_used_as_they_are(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    data = table(np.random.default_rng(5))
    predictions = data["price"].to_numpy() + np.random.default_rng(6).normal(size=300)
    data.loc[41, "price"] = 300.0
    data.to_csv("houses.csv", index=False)
    np.save("p.npy", predictions)
    command = ["audit", "houses.csv", "--label", "price", "--select", "label_errors"]
    assert run([*command, "--predictions", "p.npy", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (check,) = document["checks"]
    issue = check["issues"][0]
    assert (issue["key"], issue["given"]) == (41, 300.0)
    assert issue["suggested"] == pytest.approx(predictions[41])
    assert document["facts"]["signal_model"] == "given predictions"
    np.save("p.npy", predictions[1:])
    assert run([*command, "--predictions", "p.npy"]) == 2
    assert "got 299 for 300 examples" in capsys.readouterr().err
    np.save("p.npy", data["price"].to_numpy())
    assert run([*command, "--predictions", "p.npy"]) == 2
    assert "look in-sample" in capsys.readouterr().err
    assert run(["audit", "houses.csv", "--label", "price", "--task", "regresion"]) == 2
    assert "Did you mean --task regression?" in capsys.readouterr().err


def test_predictions_do_not_go_with_classes():
    data = tilth.read({"x": [1.0, 2.0, 3.0, 4.0], "label": ["a", "b", "a", "b"]})
    with pytest.raises(InvalidInputError, match="must go with numeric labels"):
        tilth.audit(data, predictions=np.zeros(4))
