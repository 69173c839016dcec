"""Pictures of a followed lesion that are still to be drawn and sent."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
LANGUAGE = sa.Enum("en", "fr", name="language", native_enum=False, create_constraint=True)


def upgrade() -> None:
    link = sa.ForeignKey("links.subject", ondelete="CASCADE")
    op.create_table(
        "comparisons",
        sa.Column("key", sa.String(160), primary_key=True),
        sa.Column("case_number", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(9), link, nullable=False),
        sa.Column("chat", sa.LargeBinary(), nullable=False),
        sa.Column("language", LANGUAGE, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
    )
    op.create_index("ix_comparisons_subject", "comparisons", ["subject"])
    op.create_index("ix_comparisons_due_at", "comparisons", ["due_at"])


def downgrade() -> None:
    op.drop_table("comparisons")
