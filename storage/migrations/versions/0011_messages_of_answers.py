"""Which message gave the sender an answer or a comment, so that a correction can edit it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("verdicts", sa.Column("message_id", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.execute("ALTER TABLE verdicts DROP COLUMN message_id")
