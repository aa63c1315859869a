"""What is told of data that stay as they are, once the edits tried on them were not confirmed."""

import pandas as pd
import pytest

from tilth.trial.proof import Proof, Scores, as_it_was


def proof(verdict: str, **changes: object) -> Proof:
    told = {
        "verdict": verdict, "why": "", "metric": "accuracy",
        "before": Scores((0.7, 0.7)), "after": Scores((0.6, 0.6)),
        "difference": -0.1, "interval": (-0.2, -0.01), "smallest_detectable": 0.05,
        "n_train_before": 300, "n_train_after": 200, "n_test": 150, "n_test_left_out": 0,
        "seeds": (0, 1), "deterministic": False, "test_fingerprint": "f", "next_command": "",
        "notes": (), "slices": pd.DataFrame({"slice": ["a"]}), "suspects": None,
    }  # fmt: skip
    return Proof(**(told | changes))


@pytest.mark.parametrize("verdict", ["WORSE", "NO DIFFERENCE"])
def test_edits_that_were_not_confirmed_leave_after_as_before(verdict: str) -> None:
    told = as_it_was(proof(verdict))
    assert told.verdict == "NO DIFFERENCE"
    assert told.after == told.before
    assert told.difference == 0.0
    assert told.n_train_after == 300
    assert f"({verdict}, -0.100)" in told.why


@pytest.mark.parametrize("verdict", ["INVALID", "UNPROVEN"])
def test_what_cannot_be_compared_still_tells_no_score(verdict: str) -> None:
    nothing = {"before": None, "after": None, "difference": None, "interval": None}
    told = as_it_was(proof(verdict, **nothing))
    assert told.verdict == verdict
    assert told.after is None
    assert told.n_train_after == 300


def test_a_proof_of_nothing_changed_stays() -> None:
    nothing = proof("NO DIFFERENCE", after=Scores((0.7, 0.7)), difference=0.0)
    assert as_it_was(nothing) is nothing
