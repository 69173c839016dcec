"""Which keys the database was written with."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "key_marks",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("key_id", sa.String(8), nullable=False),
        sa.Column("mark", sa.LargeBinary(32), nullable=False),
        sa.UniqueConstraint("key_id"),
    )


def downgrade() -> None:
    op.drop_table("key_marks")
