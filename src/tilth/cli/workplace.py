"""Where a command finds its data: files, and the versions a project remembers."""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.checks.check import Findings
from tilth.cli import sources
from tilth.cli.settings import Settings
from tilth.data.read import read, read_like
from tilth.display.terminal import as_argument, command_line
from tilth.edits.edit import COLUMN_OPS
from tilth.engine.recipe import on_rows
from tilth.errors import InvalidInputError, StoreError
from tilth.store.cache import DiskCache
from tilth.trial.fingerprint import test_fingerprint

if TYPE_CHECKING:
    from tilth.cli.screen import Screen
    from tilth.data.dataset import Dataset
    from tilth.edits.edit import Edit
    from tilth.edits.patch import Patch
    from tilth.engine.audit import Audit
    from tilth.engine.improve import Improvement
    from tilth.store.project import Project
    from tilth.store.version import Version

_CACHE = ".tilth/cache"  # as `Project.cache` has it, without opening the project
_DATABASE = ".tilth/tilth.db"  # there: the project remembers something


class Workplace:
    """The data of one command (a class because the project stays open once it is needed).

    A file is read before the project is opened, and remembered when the caller says so:
    opening costs half a second that the first finding need not wait for.
    """

    def __init__(
        self,
        settings: Settings,
        screen: "Screen",
        *,
        has_header: bool = True,
        image_root: Path | None = None,
    ) -> None:
        self._settings = settings
        self._screen = screen
        self._how: dict[str, Any] = {
            "has_header": has_header,
            "image_root": image_root,
        }  # for every file of the command
        self._version: Version | None = None
        self._read: Dataset | None = None  # read, and not yet remembered
        self.named: str | None = None  # how a next command names the data

    def __enter__(self) -> "Workplace":
        return self

    def __exit__(self, *_: object) -> None:
        if "project" in self.__dict__:
            self.project.close()

    @cached_property
    def project(self) -> "Project":
        """The project, opened when it is first needed."""
        from tilth.store.project import Project

        return Project(self._settings.project)

    @property
    def cache(self) -> MutableMapping[str, Any]:
        """Where costly signals are kept between runs."""
        return DiskCache(self._settings.project / _CACHE)

    def load(self, source: str | None, roles: Mapping[str, Any]) -> "Dataset":
        """Read a file, or a version, or without SOURCE the last dataset, which is said."""
        self.named = source
        if source is None:
            version = self.project.version()
            dataset = read(self.project.load(version), **roles)
            name = f"{version.name} of {version.source_path}"
            self._screen.note(f"no SOURCE given: {name}, the last dataset of the project")
        elif sources.is_version(source):
            version = self.project.version(source)
            dataset = read(self.project.load(version), **roles)
        else:
            with self._screen.stage("reading"):
                self._read = read(source, **roles, **self._how)
            _refuse_one_class(self._read, roles.get("label"))
            return self._read
        if dataset.version_id == version.content:
            self._version = version
        else:  # the user named other roles
            self._read = dataset
        return dataset

    def load_test(self, test: str, dataset: "Dataset") -> "Dataset":
        """Read test examples so that they fit `dataset`."""
        with self._screen.stage("reading the test set"):
            return read_like(test, dataset, **self._how)

    def load_labels(self, path: str) -> "Dataset":
        """Read labels alone."""
        self._read = replace(sources.read_labels(path), source=path)
        return self._read

    def remember_source(self) -> None:
        """Make what was read the project's last dataset; once is enough."""
        if self._read is not None:
            with self._screen.stage("keeping a copy"):
                self._version = self.project.import_dataset(
                    self._read, command=self._settings.command
                )
            self._read = None

    def load_before(self, source: str, roles: Mapping[str, Any]) -> "Dataset":
        """Read a file or a version to compare with; nothing is remembered."""
        found = self.project.load(source) if sources.is_version(source) else source
        with self._screen.stage("reading"):
            return read(found, **roles, **self._how)

    def load_after(self, source: str, before: "Dataset") -> "Dataset":
        """Read a later version of `before`."""
        if sources.is_version(source):
            return self.project.load(source)
        return sources.read_after(source, before, **self._how)

    def load_for_patch(self, source: str, patch: "Patch") -> "Dataset":
        """Read what a patch is to be applied to."""
        if sources.is_version(source):
            return self.project.load(source)
        return sources.read_for_patch(source, patch, **self._how)

    def versions_of(
        self, before: tuple[str, "Dataset"], after: tuple[str, "Dataset"]
    ) -> "tuple[Version | None, Version | None]":
        """Return the versions that two sources are: by name, or files of the same content."""
        named = [source for source, _ in (before, after) if sources.is_version(source)]
        if not named and not (self._settings.project / _DATABASE).exists():
            return None, None  # and no project is made
        first, second = (
            self.project.version(source) if sources.is_version(source) else None
            for source, _ in (before, after)
        )
        known = self._versions_near(first or second, before[1])
        return first or _same_data(self.project, known, before[1]), second or _same_data(
            self.project, known, after[1]
        )

    def _versions_near(
        self, version: "Version | None", dataset: "Dataset"
    ) -> "list[Version]":
        """Return versions a file may be: of the dataset of `version`, or read as `dataset`."""
        if version is not None:
            return self.project.versions(version)
        last = self.project.versions()
        try:
            return [
                *self.project.versions(self.project.version(dataset.version_id)),
                *last,
            ]
        except StoreError:  # it was never read into this project
            return last

    def edits_that_made(
        self, before: "Version | None", after: "Version | None"
    ) -> "list[Edit] | None":
        """Return what is known to lead from one version to another; None: nothing is known.

        Without `before`, which is then a file nobody remembers, all edits that made `after`.

        Raises
        ------
        InvalidInputError
            If `before` went through column edits that `after` did not.
        """
        if after is None or (before is not None and before.dataset_id != after.dataset_id):
            return None
        made = self._edits_since_import(after)
        if before is None:
            return made
        try:
            return self.project.edits_between(before, after)
        except StoreError:  # neither a parent: then columns must tell what they share
            gone = [_column_edit(e) for e in self._edits_since_import(before)]
        there = [_column_edit(e) for e in made]
        shared = [edit for edit in gone if edit is not None]
        if [edit for edit in there if edit is not None][: len(shared)] != shared:
            raise InvalidInputError(
                f"`after` must be made from `before`, or go through the same column edits: "
                f"{before.name} has {shared[0][0].replace('_', ' ')} {shared[0][1]}, "
                f"{after.name} does not go on from there. Compare both with "
                f"{self.project.versions(after)[0].name}."
            )
        columns = [e for e in made if e.op in COLUMN_OPS]
        return columns[len(shared) :]

    def _edits_since_import(self, version: "Version") -> "list[Edit]":
        return self.project.edits_between(self.project.versions(version)[0], version)

    def recorded_test(
        self, test: str, after: "Version | None", dataset: "Dataset"
    ) -> str | None:
        """Return the fingerprint of the test that `after` was proven on, if it was changed.

        None: it was not proven on the file `test`, or that file is what it was.
        """
        if not (self._settings.project / _DATABASE).exists():
            return None
        now = self._tested(test, after.content if after else dataset.version_id)
        same = {name: now[name] for name in ("path", "after")}
        for run in self.project.runs(tested=same):
            document = run["document"]
            # An INVALID proof is no record: it may be the one that found the change.
            if document["verdict"] != "INVALID":
                is_changed = document["tested"]["content"] != now["content"]
                return str(document["test_fingerprint"]) if is_changed else None
        return None

    def remember_audit(self, audit: "Audit", document: Mapping[str, Any]) -> None:
        """Keep what the checks said."""
        self.remember_source()
        with self._screen.stage("keeping the findings"):
            if self._version is not None:
                self.project.record_findings(self._version, audit.outcomes)
            self._record("audit", document)

    def remember_run(self, kind: str, document: Mapping[str, Any]) -> None:
        """Keep what a run said that was of no dataset of the project."""
        self._record(kind, document)

    def remember_improvement(
        self,
        improvement: "Improvement",
        document: Mapping[str, Any],
        test: str | None = None,
    ) -> dict[str, str | None]:
        """Keep the better version with its proof, and which test file it was proven on.

        Return the names of the ``version`` made, None if nothing was applied, and of its
        ``parent``.
        """
        self.remember_source()
        parent, made = self._version, None
        if parent is not None:
            self._remember_findings(parent, improvement.audit)
            if improvement.edits:
                made = self.project.add_version(
                    parent,
                    improvement.edits,
                    improvement.dataset,
                    proof=document,
                    command=self._settings.command,
                )
        names = {
            "version": None if made is None else made.name,
            "parent": None if parent is None else parent.name,
        }
        tested = (
            {"tested": self._tested(test, improvement.dataset.version_id)} if test else {}
        )
        self._record("improve", {**document, **names, **tested})
        return names

    def _remember_findings(self, version: "Version", audit: "Audit") -> None:
        """Keep what was found on the training part, unless an audit of all is there."""
        dataset, outcomes = self.project.load(version), audit.outcomes
        if len(audit.dataset) < len(dataset):
            if self.project.findings(version):
                return
            outcomes = {
                name: on_rows(outcome, audit.dataset.example_id, dataset.example_id)
                if isinstance(outcome, Findings)
                else outcome
                for name, outcome in outcomes.items()
            }
        self.project.record_findings(version, outcomes)

    def way_back(self, version: str | None, options: Sequence[str]) -> str:
        """Say how a version that was remembered can be written once there is room.

        `options` are those of ``apply``.
        """
        if version is None:
            return "Nothing was applied, so nothing is lost."
        patch = str(self.project.patch_path(version))
        source = self.named or (self._version.name if self._version else None)
        named = None if source is None else as_argument(source)
        words = (*self._settings.program, "apply", patch, named, *options)
        again = command_line(*words)
        return f"Run later: {again}; the result is kept as {version}."

    def remember_proof(
        self,
        before: "Version | None",
        after: "Version | None",
        document: Mapping[str, Any],
        test: str,
    ) -> None:
        """Keep a proof, with the versions it compared; of unknown files nothing is kept."""
        if before is not None and after is not None:
            self.project.record_proof(before, after, document)
            self._version = after
            self._record("prove", {**document, "tested": self._tested(test, after.content)})

    def _tested(self, test: str, after: str) -> dict[str, str]:
        """Say which test file judged which data, and what it holds, however it is read."""
        content = test_fingerprint(read(test, task="none", text=(), **self._how))
        return {"path": str(Path(test).resolve()), "content": content, "after": after}

    def _record(self, kind: str, document: Mapping[str, Any]) -> None:
        command = self._settings.command
        self.project.record_run(kind, command, document, version=self._version)


