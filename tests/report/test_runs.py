"""What `audit` and `improve` return, written to a file from Python."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tilth


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
    audit = tilth.audit(
        tilth.read(rows, label="label"), select=["exact_duplicates"], n_jobs=1
    )
    tilth.write_report(audit, tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text()
    assert "5 examples repeat another one exactly" in page
    assert "<span>improve</span>" in page


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
