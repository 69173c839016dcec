"""Cases that a clinic is asked about: asked, claimed, answered, withdrawn.

Who claims and who answers is settled by one conditional UPDATE, judged by its row count. Functions take a
session and never commit. Chats, people and what was written come sealed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, cast

from sqlalchemy import Result, Table, bindparam, exists, or_, select, update

from storage.clinic.referral_entries import REFERRAL_FACTS, note_change
from storage.clinic.tables import UNANSWERED, ReferralRow, VerdictRow
from storage.database.base import literally_in
from storage.database.errors import Conflict
from storage.database.sessions import ReadSession, WriteSession
from storage.record.audit import AuditEntry, append

Session = ReadSession | WriteSession
ERASED: Final[dict[str, Any]] = {
    "claimer_ref": None,
    "claimer": None,
    "reply_chat": None,
    "details": None,
    "chase_at": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReferral:
    """A referral to write. With the same `token` a replay finds the row instead of writing a second one."""

    token: str
    case_number: str
    subject: str
    clinic_id: int
    level: str
    language: str
    due_at: datetime
    reply_chat: bytes  # sealed
    details: bytes  # sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """A referral as it is read back."""

    id: int
    token: str
    case_number: str
    subject: str
    clinic_id: int | None
    state: str  # "open", "claimed", "answered", "withdrawn"
    level: str
    language: str
    asked_at: datetime
    due_at: datetime
    overdue_told_at: datetime | None
    claimed_at: datetime | None
    answered_at: datetime | None
    unreachable_at: datetime | None
    seen_at: datetime | None = None
    referred_on: date | None = None
    chase_at: datetime | None = None
    telephone_asked_on: date | None = None
    unconfirmed_told_at: datetime | None = None
    outcome_chat: bytes | None = None  # sealed
    edits: int
    posts: int
    claimer_ref: bytes | None
    claimer: bytes | None  # sealed
    message_id: bytes | None  # of the card, sealed
    reply_chat: bytes | None  # sealed
    details: bytes | None  # sealed

    @property
    def card_key(self) -> str:
        """The name of the posted message in the outbox; another one after each move of the group."""
        return f"referral:{self.token}:card{self.posts or ''}"

    @property
    def is_open(self) -> bool:
        """Whether an answer is still to come."""
        return self.state in UNANSWERED

    @property
    def can_be_withdrawn(self) -> bool:
        """Whether no answer has come yet. An answer holds even if the case is reopened."""
        return self.is_open and self.answered_at is None

    @property
    def lacks_claimer(self) -> bool:
        """Whether an urgent answer is not confirmed, and its claimer is gone: anyone can claim it."""
        return self.state == "answered" and self.claimer_ref is None and self.chase_at is not None


async def add_referral(session: WriteSession, new: NewReferral, *, now: datetime) -> None:
    """Write a referral; the same token again changes nothing.

    Raises:
        Conflict: the case is with a clinic already.
    """
    taken = select(ReferralRow.token).where(
        ReferralRow.case_number == new.case_number, ReferralRow.state.in_(UNANSWERED)
    )
    if await get_referral(session, new.token) is not None:
        return
    if await session.scalar(taken) is not None:
        raise Conflict("The case is with a clinic already.")
    values = {name: getattr(new, name) for name in NewReferral.__slots__}
    session.add(ReferralRow(**values, outcome_chat=new.reply_chat, state="open", asked_at=now, edits=0))
    await session.flush()
    payload = {"referral": new.token, "level": new.level, "clinic": new.clinic_id}
    entry = AuditEntry(kind="referral", subject=new.subject, case_number=new.case_number, payload=payload)
    await append(session, entry, now=now)


async def get_referral(session: Session, token: str) -> Referral | None:
    """One referral by the token in its buttons."""
    row = await session.scalar(select(ReferralRow).where(ReferralRow.token == token))
    return None if row is None else to_referral(row)


async def find_latest(session: Session, case_number: str) -> Referral | None:
    """The referral of a case that waits for its answer; else the newest that was not withdrawn, or any."""
    found = select(ReferralRow).where(ReferralRow.case_number == case_number)
    is_answered = ReferralRow.state.not_in(UNANSWERED)
    order = is_answered, ReferralRow.state == "withdrawn", ReferralRow.id.desc()
    row = await session.scalar(found.order_by(*order).limit(1))
    return None if row is None else to_referral(row)


async def list_of_each(session: Session, case_numbers: Sequence[str]) -> dict[str, list[Referral]]:
    """The referrals of each of these cases that were not withdrawn unanswered, oldest first."""
    found: dict[str, list[Referral]] = {}
    for row in await session.scalars(_OF_CASES, {"numbers": list(case_numbers)}):
        found.setdefault(row.case_number, []).append(to_referral(row))
    return found


async def find_open(session: Session, case_number: str) -> Referral | None:
    """The referral of a case that still waits for its answer."""
    found = await find_latest(session, case_number)
    return found if found is not None and found.is_open else None


async def list_open_cases(session: Session, subject: str) -> list[str]:
    """The numbers of a sender's cases that a clinic has not answered yet."""
    mine = ReferralRow.subject == subject, ReferralRow.state.in_(UNANSWERED)
    found = select(ReferralRow.case_number).where(*mine).order_by(ReferralRow.id)
    return list((await session.scalars(found)).all())


async def list_waiting_of_subject(session: Session, subject: str) -> list[Referral]:
    """A sender's unanswered referrals, oldest first."""
    found = await session.execute(_WAITING_OF_SUBJECT, {"owner": subject})
    return [Referral(**row) for row in found.mappings()]


