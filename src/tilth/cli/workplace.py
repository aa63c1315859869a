"""Where a command finds its data: files, and the versions a project remembers."""

from collections.abc import Mapping, MutableMapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tilth.cli import sources
from tilth.cli.settings import Settings
from tilth.data.read import read
from tilth.edits.edit import COLUMN_OPS
from tilth.errors import StoreError
from tilth.store.cache import DiskCache

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


class Workplace:
    """The data of one command (a class because the project stays open once it is needed).

    A file is read before the project is opened, and remembered when the caller says so:
    opening costs half a second that the first finding need not wait for.
    """

    def __init__(self, settings: Settings, screen: "Screen") -> None:
        self._settings = settings
        self._screen = screen
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
            self._read = read(source, **roles)
            return self._read
        if dataset.version_id == version.content:
            self._version = version
        else:  # the user named other roles
            self._read = dataset
        return dataset

    def load_labels(self, path: str) -> "Dataset":
        """Read labels alone."""
        self._read = replace(sources.read_labels(path), source=path)
        return self._read

    def remember_source(self) -> None:
        """Make what was read the project's last dataset; once is enough."""
        if self._read is not None:
            self._version = self.project.import_dataset(
                self._read, command=self._settings.command
            )
            self._read = None

    def load_before(self, source: str, roles: Mapping[str, Any]) -> "Dataset":
        """Read a file or a version to compare with; nothing is remembered."""
        found = self.project.load(source) if sources.is_version(source) else source
        return read(found, **roles)

    def load_after(self, source: str, before: "Dataset") -> "Dataset":
        """Read a later version of `before`."""
        if sources.is_version(source):
            return self.project.load(source)
        return sources.read_after(source, before)

    def load_for_patch(self, source: str, patch: "Patch") -> "Dataset":
        """Read what a patch is to be applied to."""
        if sources.is_version(source):
            return self.project.load(source)
        return sources.read_for_patch(source, patch)

    def transforms_between(self, before: str, after: str) -> list["Edit"]:
        """Return the column edits that lead from one version to a later one; none for files."""
        versions = self._both(before, after)
        if versions is None:
            return []
        try:
            edits = self.project.edits_between(*versions)
        except StoreError:  # neither was made from the other: nothing is known between them
            return []
        return [edit for edit in edits if edit.op in COLUMN_OPS]

    def remember_audit(self, audit: "Audit", document: Mapping[str, Any]) -> None:
        """Keep what the checks said."""
        self.remember_source()
        if self._version is not None:
            self.project.record_findings(self._version, audit.outcomes)
        self._record("audit", document)

    def remember_improvement(
        self, improvement: "Improvement", document: Mapping[str, Any]
    ) -> str | None:
        """Keep the better version with its proof; return its name, None if nothing was applied."""
        self.remember_source()
        self._record("improve", document)
        if self._version is None or not improvement.edits:
            return None
        return self.project.add_version(
            self._version,
            improvement.edits,
            improvement.dataset,
            proof=document,
            command=self._settings.command,
        ).name

    def remember_proof(self, before: str, after: str, document: Mapping[str, Any]) -> None:
        """Keep a proof; with the versions it compared, where they are versions."""
        versions = self._both(before, after)
        if versions is not None:
            self.project.record_proof(*versions, document)

    def _both(self, before: str, after: str) -> tuple["Version", "Version"] | None:
        if not (sources.is_version(before) and sources.is_version(after)):
            return None
        return self.project.version(before), self.project.version(after)

    def _record(self, kind: str, document: Mapping[str, Any]) -> None:
        command = self._settings.command
        self.project.record_run(kind, command, document, version=self._version)
