"""Rewrites queued rows under another key, for a rotation: sealed values and keyed hashes.

Functions take a session and never commit.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select, update

from storage.database.sessions import WriteSession
from storage.queues.tables import InboxRow, OutboxRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedUpdate:
    """The values of an update that depend on the key."""

    payload: bytes
    lane_ref: bytes
    album_ref: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedMessage:
    """The values of a message that depend on the key."""

    chat: bytes
    payload: bytes
    blob: bytes | None
    message_id: bytes | None
    lane_ref: bytes


async def rewrite_updates(session: WriteSession, renew: Callable[[bytes], SealedUpdate]) -> int:
    """Replace the values of each update by what `renew` returns; the number of rows."""
    ids = (await session.scalars(select(InboxRow.id).where(InboxRow.payload.is_not(None)))).all()
    for number in ids:
        payload = (await session.execute(select(InboxRow.payload).where(InboxRow.id == number))).scalar_one()
        renewed = renew(payload or b"")
        values = {name: getattr(renewed, name) for name in SealedUpdate.__slots__}
        await session.execute(update(InboxRow).where(InboxRow.id == number).values(**values))
    return len(ids)


async def rewrite_messages(session: WriteSession, renew: Callable[[SealedMessage], SealedMessage]) -> int:
    """Replace the values of each waiting message by what `renew` returns; the number of rows."""
    names = SealedMessage.__slots__
    columns = [getattr(OutboxRow, name) for name in names]
    ids = (await session.scalars(select(OutboxRow.id).where(OutboxRow.payload.is_not(None)))).all()
    for number in ids:
        row = (await session.execute(select(*columns).where(OutboxRow.id == number))).one()
        renewed = renew(SealedMessage(**row._asdict()))
        values = {name: getattr(renewed, name) for name in names}
        await session.execute(update(OutboxRow).where(OutboxRow.id == number).values(**values))
    return len(ids)
