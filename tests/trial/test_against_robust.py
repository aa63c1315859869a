"""Robust training on unedited data stands beside the proof: chosen without the test."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import tilth
from tilth.cli.proof_lines import proof_lines
from tilth.data.dataset import Dataset
from tilth.data.faults import plant_label_noise
from tilth.data.schema import Schema
from tilth.errors import InvalidInputError
from tilth.trial.prove import prove

pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'tilth[torch]'")

from tilth.models.robust import choice
from tilth.models.robust.choice import METHODS, best_robust_method
from tilth.trial import against_robust


def _clouds(n: int, seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 3, n)
    values = np.eye(3)[kind] * 2.2 + rng.normal(size=(n, 3))
    frame = pd.DataFrame(values, columns=["a", "b", "c"])
    frame = frame.assign(label=np.array(["red", "green", "blue"])[kind])
    return Dataset(frame, Schema("classification", label="label"), np.arange(n))


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few epochs: what is tested here is the protocol, not how good the methods are."""
    monkeypatch.setattr(choice, "SCHEDULE", replace(choice.SCHEDULE, n_epochs=4))


@pytest.fixture(scope="module")
def versions() -> tuple[Dataset, Dataset, Dataset]:
    """Noisy training data, the same without its errors, and a clean test."""
    noisy, wrong = plant_label_noise(_clouds(400, 0), 0.35, np.random.default_rng(1))
    return noisy, noisy.rows(np.flatnonzero(~wrong)), _clouds(300, 2)


def test_a_proof_shows_what_robust_training_reaches(versions) -> None:
    noisy, clean, test = versions
    stages: list[tuple[str, int, int]] = []
    proof = prove(
        noisy,
        clean,
        test,
        model="boosted-trees",
        n_seeds=2,
        against_robust=True,
        progress=lambda *told: stages.append(told),
    )
    found = proof.against_robust
    assert found is not None
    assert found.validation.keys() == METHODS.keys()
    assert found.validation[found.method] == max(found.validation.values())
    assert len(found.robust.per_seed) == 2
    assert found.plain_after.mean > found.plain_before.mean
    assert found.interval[0] <= found.difference <= found.interval[1]
    assert found.difference == pytest.approx(proof.after.mean - found.robust.mean)
    last = [told for told in stages if told[0] == against_robust.STAGE][-1]
    assert last[1] == last[2] == len(METHODS) + 6
    document = proof.to_document()
    assert document["against_robust"]["method"] == found.method
    printed = ["".join(text for text, _ in line) for line in proof_lines(document)]
    line = next(line for line in printed if line.startswith("robust"))
    assert found.method in line
    assert "best of 9 robust methods on noisy labels held out" in line


def test_a_method_is_chosen_on_training_data_alone_and_the_same_twice(versions) -> None:
    noisy, _, _ = versions
    X = noisy.table[["a", "b", "c"]].to_numpy()
    seen = []
    chosen = best_robust_method(X, noisy.labels, progress=lambda: seen.append(1))
    assert len(seen) == len(METHODS)
    again = best_robust_method(X, noisy.labels)
    assert (again.name, again.validation) == (chosen.name, chosen.validation)


def test_numbers_as_labels_are_refused() -> None:
    frame = pd.DataFrame({"x": np.arange(300.0), "y": np.arange(300.0)})
    data = Dataset(frame, Schema("regression", label="y"), np.arange(300))
    with pytest.raises(InvalidInputError, match="data with class labels"):
        prove(data, data.rows(np.arange(200)), data, against_robust=True)


def test_it_is_not_asked_for_by_default(versions) -> None:
    noisy, clean, test = versions
    proof = tilth.prove(noisy, clean, test=test, model="logistic", n_jobs=1)
    assert proof.against_robust is None
    assert proof.to_document()["against_robust"] is None
