"""Rows of the sender's own record: lesions, reminders, and what a later edit of an answer needs.

All rows reference the link (`links.subject`, ON DELETE CASCADE), so that erasing a person erases them. Values
that could name a person or lead to a photo are sealed.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.database.base import BigId, RowBase, RowId, checked_string
from storage.record.tables import CASE_NUMBER, LANGUAGES, SUBJECT

MESSAGE_KINDS: Final = ("answer", "details", "split")
CLOSINGS: Final = ("histology", "mistake")
MISTAKES: Final = ("wrong_lesion", "wrong_finding", "test_photo")  # why a flag was a mistake
TOPIC: Final = String(24)


class LesionRow(RowBase):
    """One lesion that is followed. Its two-word label is drawn; words of the sender's own are sealed."""

    __tablename__ = "lesions"
    __table_args__ = (
        UniqueConstraint("subject", "first_word", "second_word"),
        CheckConstraint("first_word >= 0 AND second_word >= 0", name="words"),
    )

    id: Mapped[RowId]
    subject: Mapped[str] = mapped_column(SUBJECT, ForeignKey("links.subject", ondelete="CASCADE"))
    first_word: Mapped[int]  # places in the word lists of the texts
    second_word: Mapped[int]
    own_words: Mapped[bytes | None]  # sealed
    created_at: Mapped[datetime]
    agreed_at: Mapped[datetime | None]  # since when the patient agrees that its photos are followed
    photos_until: Mapped[datetime | None] = mapped_column(index=True)  # 24 months after the last photo


class LesionCaseRow(RowBase):
    """Which lesion a case shows: one at most."""

    __tablename__ = "lesion_cases"

    case_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    lesion_id: Mapped[int] = mapped_column(BigId, ForeignKey("lesions.id", ondelete="CASCADE"), index=True)


class LesionFilesRow(RowBase):
    """Where Telegram keeps the photos of a followed lesion's case; erased when the case leaves the lesion."""

    __tablename__ = "lesion_files"

    case_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("lesion_cases.case_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    files: Mapped[bytes]  # sealed


class PhotoFilesRow(RowBase):
    """Where Telegram keeps the photos of a case: kept for some hours to redraw its card."""

    __tablename__ = "photo_files"

    case_number: Mapped[str] = mapped_column(CASE_NUMBER, primary_key=True)
    subject: Mapped[str] = mapped_column(SUBJECT, ForeignKey("links.subject", ondelete="CASCADE"), index=True)
    files: Mapped[bytes]  # sealed
    expires_at: Mapped[datetime] = mapped_column(index=True)


class CaseMessageRow(RowBase):
    """A message that shows a case's level, by its key in the outbox: it is edited when the level changes."""

    __tablename__ = "case_messages"

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    case_number: Mapped[str] = mapped_column(CASE_NUMBER, primary_key=True, index=True)
    subject: Mapped[str] = mapped_column(SUBJECT, ForeignKey("links.subject", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(checked_string("kind", *MESSAGE_KINDS))
    created_at: Mapped[datetime]


class ReminderRow(RowBase):
    """A new photo of a lesion is due. Erased, return address and all, when it is sent or cancelled."""

    __tablename__ = "reminders"
    __table_args__ = (Index("ix_reminders_subject", "subject", "due_at"),)

    id: Mapped[RowId]
    subject: Mapped[str] = mapped_column(SUBJECT, ForeignKey("links.subject", ondelete="CASCADE"))
    case_number: Mapped[str] = mapped_column(CASE_NUMBER)
    due_at: Mapped[datetime] = mapped_column(index=True)
    chat: Mapped[bytes]  # the sealed return address
    language: Mapped[str] = mapped_column(checked_string("language", *LANGUAGES))
    created_at: Mapped[datetime]


class FlagClosingRow(RowBase):
    """A sender's statement that closes what flagged a case's lesion until then."""

    __tablename__ = "flag_closings"

    case_number: Mapped[str] = mapped_column(CASE_NUMBER, primary_key=True)
    subject: Mapped[str] = mapped_column(SUBJECT, ForeignKey("links.subject", ondelete="CASCADE"), index=True)
    why: Mapped[str] = mapped_column(checked_string("why", *CLOSINGS))
    reason: Mapped[str | None] = mapped_column(checked_string("reason", *MISTAKES))
    at: Mapped[datetime]


class ComparisonRow(RowBase):
    """A picture of a followed lesion's photos side by side that is still to be drawn and sent."""

    __tablename__ = "comparisons"

    key: Mapped[str] = mapped_column(String(160), primary_key=True)  # of the message in the outbox
    case_number: Mapped[str] = mapped_column(CASE_NUMBER)
    subject: Mapped[str] = mapped_column(SUBJECT, ForeignKey("links.subject", ondelete="CASCADE"), index=True)
    chat: Mapped[bytes]  # the sealed return address
    language: Mapped[str] = mapped_column(checked_string("language", *LANGUAGES))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)


class AskRow(RowBase):
    """A question that the sender's next text answers; one at a time."""

    __tablename__ = "asks"

    subject: Mapped[str] = mapped_column(
        SUBJECT, ForeignKey("links.subject", ondelete="CASCADE"), primary_key=True
    )
    topic: Mapped[str] = mapped_column(TOPIC)
    argument: Mapped[str] = mapped_column(String(64))  # a number of ours, never the sender's words
    asked_at: Mapped[datetime]


class PatientContextRow(RowBase):
    """What the sender says about the patient of a case, sealed; a keyed hash finds a reference."""

    __tablename__ = "patient_contexts"
    __table_args__ = (Index("ix_patient_contexts_subject", "subject", "reference_ref"),)

    case_number: Mapped[str] = mapped_column(CASE_NUMBER, primary_key=True)
    subject: Mapped[str] = mapped_column(SUBJECT, ForeignKey("links.subject", ondelete="CASCADE"))
    answers: Mapped[bytes | None]  # sealed
    reference: Mapped[bytes | None]  # sealed: the sender's own name for the patient
    reference_ref: Mapped[bytes | None] = mapped_column(LargeBinary(32))  # its keyed hash
    updated_at: Mapped[datetime]
