"""What became of referred cases: histology or final diagnosis, and whom to ask for it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OUTCOMES = ("melanoma", "other_cancer", "benign_histology", "benign_diagnosis", "unknown")
LEVELS = ("low", "moderate", "high", "not_assessable")
MOMENT = sa.DateTime(timezone=True)


def one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True)


def upgrade() -> None:
    op.create_table(
        "outcomes",
        sa.Column("case_number", sa.String(16), primary_key=True),
        sa.Column("subject", sa.String(9), nullable=False),
        sa.Column("kind", one_of("kind", *OUTCOMES), nullable=False),
        sa.Column("source", one_of("source", "clinic", "sender"), nullable=False),
        sa.Column("level", one_of("level", *LEVELS), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.add_column("referrals", sa.Column("outcome_chat", sa.LargeBinary(), nullable=True))
    op.add_column("referrals", sa.Column("outcome_asked_at", MOMENT, nullable=True))
    op.create_index("ix_referrals_asked_at", "referrals", ["asked_at"])


def downgrade() -> None:
    op.drop_index("ix_referrals_asked_at", "referrals")
    op.execute("ALTER TABLE referrals DROP COLUMN outcome_asked_at")
    op.execute("ALTER TABLE referrals DROP COLUMN outcome_chat")
    op.drop_table("outcomes")
