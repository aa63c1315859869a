"""The project database: opened, brought up to date, used in short transactions."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from tilth.data.plain_values import plain_value
from tilth.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = "0002"  # the newest migration; tests hold it to the files
_BUSY_SECONDS = 60  # our own: far longer than any of our transactions takes


def open_database(path: Path) -> sa.Engine:
    """Return an engine for the database in `path`, made or brought up to date if needed.

    Several processes may do this at once: one migrates, the others wait for it.

    Raises
    ------
    StoreError
        If a newer version of tilth made the database.
    """
    url = sa.URL.create("sqlite", database=str(path))
    engine = sa.create_engine(
        url,
        poolclass=NullPool,
        json_serializer=lambda document: json.dumps(plain_value(document), allow_nan=False),
        connect_args={"timeout": _BUSY_SECONDS},
    )
    sa.event.listen(engine, "connect", _configure)
    sa.event.listen(engine, "begin", _begin)
    if _revision(engine) != HEAD:
        _migrate(engine, path)
    return engine


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a connection in a transaction that no other writer interrupts."""
    with (
        engine.connect().execution_options(tilth_writes=True) as connection,
        connection.begin(),
    ):
        yield connection


def _configure(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where `_begin` says, not before
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(
        "PRAGMA synchronous = FULL"
    )  # a version that was told of survives a power cut
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("tilth_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _revision(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(
            sa.text("SELECT version_num FROM alembic_version")
        ).scalar()


def _migrate(engine: sa.Engine, path: Path) -> None:
    # Heavy, and needed once per project and release.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    scripts = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    found = _revision(engine)
    if found is not None:
        try:
            ScriptDirectory.from_config(config).get_revision(found)
        except CommandError as error:
            raise StoreError(
                f"The project in `{path.parent}` was made by a newer tilth (its format is "
                f"{found}, this one knows {HEAD}). Upgrade tilth, or choose another project "
                "folder with --project DIR."
            ) from error
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
