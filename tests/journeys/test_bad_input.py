"""Whatever a stranger points the command line at gets one clear sentence, and nothing is lost."""

from __future__ import annotations

import ctypes
import io
import json
import os
import resource
import select
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from tests.hostile import ATTACKS

from tilth import read
from tilth.cli.app import run
from tilth.data.write import write
from tilth.edits.patch import make_patch
from tilth.edits.patch_file import write_patch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

N = 600  # of which a fifth, held out, is enough for a proof
GOOD = ["audit", "good.csv", "--label", "label"]


@dataclass(frozen=True)
class Case:
    """A command line that cannot work, and what it must say."""

    command: Sequence[str]
    code: int
    says: Sequence[str]
    files: dict[str, str | bytes] = field(default_factory=dict)


def _good() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(N, 2)).round(3), columns=["a", "b"])
    return table.assign(label=np.where(table["a"] > 0, "up", "down"))


def _with(**columns: Any) -> str:
    return str(_good().assign(**columns).to_csv(index=False))


def _array(values: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, np.asarray(values))
    return file.getvalue()


def _probabilities(row: int | None = None, cells: Sequence[float] = ()) -> Any:
    values = np.full((N, 2), 0.5)
    if row is not None:
        values[row] = cells
    return values


def _sure() -> Any:
    """Return probabilities as a model gives them for what it was trained on."""
    is_up = _good()["label"] == "up"
    return np.tile(np.column_stack([~is_up, is_up]).astype(float), (2, 1))


def _lines(n: int, replaced: dict[int, bytes]) -> bytes:
    lines = _with().encode().splitlines()[: n + 1]
    for number, line in replaced.items():
        lines[number - 1] = line
    return b"\n".join(lines) + b"\n"


