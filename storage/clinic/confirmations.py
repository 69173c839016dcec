"""Urgent answers until their sender confirms them: seen, referred, reminded of, telephoned about.

Functions take a session and never commit.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, select, update

from storage.clinic.referral_entries import REFERRAL_FACTS
from storage.clinic.referrals import Referral, Session, list_referrals
from storage.clinic.tables import ReferralRow, VerdictRow
from storage.database.sessions import WriteSession
from storage.record.audit import AuditEntry, append

FIRST_CHASE: Final = timedelta(hours=4)  # after the answer
NEXT_CHASE: Final = timedelta(days=1)


async def list_unconfirmed(session: Session) -> list[Referral]:
    """Urgent answers that nobody has confirmed yet."""
    found = select(ReferralRow).where(ReferralRow.chase_at.is_not(None)).order_by(ReferralRow.id)
    return await list_referrals(session, found)


async def start_confirmation(session: WriteSession, token: str, *, is_urgent: bool, now: datetime) -> None:
    """A new answer: an urgent one has to be confirmed, any other ends the reminders."""
    await session.execute(
        update(ReferralRow)
        .where(ReferralRow.token == token)
        .values(
            seen_at=None,
            referred_on=None,
            chase_at=now + FIRST_CHASE if is_urgent else None,
            telephone_asked_on=None,
            unconfirmed_told_at=None,
        )
        .execution_options(synchronize_session=False)
    )


async def end_earlier_confirmations(session: WriteSession, case_number: str, *, before: int) -> None:
    """A new answer about a case: urgent ones to its earlier referrals need no confirmation any more."""
    await session.execute(
        update(ReferralRow)
        .where(ReferralRow.case_number == case_number, ReferralRow.id < before)
        .values(chase_at=None)
        .execution_options(synchronize_session=False)
    )


async def note_seen(session: WriteSession, token: str, *, by: str, now: datetime) -> bool:
    """Note that the sender has seen the urgent answer; False if that is known, or another answer holds.

    It is noted after the reminders ended, too.

    Args:
        session: writes.
        token: of the referral.
        by: "sender", or "telephone" if the claimer reached them.
        now: the time.
    """
    keeps_urgent = VerdictRow.kind == "better_photo", VerdictRow.is_correction.is_(False)
    answers = select(VerdictRow.kind).where(
        VerdictRow.referral_id == ReferralRow.id, VerdictRow.kind != "comment", ~and_(*keeps_urgent)
    )
    held = answers.order_by(VerdictRow.id.desc()).limit(1).correlate(ReferralRow).scalar_subquery()
    changed = await session.execute(
        update(ReferralRow)
        .where(ReferralRow.token == token, ReferralRow.state != "withdrawn")
        .where(ReferralRow.seen_at.is_(None), held == "urgent")
        .values(seen_at=now, chase_at=None)
        .returning(*REFERRAL_FACTS)
        .execution_options(synchronize_session=False)
    )
    return await _append_each(session, changed.all(), "seen", {"by": by}, now=now)


async def note_referred(session: WriteSession, token: str, *, on: date, now: datetime) -> bool:
    """Note on which day the sender referred the patient; False if the referral is gone."""
    changed = await session.execute(
        update(ReferralRow)
        .where(ReferralRow.token == token, ReferralRow.seen_at.is_not(None))
        .values(referred_on=on)
        .returning(*REFERRAL_FACTS)
        .execution_options(synchronize_session=False)
    )
    return await _append_each(session, changed.all(), "referred", {"on": on.isoformat()}, now=now)


async def note_chased(session: WriteSession, token: str, *, now: datetime) -> None:
    """The sender was reminded: the next reminder is due in a day."""
    await _update_unconfirmed(session, token, chase_at=now + NEXT_CHASE)


async def note_telephone_asked(session: WriteSession, token: str, *, on: date) -> None:
    """The claimer was asked to telephone today."""
    await _update_unconfirmed(session, token, telephone_asked_on=on)


async def note_unconfirmed_told(session: WriteSession, token: str, *, now: datetime) -> None:
    """Group and admins know that the sender has not confirmed and cannot be telephoned."""
    await _update_unconfirmed(session, token, unconfirmed_told_at=now)


async def _append_each(
    session: WriteSession, rows: Any, kind: str, payload: dict[str, object], *, now: datetime
) -> bool:
    for token, subject, number in rows:
        entry = AuditEntry(
            kind=kind, subject=subject, case_number=number, payload={"referral": token, **payload}
        )
        await append(session, entry, now=now)
    return bool(rows)


async def _update_unconfirmed(session: WriteSession, token: str, **values: Any) -> None:
    """Change a row that still waits for its confirmation: it may have come meanwhile."""
    await session.execute(
        update(ReferralRow)
        .where(ReferralRow.token == token, ReferralRow.chase_at.is_not(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
