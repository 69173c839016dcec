"""Since when Telegram has not given a file of an update, and since when others may pass it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("inbox") as inbox:
        inbox.add_column(sa.Column("stalled_at", sa.Float(53)))
        inbox.add_column(sa.Column("blamed_at", sa.Float(53)))


def downgrade() -> None:
    with op.batch_alter_table("inbox") as inbox:
        inbox.drop_column("blamed_at")
        inbox.drop_column("stalled_at")
