"""The first tables: datasets, versions, edits, findings, proofs, runs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "datasets",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("source_path", sa.Text, nullable=False),
        sa.Column("content", sa.String(32), nullable=False),
        sa.Column("current_version", sa.Integer, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.UniqueConstraint(
            "source_path", "content", name="uq_datasets_source_path_content"
        ),
    )
    op.create_table(
        "versions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("dataset_id", sa.Integer, sa.ForeignKey("datasets.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("versions.id"), nullable=True),
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
        sa.UniqueConstraint("dataset_id", "number", name="uq_versions_dataset_id_number"),
    )
    op.create_index("ix_versions_dataset_id", "versions", ["dataset_id"])
    op.create_index("ix_versions_parent_id", "versions", ["parent_id"])
    op.create_table(
        "edits",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("version_id", sa.Integer, sa.ForeignKey("versions.id"), nullable=False),
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
    op.create_index("ix_edits_version_id", "edits", ["version_id"])
    op.create_table(
        "findings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("version_id", sa.Integer, sa.ForeignKey("versions.id"), nullable=False),
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
    op.create_index("ix_findings_version_id", "findings", ["version_id"])
    op.create_table(
        "proofs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("before_id", sa.Integer, sa.ForeignKey("versions.id"), nullable=False),
        sa.Column("after_id", sa.Integer, sa.ForeignKey("versions.id"), nullable=False),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
    )
    op.create_index("ix_proofs_before_id", "proofs", ["before_id"])
    op.create_index("ix_proofs_after_id", "proofs", ["after_id"])
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("version_id", sa.Integer, sa.ForeignKey("versions.id"), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
    )
    op.create_index("ix_runs_version_id", "runs", ["version_id"])


def downgrade() -> None:
    op.drop_table("runs")
    op.drop_table("proofs")
    op.drop_table("findings")
    op.drop_table("edits")
    op.drop_table("versions")
    op.drop_table("datasets")
