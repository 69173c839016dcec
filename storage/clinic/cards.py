"""Posted cards of referrals: which message each one is, its edits, and cards that a move left behind.

Functions never commit. Message ids come sealed.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import String, case, cast, exists, select, update

from storage.clinic.referral_entries import REFERRAL_FACTS, note_change
from storage.clinic.referrals import ERASED, Referral, Session, list_referrals
from storage.clinic.tables import UNANSWERED, ReferralRow
from storage.database.errors import Conflict
from storage.database.sessions import WriteSession
from storage.queues.tables import OutboxRow

_CAN_BE_WITHDRAWN: Final = (ReferralRow.state.in_(UNANSWERED), ReferralRow.answered_at.is_(None))


async def list_unposted(session: Session) -> list[Referral]:
    """Unanswered referrals whose card stayed behind in a group that has moved."""
    key = _card_key()
    found = select(ReferralRow).where(
        ReferralRow.state.in_(UNANSWERED),
        ReferralRow.posts > 0,
        ReferralRow.message_id.is_(None),
        ~exists().where(OutboxRow.key == key),
    )
    return await list_referrals(session, found.order_by(ReferralRow.id))


async def list_undelivered(session: Session) -> list[Referral]:
    """Referrals without an answer whose card Telegram refused: nobody in the clinic has seen it."""
    found = select(ReferralRow).join(OutboxRow, OutboxRow.key == _card_key())
    refused = found.where(*_CAN_BE_WITHDRAWN, OutboxRow.state == "failed")
    return await list_referrals(session, refused.order_by(ReferralRow.id))


async def withdraw_referral(session: WriteSession, token: str, *, now: datetime) -> bool:
    """Withdraw a referral that has no answer, so that the sender can ask again.

    False if it is no longer open, or was answered once: an answer holds even if the case is reopened.
    """
    changed = await session.execute(
        update(ReferralRow)
        .where(ReferralRow.token == token, *_CAN_BE_WITHDRAWN)
        .values(**ERASED, outcome_chat=None, state="withdrawn")
        .returning(*REFERRAL_FACTS)
    )
    rows = changed.all()
    for row in rows:
        await note_change(session, row, "withdrawal", now=now)
    return bool(rows)


async def leave_cards_behind(session: WriteSession, clinic_id: int) -> None:
    """The clinic's group has moved: message ids of before mean other messages there, or none."""
    await session.execute(
        update(ReferralRow)
        .where(ReferralRow.clinic_id == clinic_id)
        .values(message_id=None, posts=ReferralRow.posts + 1)
    )


async def count_edit(session: WriteSession, token: str, *, seen: int) -> None:
    """Name the next edit of the card.

    Raises:
        Conflict: the card was edited meanwhile: read the referral again.
    """
    changed = await session.scalars(
        update(ReferralRow)
        .where(ReferralRow.token == token, ReferralRow.edits == seen)
        .values(edits=seen + 1)
        .returning(ReferralRow.id)
    )
    if changed.one_or_none() is None:
        raise Conflict("The card was edited meanwhile: read the referral again.")


async def note_message(session: WriteSession, token: str, *, message_id: bytes) -> None:
    """Remember which message the card is, sealed, beyond the outbox's memory."""
    await session.execute(
        update(ReferralRow)
        .where(ReferralRow.token == token, ReferralRow.message_id.is_(None))
        .values(message_id=message_id)
    )


async def note_sent_messages(session: WriteSession) -> None:
    """Remember the messages of cards that have gone out, before the outbox forgets them."""
    sent = select(OutboxRow.message_id).where(OutboxRow.key == _card_key(), OutboxRow.state == "sent")
    await session.execute(
        update(ReferralRow)
        .where(ReferralRow.message_id.is_(None), ReferralRow.state != "withdrawn")
        .values(message_id=sent.scalar_subquery())
        .execution_options(synchronize_session=False)
    )


def _card_key() -> Any:
    """`Referral.card_key`, for the database."""
    number = case((ReferralRow.posts == 0, ""), else_=cast(ReferralRow.posts, String))
    return "referral:" + ReferralRow.token + ":card" + number
