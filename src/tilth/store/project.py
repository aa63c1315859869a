"""The project folder: every version of every dataset, why it is so, and the way back."""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa

from tilth.data.identity import canonical_bytes
from tilth.edits.apply import apply_edits
from tilth.edits.invert import invert_all
from tilth.edits.patch import make_patch
from tilth.edits.patch_file import read_patch, write_patch
from tilth.errors import ConflictError, InvalidInputError, StoreError, UnreadableDataError
from tilth.store.cache import DiskCache
from tilth.store.database import open_database, writing
from tilth.store.failures import told
from tilth.store.outcomes import outcome_rows, read_outcomes, replace_outcomes
from tilth.store.rows import (
    history,
    insert_import,
    insert_proof,
    insert_run,
    insert_version,
    make_current,
    now,
    run_documents,
    version_with,
)
from tilth.store.snapshots import (
    read_snapshot,
    write_snapshot,
)
from tilth.store.tables import DATASETS, VERSIONS
from tilth.store.version import Version, select_versions, version_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tilth.checks.check import Outcome
    from tilth.data.dataset import Dataset
    from tilth.edits.edit import Edit

FOLDER = ".tilth"
_DAY_SECONDS = 86_400  # files aside that are older were left by a killed command
_MIN_HASH = 6  # shorter prefixes of a content hash are taken for typing errors