def _picture(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def _asked(source: str, *more: str) -> list[str]:
    return ["audit", source, *more]


def _model(code: str) -> tuple[list[str], dict[str, str | bytes]]:
    return [*GOOD, "--model", "own.py:make"], {"own.py": code}


NO_PREDICT = (
    "class M:\n    def fit(self, X, y):\n        return self\ndef make():\n    return M()\n"
)
NEVER = NO_PREDICT.replace("return self\n", "raise ValueError('not today')\n", 1).replace(
    "def make", "    def predict(self, X):\n        return X\ndef make"
)

CASES = {
    "a file that is not there": Case(
        _asked("god.csv"),
        3,
        ["Cannot read `god.csv`", "no such file", "Did you mean good.csv?"],
    ),
    "an empty file": Case(_asked("x.csv"), 3, ["x.csv", "file is empty"], {"x.csv": ""}),
    "blank lines alone": Case(_asked("x.csv"), 3, ["file is empty"], {"x.csv": " \n\n"}),
    "a header alone": Case(
        _asked("x.csv"),
        3,
        ["header (2 columns) but no rows", "--no-header"],
        {"x.csv": "a,b\n"},
    ),
    "a misspelt column": Case(
        _asked("good.csv", "--label", "lable"),
        2,
        ['column "lable" is missing', '"a", "b", "label"', "Did you mean --label label?"],
    ),
    "a column that is nothing like the others": Case(
        _asked("good.csv", "--text", "zzz"), 2, ['column "zzz" is missing; it has "a", "b"']
    ),
    "a label that names each row": Case(
        _asked("x.csv", "--label", "label"),
        2,
        ["all 600 values", "looks like an id", "Name another column with --label"],
        {"x.csv": _with(label=[f"name {i}" for i in range(N)])},
    ),
    "one class": Case(
        _asked("x.csv", "--label", "label"),
        2,
        ["two classes or more", "'up' alone", "Name another column with --label"],
        {"x.csv": _with(label="up")},
    ),
    "no label at all": Case(
        _asked("x.csv", "--label", "label"),
        2,
        ['label column "label" of `x.csv` is empty', "Name another column"],
        {"x.csv": _with(label="")},
    ),
    "a label that is infinite": Case(
        _asked("x.csv", "--label", "label"),
        2,
        ["must be finite", "row 7", "Leave such rows out"],
        {"x.csv": _with(label=np.where(np.arange(N) == 7, np.inf, np.arange(N)))},
    ),
    "a label that is a date": Case(
        _asked("x.parquet", "--label", "label"),
        2,
        ["holds dates", "--label"],
        {"x.parquet": _good().assign(label=pd.Timestamp("2020-01-01")).to_parquet()},
    ),
    "a row with too few cells": Case(
        _asked("x.csv"),
        3,
        ["line 9 has 2 cells, the first line has 3", "double quotes"],
        {"x.csv": _lines(20, {9: b"1,2"})},
    ),
    "a quote that stays open": Case(
        _asked("x.csv"),
        3,
        ["line 9 cannot be split into cells", "Close its quotes"],
        {"x.csv": _lines(20, {9: b'1,2,"up'})},
    ),
    "a name for two columns": Case(
        _asked("x.csv"),
        3,
        ['"a" 2 times (columns 1, 2)', "Rename"],
        {"x.csv": "a,a\n1,2\n"},
    ),
    "noise": Case(
        _asked("x.csv"),
        3,
        ["not a text file", "Give a CSV"],
        {"x.csv": np.random.default_rng(0).bytes(9_000)},
    ),
    "a workbook": Case(
        _asked("x.csv"),
        3,
        ["Excel workbook", "save the sheet as CSV"],
        {"x.csv": b"PK\x03\x04.."},
    ),
    "a pickle": Case(
        _asked("x.pkl"), 3, ["would run code", "Save the table"], {"x.pkl": b"\x80\x04N."}
    ),
    "a CSV called Parquet": Case(
        _asked("x.parquet"),
        3,
        ["not a complete Parquet", "name it .csv"],
        {"x.parquet": "a,b\n1,2\n"},
    ),
    "Parquet cut short": Case(
        _asked("x.parquet"),
        3,
        ["not a complete Parquet"],
        {"x.parquet": _good().to_parquet()[:-9]},
    ),
    "a packed file cut short": Case(
        _asked("x.csv.gz"), 3, ["no complete .gz file"], {"x.csv.gz": b"\x1f\x8b\x08\x00"}
    ),
    "a broken line of JSON": Case(
        _asked("x.jsonl"),
        3,
        ["line 2 is no JSON", "character 7", "Correct"],
        {"x.jsonl": '{"a": 1}\n{"a": }\n'},
    ),
    "a line that is no object": Case(
        _asked("x.jsonl"),
        3,
        ["line 2", "must hold an object"],
        {"x.jsonl": '{"a": 1}\n[3]\n'},
    ),
    "a folder without images": Case(
        _asked("folder"), 3, ["`folder`", "folder"], {"folder/read.me": "nothing"}
    ),
    "a folder of one class": Case(
        ["audit", "pics", "--label", "label"],
        2,
        ["two classes or more", "'cat' alone"],
        {f"pics/cat/{i}.png": _picture(i) for i in range(4)},
    ),
    "a folder of broken images": Case(
        _asked("pics"),
        3,
        ["none of its 2 images can be opened", "the first is cat/0.png", "whole"],
        {f"pics/{name}/0.png": b"\x89PNG no" for name in ("cat", "dog")},
    ),
    "a folder of splits": Case(
        _asked("pics"),
        3,
        ["test, train are splits, not classes", "pics/train --test pics/test"],
        {f"pics/{s}/{c}/0.png": _picture(0) for s in ("train", "test") for c in "ab"},
    ),
    "a folder of tables": Case(
        _asked("folder"),
        3,
        ["holds no image", "'folder/*.csv'"],
        {"folder/a.csv": "a\n1\n"},
    ),
    "a column of images that is none": Case(
        ["audit", "x.csv", "--image", "t"],
        3,
        ['the images in "t"', "none of 600 can be opened", "--image-root"],
        {"x.csv": _with(t="no picture")},
    ),
    "paths of images that lead out of their folder": Case(
        ["audit", "x.csv", "--image", "file"],
        3,
        ["`../a.png` lies outside of", "--image-root"],
        {"x.csv": "file,label\n../a.png,up\n../b.png,down\n"},
    ),
    "a root of images that is no folder": Case(
        [*GOOD, "--image-root", "none"], 2, ["--image-root must be a folder", "got none"]
    ),
    "a pattern that nothing matches": Case(
        _asked("part-*.csv"), 3, ["no file matches this pattern"]
    ),
    "probabilities of other rows": Case(
        [*GOOD, "--pred-probs", "p.npy"],
        2,
        [
            "--pred-probs must have one row per example",
            "got 10 rows for 600",
            "Drop from the data",
        ],
        {"p.npy": _array(_probabilities()[:10])},
    ),
    "probabilities of other classes": Case(
        [*GOOD, "--pred-probs", "p.npy"],
        2,
        ["one column per class", "got 3 columns for 2 classes (down, up)"],
        {"p.npy": _array(np.full((N, 3), 1 / 3))},
    ),
    "probabilities that do not sum to one": Case(
        [*GOOD, "--pred-probs", "p.npy"],
        2,
        ["must sum to 1", "got 1.800 in row 3", "Pass probabilities"],
        {"p.npy": _array(_probabilities(3, [0.9, 0.9]))},
    ),
    "probabilities that are missing": Case(
        [*GOOD, "--pred-probs", "p.npy"],
        2,
        ["must be finite", "in row 3", "Leave out"],
        {"p.npy": _array(_probabilities(3, [np.nan, 0.5]))},
    ),
    "probabilities of a model that saw the labels": Case(
        ["audit", "x.csv", "--label", "label", "--pred-probs", "p.npy"],
        2,
        ["look in-sample", "100.0%", "cross_val_pred_probs"],
        {"p.npy": _array(_sure()), "x.csv": pd.concat([_good()] * 2).to_csv(index=False)},
    ),
    "probabilities in one column": Case(
        [*GOOD, "--pred-probs", "p.npy"],
        2,
        ["got shape (600,)", "predict_proba"],
        {"p.npy": _array(np.zeros(N))},
    ),
    "probabilities that are no array": Case(
        [*GOOD, "--pred-probs", "p.npy"], 3, ["Cannot read `p.npy`"], {"p.npy": b"\x93NUM"}
    ),
    "a model that cannot predict": Case(
        _model(NO_PREDICT)[0], 2, ["fit and predict", "got M"], _model(NO_PREDICT)[1]
    ),
    "a model file that imports what is not there": Case(
        _model("import no_such_thing\n")[0],
        2,
        ["own.py failed with ModuleNotFoundError", "no_such_thing", "Run it by itself"],
        _model("import no_such_thing\n")[1],
    ),
    "a model file that is no Python": Case(
        _model("def make(:\n")[0], 2, ["SyntaxError"], _model("def make(:\n")[1]
    ),
    "a model that raises": Case(
        [
            "improve",
            "good.csv",
            "--label",
            "label",
            "--model",
            "own.py:make",
            "--jobs",
            "1",
        ],
        2,
        ["own.py:make could not be trained", "ValueError: not today"],
        _model(NEVER)[1],
    ),
    "an attribute the model file lacks": Case(
        _model("x = 1\n")[0], 2, ["there is no make", "Name one of x"], _model("x = 1\n")[1]
    ),
    "a model file that is not there": Case(
        [*GOOD, "--model", "own.py:make"], 2, ["there is no file own.py"]
    ),
    "no such built-in model": Case(
        [*GOOD, "--model", "forest"], 2, ["must be a built-in name", "'forest'"]
    ),
    "a test without the label": Case(
        ["improve", "good.csv", "--label", "label", "--test", "t.csv"],
        2,
        ['column "label" is missing'],
        {"t.csv": "a,b\n1,2\n"},
    ),
    "a patch that is none": Case(
        ["apply", "p.jsonl", "good.csv", "-o", "o.csv"],
        3,
        ["no patch", "--patch wrote"],
        {"p.jsonl": '{"x": 1}\n'},
    ),
    "a version that is not there": Case(_asked("v9"), 2, ["holds no data yet"]),
    "an output that is the source": Case(
        ["improve", "good.csv", "--label", "label", "-o", "good.csv"],
        2,
        ["must not be SOURCE"],
    ),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with one good file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    (tmp_path / "good.csv").write_text(_with())
    return tmp_path


def _write(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def _content(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_gets_one_sentence_and_an_exit_code(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    case = CASES[name]
    _write(folder, case.files)
    before = _content(folder)
    code = run([*case.command, "--quiet"])
    said = capsys.readouterr()
    lines = said.err.splitlines()
    assert code == case.code, said.err
    assert 1 <= len(lines) <= 3, lines
    assert [line[:6] for line in lines] == ["error:", "cause:", "hint: "][: len(lines)] or (
        [line[:6] for line in lines] == ["error:", "hint: "]
    )
    for words in case.says:
        assert words in " ".join(line[7:] for line in lines)
    assert "Traceback" not in said.err
    assert _content(folder) == before


def test_a_good_file_exits_with_zero(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*GOOD, "--jobs", "1"]) == 0
    assert "Baseline" in capsys.readouterr().out


def test_formulas_are_guarded_in_what_is_written_and_that_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = read({"text": list(ATTACKS), "label": ["a", "b"] * (len(ATTACKS) // 2) + ["a"]})
    write(data, folder / "hostile.csv")
    write_patch(make_patch(read("hostile.csv"), []), folder / "p.jsonl")
    command = ["apply", "p.jsonl", "hostile.csv"]
    assert run([*command, "-o", "guarded.csv"]) == 0
    said = capsys.readouterr()
    assert "that a spreadsheet would run as a formula" in said.out
    assert "--keep-formulas" in said.out
    assert run([*command, "-o", "kept.csv", "--keep-formulas"]) == 0
    assert "spreadsheet" not in capsys.readouterr().out
    kept, guarded = (
        read("kept.csv", text="text").table,
        read("guarded.csv", text="text").table,
    )
    assert kept["text"].tolist() == list(ATTACKS)
    for before, after in zip(kept["text"], guarded["text"], strict=True):
        assert after == (before if after == before else "'" + before)
        assert after[0] not in "=+-@\t\r"


def test_a_folder_of_images_is_read_around_what_nobody_may_open(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(
        folder, {f"pics/{c}/{i}.png": _picture(i) for c in ("cat", "dog") for i in range(3)}
    )
    closed = folder / "pics" / "cat" / "0.png"
    opened = type(closed).read_bytes

    def read_bytes(
        path: Path,
    ) -> bytes:  # root may open everything, so the mode would not do
        if path == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path)

    monkeypatch.setattr(type(closed), "read_bytes", read_bytes)
    assert run(["audit", "pics", "--json", "--jobs", "1"]) == 0
    data = json.loads(capsys.readouterr().out)["dataset"]
    assert data["n_examples"] == 5
    assert "1 images could not be opened and were left out: cat/0.png." in data["notes"]


def test_debug_alone_shows_where_it_happened(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*_asked("none.csv"), "--debug"]) == 3
    assert "Traceback" in capsys.readouterr().err


ODD = {
    "NUL characters": (_with(t="nul\0here").encode(), "NUL characters were kept"),
    "mixed encodings": (_lines(N, {4: "1,2,ü".encode(), 9: b"1,2,\xfc"}), "is line 9"),
    "a cell of a megabyte": (_with(t=["word " * 200_000, *["b"] * (N - 1)]).encode(), ""),
    "numbers that are not finite": (_with(b=[np.inf, -np.inf, *range(N - 2)]).encode(), ""),
    "one class, found by its name": (_with(label="up").encode(), "there is one class"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_but_sound_files_are_audited_and_what_is_odd_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    content, note = ODD[name]
    (folder / "odd.csv").write_bytes(content)
    assert run(["audit", "odd.csv", "--jobs", "1", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["failed"] == 0
    assert note in " ".join(document["dataset"]["notes"])


def test_ten_thousand_classes_are_audited(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    n = 20_400
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {"x": rng.normal(size=n), "label": [f"c{i % 10_000}" for i in range(n)]}
    )
    table.to_csv("many.csv", index=False)
    assert run(["audit", "many.csv", "--label", "label", "--json", "--limit", "1"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["failed"] == 0
    assert len(document["dataset"]["classes"]) == 10_000


RAISES_ONCE = """
from sklearn.linear_model import LogisticRegression
class M(LogisticRegression):
    def fit(self, X, y):
        if X["a"].max() < {most}:
            raise ValueError("an odd fold")
        return super().fit(X, y)
def make():
    return M()
"""


def test_a_model_that_raises_in_one_fold_is_left_out_and_that_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Only the fold that holds out the largest value of `a` trains without it.
    _write(folder, {"own.py": RAISES_ONCE.format(most=_good()["a"].max())})
    assert run([*GOOD, "--model", "own.py:make", "--jobs", "1"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "own.py:make did not take part in the findings" in said
    assert "ValueError: an odd fold" in said


# -- what happens in the middle of a run: real processes


WAITS = """
import os
from sklearn.linear_model import LogisticRegression
class M(LogisticRegression):
    def fit(self, X, y):
        if os.path.exists("gate"):
            with open("gate", "w") as gate:  # opens once the test listens
                gate.write("here")
            open("gate").read()  # and waits for an answer that never comes
        return super().fit(X, y)
def make():
    return M()
"""


def _started(folder: Path, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tilth", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


def _stopped_in_the_middle(folder: Path, how: signal.Signals) -> tuple[int, str]:
    """Audit, so that the cache is full; then stop an improvement while the model trains."""
    _write(folder, {"own.py": WAITS})
    assert run([*GOOD, "--jobs", "1", "--quiet"]) == 0
    os.mkfifo(folder / "gate")
    gate = os.open(folder / "gate", os.O_RDONLY | os.O_NONBLOCK)
    command = ["improve", "good.csv", "--label", "label", "--model", "own.py:make"]
    running = _started(folder, *command, "-o", "out.csv", "--jobs", "1")
    assert select.select([gate], [], [], 60)[0], "the model was never trained"
    os.killpg(running.pid, how)
    _, said = running.communicate(timeout=60)
    os.close(gate)
    (folder / "gate").unlink()
    return running.returncode, said


def test_an_interruption_keeps_the_cache_and_says_how_to_go_on(folder: Path) -> None:
    (folder / "out.csv").write_text("what was there\n")
    code, said = _stopped_in_the_middle(folder, signal.SIGINT)
    assert code == 130
    lines = [line for line in said.splitlines() if line]
    assert lines[-1].startswith(
        "interrupted: what was computed so far is kept; the same command"
    )
    assert "Traceback" not in said
    assert list((folder / ".tilth" / "cache").glob("*.npz"))
    assert (folder / "out.csv").read_text() == "what was there\n"
    assert run([*GOOD, "--jobs", "1", "--quiet"]) == 0


def test_a_killed_command_leaves_the_project_as_it_was(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = _stopped_in_the_middle(folder, signal.SIGKILL)
    assert code == -signal.SIGKILL
    capsys.readouterr()
    assert run(["log", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["versions"]) == 1
    assert not (folder / "out.csv").exists()
    assert run([*GOOD, "--jobs", "1", "--quiet"]) == 0


def _with_small_files() -> None:
    """Let this process write files of 20 kB: to it the disk is full beyond that."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def test_a_full_disk_leaves_the_old_file(folder: Path) -> None:
    table = pd.DataFrame({"a": np.arange(9_000.0), "label": ["up", "down"] * 4_500})
    table.to_csv("long.csv", index=False)
    assert (
        run(["audit", "long.csv", "--label", "label", "--select", "missing_values", "-q"])
        == 0
    )
    _write(folder, {"p.jsonl": _empty_patch(folder), "out.csv": "what was there\n"})
    running = _started(
        folder,
        "apply",
        "p.jsonl",
        "long.csv",
        "-o",
        "out.csv",
        preexec_fn=_with_small_files,
    )
    _, said = running.communicate(timeout=60)
    assert running.returncode == 2
    assert said.splitlines()[0] == "error: Cannot write `out.csv`"
    assert "disk is full" in said
    assert "what was there before is unchanged" in said
    assert (folder / "out.csv").read_text() == "what was there\n"
    assert [p.name for p in folder.iterdir() if p.name.endswith(".tmp")] == []


def _empty_patch(folder: Path) -> str:
    from tilth.data.read import read
    from tilth.edits.patch import make_patch
    from tilth.edits.patch_file import write_patch

    write_patch(
        make_patch(read(folder / "long.csv", label="label"), []), folder / "p.jsonl"
    )
    return (folder / "p.jsonl").read_text()


def test_a_full_disk_under_the_project_is_said_and_loses_nothing(folder: Path) -> None:
    table = pd.DataFrame({"a": np.random.default_rng(0).normal(size=9_000), "label": "up"})
    table.to_csv("long.csv", index=False)
    command = ["audit", "long.csv", "--select", "missing_values"]
    running = _started(folder, *command, preexec_fn=_with_small_files)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 2
    assert "is full" in said
    assert "Free some space" in said
    assert "Traceback" not in said


def _held_to_permissions() -> None:
    """Take from root the right to write where permissions say no."""
    drop_from_bounding_set, may_override = 24, 1  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE
    ctypes.CDLL(None).prctl(drop_from_bounding_set, may_override, 0, 0, 0)


@pytest.mark.parametrize("command", [GOOD, ["improve", *GOOD[1:], "-o", "out.csv"]])
def test_a_folder_that_may_not_be_written_to_is_named(
    folder: Path, command: list[str]
) -> None:
    folder.chmod(0o555)
    running = _started(folder, *command, preexec_fn=_held_to_permissions)
    _, said = running.communicate(timeout=60)
    folder.chmod(0o755)
    assert running.returncode == 2, said
    assert len(said.splitlines()) <= 3, said
    assert "Traceback" not in said
    assert "--project DIR" in said or "may be written to" in said


def test_two_commands_at_once_in_one_project_both_end_well(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(folder, {"other.csv": _with(b=1.5)})
    commands = [
        [*GOOD, "--jobs", "1"],
        ["audit", "other.csv", "--label", "label", "--jobs", "1"],
    ]
    both = [_started(folder, *command) for command in commands]
    ended: list[tuple[int, str]] = []

    def wait(running: subprocess.Popen[str]) -> None:
        _, said = running.communicate(timeout=120)
        ended.append((running.returncode, said))

    threads = [threading.Thread(target=wait, args=(running,)) for running in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [code for code, _ in ended] == [0, 0], ended
    assert run(["log", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["versions"][0]["version"] == "v1"
