"""The project folder: versions, undo, findings and proofs, whatever happens to it."""

import errno
import os
import re
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import alembic.autogenerate
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext

from tilth.checks.check import Estimate, Failed, Findings, NotApplicable, Skipped
from tilth.data import aside
from tilth.data.dataset import Dataset
from tilth.data.identity import canonical_bytes
from tilth.data.schema import Guess, Schema
from tilth.edits.apply import apply_edits
from tilth.edits.edit import Edit, Reason, no_targets
from tilth.errors import InvalidInputError, StoreError
from tilth.store import database, tables
from tilth.store.project import Project

WHY = Reason("label_errors", "drop_label_errors", "looks wrong")


@pytest.fixture
def flowers():
    table = pd.DataFrame(
        {
            "size": [1, 2, 3, 4],
            "name": ["a", None, "ü", "d"],
            "label": pd.Categorical(["x", "y", "x", None], ["z", "y", "x"]),
        }
    )
    schema = Schema(
        "classification", "label", ("name",), guesses=(Guess("id", "size", 0.9, "unique"),)
    )
    return Dataset(table, schema, np.arange(4), source="flowers.csv", notes=("read",))


@pytest.fixture
def project(tmp_path):
    with Project(tmp_path / "work") as project:
        yield project


def drop(*ids):
    return Edit("drop", pd.DataFrame({"example_id": list(ids)}), WHY)


def edited(project, parent, *edits, **options):
    data = apply_edits(project.load(parent), edits)
    return project.add_version(parent, edits, data, **options)


def test_the_import_comes_back_exactly(project, flowers):
    version = project.import_dataset(flowers)
    loaded = project.load("latest")
    assert (version.name, version.content, version.parent_id) == (
        "v1",
        flowers.version_id,
        None,
    )
    assert (version.n_examples, version.n_columns, version.is_current) == (4, 3, True)
    pd.testing.assert_frame_equal(loaded.table, flowers.table)
    assert loaded.schema == flowers.schema
    assert (loaded.source, loaded.notes, loaded.weights) == ("flowers.csv", ("read",), None)
    assert loaded.version_id == flowers.version_id


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, 2**62]),
        pd.Series([1, 2], dtype="int8"),
        pd.Series([0.1, None], dtype="float32"),
        pd.Series([0.5, np.inf], dtype="float16"),
        pd.Series([True, False]),
        pd.Series([True, None], dtype="boolean"),
        pd.Series([2**62 + 1, None], dtype="Int64"),
        pd.Series([1.5, None], dtype="Float64"),
        pd.Series(["a", None]),
        pd.Series(["a", None], dtype="string"),
        pd.Series(["a\ud800", None], dtype=object),
        pd.Series([1, "a"], dtype=object),
        pd.Series([b"\x00", {}.get("no")], dtype=object),
        pd.Series([None, None], dtype=object),
        pd.Series([3, None], dtype=pd.CategoricalDtype([3, 1], ordered=True)),
        pd.Series(pd.to_datetime(["2024-01-01", None])).astype("datetime64[s]"),
        pd.Series(pd.to_datetime(["2024-01-01 00:00:00.000000001", None])),
        pd.Series(pd.to_datetime(["2024-01-01", None], utc=True)).dt.tz_convert("Asia/Tokyo"),
        pd.Series([pd.Timedelta(1, "ns"), None]),
        pd.Series(pd.period_range("2024-01", periods=2, freq="M")),
        pd.Series([1 + 2j, 3]),
        pd.Series(["a", None], dtype="string[pyarrow]").astype(pd.ArrowDtype(pa.string())),
    ],
    ids=range(22),
)  # fmt: skip
@pytest.mark.parametrize("empty", [False, True])
def test_columns_of_every_kind_come_back_exactly(project, column, empty):
    table = pd.DataFrame({"example_id": column, "weight": [1, 2]}).iloc[: 0 if empty else 2]
    ids = np.array(["k", "l"], dtype="U1")[: len(table)]
    data = Dataset(table, Schema("none"), ids, weights=np.array([0.5, 2.0])[: len(table)])
    project.import_dataset(data)
    loaded = project.load()
    assert loaded.table.dtypes.tolist() == table.dtypes.tolist()
    pd.testing.assert_frame_equal(loaded.table, table)
    assert loaded.example_id.dtype == ids.dtype
    assert loaded.weights.tolist() == data.weights.tolist()
    assert loaded.version_id == data.version_id