class Project:
    """What one folder remembers (a class because a database is held open).

    Every version is a full Parquet snapshot, named by its content, and the edits that led
    to it are a patch file; the database holds the rest. Files come first and are moved
    into place whole, then one short transaction makes them known: a command that is killed
    leaves the old state. Several commands may use one project at once.

    Parameters
    ----------
    folder : path
        Where ``.tilth/`` is, or is to be made.

    Raises
    ------
    StoreError
        If the folder cannot be used, or a newer version of tilth made the project.
    """

    def __init__(self, folder: str | Path = ".") -> None:
        self.folder = Path(folder).resolve() / FOLDER
        with told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            ignore = self.folder / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")
            self._engine = open_database(self.folder / "tilth.db")
            self._sweep()

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @property
    def cache(self) -> DiskCache:
        """Where costly signals are kept between runs."""
        return DiskCache(self.folder / "cache")

    def import_dataset(
        self,
        dataset: Dataset,
        source_path: str | Path | None = None,
        *,
        command: str = "import",
    ) -> Version:
        """Remember `dataset` as it was read; the same source and content give the same version.

        Parameters
        ----------
        dataset : Dataset
            What was read, or a version that this project gave out.
        source_path : path, optional
            Where it was read from; None: `dataset.source`.
        command : str
            What did it.

        Returns
        -------
        Version
            v1 of a new dataset, or the version that holds this content already. Its
            dataset is now the last one used.
        """
        source = _full_path(dataset.source if source_path is None else source_path)
        with told(self.folder):
            row = {**write_snapshot(self.folder, dataset), "command": command}
            with writing(self._engine) as connection:
                return insert_import(connection, source, row)

    def add_version(
        self,
        parent: Version,
        edits: Sequence[Edit],
        dataset: Dataset,
        *,
        proof: Mapping[str, Any] | None = None,
        command: str = "",
    ) -> Version:
        """Remember what `edits` made of `parent`.

        Parameters
        ----------
        parent : Version
            What the edits were made to.
        edits : sequence of Edit
            What was done, in order; edits without a time get the present one.
        dataset : Dataset
            What came out.
        proof : mapping, optional
            The proof's JSON document, with its ``verdict``.
        command : str
            What did it.

        Returns
        -------
        Version
            The new version, now the latest of its dataset; `parent` itself if nothing
            changed, or the version that the same edits already made of it.

        Raises
        ------
        InvalidInputError
            If the edits do not lead from `parent` to `dataset`.
        StoreError
            If it cannot be written; the versions before are unchanged.
        """
        if not edits and dataset.version_id == parent.content:
            return parent
        before = self.load(parent)
        edits = [replace(edit, time=edit.time or now()) for edit in edits]
        if apply_edits(before, edits).version_id != dataset.version_id:
            raise InvalidInputError(
                f"`edits` must lead from {parent.name} to `dataset`; they lead elsewhere. "
                "Give what `apply_edits` made of them."
            )
        patch = make_patch(before, edits)
        patch_file = f"patches/{dataset.version_id}-{uuid.uuid4().hex}.jsonl"
        with told(self.folder):
            row = {**write_snapshot(self.folder, dataset), "command": command}
            (self.folder / "patches").mkdir(exist_ok=True)
            write_patch(patch, self.folder / patch_file)
            with writing(self._engine) as connection:
                row = {**row, "parent_id": parent.id, "patch_file": patch_file}
                version, is_new = insert_version(connection, parent, row, edits)
                if proof is not None:
                    insert_proof(connection, parent, version, proof)
            if not is_new:
                (self.folder / patch_file).unlink()
        return version

    def version(self, name: str = "latest") -> Version:
        """Return a version by name.

        Parameters
        ----------
        name : str
            ``latest`` or ``v2`` of the dataset used last, or the first characters (six or
            more) of a content hash.

        Raises
        ------
        StoreError
            If there is none; says what there is.
        """
        known = self.versions()
        if not known:
            raise StoreError(
                f"The project in `{self.folder}` holds no data yet. Give a file first: "
                "tilth audit YOUR.csv"
            )
        for version in known:
            if name == version.name or (name == "latest" and version.is_current):
                return version
        if len(name) >= _MIN_HASH:
            with told(self.folder), self._engine.connect() as connection:
                matches = select_versions().where(
                    VERSIONS.c.content.startswith(name, autoescape=True)
                )
                row = connection.execute(matches.order_by(DATASETS.c.used.desc())).first()
            if row is not None:
                return version_of(row)
        names = ", ".join(version.name for version in known)
        raise StoreError(
            f"There is no version {name} of `{known[0].source_path}`; there are {names}. Name one of them, or "
            "see tilth log."
        )

    def versions(self, of: Version | None = None) -> list[Version]:
        """Return the versions of the dataset of `of` (None: the one used last), oldest first."""
        with told(self.folder), self._engine.connect() as connection:
            last = sa.select(DATASETS.c.id).order_by(DATASETS.c.used.desc()).limit(1)
            dataset_id = last.scalar_subquery() if of is None else of.dataset_id
            rows = connection.execute(
                select_versions()
                .where(VERSIONS.c.dataset_id == dataset_id)
                .order_by(VERSIONS.c.number)
            ).all()
        return [version_of(row) for row in rows]

    def load(self, version: Version | str = "latest") -> Dataset:
        """Return the examples of a version exactly as they were stored.

        Raises
        ------
        StoreError
            If there is no such version, or its file is damaged.
        """
        version = self.version(version) if isinstance(version, str) else version
        with told(self.folder):
            row = self._row(version)
            try:
                dataset = read_snapshot(self.folder, row)
            except (pa.ArrowException, FileNotFoundError, KeyError, TypeError, ValueError):
                dataset = None
        if dataset is None or dataset.version_id != version.content:
            raise StoreError(
                f"The data of {version.name} in `{self.folder / row.data_file}` are damaged. "
                f"Read them again from `{version.source_path}`."
            )
        return dataset

    def edits(self, version: Version) -> list[Edit]:
        """Return the edits that led from its parent to `version`; none for an import."""
        path = self.patch_path(version)
        if path is None:
            return []
        try:
            return list(read_patch(path).edits)
        except UnreadableDataError as error:
            raise StoreError(f"The edits of {version.name} are damaged: {error}") from error

    def patch_path(self, version: Version | str) -> Path | None:
        """Return the patch file that made `version`; None for an import."""
        version = self.version(version) if isinstance(version, str) else version
        with told(self.folder):
            patch_file = self._row(version).patch_file
        return None if patch_file is None else self.folder / patch_file

    def edits_between(self, before: Version, after: Version) -> list[Edit]:
        """Return the edits that lead from `before` to a version made from it.

        Raises
        ------
        StoreError
            If `after` was not made from `before`.
        """
        by_id = {version.id: version for version in self.versions(after)}
        chain: list[Edit] = []
        now = after
        while now.id != before.id:
            if now.parent_id is None:
                raise StoreError(
                    f"{after.name} was not made from {before.name}. See tilth log."
                )
            chain = self.edits(now) + chain
            now = by_id[now.parent_id]
        return chain

    def undo(self, version: Version | str = "latest", *, command: str = "undo") -> Version:
        """Go back to the parent of a version, and make sure that it is the same data.

        The inverses of the version's edits are applied to it and the result is compared
        with the stored parent byte by byte. Nothing is deleted.

        Returns
        -------
        Version
            The parent, now the latest of its dataset.

        Raises
        ------
        StoreError
            If the version is an import, or the way back leads elsewhere.
        """
        version = self.version(version) if isinstance(version, str) else version
        if version.parent_id is None:
            raise StoreError(
                f"{version.name} is the import of `{version.source_path}`; nothing was before it. "
                f"{self._can_be_undone(version)}"
            )
        with told(self.folder), self._engine.connect() as connection:
            parent = version_with(connection, version.parent_id)
        before = self.load(parent)
        try:
            restored = apply_edits(
                self.load(version), invert_all(self.edits(version), before)
            )
        except ConflictError:
            restored = None
        if restored is None or not _is_same(restored, before):
            raise StoreError(
                f"Taking back the edits of {version.name} did not give {parent.name} again. "
                f"Use {parent.name} instead, it is stored; nothing was changed."
            )
        with told(self.folder), writing(self._engine) as connection:
            document = {"undone": version.name, "now": parent.name}
            insert_run(connection, "undo", command, document, version=parent)
            return make_current(connection, parent.id)

    def log(self, of: Version | None = None) -> list[dict[str, Any]]:
        """Return the history of a dataset (None: the one used last), newest first, for JSON.

        Each entry has ``version``, ``parent``, ``content``, ``current``, ``command``,
        ``time``, ``n_examples``, ``n_before``, ``edits`` (op, n, column, check, remedy,
        reason, author, time) and ``proof`` (the latest proof of it, or None).
        """
        versions = self.versions(of)
        with told(self.folder), self._engine.connect() as connection:
            return history(connection, versions)

    def record_run(
        self,
        kind: str,
        command: str,
        document: Mapping[str, Any],
        *,
        version: Version | None = None,
    ) -> None:
        """Remember that `command` ran, and what it said as JSON."""
        with told(self.folder), writing(self._engine) as connection:
            insert_run(connection, kind, command, document, version=version)

    def runs(
        self,
        kind: str | None = None,
        *,
        of: Version | None = None,
        tested: Mapping[str, str] | None = None,
        n: int | None = None,
    ) -> list[dict[str, Any]]:
        """Return the recorded runs, newest first, `n` at most: of one kind, on one version.

        With `tested` only those whose document says just this under that name.
        """
        with told(self.folder), self._engine.connect() as connection:
            return run_documents(connection, kind, of, tested=tested, n=n)

    def record_findings(self, version: Version, outcomes: Mapping[str, Outcome]) -> None:
        """Remember what each check said of a version, in place of what it said before."""
        with told(self.folder):
            rows = outcome_rows(self.folder, version, outcomes)
            with writing(self._engine) as connection:
                replace_outcomes(connection, version, rows)

    def findings(self, version: Version) -> dict[str, Outcome]:
        """Return what each check said last of a version, in the order recorded."""
        with told(self.folder), self._engine.connect() as connection:
            return read_outcomes(connection, self.folder, version)

    def record_proof(
        self, before: Version, after: Version, document: Mapping[str, Any]
    ) -> None:
        """Remember the comparison of two versions; `document` has the ``verdict``."""
        with told(self.folder), writing(self._engine) as connection:
            insert_proof(connection, before, after, document)

    def _can_be_undone(self, version: Version) -> str:
        made = [each.name for each in self.versions(version) if each.parent_id is not None]
        if made:
            return f"Versions that can be taken back: {', '.join(made)}."
        return "No edit was applied to it, so there is nothing to take back."

    def _row(self, version: Version) -> sa.Row[Any]:
        with self._engine.connect() as connection:
            query = sa.select(VERSIONS).where(VERSIONS.c.id == version.id)
            return connection.execute(query).one()

    def _sweep(self) -> None:
        """Remove files that commands killed long ago left aside."""
        for aside in self.folder.glob("*/.*.tmp"):
            with suppress(FileNotFoundError):  # its writer was faster
                if time.time() - aside.stat().st_mtime > _DAY_SECONDS:
                    aside.unlink()


def _is_same(left: Dataset, right: Dataset) -> bool:
    same_bytes = canonical_bytes(left.table) == canonical_bytes(right.table)
    return same_bytes and left.version_id == right.version_id  # ids, weights and roles too


def _full_path(source: str | Path) -> str:
    path = Path(source)
    return str(path.resolve() if path.exists() else source)
