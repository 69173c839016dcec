"""Messages about a sender's cases in clinics' chats, beside the cards. Functions never commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from storage.clinic.referrals import Referral
from storage.clinic.tables import GroupMessageRow
from storage.database.sessions import ReadSession, WriteSession
from storage.queues.tables import OutboxRow

Session = ReadSession | WriteSession


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMessage:
    """One message, by its key in the outbox."""

    key: str
    subject: str
    clinic_id: int
    case_number: str
    kind: str  # "words", "photo" or "card"
    message_id: bytes | None = None  # sealed; None: the outbox knows it, or it has not gone out


async def keep_group_message(session: WriteSession, message: GroupMessage, *, now: datetime) -> None:
    """Remember a message. Known already, it stays as it is."""
    if await session.get(GroupMessageRow, message.key) is not None:
        return
    values = {name: getattr(message, name) for name in GroupMessage.__slots__}
    session.add(GroupMessageRow(**values, created_at=now))
    await session.flush()


async def list_group_messages(
    session: Session, subject: str, *, case_number: str | None = None
) -> Sequence[GroupMessage]:
    """A sender's messages, of one case or of all, oldest first, each with its id if it is known."""
    found = GroupMessageRow.subject == subject
    if case_number is not None:
        found &= GroupMessageRow.case_number == case_number
    return await _list(session, found)


async def list_referral_messages(session: Session, referral: Referral) -> Sequence[GroupMessage]:
    """The photos of one referral, and what its sender asked back; in order, each with its id if known.

    A referral that was answered before keeps its own, and an answer in a teaching round belongs to none.
    """
    photos = GroupMessageRow.key.startswith(f"referral:{referral.token}:", autoescape=True)
    asked_back = and_(
        ~GroupMessageRow.key.startswith("referral:"),
        GroupMessageRow.kind != "card",
        GroupMessageRow.created_at >= referral.asked_at,  # before, replies went to the earlier referral
    )
    mine = GroupMessageRow.subject == referral.subject, GroupMessageRow.case_number == referral.case_number
    return await _list(session, and_(*mine, or_(photos, asked_back)))


async def _list(session: Session, condition: ColumnElement[bool]) -> Sequence[GroupMessage]:
    found = select(GroupMessageRow, OutboxRow.message_id).outerjoin(
        OutboxRow, OutboxRow.key == GroupMessageRow.key
    )
    order = GroupMessageRow.created_at, GroupMessageRow.key
    rows = await session.execute(found.where(condition).order_by(*order))
    return [
        GroupMessage(
            **{name: getattr(row, name) for name in GroupMessage.__slots__}
            | {"message_id": row.message_id or sent}
        )
        for row, sent in rows
    ]


async def note_sent_group_messages(session: WriteSession) -> None:
    """Remember which messages they are, before the outbox forgets them."""
    sent = select(OutboxRow.message_id).where(OutboxRow.key == GroupMessageRow.key, OutboxRow.state == "sent")
    await session.execute(
        update(GroupMessageRow)
        .where(GroupMessageRow.message_id.is_(None))
        .values(message_id=sent.scalar_subquery())
        .execution_options(synchronize_session=False)
    )


async def leave_behind(session: WriteSession, clinic_id: int) -> None:
    """Forget a clinic's messages: its group has moved, and they cannot be edited any more."""
    await session.execute(delete(GroupMessageRow).where(GroupMessageRow.clinic_id == clinic_id))