def _refuse_one_class(dataset: "Dataset", label: str | None) -> None:
    """Refuse a label column somebody named that says the same of every example."""
    if label is None or dataset.schema.task != "classification" or len(dataset.classes) > 1:
        return
    raise InvalidInputError(
        f'Labels must be of two classes or more; the label column "{label}" of '
        f"`{dataset.source}` holds {dataset.classes[0]!r} alone. Name another column with --label, "
        "or leave --label out to ask about the rest."
    )


def _same_data(
    project: "Project", versions: "list[Version]", dataset: "Dataset"
) -> "Version | None":
    """Return the latest version that holds the examples of a file, whatever their ids."""
    columns = list(dataset.table.columns)
    for version in reversed(versions):
        if (version.n_examples, version.n_columns) != dataset.table.shape:
            continue
        try:
            stored = project.load(version)
        except StoreError:  # damaged: the file is there, and nothing else needs the version
            continue
        # Which column names examples is the reader's choice, and hashes leave it out.
        stored = replace(stored, schema=dataset.schema)
        if (
            list(stored.table.columns) == columns
            and np.array_equal(stored.row_hash, dataset.row_hash)
            and _same_weights(stored, dataset)
        ):
            return version
    return None


def _same_weights(left: "Dataset", right: "Dataset") -> bool:
    if left.weights is None or right.weights is None:
        return left.weights is right.weights
    return np.array_equal(left.weights, right.weights)


def _column_edit(edit: "Edit") -> tuple[str, str | None, dict[str, Any]] | None:
    return (edit.op, edit.column, dict(edit.params)) if edit.op in COLUMN_OPS else None