def test_a_table_without_columns_keeps_its_rows(project):
    data = Dataset(pd.DataFrame(index=range(3)), Schema("none"), np.arange(3))
    project.import_dataset(data)
    assert len(project.load()) == 3


def test_a_table_stored_as_categories_is_another_file_than_one_of_text(project, flowers):
    text = replace(flowers, table=flowers.table.astype({"label": object}))
    assert text.version_id == flowers.version_id
    project.import_dataset(flowers)
    project.import_dataset(text, "other.csv")
    assert project.load().table["label"].dtype == object


def test_the_same_source_and_content_are_the_same_version(project, flowers, tmp_path):
    file = tmp_path / "f.csv"
    file.write_text("")
    first = project.import_dataset(flowers, file)
    again = project.import_dataset(replace(flowers, notes=()), os.path.relpath(file))
    changed = project.import_dataset(flowers.rows(np.arange(3)), file)
    assert first == again
    assert first.source_path == str(file)
    assert changed.dataset_id != first.dataset_id
    assert project.import_dataset(flowers, "elsewhere.csv").dataset_id > changed.dataset_id


def test_a_version_given_out_is_known_when_it_comes_back(project, flowers):
    second = edited(project, project.import_dataset(flowers), drop(0))
    assert project.import_dataset(project.load("v2")) == second


def test_versions_have_names_and_the_last_dataset_is_remembered(project, flowers):
    assert project.versions() == []
    with pytest.raises(StoreError, match="holds no data yet"):
        project.load()
    first = project.import_dataset(flowers)
    second = edited(project, first, drop(0), command="tilth improve")
    other = project.import_dataset(flowers.rows(np.arange(2)), "other.csv")
    assert project.version() == other
    assert [v.name for v in project.versions()] == ["v1"]
    assert [v.name for v in project.versions(first)] == ["v1", "v2"]
    assert project.version(second.content[:8]) == second
    for name in ("v2", "", "%%%%%%%", second.content[:5]):
        with pytest.raises(StoreError, match=r"no version .* of `other.csv`; there are v1"):
            project.version(name)
    project.import_dataset(flowers)
    assert project.version() == project.version("v2")
    assert not project.version("v1").is_current


def test_a_version_remembers_its_edits_and_proof(project, flowers):
    first = project.import_dataset(flowers)
    relabel = Edit(
        "relabel", pd.DataFrame({"example_id": [1], "after": ["x"]}), WHY, time="2020-01-01"
    )
    proof = {"verdict": "BETTER", "difference": np.float64(0.2), "interval": (0.1, np.nan)}
    second = edited(project, first, drop(0), relabel, proof=proof, command="tilth improve")
    found = project.edits(second)
    assert [e.op for e in found] == ["drop", "relabel"]
    assert found[0].reason == WHY
    assert found[0].time > "2020"
    assert project.edits(first) == []
    newest, oldest = project.log()
    assert newest["proof"] == {
        "verdict": "BETTER",
        "difference": 0.2,
        "interval": [0.1, None],
    }
    assert (newest["version"], newest["parent"], newest["current"]) == ("v2", "v1", True)
    assert (newest["n_before"], newest["n_examples"], newest["command"]) == (
        4,
        3,
        "tilth improve",
    )
    assert newest["edits"][1] == {
        "op": "relabel",
        "n": 1,
        "column": None,
        "check": "label_errors",
        "remedy": "drop_label_errors",
        "reason": "looks wrong",
        "author": "tilth",
        "time": "2020-01-01",
    }
    assert (oldest["parent"], oldest["n_before"], oldest["edits"], oldest["proof"]) == (
        None,
        None,
        [],
        None,
    )
    project.record_proof(first, second, {"verdict": "WORSE"})
    assert project.log()[0]["proof"] == {"verdict": "WORSE"}


