"""Messages about cases in clinics' chats, so that they can be erased; cards that are posted anew."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = ("words", "photo", "card")


def upgrade() -> None:
    op.create_table(
        "group_messages",
        sa.Column("key", sa.String(160), primary_key=True),
        sa.Column(
            "subject", sa.String(9), sa.ForeignKey("links.subject", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("clinic_id", NUMBER, sa.ForeignKey("clinics.id", ondelete="CASCADE"), nullable=False),
        sa.Column("case_number", sa.String(16), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("message_id", sa.LargeBinary()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_group_messages_subject", "group_messages", ["subject"])
    op.create_index("ix_group_messages_case_number", "group_messages", ["case_number"])
    op.create_index("ix_group_messages_clinic_id", "group_messages", ["clinic_id"])
    with op.batch_alter_table("referrals") as referrals:
        referrals.add_column(sa.Column("posts", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("referrals") as referrals:
        referrals.drop_column("posts")
    op.drop_table("group_messages")
