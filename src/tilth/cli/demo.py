"""`tilth demo`: the main loop on real data with planted faults."""

import contextlib
import io
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tilth.cli import options
from tilth.errors import TilthError

if TYPE_CHECKING:
    from tilth.cli.screen import Screen

SITES = {"north": 0.3, "east": 0.25, "south": 0.25, "west": 0.2}
BAD_SITE = "north"
N_DUPLICATES = 15
TEST_SHARE = 0.35
BUDGET = "30s"


def demo(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="Where the files go.")
    ] = Path("tilth-demo"),
    seed: options.Seed = 0,
    as_json: options.Json = False,
) -> None:
    """See the main loop on data with planted faults.

    Takes scikit-learn's breast cancer data (569 real examples), plants faults that are
    printed and written down, and runs audit and improve on them. Nothing is downloaded.
    """
    from tilth.cli.screen import Screen

    start = time.perf_counter()
    screen = Screen(ctx.obj, as_json=as_json)
    folder.mkdir(parents=True, exist_ok=True)
    planted = make_demo_data(folder, seed)
    for line in _introduction(folder, planted):
        screen.line(line)
    train, test = str(folder / "train.csv"), str(folder / "test.csv")
    shared = ["--project", str(folder)]
    shared += ["--quiet"] * ctx.obj.is_quiet + ["--debug"] * ctx.obj.is_debug
    about = ["--label", "diagnosis", "--test", test]
    made = ["-o", str(folder / "better.csv"), "--patch", str(folder / "edits.jsonl")]
    audit = _ran(screen, [*shared, "audit", train, *about])
    how = ["--model", "logistic", "--budget", BUDGET]
    improve = _ran(screen, [*shared, "improve", train, *about, *how, *made])
    compared = _compared(folder, planted)
    seconds = time.perf_counter() - start
    for line in _conclusion(folder, compared, seconds):
        screen.line(line)
    document = {"schema": "tilth.demo/1", "folder": str(folder), "planted": compared}
    screen.document(document | {"audit": audit, "improve": improve, "seconds": seconds})


def make_demo_data(folder: Path, seed: int = 0) -> dict[str, list[int]]:
    """Write train.csv, test.csv and planted.csv; return the planted rows of each fault.

    The measurements and diagnoses are real (Wolberg, Street & Mangasarian 1995, as scikit-learn ships
    them). The column ``site`` is invented, at random. A part is set aside as the test
    before anything is planted; then, in the training part alone,

    - site north has entered its diagnoses the wrong way round;
    - 15 rows are entered twice.
    """
    import numpy as np
    import pandas as pd
    from sklearn.datasets import load_breast_cancer

    from tilth.data.faults import plant_duplicates, plant_group_label_noise
    from tilth.data.read import read
    from tilth.data.splits import split
    from tilth.data.write import write

    rng = np.random.default_rng(seed)
    real = load_breast_cancer(as_frame=True)
    table = real.frame.rename(columns=lambda name: name.replace(" ", "_"))
    codes = table.pop("target").to_numpy()
    table.insert(0, "site", rng.choice(list(SITES), len(table), p=list(SITES.values())))
    table["diagnosis"] = real.target_names[codes].astype(object)
    whole = read(table, label="diagnosis", text=())
    kept, aside = split(whole, test_share=TEST_SHARE, rng=rng)
    train, test = (
        read(whole.rows(kept).table, label="diagnosis", text=()),
        whole.rows(aside),
    )
    of_site = (train.table["site"] == BAD_SITE).to_numpy()
    train, is_wrong = plant_group_label_noise(train, of_site, "inverted", rng)
    train, is_repeated = plant_duplicates(train, N_DUPLICATES, rng)
    write(train, folder / "train.csv")
    write(test, folder / "test.csv")
    planted = {
        "wrong_labels": np.flatnonzero(is_wrong).tolist(),
        "repeated_rows": np.flatnonzero(is_repeated).tolist(),
    }
    rows = [(row, fault) for fault, found in planted.items() for row in found]
    listed = read(pd.DataFrame(rows, columns=["row", "fault"]), task="none", text=())
    write(listed, folder / "planted.csv")
    return planted


def _introduction(folder: Path, planted: dict[str, list[int]]) -> list[str]:
    n_wrong = len(planted["wrong_labels"])
    real = "Real data: 569 tissue samples with 30 measurements each, from scikit-learn."
    invented = f'The column "site" is invented; {TEST_SHARE:.0%} are set aside as the test.'
    label = f"site {BAD_SITE} has its {n_wrong} diagnoses the wrong way round"
    repeated = f"{len(planted['repeated_rows'])} rows are entered twice"
    listed = f"the planted rows, which tilth does not read, {folder / 'planted.csv'}"
    return [
        f"{real} {invented}",
        f"Planted in the training part: {label}; {repeated}.",
        f"Files: {folder / 'train.csv'}, {folder / 'test.csv'}; {listed}.",
    ]


def _ran(screen: "Screen", arguments: list[str]) -> dict[str, Any] | None:
    """Run another command as a user would; return its document where JSON is wanted."""
    from tilth.cli.app import run
    from tilth.display.terminal import command_line

    screen.line()
    screen.line(f"$ {command_line('tilth', *arguments)}", "bold")
    if not screen.as_json:
        if code := run(arguments, is_configurable=False):
            raise typer.Exit(code)
        return None
    with contextlib.redirect_stdout(io.StringIO()) as text:
        code = run([*arguments, "--json"], is_configurable=False)
    document: dict[str, Any] = json.loads(text.getvalue())
    if code:
        raise TilthError(str(document.get("error")))
    return document


def _compared(folder: Path, planted: dict[str, list[int]]) -> dict[str, Any]:
    """Hold the edits against what was planted: how many of its rows each fault lost."""
    from tilth.edits.patch_file import read_patch

    edits = read_patch(folder / "edits.jsonl").edits
    row_edits = [edit for edit in edits if edit.op in ("drop", "relabel")]
    edited = {int(row) for edit in row_edits for row in edit.targets["example_id"]}
    of_faults = {row for rows in planted.values() for row in rows}
    compared: dict[str, Any] = {
        fault: {"n": len(rows), "n_edited": len(edited & set(rows))}
        for fault, rows in planted.items()
    }
    return compared | {"n_edited": len(edited), "n_edited_of_none": len(edited - of_faults)}


def _conclusion(folder: Path, compared: dict[str, Any], seconds: float) -> list[str]:
    from tilth.display.numbers import count, duration

    wrong, repeated = compared["wrong_labels"], compared["repeated_rows"]
    of_wrong = f"of {count(wrong['n'], 'wrong label')} {wrong['n_edited']} are gone"
    of_repeated = f"of {count(repeated['n'], 'repeated row')} {repeated['n_edited']}"
    of_none = (
        f"{count(compared['n_edited_of_none'], 'row')} without a planted fault went too"
    )
    made = "better.csv, better.report.html (open it), edits.jsonl (the patch)"
    made += ", train.csv, test.csv, planted.csv"
    return [
        "",
        f"Held against what was planted: {of_wrong}, {of_repeated}; {of_none}.",
        f"Files in {folder}: {made}. {duration(seconds)} in all.",
        "Now on your own file:  tilth audit YOUR.csv",
    ]