def test_the_same_edits_make_the_same_version_once(project, flowers):
    first = project.import_dataset(flowers)
    second = edited(project, first, drop(0))
    assert edited(project, first, drop(0)) == second
    assert len(list((project.folder / "patches").iterdir())) == 1
    assert project.add_version(first, [], flowers) == first
    assert len(project.versions()) == 2


def test_edits_that_lead_elsewhere_are_refused(project, flowers):
    first = project.import_dataset(flowers)
    with pytest.raises(InvalidInputError, match="must lead from v1 to `dataset`"):
        project.add_version(first, [drop(0)], flowers)
    assert len(project.versions()) == 1


def test_edits_between_versions_are_chained(project, flowers):
    first = project.import_dataset(flowers)
    scale = Edit(
        "transform_column",
        no_targets(),
        WHY,
        "size",
        {"kind": "scale", "center": 0, "scale": 2},
    )
    second = edited(project, first, drop(0))
    third = edited(project, second, scale, Edit("drop_column", no_targets(), WHY, "name"))
    fork = edited(project, first, drop(1))
    assert [e.op for e in project.edits_between(first, third)] == [
        "drop",
        "transform_column",
        "drop_column",
    ]
    assert project.edits_between(third, third) == []
    with pytest.raises(StoreError, match="v4 was not made from v2"):
        project.edits_between(second, fork)


def test_undo_gives_the_parent_back_byte_by_byte(project, flowers):
    first = project.import_dataset(flowers)
    relabel = Edit("relabel", pd.DataFrame({"example_id": [1], "after": ["new"]}), WHY)
    second = edited(
        project, first, drop(0), relabel, Edit("drop_column", no_targets(), WHY, "label")
    )
    third = edited(project, second, drop(1))
    assert project.undo(command="tilth undo").name == "v2"
    assert project.undo("v2").name == "v1"
    loaded = project.load()
    assert canonical_bytes(loaded.table) == canonical_bytes(flowers.table)
    assert loaded.schema == flowers.schema
    assert project.runs("undo")[0]["document"] == {"undone": "v2", "now": "v1"}
    assert project.load(third).table["name"].tolist() == ["ü", "d"]
    with pytest.raises(
        StoreError, match=r"v1 is the import of `flowers\.csv`; nothing was before"
    ):
        project.undo()
    with pytest.raises(StoreError, match=r"can be taken back: v2, v3\."):
        project.undo("v1")
    assert edited(project, project.version(), drop(3)).name == "v4"


def test_undo_of_data_that_nothing_was_applied_to_leads_to_no_other_version(
    project, flowers
):
    project.import_dataset(flowers)
    with pytest.raises(StoreError, match="No edit was applied to it, so there is nothing"):
        project.undo("v1")


def test_undo_refuses_when_the_way_back_leads_elsewhere(project, flowers):
    first = project.import_dataset(flowers)
    second = edited(project, first, drop(0))
    (patch,) = (project.folder / "patches").iterdir()
    patch.write_text(
        patch.read_text()
        .replace('"id": 0', '"id": 1')
        .replace('"before": "x"', '"before": "y"')
    )
    with pytest.raises(StoreError, match="did not give v1 again"):
        project.undo(second)
    assert project.version() == second


