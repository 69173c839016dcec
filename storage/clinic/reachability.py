"""Referrals whose sender can no longer be reached, and can be again. Functions never commit."""

from datetime import datetime

from sqlalchemy import select, update

from storage.clinic.referrals import Referral, Session, list_referrals
from storage.clinic.tables import ReferralRow
from storage.database.sessions import WriteSession
from storage.queues.tables import OutboxRow


async def list_unreachable(session: Session) -> list[Referral]:
    """Referrals whose sender turned out to be unreachable: Telegram refused a message to them."""
    failed = select(OutboxRow.key).where(
        OutboxRow.state == "failed", OutboxRow.key.like("referral:%:to-sender:%")
    )
    tokens = {key.split(":")[1] for key in await session.scalars(failed)}
    if not tokens:
        return []
    found = select(ReferralRow).where(
        ReferralRow.token.in_(tokens),
        ReferralRow.unreachable_at.is_(None),
        ReferralRow.details.is_not(None),  # else the address has expired, or the sender is forgotten
        ReferralRow.state != "withdrawn",
    )
    return await list_referrals(session, found.order_by(ReferralRow.id))


async def mark_unreachable(session: WriteSession, token: str, *, now: datetime) -> None:
    """Note that the sender cannot be reached, and delete the return address."""
    await session.execute(
        update(ReferralRow).where(ReferralRow.token == token).values(unreachable_at=now, reply_chat=None)
    )


async def mark_reachable(session: WriteSession, token: str, *, reply_chat: bytes) -> None:
    """Note that the sender can be reached again, and where. Earlier failures no longer count."""
    failed = OutboxRow.state == "failed", OutboxRow.key.like(f"referral:{token}:to-sender:%")
    await session.execute(update(OutboxRow).where(*failed).values(state="cancelled"))
    values = {"unreachable_at": None, "reply_chat": reply_chat}
    await session.execute(update(ReferralRow).where(ReferralRow.token == token).values(**values))
