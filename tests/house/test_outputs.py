"""The script that runs what pages show."""

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = """<!-- run:  -->
# A page

```console
$ printf 'one\\n2\\n'
old output
$ false
$ echo $?
```

```pycon
>>> total = 1 + 2
>>> for i in range(total):
...     print(i)
stale
>>> total
```

```sh
$ exit 1
```
"""


@pytest.fixture
def outputs() -> Any:
    sys.path.insert(0, str(DOCS))
    try:
        return importlib.import_module("outputs")
    finally:
        sys.path.remove(str(DOCS))


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    return path


def test_commands_and_statements_are_run_and_followed_by_what_they_print(
    outputs: Any, page: Path
) -> None:
    assert outputs.refresh(page, is_check=False)
    text = page.read_text()
    assert "$ printf 'one\\n2\\n'\none\n2\n$ false\n$ echo $?\n1\n```" in text
    assert "...     print(i)\n0\n1\n2\n>>> total\n3\n```" in text
    assert "old output" not in text
    assert "```sh\n$ exit 1\n```" in text


def test_a_page_that_was_run_is_fresh_until_a_command_changes(
    outputs: Any, page: Path
) -> None:
    assert outputs.is_run(page)
    assert outputs.is_stale(page)
    outputs.refresh(page, is_check=False)
    assert not outputs.is_stale(page)
    page.write_text(page.read_text().replace("1 + 2", "1 + 3"))
    assert outputs.is_stale(page)


def test_a_comparison_writes_nothing_and_overlooks_numbers(
    outputs: Any, page: Path
) -> None:
    outputs.refresh(page, is_check=False)
    other = page.read_text().replace("one\n2\n", "one\n  17.5\n")
    page.write_text(other)
    assert not outputs.refresh(page, is_check=True)
    page.write_text(other.replace("one\n  17.5\n", "two\n2\n"))
    assert outputs.refresh(page, is_check=True)
    assert "two" in page.read_text()


def test_a_command_that_breaks_with_a_traceback_is_no_output(
    outputs: Any, tmp_path: Path
) -> None:
    path = tmp_path / "page.md"
    path.write_text('<!-- run:  -->\n```console\n$ python -c "1 / 0"\n```\n')
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        outputs.refresh(path, is_check=False)


def test_times_dates_and_the_folder_are_made_plain(outputs: Any, tmp_path: Path) -> None:
    said = (
        f"v2   2031-10-02 11:45   3 rows\n{tmp_path}/a.csv\nAudit of 3 examples, 7.3 s  \n"
    )
    plain = outputs.made_plain(said, tmp_path)
    assert plain == "v2   2026-01-05 09:00   3 rows\na.csv\nAudit of 3 examples, 2.0 s\n"
