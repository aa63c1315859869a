"""How labels were given, in words."""

from types import SimpleNamespace

import numpy as np
import pytest

from tilth.checks.label_patterns.words import how_given


@pytest.mark.parametrize(
    ("n_others", "words"),
    [
        (0, "all are given 'good', whatever they are"),
        (3, "all but 3 are given 'good', whatever they are"),
    ],
)
def test_one_label_for_everything_is_said_with_its_exceptions(
    n_others: int, words: str
) -> None:
    labels = np.array([0] * n_others + [1] * (100 - n_others))
    group = SimpleNamespace(kind="constant", labels=labels)
    assert how_given(group, np.array(["bad", "good"])) == words
