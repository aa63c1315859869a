from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilth.checks.check import Findings, NotApplicable
from tilth.checks.text_problems import CHECK
from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.edits.apply import apply_edits
from tilth.errors import UnavailableError
from tilth.remedies.text_problems import drop_text_problems, strip_markup
from tilth.signals import text_stats as module
from tilth.signals.signals import Signals
from tilth.signals.text_stats import text_stats

PROVIDERS = {"text_stats": module.SIGNAL}


def sound(n: int = 100) -> list[str]:
    rng = np.random.default_rng(0)
    words = ["good", "bad", "service", "the", "magazine", "was", "late", "again"]
    return [" ".join(rng.choice(words, size=rng.integers(5, 30))) for _ in range(n)]


def found_in(texts: list[str]) -> Findings:
    array = np.array(texts, dtype=object)
    return CHECK.run(array, text_stats(array))


def dataset(texts: list[str | None]) -> Dataset:
    table = pd.DataFrame({"t": texts, "y": [i % 2 for i in range(len(texts))]})
    return Dataset(
        table, Schema("classification", "y", text=("t",)), 10 + np.arange(len(texts))
    )


def test_sound_texts_are_clean():
    assert len(found_in(sound()).issues) == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("good </td> service again and", "markup"),
        ("good service againâ€¦ and cafÃ©", "encoding debris"),
        ("хорошо плохо журнал опять очень", "unlike the rest in script"),
        (":-) :-) :-) :-) :-)", "unlike the rest in script"),
        ("the good magazine " * 2000, "unlike the rest in length"),
        ("Ã© <br> again and the rest", "encoding debris; markup"),
    ],
)
def test_each_problem_has_its_name(text, problem):
    issues = found_in([*sound(), text]).issues
    assert issues[["key", "problem"]].to_numpy().tolist() == [[100, problem]]
    assert 0.0 <= issues["quality"][0] <= 0.5


def test_the_excerpt_shows_the_problem_in_one_line():
    text = "a long beginning " * 20 + "here\nis <table> markup " + "and the end " * 20
    excerpt = found_in([*sound(), text]).table["excerpt"].iloc[-1]
    assert "<table>" in excerpt
    assert "\n" not in excerpt
    assert len(excerpt) <= 82


def test_row_order_changes_nothing():
    texts = [*sound(), "", "x <br> y", "привет друг", "z" * 50_000]
    order = np.random.default_rng(1).permutation(len(texts))
    before = found_in(texts).table.set_index("key")
    after = found_in([texts[i] for i in order]).table
    after = after.assign(key=order[after["key"]]).set_index("key").sort_index()
    pd.testing.assert_frame_equal(after, before)


def test_texts_in_two_scripts_are_both_the_rest():
    texts = [*sound(50), *(["привет мой друг и брат"] * 50)]
    assert found_in(texts).facts["n_unlike_the_rest_in_script"] == 0


def test_few_texts_are_compared_with_nothing():
    assert len(found_in(["hello you", "привет", "x" * 5000]).issues) == 0


def test_without_a_text_column_the_signal_is_unavailable():
    data = Dataset(pd.DataFrame({"x": [1]}), Schema("none"), np.arange(1))
    with pytest.raises(UnavailableError, match="needs a text column"):
        Signals(data, PROVIDERS).call(CHECK.run)


def test_no_rows_are_not_applicable():
    assert isinstance(
        CHECK.run(np.array([], dtype=object), text_stats(np.array([]))), NotApplicable
    )


def test_stripping_is_one_edit_of_the_text_column():
    data = dataset([*sound(), "a <br> b", None])
    signals = Signals(data, PROVIDERS)
    found = signals.call(CHECK.run)
    (edit,) = strip_markup(found, data)
    assert (edit.op, edit.column, dict(edit.params)) == (
        "transform_column",
        "t",
        {"kind": "strip_markup"},
    )
    assert edit.reason.text == "1 texts of t hold tags or entities (1.0%)"
    after = apply_edits(data, [edit]).table["t"]
    assert after[100] == "a b"
    assert after[:100].tolist() == data.table["t"][:100].tolist()
    assert strip_markup(found_in(sound()), dataset(sound())) == []


def test_dropping_takes_the_empty_and_the_spoiled_by_id():
    data = dataset([*sound(), "", "cafÃ©", "a <br> b"])
    found = Signals(data, PROVIDERS).call(CHECK.run)
    (edit,) = drop_text_problems(found, data)
    assert edit.op == "drop"
    assert edit.targets["example_id"].tolist() == [110, 111]
    (markup,) = drop_text_problems(found, data, problems=("markup",))
    assert markup.targets["example_id"].tolist() == [112]
    assert drop_text_problems(found_in(sound()), dataset(sound())) == []


@pytest.mark.shared
def test_the_reviews_hold_markup_in_two_fifths():
    path = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
    path = path / "dcai_lab" / "data_centric_model_centric" / "reviews_train.csv"
    if not path.exists():
        pytest.skip("the shared data are not beside this project")
    facts = found_in(pd.read_csv(path)["review"].astype(object).tolist()).facts
    assert 2600 < facts["n_markup"] < 2750
    assert facts["n_unlike_the_rest_in_script"] == 0