async def list_of_subject(session: Session, subject: str) -> list[Referral]:
    """All referrals of a sender that were not withdrawn, oldest first."""
    found = select(ReferralRow).where(ReferralRow.subject == subject, ReferralRow.state != "withdrawn")
    return await list_referrals(session, found.order_by(ReferralRow.id))


async def list_of_claimer(session: Session, user_refs: Sequence[bytes]) -> list[Referral]:
    """All referrals that this person has claimed and whose cards say so, oldest first."""
    theirs = ReferralRow.claimer_ref.in_(user_refs), ReferralRow.state != "withdrawn"
    return await list_referrals(session, select(ReferralRow).where(*theirs).order_by(ReferralRow.id))


async def list_waiting(session: Session, clinic_id: int) -> list[Referral]:
    """A clinic's unanswered referrals, oldest first."""
    found = select(ReferralRow).where(ReferralRow.clinic_id == clinic_id, ReferralRow.state.in_(UNANSWERED))
    return await list_referrals(session, found.order_by(ReferralRow.id))


async def list_overdue(session: Session, *, now: datetime) -> list[Referral]:
    """Referrals past their due time of which nobody was notified yet."""
    found = select(ReferralRow).where(
        ReferralRow.state.in_(UNANSWERED), ReferralRow.due_at <= now, ReferralRow.overdue_told_at.is_(None)
    )
    return await list_referrals(session, found.order_by(ReferralRow.id))


async def translate_referrals(session: WriteSession, subject: str, language: str) -> None:
    """Write to a sender about their requests in this language."""
    await session.execute(update(ReferralRow).where(ReferralRow.subject == subject).values(language=language))


async def change_level(
    session: WriteSession, token: str, *, level: str, due_at: datetime, now: datetime
) -> None:
    """The case's level as the card shows it from now on, and by when an answer is due."""
    changed = await session.execute(
        update(ReferralRow)
        .where(ReferralRow.token == token)
        .values(level=level, due_at=due_at)
        .returning(*REFERRAL_FACTS)
    )
    for row in changed.all():
        await note_change(session, row, "referral_level", now=now, level=level)


async def erase_for_subject(
    session: WriteSession, subject: str, user_refs: Sequence[bytes], *, now: datetime
) -> None:
    """Withdraw what a sender still waits for, erase what could lead to anyone, also to them as a claimer.

    What was answered stays answered, and counts, also if it was reopened.
    """
    mine = ReferralRow.subject == subject
    await session.execute(update(ReferralRow).where(mine).values(**ERASED, outcome_chat=None))
    reopened = mine, ReferralRow.state.in_(UNANSWERED), ReferralRow.answered_at.is_not(None)
    answered = update(ReferralRow).where(*reopened).values(state="answered")
    closed = await session.execute(answered.returning(*REFERRAL_FACTS))
    await _note_each(session, closed, "close", now=now)
    waiting = update(ReferralRow).where(mine, ReferralRow.state.in_(UNANSWERED)).values(state="withdrawn")
    withdrawn = await session.execute(waiting.returning(*REFERRAL_FACTS))
    await _note_each(session, withdrawn, "withdrawal", now=now)
    claimed = ReferralRow.claimer_ref.in_(user_refs)
    freed = update(ReferralRow).where(claimed, ReferralRow.state == "claimed").values(state="open")
    released = await session.execute(freed.returning(*REFERRAL_FACTS))
    await _note_each(session, released, "release", now=now)
    # Nobody can telephone any more: group and admins are notified again.
    nobody = {"claimer_ref": None, "claimer": None, "unconfirmed_told_at": None}
    await session.execute(update(ReferralRow).where(claimed).values(**nobody))


async def expire_addresses(session: WriteSession, *, before: datetime) -> int:
    """Erase return addresses and details of referrals last answered before this time; their number."""
    newer = exists().where(
        VerdictRow.referral_id == ReferralRow.id, VerdictRow.kind != "comment", VerdictRow.at >= before
    )
    old = ReferralRow.state == "answered", ReferralRow.answered_at < before, ~newer
    gone = await session.scalars(
        update(ReferralRow)
        .where(*old, ReferralRow.details.is_not(None))
        .values(**ERASED)
        .returning(ReferralRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


def to_referral(row: ReferralRow) -> Referral:
    """A row as a plain value."""
    return Referral(**{name: getattr(row, name) for name in Referral.__slots__})


_REFERRALS: Final = cast("Table", ReferralRow.__table__)
_WAITING_OF_SUBJECT: Final = (  # put together once, of plain columns: asked with every photo
    select(*(_REFERRALS.c[name] for name in Referral.__slots__))
    .where(_REFERRALS.c.subject == bindparam("owner"), literally_in(_REFERRALS.c.state, UNANSWERED))
    .order_by(_REFERRALS.c.id)
)
_OF_CASES: Final = (
    select(ReferralRow)
    .where(ReferralRow.case_number.in_(bindparam("numbers", expanding=True)))
    .where(or_(ReferralRow.state != "withdrawn", ReferralRow.answered_at.is_not(None)))
    .order_by(ReferralRow.id)
)


async def _note_each(
    session: WriteSession, changed: Result[str, str, str], kind: str, *, now: datetime
) -> int:
    rows = changed.all()
    for row in rows:
        await note_change(session, row, kind, now=now)
    return len(rows)


async def list_referrals(session: Session, statement: Any) -> list[Referral]:
    """The referrals that a statement selects, as plain values."""
    rows: Sequence[ReferralRow] = (await session.scalars(statement)).all()
    return [to_referral(row) for row in rows]
