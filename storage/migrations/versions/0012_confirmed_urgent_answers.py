"""Whether a sender has confirmed an urgent answer, and what was done as long as they had not."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
COLUMNS = (
    ("seen_at", MOMENT),
    ("referred_on", sa.Date()),
    ("chase_at", MOMENT),
    ("telephone_asked_on", sa.Date()),
    ("unconfirmed_told_at", MOMENT),
)


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("referrals", sa.Column(name, kind, nullable=True))
    where = sa.text("chase_at IS NOT NULL")
    op.create_index(
        "ix_referrals_chase_at", "referrals", ["chase_at"], sqlite_where=where, postgresql_where=where
    )


def downgrade() -> None:
    op.drop_index("ix_referrals_chase_at", "referrals")
    for name, _ in reversed(COLUMNS):
        op.execute(f"ALTER TABLE referrals DROP COLUMN {name}")
