"""Rows of the record. No photo, name, user name or chat id in any of them.

A case belongs to a random subject number. `LinkRow` alone says which keyed hash of a Telegram user that is;
what hangs on a person (labels, reminders, return addresses) references `links.subject` with ON DELETE
CASCADE, so that forgetting is one DELETE.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Enum,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.database.base import BigId, RowBase, RowId, checked_string

# The words of `inference.readings`, which this room may not import; a test compares them.
LEVELS: Final = ("low", "moderate", "high", "not_assessable")
DOMAINS: Final = ("dermoscopic", "clinical", "other")
CLASSIFIERS: Final = ("cnn", "vit")
LANGUAGES: Final = ("en", "fr")

SUBJECT: Final = String(9)  # "7K3M-92QF"
CASE_NUMBER: Final = String(16)  # "N-4F7K2M"; room for longer ones
IN_HISTORY: Final = text("split_at IS NULL")


def _level() -> Enum:
    return checked_string("level", *LEVELS)


def _is_share(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} >= 0 AND {column} <= 1", name=f"{column}_share")


class LinkRow(RowBase):
    """The one row that links a person to a subject number. Erasing it makes the record anonymous.

    Without a row number, which would keep the order in which people came and store the hash twice.
    """

    __tablename__ = "links"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - as SQLAlchemy declares it

    user_ref: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    subject: Mapped[str] = mapped_column(SUBJECT, unique=True)
    language: Mapped[str | None] = mapped_column(checked_string("language", *LANGUAGES))
    consent_version: Mapped[str | None] = mapped_column(String(32))
    consent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class CaseRow(RowBase):
    """One lesion at one time."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_history", "subject", "id", sqlite_where=IN_HISTORY, postgresql_where=IN_HISTORY),
        Index(
            "ix_cases_history_level",
            "subject",
            "level",
            "id",
            "split_at",  # always NULL here; without it SQLite opens every row to count them
            sqlite_where=IN_HISTORY,
            postgresql_where=IN_HISTORY,
        ),
        Index("ix_cases_created_at", "created_at"),  # statistics and retention
        # How many photos a sender had read within the hour, and who sent nothing for long.
        Index("ix_cases_subject_created_at", "subject", "created_at"),
        Index(
            "ix_cases_high",
            "subject",
            "id",
            sqlite_where=text("high_at IS NOT NULL"),
            postgresql_where=text("high_at IS NOT NULL"),
        ),
        CheckConstraint("elapsed_ms >= 0", name="elapsed_ms"),
    )

    id: Mapped[RowId]
    number: Mapped[str] = mapped_column(CASE_NUMBER, unique=True)
    subject: Mapped[str] = mapped_column(SUBJECT)
    created_at: Mapped[datetime]
    level: Mapped[str] = mapped_column(_level())
    high_at: Mapped[datetime | None]  # when the level last became `high`, however it changed since
    model_level: Mapped[str] = mapped_column(checked_string("model_level", *LEVELS))
    reasons: Mapped[list[str]]
    language: Mapped[str] = mapped_column(checked_string("language", *LANGUAGES))
    versions: Mapped[dict[str, str]]
    context: Mapped[dict[str, object] | None]
    turn_key: Mapped[str] = mapped_column(String(64), unique=True)
    elapsed_ms: Mapped[float] = mapped_column(Float(53))
    split_at: Mapped[datetime | None]
    split_from_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("cases.id", ondelete="SET NULL"), index=True
    )
    # The case under whose answer the sender picked one of several lesions; this case is about that one.
    # Not a foreign key: SQLite could add one only by copying the table, and cases are never deleted.
    picked_from_id: Mapped[int | None] = mapped_column(BigId, index=True)

    photos: Mapped[list["PhotoRow"]] = relationship(
        lazy="raise", order_by="PhotoRow.position", back_populates="case", passive_deletes=True
    )


class PhotoRow(RowBase):
    """One photo of a case, as numbers."""

    __tablename__ = "photos"
    __table_args__ = (
        UniqueConstraint("case_id", "position"),
        _is_share("probability"),
        _is_share("malignant_probability"),
        CheckConstraint("lesion_count >= 0", name="lesion_count"),
    )

    id: Mapped[RowId]
    case_id: Mapped[int] = mapped_column(BigId, ForeignKey("cases.id", ondelete="CASCADE"))
    position: Mapped[int]  # 0 for the first
    photo_hash: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(_level())
    domain: Mapped[str] = mapped_column(checked_string("domain", *DOMAINS))
    probability: Mapped[float | None] = mapped_column(Float(53))
    malignant_probability: Mapped[float | None] = mapped_column(Float(53))
    findings: Mapped[dict[str, object]]
    lesion_count: Mapped[int | None]  # NULL if the networks read the whole photo

    case: Mapped[CaseRow] = relationship(lazy="raise", back_populates="photos")
    opinions: Mapped[list["OpinionRow"]] = relationship(
        lazy="raise", order_by="OpinionRow.id", back_populates="photo", passive_deletes=True
    )


class OpinionRow(RowBase):
    """One classifier's scores on one photo."""

    __tablename__ = "opinions"
    __table_args__ = (
        UniqueConstraint("photo_id", "classifier"),
        _is_share("probability"),
        _is_share("malignant_probability"),
    )

    id: Mapped[RowId]
    photo_id: Mapped[int] = mapped_column(BigId, ForeignKey("photos.id", ondelete="CASCADE"))
    classifier: Mapped[str] = mapped_column(checked_string("classifier", *CLASSIFIERS))
    probability: Mapped[float] = mapped_column(Float(53))
    malignant_probability: Mapped[float] = mapped_column(Float(53))

    photo: Mapped[PhotoRow] = relationship(lazy="raise", back_populates="opinions")


class AuditRow(RowBase):
    """One entry of the audit trail, with the hash of the one before. See `storage.record.audit`."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_case_number", "case_number"),
        Index("ix_audit_subject", "subject", "id"),
    )

    id: Mapped[RowId]
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str | None] = mapped_column(SUBJECT)
    case_number: Mapped[str | None] = mapped_column(CASE_NUMBER)
    payload: Mapped[str] = mapped_column(
        Text
    )  # canonical JSON, kept as text: the hash covers these very bytes
    at: Mapped[datetime]
    previous_hash: Mapped[str] = mapped_column(String(64), unique=True)  # no two entries follow the same one
    hash: Mapped[str] = mapped_column(String(64), unique=True)
