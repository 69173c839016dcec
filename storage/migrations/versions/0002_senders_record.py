"""The sender's own record: lesions, reminders, and what a later edit of an answer needs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = ("lesions", "lesion_cases", "photo_files", "case_messages", "reminders", "asks")


def upgrade() -> None:
    create_lesions()
    create_lesion_cases()
    create_photo_files()
    create_case_messages()
    create_reminders()
    create_asks()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True)


def subject(*, primary_key: bool = False) -> sa.Column[str]:
    link = sa.ForeignKey("links.subject", ondelete="CASCADE")
    return sa.Column("subject", sa.String(9), link, primary_key=primary_key, nullable=False)


def create_lesions() -> None:
    op.create_table(
        "lesions",
        sa.Column("id", NUMBER, primary_key=True),
        subject(),
        sa.Column("first_word", sa.Integer(), nullable=False),
        sa.Column("second_word", sa.Integer(), nullable=False),
        sa.Column("own_words", sa.LargeBinary()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.UniqueConstraint("subject", "first_word", "second_word"),
        sa.CheckConstraint("first_word >= 0 AND second_word >= 0", name="words"),
    )


def create_lesion_cases() -> None:
    case = sa.ForeignKey("cases.id", ondelete="CASCADE")
    lesion = sa.ForeignKey("lesions.id", ondelete="CASCADE")
    op.create_table(
        "lesion_cases",
        sa.Column("case_id", NUMBER, case, primary_key=True, autoincrement=False),
        sa.Column("lesion_id", NUMBER, lesion, nullable=False),
    )
    op.create_index("ix_lesion_cases_lesion_id", "lesion_cases", ["lesion_id"])


def create_photo_files() -> None:
    op.create_table(
        "photo_files",
        sa.Column("case_number", sa.String(16), primary_key=True),
        subject(),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
    )
    op.create_index("ix_photo_files_subject", "photo_files", ["subject"])
    op.create_index("ix_photo_files_expires_at", "photo_files", ["expires_at"])


def create_case_messages() -> None:
    op.create_table(
        "case_messages",
        sa.Column("key", sa.String(160), primary_key=True),
        sa.Column("case_number", sa.String(16), primary_key=True),
        subject(),
        sa.Column("kind", one_of("kind", "answer", "details", "split"), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_index("ix_case_messages_subject", "case_messages", ["subject"])
    op.create_index("ix_case_messages_case_number", "case_messages", ["case_number"])


def create_reminders() -> None:
    op.create_table(
        "reminders",
        sa.Column("id", NUMBER, primary_key=True),
        subject(),
        sa.Column("case_number", sa.String(16), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("chat", sa.LargeBinary(), nullable=False),
        sa.Column("language", one_of("language", "en", "fr"), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_index("ix_reminders_due_at", "reminders", ["due_at"])
    op.create_index("ix_reminders_subject", "reminders", ["subject", "due_at"])


def create_asks() -> None:
    op.create_table(
        "asks",
        subject(primary_key=True),
        sa.Column("topic", sa.String(24), nullable=False),
        sa.Column("argument", sa.String(64), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
    )
