"""A clinic's worklist: unanswered referrals, and urgent answers without a confirmation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select

from storage.clinic.referrals import Referral, Session, list_referrals
from storage.clinic.tables import UNANSWERED, ReferralRow

ANSWERS_COUNTED: Final = 100  # the newest ones say how long an answer usually takes


async def list_work(
    session: Session, clinic_id: int, *, user_refs: Sequence[bytes] | None = None
) -> list[Referral]:
    """A clinic's unfinished referrals, oldest first; with `user_refs`, those that this person claimed."""
    found = select(ReferralRow).where(
        ReferralRow.clinic_id == clinic_id,
        or_(ReferralRow.state.in_(UNANSWERED), ReferralRow.chase_at.is_not(None)),
    )
    if user_refs is not None:
        found = found.where(ReferralRow.claimer_ref.in_(user_refs))
    return await list_referrals(session, found.order_by(ReferralRow.id))


async def list_answer_times(session: Session, clinic_id: int) -> Sequence[float]:
    """Seconds from question to answer of the clinic's newest answers, sorted."""
    columns = ReferralRow.asked_at, ReferralRow.answered_at
    found = select(*columns).where(ReferralRow.clinic_id == clinic_id, ReferralRow.answered_at.is_not(None))
    rows = await session.execute(found.order_by(ReferralRow.id.desc()).limit(ANSWERS_COUNTED))
    times: list[tuple[datetime, datetime | None]] = [(row[0], row[1]) for row in rows]
    return sorted((answered - asked).total_seconds() for asked, answered in times if answered is not None)
