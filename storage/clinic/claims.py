"""Claims, releases and reopens referrals. Functions never commit.

One conditional UPDATE decides, judged by its row count.
"""

from datetime import datetime

from sqlalchemy import Update, and_, case, or_, update

from storage.clinic.referral_entries import REFERRAL_FACTS, note_change
from storage.clinic.tables import UNANSWERED, ReferralRow
from storage.database.sessions import WriteSession
from storage.record.audit import AuditEntry, append


async def claim_referral(
    session: WriteSession, token: str, *, claimer_ref: bytes, claimer: bytes, now: datetime
) -> bool:
    """Take a referral that nobody has claimed; False if somebody was faster.

    An answered one whose claimer is gone stays answered: see `Referral.lacks_claimer`.
    """
    is_answered = ReferralRow.state == "answered"
    lacks_claimer = and_(is_answered, ReferralRow.claimer_ref.is_(None), ReferralRow.chase_at.is_not(None))
    changed = await session.execute(
        update(ReferralRow)
        .where(ReferralRow.token == token, or_(ReferralRow.state == "open", lacks_claimer))
        .values(
            state=case((is_answered, "answered"), else_="claimed"),
            claimer_ref=claimer_ref,
            claimer=claimer,
            claimed_at=now,
            unconfirmed_told_at=None,
        )
        .returning(ReferralRow.subject, ReferralRow.case_number, ReferralRow.asked_at, ReferralRow.state)
        .execution_options(synchronize_session=False)
    )
    taken = changed.one_or_none()
    if taken is None:
        return False
    payload: dict[str, object] = {
        "referral": token,
        "waited_s": round((now - taken.asked_at).total_seconds()),
    }
    if taken.state == "answered":
        payload["answered"] = True
    entry = AuditEntry(kind="claim", subject=taken.subject, case_number=taken.case_number, payload=payload)
    await append(session, entry, now=now)
    return True


async def release_claim(session: WriteSession, token: str, *, claimer_ref: bytes, now: datetime) -> bool:
    """Release a claimed referral; False if somebody else holds it, or it is answered."""
    released = (
        update(ReferralRow)
        .where(ReferralRow.token == token)
        .where(ReferralRow.state == "claimed", ReferralRow.claimer_ref == claimer_ref)
        .values(state="open", claimer_ref=None, claimer=None)
    )
    return await _execute(session, released, kind="release", now=now)


async def reopen_referral(session: WriteSession, token: str, *, due_at: datetime, now: datetime) -> bool:
    """Open an answered referral again, to be answered by `due_at`; False if it is not answered."""
    reopened = (
        update(ReferralRow)
        .where(ReferralRow.token == token)
        .where(ReferralRow.state == "answered", ReferralRow.details.is_not(None))
        .values(state="open", claimer_ref=None, claimer=None, due_at=due_at, overdue_told_at=None)
    )
    return await _execute(session, reopened, kind="reopen", now=now)


async def free_unconfirmed(session: WriteSession, token: str, *, now: datetime) -> None:
    """Take an unconfirmed urgent answer from a claimer who may no longer answer; an answer stays."""
    held = update(ReferralRow).where(ReferralRow.token == token, ReferralRow.chase_at.is_not(None))
    nobody = {"claimer_ref": None, "claimer": None}
    released = held.where(ReferralRow.state == "claimed").values(state="open", **nobody)
    if not await _execute(session, released, kind="release", now=now):
        await session.execute(held.where(ReferralRow.state == "answered").values(**nobody))


async def release_overdue(session: WriteSession, token: str, *, now: datetime) -> bool:
    """Note that both sides are notified, and release the claim. False if they were notified before."""
    overdue = (
        update(ReferralRow)
        .where(ReferralRow.token == token)
        .where(ReferralRow.state.in_(UNANSWERED), ReferralRow.overdue_told_at.is_(None))
        .values(overdue_told_at=now, state="open", claimer_ref=None, claimer=None)
    )
    return await _execute(session, overdue, kind="release", now=now)


async def _execute(session: WriteSession, statement: Update, *, kind: str, now: datetime) -> bool:
    """Change a referral, with an entry in the audit trail; False if nothing was changed."""
    changed = await session.execute(
        statement.returning(*REFERRAL_FACTS).execution_options(synchronize_session=False)
    )
    rows = changed.all()
    for row in rows:
        await note_change(session, row, kind, now=now)
    return bool(rows)
