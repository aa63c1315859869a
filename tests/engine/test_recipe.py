import numpy as np
import pandas as pd
import pytest

import tilth
from tilth.checks.check import Findings
from tilth.engine.recipe import Recipe
from tilth.remedies import REMEDIES
from tilth.signals import PROVIDERS
from tilth.signals.predicates import Predicate
from tilth.signals.signals import Signals

REMEDY = {remedy.name: remedy for remedy in REMEDIES}


@pytest.fixture
def signals():
    """Of 200 texts, every fourth of them from the web."""
    frame = pd.DataFrame(
        {
            "source": ["web", "mail", "mail", "mail"] * 50,
            "code": np.arange(200) % 7,
            "label": ["a", "b"] * 100,
        }
    )
    return Signals(
        tilth.read(frame, label="label", text=()), PROVIDERS, context={"n_jobs": 1}
    )


def bad_group(n):
    """Return what a search of the first `n` examples says of those from the web."""
    rule = Predicate("equals", "source", "web")
    row = {
        "key": rule.name, "quality": 0.5, "is_issue": True, "n": n // 4, "share": 0.25,
        "noise_rate": 0.5, "kind": "random", "words": "", "relabelling": "",
        "predicate": rule.to_json(),
    }  # fmt: skip
    members = pd.DataFrame({"key": rule.name, "position": np.arange(0, n, 4)})
    return Findings("group", pd.DataFrame([row]), "", members)


def bad_column():
    """Return what a look at fewer examples says of the column of codes."""
    row = {
        "key": "code", "quality": 0.0, "is_issue": True, "column": "code",
        "problem": "identifier-like", "value": 1.0, "why": "7 different values in 7 rows",
    }  # fmt: skip
    return Findings("column", pd.DataFrame([row]), "")


def said(signals, remedy, findings, n, **options):
    recipe = Recipe(REMEDY[remedy], findings, np.arange(n), options)
    (edit,) = recipe.edits(signals)
    return edit.n, edit.reason.text


def test_the_reason_counts_the_examples_that_the_edit_drops(signals):
    key = "source = 'web'"
    text = (
        "50 examples where source = 'web' (25.0%) have labels that are as good as random, "
        "about 50% of them wrong"
    )
    whole = said(signals, "drop_label_pattern", bad_group(200), 200, key=key)
    assert whole == (50, text)
    part = said(signals, "drop_label_pattern", bad_group(160), 160, key=key)
    assert part == (50, f"{text}; the noise was estimated on the training part")


def test_the_reason_for_a_column_says_where_its_figures_are_from(signals):
    text = "column code: identifier-like (7 different values in 7 rows)"
    assert said(signals, "drop_column", bad_column(), 200)[1] == text
    part = said(signals, "drop_column", bad_column(), 7)[1]
    assert part == f"{text}; as seen on the training part"
