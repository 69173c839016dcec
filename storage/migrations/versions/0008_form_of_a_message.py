"""The form in which a message is tried or was sent, after Telegram has refused it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FORMS = ("whole", "again", "words", "notice")


def upgrade() -> None:
    form = sa.Enum(*FORMS, name="form", native_enum=False, create_constraint=True)
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("form", form, nullable=False, server_default="whole"))


def downgrade() -> None:
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_constraint(op.f("ck_outbox_form"), type_="check")  # SQLite keeps it with the table
        outbox.drop_column("form")