def test_findings_come_back_as_they_were(project, flowers):
    version = project.import_dataset(flowers)
    table = pd.DataFrame(
        {
            "key": [0, 2],
            "quality": [0.1, 0.9],
            "is_issue": [True, False],
            "given": ["x", 1],
            "suggested": [None, "y"],
        }
    )
    members = pd.DataFrame({"key": ["g"], "position": [3]})
    outcomes = {
        "label_errors": Findings(
            "example", table, "by rule", members, Estimate(0.9, 0.8, 1.0), {"n": 3}
        ),
        "outliers": Findings("example", table.assign(is_issue=False), "other"),
        "text_problems": NotApplicable("no text"),
        "test_leakage": Skipped("no test"),
        "column_problems": Failed("ZeroDivisionError"),
    }
    project.record_findings(version, outcomes)
    project.record_findings(version, {"outliers": outcomes["outliers"]})
    found = project.findings(version)
    assert sorted(found) == sorted(outcomes)
    assert found["text_problems"] == outcomes["text_problems"]
    assert found["test_leakage"] == outcomes["test_leakage"]
    assert found["column_problems"] == outcomes["column_problems"]
    pd.testing.assert_frame_equal(found["label_errors"].table, table)
    pd.testing.assert_frame_equal(found["label_errors"].members, members)
    assert found["label_errors"].expected_precision == Estimate(0.9, 0.8, 1.0)
    assert found["label_errors"].facts == {"n": 3}
    assert found["outliers"].expected_precision is None
    with sqlite3.connect(project.folder / "tilth.db") as db:
        names = dict(db.execute("select check_name, outcome from findings"))
    db.close()
    assert names["outliers"] == "clean"
    assert names["label_errors"] == "findings"


def test_runs_are_recorded_with_whatever_they_said(project, flowers):
    version = project.import_dataset(flowers)
    said = {"a": {1: np.arange(2)}, "b": [np.inf, Path("x"), {3}], "c": True}
    project.record_run("audit", "tilth audit", said, version=version)
    project.record_run("prove", "tilth prove", {})
    assert [run["kind"] for run in project.runs()] == ["prove", "audit"]
    assert project.runs("audit")[0]["document"] == {
        "a": {"1": [0, 1]},
        "b": [None, "x", [3]],
        "c": True,
    }


def test_runs_are_found_by_what_they_tested_and_how_new_they_are(project):
    tests = ["a.csv", 'b "1".csv', "a.csv"]
    for number, path in enumerate(tests):
        tested = {"path": path, "after": "x", "content": str(number)}
        project.record_run("prove", "tilth prove", {"tested": tested})
    project.record_run("audit", "tilth audit", {"verdict": None})

    def found(**asked):
        runs = project.runs(**asked)
        return [run["document"].get("tested", {}).get("content") for run in runs]

    assert found(tested={"path": "a.csv", "after": "x"}) == ["2", "0"]
    assert found(tested={"path": 'b "1".csv'}) == ["1"]
    assert found(tested={"path": "a.csv", "after": "y"}) == []
    assert found(n=2) == [None, "2"]
    assert found(kind="prove", n=1) == ["2"]


def test_signals_are_cached_inside_the_project(project):
    project.cache["k"] = {"x": np.arange(2)}
    assert project.cache["k"]["x"].tolist() == [0, 1]
    assert (project.folder / "cache").is_dir()


