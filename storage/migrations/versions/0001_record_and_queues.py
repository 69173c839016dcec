"""The record of cases, the link to people, the audit trail, the inbox and the outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LEVELS = ("low", "moderate", "high", "not_assessable")
MOMENT = sa.DateTime(timezone=True)
REAL = sa.Float(precision=53)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    create_links()
    create_cases()
    create_photos()
    create_opinions()
    create_audit()
    create_inbox()
    create_outbox()


def downgrade() -> None:
    for table in ("outbox", "inbox", "audit", "opinions", "photos", "cases", "links"):
        op.drop_table(table)


def one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True)


def create_index_where(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def create_links() -> None:
    op.create_table(
        "links",
        sa.Column("user_ref", sa.LargeBinary(32), primary_key=True),
        sa.Column("subject", sa.String(9), nullable=False),
        sa.Column("language", one_of("language", "en", "fr")),
        sa.Column("consent_version", sa.String(32)),
        sa.Column("consent_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.UniqueConstraint("subject"),
        sqlite_with_rowid=False,
    )


def create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(9), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("level", one_of("level", *LEVELS), nullable=False),
        sa.Column("model_level", one_of("model_level", *LEVELS), nullable=False),
        sa.Column("reasons", JSON, nullable=False),
        sa.Column("language", one_of("language", "en", "fr"), nullable=False),
        sa.Column("versions", JSON, nullable=False),
        sa.Column("context", JSON),
        sa.Column("turn_key", sa.String(64), nullable=False),
        sa.Column("elapsed_ms", REAL, nullable=False),
        sa.Column("split_at", MOMENT),
        sa.Column("split_from_id", NUMBER, sa.ForeignKey("cases.id", ondelete="SET NULL")),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("turn_key"),
        sa.CheckConstraint("elapsed_ms >= 0", name="elapsed_ms"),
    )
    op.create_index("ix_cases_created_at", "cases", ["created_at"])
    op.create_index("ix_cases_split_from_id", "cases", ["split_from_id"])
    create_index_where("ix_cases_history", "cases", ["subject", "id"], "split_at IS NULL")
    create_index_where(
        "ix_cases_history_level", "cases", ["subject", "level", "id", "split_at"], "split_at IS NULL"
    )


def create_photos() -> None:
    op.create_table(
        "photos",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("case_id", NUMBER, sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("photo_hash", sa.String(64), nullable=False),
        sa.Column("level", one_of("level", *LEVELS), nullable=False),
        sa.Column("domain", one_of("domain", "dermoscopic", "clinical", "other"), nullable=False),
        sa.Column("probability", REAL),
        sa.Column("malignant_probability", REAL),
        sa.Column("findings", JSON, nullable=False),
        sa.UniqueConstraint("case_id", "position"),
        *shares(),
    )


def create_opinions() -> None:
    op.create_table(
        "opinions",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("photo_id", NUMBER, sa.ForeignKey("photos.id", ondelete="CASCADE"), nullable=False),
        sa.Column("classifier", one_of("classifier", "cnn", "vit"), nullable=False),
        sa.Column("probability", REAL, nullable=False),
        sa.Column("malignant_probability", REAL, nullable=False),
        sa.UniqueConstraint("photo_id", "classifier"),
        *shares(),
    )


def shares() -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(f"{column} >= 0 AND {column} <= 1", name=f"{column}_share")
        for column in ("probability", "malignant_probability")
    ]


def create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(9)),
        sa.Column("case_number", sa.String(16)),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.UniqueConstraint("previous_hash"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("ix_audit_case_number", "audit", ["case_number"])
    op.create_index("ix_audit_subject", "audit", ["subject", "id"])


def create_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("turn_key", sa.String(32), nullable=False),
        sa.Column("state", one_of("state", "ready", "claimed", "held", "done", "set_aside"), nullable=False),
        sa.Column("track", one_of("track", "quick", "photo"), nullable=False),
        sa.Column("lane_ref", sa.LargeBinary()),
        sa.Column("album_ref", sa.LargeBinary()),
        sa.Column("payload", sa.LargeBinary()),
        sa.Column("received_at", REAL, nullable=False),
        sa.Column("not_before", REAL, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(32)),
        sa.Column("lease_until", REAL),
        sa.Column("finished_at", REAL),
        sa.UniqueConstraint("bot_id", "update_id"),
        sa.CheckConstraint("attempts >= 0 AND crashes >= 0", name="counts"),
    )
    op.create_index("ix_inbox_state", "inbox", ["state", "received_at"])
    create_index_where(
        "ix_inbox_waiting", "inbox", ["track", "lane_ref", "id"], "state IN ('ready', 'claimed')"
    )


def create_outbox() -> None:
    states = "pending", "sending", "sent", "cancelled", "failed"
    op.create_table(
        "outbox",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("replaces", sa.String(160)),
        sa.Column("state", one_of("state", *states), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("kind", one_of("kind", "text", "photo", "document"), nullable=False),
        sa.Column("is_group", sa.Boolean(), nullable=False),
        sa.Column("lane_ref", sa.LargeBinary()),
        sa.Column("chat", sa.LargeBinary()),
        sa.Column("payload", sa.LargeBinary()),
        sa.Column("blob", sa.LargeBinary()),
        sa.Column("message_id", sa.LargeBinary()),
        sa.Column("unknown", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", REAL, nullable=False),
        sa.Column("not_before", REAL, nullable=False),
        sa.Column("claimed_by", sa.String(32)),
        sa.Column("lease_until", REAL),
        sa.Column("finished_at", REAL),
        sa.UniqueConstraint("key"),
        sa.CheckConstraint("attempts >= 0", name="attempts"),
    )
    op.create_index("ix_outbox_state", "outbox", ["state", "finished_at"])
    create_index_where("ix_outbox_waiting", "outbox", ["lane_ref", "id"], "state IN ('pending', 'sending')")
