"""Shuffled labels: a gain that comes from labels vanishes, one that does not stays."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tilth.cli.app import run
from tilth.cli.proof_lines import proof_lines
from tilth.data.dataset import Dataset
from tilth.data.faults import plant_label_noise
from tilth.data.schema import Schema
from tilth.errors import InvalidInputError
from tilth.trial.prove import prove
from tilth.trial.randomisation import Randomisation, randomisation_test
from tilth.trial.shuffled_labels import with_shuffled_labels


def _clouds(n: int, seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 2, n)
    values = kind[:, None] * 1.5 + rng.normal(size=(n, 4))
    frame = pd.DataFrame(values, columns=list("abcd")).assign(
        label=np.array(["-", "+"])[kind]
    )
    return Dataset(frame, Schema("classification", label="label"), np.arange(n))


def test_a_gain_from_better_labels_vanishes_when_labels_are_shuffled() -> None:
    noisy, wrong = plant_label_noise(_clouds(600, 0), 0.4, np.random.default_rng(0))
    clean = noisy.rows(np.flatnonzero(~wrong))
    proof = prove(
        noisy, clean, _clouds(400, 1), model="boosted-trees", n_seeds=2, control="shuffled"
    )
    assert proof.verdict == "BETTER"
    assert proof.control is not None
    assert proof.control.vanishes
    assert abs(proof.control.difference) < proof.difference
    document = proof.to_document()["control"]
    assert document["kind"] == "shuffled"
    assert 0.3 < document["memorisation"] < 1  # trees learn much of 600 random labels
    lines = ["".join(text for text, _ in line) for line in proof_lines(proof.to_document())]
    assert any(line.startswith("control") and "vanishes" in line for line in lines)
    assert any("of random labels, the model learns" in line for line in lines)


def test_what_one_order_of_the_labels_happens_to_teach_is_no_difference() -> None:
    """A line through shuffled labels points somewhere, and is right more or less often."""
    vanishes = []
    for seed in range(3):
        noisy, wrong = plant_label_noise(
            _clouds(300, 100 + seed), 0.4, np.random.default_rng(seed)
        )
        proof = prove(
            noisy,
            noisy.rows(np.flatnonzero(~wrong)),
            _clouds(300, 200 + seed),
            model="logistic",
            control="shuffled",
            seed=seed,
        )
        assert proof.control is not None
        vanishes.append(proof.control.vanishes)
    assert all(vanishes)


def test_a_difference_that_is_not_in_the_labels_remains() -> None:
    """Nine of ten examples of one class dropped: the other is said whatever labels mean."""
    data = _clouds(600, 0)
    less = data.rows(np.flatnonzero((data.given != "-") | (np.arange(600) % 10 == 0)))
    test = _clouds(600, 1)
    test = test.rows(np.flatnonzero((test.given == "-") | (np.arange(600) % 3 == 0)))
    proof = prove(data, less, test, model="logistic", n_seeds=10, control="shuffled")
    assert proof.control is not None
    assert not proof.control.vanishes


def test_numbers_to_predict_have_a_control_without_memorisation() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(300, 2))
    frame = pd.DataFrame(values, columns=["a", "b"]).assign(y=values @ [1.0, 2.0])
    data = Dataset(frame, Schema("regression", label="y"), np.arange(300))
    wrong = replace(data, table=frame.assign(y=np.where(frame.index < 90, 9.0, frame["y"])))
    before, after = wrong.rows(np.arange(200)), data.rows(np.arange(200))
    proof = prove(before, after, data.rows(np.arange(200, 300)), control="shuffled")
    assert proof.control is not None
    assert proof.control.memorisation is None


def test_shuffling_keeps_the_inputs_the_counts_and_the_gaps() -> None:
    data = _clouds(50, 3)
    table = data.table.copy()
    table.loc[:4, "label"] = None
    data = replace(data, table=table)
    shuffled = with_shuffled_labels(data, 0)
    assert shuffled.inputs.equals(data.inputs)
    assert shuffled.table["label"].isna().tolist() == data.table["label"].isna().tolist()
    assert sorted(shuffled.given[5:]) == sorted(data.given[5:])
    assert (shuffled.given[5:] != data.given[5:]).mean() > 0.2
    half = with_shuffled_labels(data, 0, 0.5)
    assert 0 < (half.given != data.given).sum() < (shuffled.given != data.given).sum() + 10
    assert with_shuffled_labels(data, 0, 0.0).table.equals(data.table)


def test_an_unknown_control_is_refused(tmp_path, capsys) -> None:
    _clouds(150, 0).table.to_csv(tmp_path / "a.csv", index=False)
    path = str(tmp_path / "a.csv")
    code = run(["prove", path, path, "--test", path, "--control", "mirror"])
    assert code == 2
    assert "--control must be shuffled" in capsys.readouterr().err


def test_a_model_that_memorises_is_told_from_one_that_cannot() -> None:
    data, test = _clouds(200, 0), _clouds(200, 1)
    trees = randomisation_test(data, model="knn", test=test, shares=(0.0, 1.0))
    line = randomisation_test(data, model="logistic", test=test, shares=(0.0, 1.0))
    assert (
        trees.memorisation_index > 0.95
    )  # weighted by distance: each example finds itself
    assert line.memorisation_index < 0.4
    assert line.test_accuracy[0] > 0.85
    assert 0.2 < line.test_accuracy[1] < 0.8


def test_the_index_runs_from_the_largest_class_to_a_perfect_fit() -> None:
    found = Randomisation((0.0, 1.0), (0.9, 0.8), (0.9, 0.5), largest_class=0.6)
    assert found.memorisation_index == pytest.approx(0.5)
    assert Randomisation((1.0,), (0.5,), (0.5,), 0.6).memorisation_index == 0.0
    assert Randomisation((1.0,), (1.0,), (1.0,), 1.0).memorisation_index == 0.0


@pytest.mark.parametrize("shares", [(0.0,), (0.5, 1.0, 1.5)])
def test_shares_must_hold_one_and_lie_between(shares: tuple[float, ...]) -> None:
    with pytest.raises(InvalidInputError, match="must lie in"):
        randomisation_test(_clouds(50, 0), shares=shares)
