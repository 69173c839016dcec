"""Rows of the clinic's side: clinics, who belongs to them, and the cases that they are asked about.

A chat id stands here sealed only: a clinic's own, and a sender's while their referral is open. What hangs on
a person references `links.subject` with ON DELETE CASCADE, so that forgetting takes it along.
"""

from datetime import date, datetime
from typing import Final

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.database.base import BigId, RowBase, RowId, checked_string
from storage.record.tables import CASE_NUMBER, LANGUAGES, LEVELS, SUBJECT

CLINIC_KINDS: Final = ("group", "channel")
CLINIC_STATES: Final = ("linked", "lost")
ROLES: Final = ("sender", "dermatologist")
REFERRAL_STATES: Final = ("open", "claimed", "answered", "withdrawn")
VERDICTS: Final = ("urgent", "routine", "monitor", "benign", "better_photo")
VERDICT_KINDS: Final = (*VERDICTS, "comment")
ANSWER_ROLES: Final = ("dermatologist", "administrator", "member")
OUTCOMES: Final = ("melanoma", "other_cancer", "benign_histology", "benign_diagnosis", "unknown")
OUTCOME_SOURCES: Final = ("clinic", "sender")
GROUP_MESSAGES: Final = ("words", "photo", "card")

TOKEN: Final = String(16)
UNANSWERED: Final = ("open", "claimed")  # states of a referral
IS_OPEN: Final = text("state IN ('open', 'claimed')")
IS_UNCONFIRMED: Final = text("chase_at IS NOT NULL")
IS_SENDER: Final = text("role = 'sender' AND revoked_at IS NULL")


class ClinicRow(RowBase):
    """A group or channel of dermatologists that the bot posts to.

    `lost`: the bot was removed or is no longer administrator there; nothing is posted until it is back.
    """

    __tablename__ = "clinics"

    id: Mapped[RowId]
    title: Mapped[bytes]  # sealed
    chat: Mapped[bytes]  # the sealed chat id
    chat_ref: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)  # keyed hash of the chat id
    kind: Mapped[str] = mapped_column(checked_string("kind", *CLINIC_KINDS))
    language: Mapped[str] = mapped_column(checked_string("language", *LANGUAGES))
    state: Mapped[str] = mapped_column(checked_string("state", *CLINIC_STATES), default="linked")
    has_list: Mapped[bool] = mapped_column(default=False, server_default=false())  # only those on it answer
    created_at: Mapped[datetime]


