"""The tables of the project database, in types that SQLite and Postgres share.

Times are ISO 8601 text in UTC. A change here needs a migration.
"""

from __future__ import annotations

import sqlalchemy as sa

METADATA = sa.MetaData()


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, sa.ForeignKey(target), nullable=nullable, index=True)


# One per source path and content. `used` grows with each use; the largest is the last used.
DATASETS = sa.Table(
    "datasets",
    METADATA,
    _id(),
    sa.Column("source_path", sa.Text, nullable=False),
    sa.Column("content", sa.String(32), nullable=False),
    sa.Column("current_version", sa.Integer, nullable=False),
    sa.Column("used", sa.Integer, nullable=False),
    sa.Column("created", sa.String(32), nullable=False),
    sa.UniqueConstraint("source_path", "content", name="uq_datasets_source_path_content"),
)

# `content` is Dataset.version_id; `data_file` and `patch_file` lie in the project folder.
# `image_root` is the folder paths of images are relative to; where there is one, the data file
# has the digest of each image as well.
VERSIONS = sa.Table(
    "versions",
    METADATA,
    _id(),
    _ref("dataset_id", "datasets.id"),
    sa.Column("number", sa.Integer, nullable=False),
    _ref("parent_id", "versions.id", nullable=True),
    sa.Column("content", sa.String(32), nullable=False),
    sa.Column("schema", sa.JSON, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("notes", sa.JSON, nullable=False),
    sa.Column("n_examples", sa.Integer, nullable=False),
    sa.Column("n_columns", sa.Integer, nullable=False),
    sa.Column("id_dtype", sa.String(32), nullable=False),
    sa.Column("data_file", sa.String(255), nullable=False),
    sa.Column("patch_file", sa.String(255), nullable=True),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("created", sa.String(32), nullable=False),
    sa.Column("image_root", sa.Text, nullable=True),
    sa.UniqueConstraint("dataset_id", "number", name="uq_versions_dataset_id_number"),
)

# What the log and reports show of the edits in a version's patch file.
EDITS = sa.Table(
    "edits",
    METADATA,
    _id(),
    _ref("version_id", "versions.id"),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("op", sa.String(32), nullable=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("column_name", sa.Text, nullable=True),
    sa.Column("params", sa.JSON, nullable=False),
    sa.Column("check_name", sa.Text, nullable=False),
    sa.Column("remedy", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("time", sa.String(32), nullable=False),
    sa.UniqueConstraint("version_id", "place", name="uq_edits_version_id_place"),
)

# The latest outcome of each check on each version.
FINDINGS = sa.Table(
    "findings",
    METADATA,
    _id(),
    _ref("version_id", "versions.id"),
    sa.Column("check_name", sa.String(255), nullable=False),
    sa.Column("outcome", sa.String(32), nullable=False),
    sa.Column("n_issues", sa.Integer, nullable=True),
    sa.Column("document", sa.JSON, nullable=False),
    sa.Column("table_file", sa.String(255), nullable=True),
    sa.Column("members_file", sa.String(255), nullable=True),
    sa.Column("created", sa.String(32), nullable=False),
    sa.UniqueConstraint(
        "version_id", "check_name", name="uq_findings_version_id_check_name"
    ),
)

PROOFS = sa.Table(
    "proofs",
    METADATA,
    _id(),
    _ref("before_id", "versions.id"),
    _ref("after_id", "versions.id"),
    sa.Column("verdict", sa.String(32), nullable=False),
    sa.Column("document", sa.JSON, nullable=False),
    sa.Column("created", sa.String(32), nullable=False),
)

RUNS = sa.Table(
    "runs",
    METADATA,
    _id(),
    _ref("version_id", "versions.id", nullable=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("document", sa.JSON, nullable=False),
    sa.Column("created", sa.String(32), nullable=False),
)