def test_the_folder_is_kept_out_of_version_control(project):
    assert (project.folder / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("name", ["with space", "per%cent", "quo'te", "ünï", "a#b?c"])
def test_any_folder_name_will_do(tmp_path, flowers, name):
    with Project(tmp_path / name) as project:
        project.import_dataset(flowers)
    with Project(tmp_path / name) as project:
        assert len(project.load()) == 4


def test_files_left_by_killed_commands_are_swept_up_after_a_day(project):
    (project.folder / "data").mkdir()
    for name, age in {".old.tmp": 10**6, ".new.tmp": 0}.items():
        path = project.folder / "data" / name
        path.write_text("")
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    Project(project.folder.parent).close()
    assert [p.name for p in (project.folder / "data").iterdir()] == [".new.tmp"]


def test_a_damaged_file_is_told_with_where_to_get_it_again(project, flowers):
    version = project.import_dataset(flowers)
    (path,) = (project.folder / "data").iterdir()
    whole = path.read_bytes()
    other = Dataset(
        flowers.table.iloc[::-1].reset_index(drop=True), flowers.schema, np.arange(4)
    )
    for damage in (b"", whole[:-50], b"x" * len(whole)):
        path.write_bytes(damage)
        with pytest.raises(
            StoreError, match=r"data of v1 .* damaged.*Read them again from `flowers.csv`"
        ):
            project.load(version)
    project.import_dataset(other, "other.csv")
    (second,) = set((project.folder / "data").iterdir()) - {path}
    path.write_bytes(second.read_bytes())
    with pytest.raises(StoreError, match="damaged"):
        project.load(version)
    path.unlink()
    with pytest.raises(StoreError, match="damaged"):
        project.load(version)


def test_damaged_edits_are_told(project, flowers):
    second = edited(project, project.import_dataset(flowers), drop(0))
    (patch,) = (project.folder / "patches").iterdir()
    patch.write_text("nonsense")
    with pytest.raises(StoreError, match="edits of v2 are damaged"):
        project.edits(second)


def test_a_newer_project_is_not_touched(project):
    with sqlite3.connect(project.folder / "tilth.db") as db:
        db.execute("update alembic_version set version_num = '9999'")
    db.close()
    with pytest.raises(
        StoreError,
        match=r"made by a newer tilth \(its format is 9999, this one knows 0002\)",
    ):
        Project(project.folder.parent)


def test_a_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / ".tilth").mkdir()
    (tmp_path / ".tilth" / "tilth.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match="is damaged"):
        Project(tmp_path)


def test_a_file_in_place_of_the_folder_is_told(tmp_path):
    (tmp_path / ".tilth").write_text("")
    with pytest.raises(
        StoreError, match=r"cannot be written\. Allow it, or choose another place"
    ):
        Project(tmp_path)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (errno.ENOSPC, "is full. Free some space"),
        (errno.EACCES, "cannot be written. Allow it"),
        (errno.EIO, "cannot be used"),
    ],
)
@pytest.mark.parametrize("where", ["data", "patch"])
def test_a_disk_that_fails_in_the_middle_leaves_the_old_state(
    project, flowers, monkeypatch, code, sentence, where
):
    first = project.import_dataset(flowers)
    files = sorted(project.folder.glob("*/*"))

    def failing(*_):
        raise OSError(code, os.strerror(code))

    if where == "data":
        monkeypatch.setattr(aside.os, "fsync", failing)
    else:
        monkeypatch.setattr("tilth.store.project.write_patch", failing)
    with pytest.raises(StoreError, match=sentence):
        edited(project, first, drop(0))
    monkeypatch.undo()
    assert project.versions() == [first]
    if where == "data":
        assert sorted(project.folder.glob("*/*")) == files
    assert edited(project, first, drop(0)).name == "v2"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (sqlite3.SQLITE_FULL, "is full"),
        (sqlite3.SQLITE_READONLY, "cannot be written"),
        (sqlite3.SQLITE_BUSY, "busy. Wait for it"),
        (sqlite3.SQLITE_IOERR, "is full or failing"),
    ],
)
def test_a_database_that_fails_is_told(project, flowers, monkeypatch, code, sentence):
    first = project.import_dataset(flowers)

    def failing(*_, **__):
        error = sqlite3.OperationalError("no")
        error.sqlite_errorcode = code
        raise sa.exc.OperationalError("INSERT", {}, error)

    monkeypatch.setattr("tilth.store.project.insert_version", failing)
    with pytest.raises(StoreError, match=sentence):
        edited(project, first, drop(0))
    assert project.versions() == [first]


def test_a_write_beyond_the_file_size_limit_leaves_the_old_state(tmp_path, flowers):
    with Project(tmp_path) as project:
        first = project.import_dataset(flowers)
    script = """
import resource, signal, sys
import numpy as np, pandas as pd
from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.errors import StoreError
from tilth.store.project import Project
project = Project(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
noise = np.random.default_rng(0).random(100_000)
try:
    project.import_dataset(Dataset(pd.DataFrame({"x": noise}), Schema("none"), np.arange(100_000)))
except StoreError as error:
    print(error)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "is full. Free some space" in ended.stdout
    with Project(tmp_path) as project:
        assert project.versions() == [first]
        assert len(project.load()) == 4


KILLED = """
import os, sys, time
import numpy as np, pandas as pd
import sqlalchemy as sa
from tilth.edits.apply import apply_edits
from tilth.edits.edit import Edit, Reason
from tilth.data import aside
from tilth.store.project import Project
project = Project(sys.argv[1])
first = project.version()
edits = [Edit("drop", pd.DataFrame({"example_id": [0]}), Reason("", "", ""))]
data = apply_edits(project.load(first), edits)
def stop(*_, **__):
    print("here", flush=True)
    time.sleep(60)
