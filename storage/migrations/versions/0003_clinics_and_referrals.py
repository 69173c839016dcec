"""Clinics, their members and invites, drafts, referrals and verdicts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LEVELS = ("low", "moderate", "high", "not_assessable")
MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = ("clinics", "members", "invites", "drafts", "referrals", "verdicts")


def upgrade() -> None:
    create_clinics()
    create_members()
    create_invites()
    create_drafts()
    create_referrals()
    create_verdicts()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True)


def create_unique_where(name: str, table: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, [column], unique=True, sqlite_where=where, postgresql_where=where)


def of_clinic() -> sa.Column[int]:
    return sa.Column("clinic_id", NUMBER, sa.ForeignKey("clinics.id", ondelete="CASCADE"), nullable=False)


def create_clinics() -> None:
    op.create_table(
        "clinics",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("title", sa.LargeBinary(), nullable=False),
        sa.Column("chat", sa.LargeBinary(), nullable=False),
        sa.Column("chat_ref", sa.LargeBinary(32), nullable=False),
        sa.Column("kind", one_of("kind", "group", "channel"), nullable=False),
        sa.Column("language", one_of("language", "en", "fr"), nullable=False),
        sa.Column("state", one_of("state", "linked", "lost"), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.UniqueConstraint("chat_ref"),
    )


def create_members() -> None:
    op.create_table(
        "members",
        sa.Column("id", NUMBER, primary_key=True),
        of_clinic(),
        sa.Column(
            "subject", sa.String(9), sa.ForeignKey("links.subject", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("role", one_of("role", "sender", "dermatologist"), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.UniqueConstraint("clinic_id", "subject", "role"),
    )
    op.create_index("ix_members_subject", "members", ["subject"])
    create_unique_where(
        "uq_members_one_clinic", "members", "subject", "role = 'sender' AND revoked_at IS NULL"
    )


def create_invites() -> None:
    op.create_table(
        "invites",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        of_clinic(),
        sa.Column("role", one_of("role", "sender", "dermatologist"), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("ix_invites_clinic_id", "invites", ["clinic_id"])


def create_drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column(
            "subject", sa.String(9), sa.ForeignKey("links.subject", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("case_number", sa.String(16), primary_key=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
    )


def create_referrals() -> None:
    states = "open", "claimed", "answered", "withdrawn"
    op.create_table(
        "referrals",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("token", sa.String(16), nullable=False),
        sa.Column("case_number", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(9), nullable=False),
        sa.Column("clinic_id", NUMBER, sa.ForeignKey("clinics.id", ondelete="SET NULL")),
        sa.Column("state", one_of("state", *states), nullable=False),
        sa.Column("level", one_of("level", *LEVELS), nullable=False),
        sa.Column("language", one_of("language", "en", "fr"), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        *[sa.Column(f"{name}_at", MOMENT) for name in ("overdue_told", "claimed", "answered", "unreachable")],
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("claimer_ref", sa.LargeBinary(32)),
        *[sa.Column(name, sa.LargeBinary()) for name in ("claimer", "message_id", "reply_chat", "details")],
        sa.UniqueConstraint("token"),
    )
    create_unique_where("uq_referrals_open_case", "referrals", "case_number", "state IN ('open', 'claimed')")
    op.create_index("ix_referrals_state", "referrals", ["state", "due_at"])
    op.create_index("ix_referrals_case_number", "referrals", ["case_number"])
    op.create_index("ix_referrals_subject", "referrals", ["subject"])
    op.create_index("ix_referrals_clinic_id", "referrals", ["clinic_id", "state"])


def create_verdicts() -> None:
    kinds = "urgent", "routine", "monitor", "benign", "better_photo", "comment"
    op.create_table(
        "verdicts",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("referral_id", NUMBER, sa.ForeignKey("referrals.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", one_of("kind", *kinds), nullable=False),
        sa.Column("months", sa.Integer()),
        sa.Column("is_correction", sa.Boolean(), nullable=False),
        sa.Column("level", one_of("level", *LEVELS), nullable=False),
        sa.Column("comment", sa.LargeBinary()),
        sa.Column("comment_salt", sa.LargeBinary()),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_verdicts_referral_id", "verdicts", ["referral_id"])
