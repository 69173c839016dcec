"""Answers of dermatologists: written once, corrected by a new row, each in the audit trail."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import String, cast, func, select, update
from sqlalchemy.orm import aliased

from storage.clinic.confirmations import end_earlier_confirmations, start_confirmation
from storage.clinic.tables import UNANSWERED, ReferralRow, VerdictRow
from storage.database.sessions import ReadSession, WriteSession
from storage.queues.tables import OutboxRow
from storage.record.audit import AuditEntry, append, commitment
from storage.record.audit_record import hash_sealed

SALT_BYTES = 16
BETTER_PHOTO: Final = "better_photo"
PHOTO_CAME: Final = "better_photo_came"  # how a wish for a better photo is read once the photo is there
WISHES: Final = (BETTER_PHOTO, PHOTO_CAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVerdict:
    """A dermatologist's answer or comment. The trail keeps the commitment to a comment's words."""

    kind: str  # "urgent", "routine", "monitor", "benign", "better_photo" or "comment"
    months: int | None = None
    comment: bytes | None = None  # sealed
    words: str | None = None  # the comment itself, written nowhere
    role: str | None = None  # as what they answer: "dermatologist", "administrator" or "member"
    due_at: datetime | None = None  # of "better_photo": when the photo is overdue


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One answer or comment as it is read back."""

    kind: str
    months: int | None
    is_correction: bool
    level: str
    comment: bytes | None
    at: datetime
    message_id: bytes | None = None  # of the sender's message, sealed, once the outbox forgets it
    role: str | None = None  # as what they answered; None for answers of earlier versions


async def add_verdict(
    session: WriteSession, token: str, verdict: NewVerdict, *, claimer_ref: bytes, now: datetime
) -> Verdict | None:
    """Write an answer of the person who claimed the referral; None if they do not hold the claim.

    A request for a better photo opens the case again, and an urgent answer before it still holds. A comment
    alone is not an answer.
    """
    keeps_open = verdict.kind == "better_photo"
    found = await _take(session, token, claimer_ref, kind=verdict.kind, now=now)
    if found is None:
        return None
    referral_id, subject, case_number, level = found
    is_correction = corrects(await list_verdicts(session, referral_id), verdict.kind)
    if verdict.due_at is not None:
        await change_due(session, token, due_at=verdict.due_at)
    if verdict.kind != "comment" and not keeps_open:
        await start_confirmation(session, token, is_urgent=verdict.kind == "urgent", now=now)
        await end_earlier_confirmations(session, case_number, before=referral_id)
    salt = secrets.token_bytes(SALT_BYTES) if verdict.words is not None else None
    row = VerdictRow(
        referral_id=referral_id,
        kind=verdict.kind,
        months=verdict.months,
        is_correction=is_correction,
        level=level,
        comment=verdict.comment,
        comment_salt=salt,
        role=verdict.role,
        at=now,
    )
    session.add(row)
    await session.flush()
    payload: dict[str, object] = {
        "verdict": verdict.kind,
        "months": verdict.months,
        "correction": row.is_correction,
        "level": level,
        "referral": token,
    }
    if keeps_open:
        payload |= {"keeps_open": True, "claimed": True}
    if verdict.comment is not None:
        payload["sealed"] = hash_sealed(verdict.comment)
    if salt is not None:
        payload["comment"] = commitment(verdict.words, salt=salt)
    entry = AuditEntry(kind="verdict", subject=subject, case_number=case_number, payload=payload)
    await append(session, entry, now=now)
    return _to_verdict(row)


async def list_verdicts(session: ReadSession | WriteSession, referral_id: int) -> list[Verdict]:
    """All answers and comments of a referral, oldest first."""
    found = select(VerdictRow).where(VerdictRow.referral_id == referral_id).order_by(VerdictRow.id)
    return [_to_verdict(row) for row in await session.scalars(found)]


async def list_verdicts_of_each(
    session: ReadSession | WriteSession, referral_ids: Sequence[int]
) -> dict[int, list[Verdict]]:
    """All answers and comments of each of these referrals, oldest first."""
    found = select(VerdictRow).where(VerdictRow.referral_id.in_(referral_ids)).order_by(VerdictRow.id)
    verdicts: dict[int, list[Verdict]] = {}
    for row in await session.scalars(found):
        verdicts.setdefault(row.referral_id, []).append(_to_verdict(row))
    return verdicts


async def erase_comments(session: WriteSession, subject: str) -> None:
    """Erase the free text about a sender's cases; the answers stay and count."""
    mine = select(ReferralRow.id).where(ReferralRow.subject == subject)
    await session.execute(
        update(VerdictRow)
        .where(VerdictRow.referral_id.in_(mine))
        .values(comment=None, comment_salt=None, message_id=None)
        .execution_options(synchronize_session=False)
    )


