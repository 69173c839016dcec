"""Lesions that stay flagged: since when a case is rated `high`, and what senders closed."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
IS_HIGH = sa.text("high_at IS NOT NULL")
# Levels as the trail has them. Only cases with an entry of a `high` level are read.
ENTRIES = sa.text(
    """SELECT case_number, at, payload FROM audit
    WHERE kind IN ('case', 'context', 'photo') AND case_number IN (
        SELECT case_number FROM audit
        WHERE kind IN ('case', 'context', 'photo') AND payload LIKE '%"level":"high"%'
    ) ORDER BY id"""
)


def upgrade() -> None:
    op.add_column("cases", sa.Column("high_at", MOMENT, nullable=True))
    levels: dict[str, str] = {}
    high_at: dict[str, object] = {}
    connection = op.get_bind()
    for number, at, payload in connection.execute(ENTRIES):
        level = json.loads(payload)["level"]
        if level == "high" != levels.get(number):
            high_at[number] = at
        levels[number] = level
    change = sa.text("UPDATE cases SET high_at = :at WHERE number = :number")
    if high_at:
        connection.execute(change, [{"at": at, "number": number} for number, at in high_at.items()])
    op.create_index(
        "ix_cases_high", "cases", ["subject", "id"], sqlite_where=IS_HIGH, postgresql_where=IS_HIGH
    )
    create_flag_closings()


def downgrade() -> None:
    op.drop_table("flag_closings")
    op.drop_index("ix_cases_high", "cases")
    op.execute("ALTER TABLE cases DROP COLUMN high_at")


def create_flag_closings() -> None:
    link = sa.ForeignKey("links.subject", ondelete="CASCADE")
    op.create_table(
        "flag_closings",
        sa.Column("case_number", sa.String(16), primary_key=True),
        sa.Column("subject", sa.String(9), link, nullable=False),
        sa.Column("why", one_of("why", "histology", "mistake"), nullable=False),
        sa.Column("reason", one_of("reason", "wrong_lesion", "wrong_finding", "test_photo"), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_flag_closings_subject", "flag_closings", ["subject"])


def one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True)