if sys.argv[2] == "in the file":
    aside.os.fsync = stop
else:
    sa.event.listen(project._engine, "commit", stop)
project.add_version(first, edits, data)
"""


@pytest.mark.parametrize("moment", ["in the file", "before the commit"])
def test_a_command_killed_in_the_middle_leaves_the_old_version(tmp_path, flowers, moment):
    with Project(tmp_path) as project:
        first = project.import_dataset(flowers)
    command = [sys.executable, "-c", KILLED, str(tmp_path), moment]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    with Project(tmp_path) as project:
        assert project.versions() == [first]
        assert project.load().version_id == flowers.version_id
        second = edited(project, first, drop(0))
        assert second.name == "v2"
        assert project.undo().name == "v1"


BUSY = """
import sys
import numpy as np, pandas as pd
from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.edits.apply import apply_edits
from tilth.edits.edit import Edit, Reason
from tilth.store.project import Project
who = int(sys.argv[2])
data = Dataset(pd.DataFrame({"x": np.arange(50)}), Schema("none"), np.arange(50))
with Project(sys.argv[1]) as project:
    for i in range(6):
        parent = project.import_dataset(data, "same.csv")
        first = next(v for v in project.versions(parent) if v.name == "v1")
        edits = [Edit("drop", pd.DataFrame({"example_id": [10 * who + i]}), Reason("", "", ""))]
        project.add_version(first, edits, apply_edits(data, edits))
        project.record_run("test", str(who), {"i": i})
"""


def test_commands_at_once_in_a_new_project_lose_nothing(tmp_path):
    commands = [[sys.executable, "-c", BUSY, str(tmp_path), str(who)] for who in range(2)]
    running = [subprocess.Popen(c, stderr=subprocess.PIPE, text=True) for c in commands]
    errors = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], errors
    with Project(tmp_path) as project:
        assert [v.name for v in project.versions()] == [f"v{i}" for i in range(1, 14)]
        assert len(project.runs("test")) == 12
        dropped = [
            set(range(50)) - set(project.load(v).example_id) for v in project.versions()
        ]
    assert sorted(map(sorted, dropped[1:])) == [
        [10 * w + i] for w in range(2) for i in range(6)
    ]


def test_the_migrations_make_exactly_the_tables_declared(project):
    with project._engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert alembic.autogenerate.compare_metadata(context, tables.METADATA) == []
        assert context.get_current_revision() == database.HEAD


def test_the_newest_migration_is_the_one_the_code_knows():
    scripts = Path(database.__file__).parent / "migrations" / "versions"
    revisions = [re.match(r"\d+", path.name)[0] for path in scripts.glob("*.py")]
    assert max(revisions) == database.HEAD


LAZY = """
import sys
import tilth.edits.patch_file, tilth.store.cache
assert "sqlalchemy" not in sys.modules
from tilth.store.project import Project
Project(sys.argv[1])
assert "alembic" not in sys.modules
"""


def test_database_libraries_are_loaded_only_where_they_are_needed(project):
    opened = [sys.executable, "-c", LAZY, str(project.folder.parent)]
    assert subprocess.run(opened, check=False).returncode == 0


def test_a_type_of_column_that_cannot_be_stored_is_named(project):
    sparse = pd.Series([0.0, 1.0], dtype=pd.SparseDtype("float64", 0.0))
    data = Dataset(pd.DataFrame({"x": sparse}), Schema("none"), np.arange(2))
    with pytest.raises(InvalidInputError, match="Columns of type Sparse"):
        project.import_dataset(data)