async def note_sent_answers(session: WriteSession) -> None:
    """Record which messages gave the senders their answers, before the outbox forgets them."""
    earlier = aliased(VerdictRow)
    place = select(func.count()).where(
        earlier.referral_id == VerdictRow.referral_id, earlier.id <= VerdictRow.id
    )
    token = select(ReferralRow.token).where(ReferralRow.id == VerdictRow.referral_id)
    key = (
        "referral:" + token.scalar_subquery() + ":to-sender:verdict:" + cast(place.scalar_subquery(), String)
    )
    sent = select(OutboxRow.message_id).where(OutboxRow.key == key, OutboxRow.state == "sent")
    has_address = select(ReferralRow.id).where(ReferralRow.reply_chat.is_not(None))
    await session.execute(
        update(VerdictRow)
        .where(VerdictRow.message_id.is_(None), VerdictRow.referral_id.in_(has_address))
        .values(message_id=sent.scalar_subquery())
        .execution_options(synchronize_session=False)
    )


async def expire_answers(session: WriteSession) -> None:
    """Erase the message ids of answers whose sender's address is erased."""
    gone = select(ReferralRow.id).where(ReferralRow.details.is_(None))
    await session.execute(
        update(VerdictRow)
        .where(VerdictRow.message_id.is_not(None), VerdictRow.referral_id.in_(gone))
        .values(message_id=None)
        .execution_options(synchronize_session=False)
    )


async def change_due(session: WriteSession, token: str, *, due_at: datetime) -> None:
    """Start the time for an answer, or for a better photo, again."""
    await session.execute(
        update(ReferralRow)
        .where(ReferralRow.token == token, ReferralRow.state.in_(UNANSWERED))
        .values(due_at=due_at, overdue_told_at=None)
        .execution_options(synchronize_session=False)
    )


def find_urgent(verdicts: Sequence[Verdict]) -> Verdict | None:
    """The urgent answer that holds, also while the clinic waits for a better photo."""
    for each in reversed(verdicts):
        if each.kind == "urgent":
            return each
        if each.kind == "comment":
            continue
        if each.kind not in WISHES or each.is_correction:
            return None
    return None


def find_answer(verdicts: Sequence[Verdict]) -> Verdict | None:
    """The answer that holds: no comment, and no wish for a better photo."""
    answers = (each for each in reversed(verdicts) if each.kind not in ("comment", *WISHES))
    return find_urgent(verdicts) or next(answers, None)


def has_photo_come(said: Verdict | None, photo_at: datetime | None) -> bool:
    """Whether the last answer asks for a better photo, and the case's last photo was added since."""
    return said is not None and said.kind == BETTER_PHOTO and photo_at is not None and photo_at > said.at


def find_replaced(verdicts: Sequence[Verdict]) -> Verdict | None:
    """The answer before, if the last one corrects it."""
    answers = [each for each in verdicts if each.kind != "comment"]
    if not answers or not answers[-1].is_correction:
        return None
    return find_urgent(answers[:-1]) or next(iter(answers[-2:-1]), None)


def corrects(before: Sequence[Verdict], kind: str) -> bool:
    """Whether a verdict of this kind replaces an answer among those before it.

    A request for a better photo is not corrected, and does not correct an urgent answer.
    """
    if find_urgent(before) is not None:
        return kind not in ("comment", "better_photo")
    answers = [each.kind for each in before if each.kind != "comment"]
    return kind != "comment" and bool(answers) and answers[-1] != "better_photo"


async def _take(
    session: WriteSession, token: str, claimer_ref: bytes, *, kind: str, now: datetime
) -> tuple[int, str, str, str] | None:
    """Hold the claimer's referral for this transaction, in the state that this kind of verdict leaves it in.

    Returns:
        Its id, subject, case number and level; None: it is not theirs, or it waits for a claim.
    """
    values: dict[str, Any] = {"state": "answered", "answered_at": func.coalesce(ReferralRow.answered_at, now)}
    if kind in ("comment", "better_photo"):
        values = {"token": token} if kind == "comment" else {"state": "claimed"}
    changed = await session.execute(
        update(ReferralRow)
        .where(ReferralRow.token == token, ReferralRow.claimer_ref == claimer_ref)
        .where(ReferralRow.state.in_(("claimed", "answered")))
        .values(**values)
        .returning(ReferralRow.id, ReferralRow.subject, ReferralRow.case_number, ReferralRow.level)
        .execution_options(synchronize_session=False)
    )
    row = changed.one_or_none()
    return None if row is None else (row[0], row[1], row[2], row[3])


def _to_verdict(row: VerdictRow) -> Verdict:
    return Verdict(
        kind=row.kind,
        months=row.months,
        is_correction=row.is_correction,
        level=row.level,
        comment=row.comment,
        at=row.at,
        message_id=row.message_id,
        role=row.role,
    )
