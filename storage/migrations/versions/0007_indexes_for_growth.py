"""Indexes that keep a photo as cheap with a million cases and ten thousand waiting chats as with a few."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

IS_READY = sa.text("state = 'ready'")


def upgrade() -> None:
    op.create_index("ix_cases_subject_created_at", "cases", ["subject", "created_at"])
    op.create_index(
        "ix_inbox_ready", "inbox", ["track", "id"], sqlite_where=IS_READY, postgresql_where=IS_READY
    )


def downgrade() -> None:
    op.drop_index("ix_inbox_ready", "inbox")
    op.drop_index("ix_cases_subject_created_at", "cases")
