"""What `audit` and `improve` return, written to a file from Python."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tilth
from tilth.report import documents


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Two blobs, a few rows of which stand there twice."""
    rng = np.random.default_rng(6)
    wide = rng.integers(2, size=140)
    table = pd.DataFrame(rng.normal(wide[:, None], 0.5, size=(140, 3)), columns=list("abc"))
    table = table.assign(label=np.where(wide == 1, "wide", "narrow"))
    return pd.concat([table, table.head(5)], ignore_index=True)


def test_an_audit_becomes_a_page_with_the_command_to_go_on(
    rows: pd.DataFrame, tmp_path: Path
) -> None:
    rows.to_csv(tmp_path / "rows.csv", index=False)
    data = tilth.read(tmp_path / "rows.csv", label="label")
    audit = tilth.audit(data, select=["exact_duplicates"], n_jobs=1)
    tilth.write_report(audit, tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text()
    assert "5 examples repeat another one exactly" in page
    assert "<span>improve</span>" in page


@pytest.mark.parametrize("ending", ["html", "md"])
def test_data_in_memory_have_no_command(
    rows: pd.DataFrame, tmp_path: Path, ending: str
) -> None:
    data, path = tilth.read(rows, label="label"), tmp_path / f"a.{ending}"
    test = rows.assign(a=rows["a"] + 0.001, b=rows["b"] - 0.002)
    audit = tilth.audit(data, select=["exact_duplicates"], n_jobs=1)
    better = tilth.improve(data, test=test, model="logistic", budget=0.5, n_jobs=1)
    for result in (audit, better):
        tilth.write_report(result, path)
        page = path.read_text()
        assert "<span>memory</span>" not in page
        assert "audit memory" not in page
        assert "improve memory" not in page
        assert "(empty)" not in page


def test_an_improvement_becomes_markdown_with_its_proof(
    rows: pd.DataFrame, tmp_path: Path
) -> None:
    better = tilth.improve(
        tilth.read(rows, label="label"),
        test=rows.tail(110),
        model="logistic",
        budget=1.0,
        n_jobs=1,
    )
    tilth.write_report(better, tmp_path / "b.md", redacted=True)
    text = (tmp_path / "b.md").read_text()
    assert text.startswith(f"# {better.proof.verdict}")
    assert "Redacted" in text


@pytest.fixture(scope="module")
def prices() -> pd.DataFrame:
    """Numbers with one decimal, a few of which are far from what they should be."""
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 9, size=(600, 2))
    price = 10 + x @ [2.0, 1.0] + rng.normal(0, 0.5, 600)
    price[::60] += 25
    return pd.DataFrame(x, columns=["a", "b"]).assign(price=price.round(1))


@pytest.mark.parametrize("name", ["r.html", "r.md"])
def test_suggested_numbers_have_the_decimals_of_their_column(
    prices: pd.DataFrame, tmp_path: Path, name: str
) -> None:
    data = tilth.read(prices, label="price", task="regression")
    audit = tilth.audit(data, select=["label_errors"], n_jobs=1)
    tilth.write_report(audit, tmp_path / name)
    text = (tmp_path / name).read_text()
    worst = audit["label_errors"].iloc[0]
    assert f"{worst['suggested']:.1f}" in text
    assert f"{worst['suggested']:.3f}" not in text
    assert "probability that a model gives" not in text
    if name == "r.html":
        assert "outside the range in which numbers are expected" in text


def test_suggested_numbers_too_small_for_decimals_are_not_rounded_away(
    prices: pd.DataFrame,
) -> None:
    small = prices.assign(price=prices["price"] * 1e-8)
    data = tilth.read(small, label="price", task="regression")
    audit = tilth.audit(data, select=["label_errors"], n_jobs=1)
    checks = documents.audit_document(audit)["checks"]
    issue = next(c for c in checks if c["name"] == "label_errors")["issues"][0]
    assert issue["suggested"] == pytest.approx(audit["label_errors"].iloc[0]["suggested"])
    assert issue["suggested"] > 0


def test_a_report_of_a_part_says_of_how_many(rows: pd.DataFrame, tmp_path: Path) -> None:
    more = pd.concat([rows] * 4, ignore_index=True).assign(d=range(4 * len(rows)))
    data = tilth.read(more, label="label")
    better = tilth.improve(data, model="logistic", budget=1.0, n_jobs=1)
    n = len(better.audit.dataset)
    tilth.write_report(better, tmp_path / "part.md")
    tilth.write_report(better, tmp_path / "part.html")
    said = f"{n:,} of {len(data):,} examples"
    assert said in (tmp_path / "part.md").read_text()
    assert said in (tmp_path / "part.html").read_text()