class MemberRow(RowBase):
    """A person's part in a clinic. A sender belongs to one clinic; a dermatologist may to several."""

    __tablename__ = "members"
    __table_args__ = (
        UniqueConstraint("clinic_id", "subject", "role"),
        Index(
            "uq_members_one_clinic",
            "subject",
            unique=True,
            sqlite_where=IS_SENDER,
            postgresql_where=IS_SENDER,
        ),
    )

    id: Mapped[RowId]
    clinic_id: Mapped[int] = mapped_column(BigId, ForeignKey("clinics.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(SUBJECT, ForeignKey("links.subject", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(checked_string("role", *ROLES))
    since: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class InviteRow(RowBase):
    """A link that makes one person a member, once, for a while. The link itself stands nowhere."""

    __tablename__ = "invites"

    id: Mapped[RowId]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    clinic_id: Mapped[int] = mapped_column(BigId, ForeignKey("clinics.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(checked_string("role", *ROLES))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class DraftRow(RowBase):
    """A referral that is being prepared: one of a person at a time for each case."""

    __tablename__ = "drafts"

    subject: Mapped[str] = mapped_column(
        SUBJECT, ForeignKey("links.subject", ondelete="CASCADE"), primary_key=True
    )
    case_number: Mapped[str] = mapped_column(CASE_NUMBER, primary_key=True)
    payload: Mapped[bytes]  # sealed: what was chosen and written, the photo's file id, the message
    updated_at: Mapped[datetime]


class ReferralRow(RowBase):
    """A case that a clinic is asked about.

    `open` waits for someone to claim it, `claimed` for their answer. Return address, file id and details are
    sealed, and set to NULL some days after the answer, or when the sender is forgotten (`withdrawn`).
    """

    __tablename__ = "referrals"
    __table_args__ = (
        Index(
            "uq_referrals_open_case",
            "case_number",
            unique=True,
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        ),
        Index("ix_referrals_state", "state", "due_at"),
        Index("ix_referrals_case_number", "case_number"),
        Index("ix_referrals_subject", "subject"),
        Index("ix_referrals_clinic_id", "clinic_id", "state"),
        Index("ix_referrals_asked_at", "asked_at"),
        Index(
            "ix_referrals_chase_at",
            "chase_at",
            sqlite_where=IS_UNCONFIRMED,
            postgresql_where=IS_UNCONFIRMED,
        ),
    )

    id: Mapped[RowId]
    token: Mapped[str] = mapped_column(TOKEN, unique=True)  # random: used in buttons and outgoing keys
    case_number: Mapped[str] = mapped_column(CASE_NUMBER)
    subject: Mapped[str] = mapped_column(SUBJECT)
    clinic_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("clinics.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(checked_string("state", *REFERRAL_STATES), default="open")
    level: Mapped[str] = mapped_column(checked_string("level", *LEVELS))  # as the card shows it
    language: Mapped[str] = mapped_column(checked_string("language", *LANGUAGES))  # of the sender
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]  # if unanswered then, both sides are notified
    overdue_told_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]  # the first verdict
    unreachable_at: Mapped[datetime | None]  # since when the sender cannot be reached
    seen_at: Mapped[datetime | None]  # when the sender confirmed an urgent answer
    referred_on: Mapped[date | None]  # the day on which they referred the patient, as they say
    chase_at: Mapped[datetime | None]  # next reminder of an urgent answer; NULL unless it is unconfirmed
    telephone_asked_on: Mapped[date | None]  # the last day on which the claimer was asked to telephone
    unconfirmed_told_at: Mapped[datetime | None]  # since when group and admins know that nobody can
    edits: Mapped[int] = mapped_column(default=0)  # of the card: each edit has its own name
    posts: Mapped[int] = mapped_column(default=0, server_default="0")  # after the first, once a group moved
    claimer_ref: Mapped[bytes | None] = mapped_column(LargeBinary(32))  # keyed hash of the Telegram user
    claimer: Mapped[bytes | None]  # the sealed Telegram user, to show who claimed
    message_id: Mapped[bytes | None]  # of the card, sealed as the outbox seals it
    reply_chat: Mapped[bytes | None]  # sealed: where the verdict goes
    outcome_chat: Mapped[bytes | None]  # sealed: where the outcome is asked for, until it is
    outcome_asked_at: Mapped[datetime | None]
    details: Mapped[bytes | None]  # sealed: age band, sex, site, duration, sentence, file id, crop


class OutcomeRow(RowBase):
    """Histology or final diagnosis of a referred case. It counts after the sender is forgotten, too."""

    __tablename__ = "outcomes"

    case_number: Mapped[str] = mapped_column(CASE_NUMBER, primary_key=True)
    subject: Mapped[str] = mapped_column(SUBJECT)
    kind: Mapped[str] = mapped_column(checked_string("kind", *OUTCOMES))
    source: Mapped[str] = mapped_column(checked_string("source", *OUTCOME_SOURCES))
    level: Mapped[str] = mapped_column(checked_string("level", *LEVELS))  # of the case, at that time
    at: Mapped[datetime]


class GroupMessageRow(RowBase):
    """A message about a sender's case in a clinic's chat, beside the card: erased there with the sender.

    `words` and `photo`: what the sender asked back; `card`: the answer to a photo of a teaching round.
    """

    __tablename__ = "group_messages"

    key: Mapped[str] = mapped_column(String(160), primary_key=True)  # in the outbox
    subject: Mapped[str] = mapped_column(SUBJECT, ForeignKey("links.subject", ondelete="CASCADE"), index=True)
    clinic_id: Mapped[int] = mapped_column(BigId, ForeignKey("clinics.id", ondelete="CASCADE"), index=True)
    case_number: Mapped[str] = mapped_column(CASE_NUMBER, index=True)
    kind: Mapped[str] = mapped_column(checked_string("kind", *GROUP_MESSAGES))
    message_id: Mapped[bytes | None]  # sealed as the outbox seals it, once the outbox forgets it
    created_at: Mapped[datetime]


class VerdictRow(RowBase):
    """One answer of a dermatologist, or a comment. Written once; a correction is a new row."""

    __tablename__ = "verdicts"

    id: Mapped[RowId]
    referral_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("referrals.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(checked_string("kind", *VERDICT_KINDS))
    months: Mapped[int | None]  # of `monitor`
    is_correction: Mapped[bool] = mapped_column(default=False)
    level: Mapped[str] = mapped_column(checked_string("level", *LEVELS))  # of the bot, at that time
    comment: Mapped[bytes | None]  # sealed free text, erased with the sender
    comment_salt: Mapped[bytes | None]  # of its commitment in the audit trail, erased along
    message_id: Mapped[bytes | None]  # of the sender's message, sealed; erased with the return address
    role: Mapped[str | None] = mapped_column(checked_string("role", *ANSWER_ROLES))  # of who answered
    at: Mapped[datetime]
