"""The durable outbox: messages are written with their turn, sent in order and erased when sent.

Functions take a session and never commit. Chat, text, picture and message id are sealed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import CursorResult, and_, case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database.sessions import ReadSession, WriteSession
from storage.queues.outbox_statements import (
    add_unless_known,
    change,
    claim_heads,
    find_last_answer,
    find_replaced,
    read_claimed,
)
from storage.queues.tables import AGAIN, MessageForm, MessageKind, OutboxRow, OutboxState


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message to put into the outbox. `message_id`: the sealed id of the message that it edits."""

    key: str
    replaces: str | None
    priority: int
    kind: MessageKind
    is_group: bool
    lane_ref: bytes
    chat: bytes
    payload: bytes
    blob: bytes | None
    message_id: bytes | None


@dataclass(frozen=True, slots=True)
class PendingMessage:
    """The facts that decide the order of sending."""

    id: int
    lane_ref: bytes
    is_group: bool
    priority: int
    not_before: float


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message about to be sent.

    `target` is the sealed id of the message that it edits, sent as `target_kind` in `target_form`.
    """

    id: int
    key: str
    replaces: str | None
    kind: MessageKind
    chat: bytes
    payload: bytes
    blob: bytes | None
    unknown: bool
    attempts: int
    created_at: float
    form: MessageForm
    target: bytes | None
    target_kind: MessageKind | None
    target_form: MessageForm | None


ERASED: dict[str, Any] = {
    "chat": None,
    "lane_ref": None,
    "payload": None,
    "blob": None,
    "claimed_by": None,
    "lease_until": None,
}


_CLAIMING: Final = claim_heads()
_CLAIMED: Final = read_claimed(ClaimedMessage.__slots__)
_REPLACED: Final = find_replaced()
_LAST_ANSWER: Final = find_last_answer()


async def put_message(session: WriteSession, message: NewMessage, *, now: float) -> PendingMessage | None:
    """Write a message; None if its key is known already.

    The message that it replaces is cancelled if it still waits, unless part of it is still needed.
    """
    priority, unknown = message.priority, message.key.startswith(AGAIN)
    if message.replaces is not None:
        priority, was_unknown = await _supersede(session, message, now=now)
        unknown = unknown or was_unknown
        if not message.key.startswith(f"{message.replaces}:"):
            # Later than every answer that the chat waits for: one behind its acknowledgement has that
            # one's priority, and must not be overtaken.
            last = await session.scalar(_LAST_ANSWER, {"lane": message.lane_ref})
            priority = max(priority, int(last or 0))
    values = {name: getattr(message, name) for name in NewMessage.__slots__}
    values |= {"priority": priority, "unknown": unknown, "state": "pending", "created_at": now}
    adding = add_unless_known(session.get_bind().dialect.name, tuple(values))
    new_id = await session.scalar(adding, values)
    if new_id is None:
        return None
    return PendingMessage(new_id, message.lane_ref, message.is_group, priority, 0.0)


async def claim_messages(
    session: WriteSession, ids: Sequence[int], *, owner: str, lease_until: float
) -> list[ClaimedMessage]:
    """Mark messages (at most one per lane) as being sent if they wait and are the head of their lane."""
    await _lock_lanes(session, ids)
    values = {"ids": list(ids), "owner": owner, "until": lease_until}
    claimed = await session.execute(_CLAIMING, values)
    mine = [row.id for row in claimed]
    return [ClaimedMessage(*row) for row in await session.execute(_CLAIMED, {"ids": mine})] if mine else []


async def list_unclaimed(session: WriteSession, ids: Sequence[int]) -> list[int]:
    """The messages of these that still wait."""
    return list(
        await session.scalars(select(OutboxRow.id).where(OutboxRow.id.in_(ids), OutboxRow.state == "pending"))
    )


async def mark_sent(
    session: WriteSession, message: int, *, message_id: bytes | None, kind: MessageKind, now: float
) -> None:
    """Mark a message as sent. Only its key, kind and sealed message id are kept."""
    values: dict[str, Any] = {"state": "sent", "kind": kind, "message_id": message_id, "finished_at": now}
    await _change(session, message, **values, **ERASED)


async def note_album(
    session: WriteSession, message: int, photos: Sequence[tuple[str, bytes]], *, now: float
) -> None:
    """Keep the sealed message id of each photo of an album that was sent, under the photo's key."""
    columns = select(OutboxRow.priority, OutboxRow.is_group, OutboxRow.created_at)
    album = (await session.execute(columns.where(OutboxRow.id == message))).one()
    for key, message_id in photos:
        values = {"key": key, "kind": "photo", "message_id": message_id, "state": "sent", "unknown": False}
        values |= {"finished_at": now, **album._asdict()}
        await session.execute(add_unless_known(session.get_bind().dialect.name, tuple(values)), values)


async def mark_failed(session: WriteSession, message: int, *, now: float) -> None:
    """Erase a message that can never be sent (blocked, refused)."""
    await _change(session, message, state="failed", message_id=None, finished_at=now, **ERASED)


async def put_back(session: WriteSession, message: int, *, unknown: bool, not_before: float) -> None:
    """Requeue a message. `unknown`: it may have been sent."""
    await _change(
        session,
        message,
        state="pending",
        claimed_by=None,
        lease_until=None,
        not_before=not_before,
        more_attempts=1,
        **({"unknown": True} if unknown else {}),
    )


async def put_back_refused(
    session: WriteSession, message: int, *, form: MessageForm, not_before: float
) -> None:
    """Requeue a message that Telegram refused, in another form."""
    values = {"state": "pending", "claimed_by": None, "lease_until": None, "form": form}
    await _change(session, message, **values, not_before=not_before, more_attempts=1)


async def recover_messages(
    session: WriteSession, *, now: float, from_all: bool, held: tuple[int, float]
) -> int:
    """Requeue what dead processes were sending, which may have been sent; the number of rows.

    Args: held: a priority, and the seconds that its messages wait before they may be sent again.
    """
    dead = OutboxRow.state == "sending"
    if not from_all:
        dead = and_(dead, OutboxRow.lease_until < now)
    priority, wait_s = held
    not_before = case((OutboxRow.priority == priority, now + wait_s), else_=OutboxRow.not_before)
    values: dict[str, Any] = {"state": "pending", "claimed_by": None, "lease_until": None, "unknown": True}
    values["not_before"] = not_before
    return (await _execute(session, update(OutboxRow).where(dead).values(**values))).rowcount


async def renew_leases(session: WriteSession, *, owner: str, lease_until: float) -> None:
    """Extend the leases on the messages that this owner is sending."""
    mine = OutboxRow.state == "sending", OutboxRow.claimed_by == owner
    await _execute(session, update(OutboxRow).where(*mine).values(lease_until=lease_until))


async def list_pending(session: ReadSession | WriteSession) -> list[PendingMessage]:
    """Everything that waits to be sent, in order."""
    columns = OutboxRow.id, OutboxRow.lane_ref, OutboxRow.is_group, OutboxRow.priority, OutboxRow.not_before
    rows = await session.execute(select(*columns).where(OutboxRow.state == "pending").order_by(OutboxRow.id))
    return [PendingMessage(row[0], row[1] or b"", row[2], row[3], row[4]) for row in rows]


async def knows(session: ReadSession | WriteSession, key: str) -> bool:
    """Whether a message with this key was put and not deleted since."""
    return await session.scalar(select(OutboxRow.id).where(OutboxRow.key == key)) is not None


async def drop_messages(session: WriteSession, lane_ref: bytes, *, now: float) -> int:
    """Erase the messages that wait to be sent to a chat; the number of rows."""
    waiting = OutboxRow.lane_ref == lane_ref, OutboxRow.state == "pending"
    values = {"state": "cancelled", "finished_at": now, "message_id": None, **ERASED}
    return (await _execute(session, update(OutboxRow).where(*waiting).values(**values))).rowcount


async def count_messages(session: ReadSession | WriteSession) -> dict[OutboxState, int]:
    """The number of rows in each state."""
    rows = await session.execute(select(OutboxRow.state, func.count()).group_by(OutboxRow.state))
    return {cast("OutboxState", state): int(count) for state, count in rows}


async def expire_messages(session: WriteSession, *, now: float, keep_s: float) -> int:
    """Delete messages that ended longer ago than this; the number of rows."""
    return (await _execute(session, delete(OutboxRow).where(OutboxRow.finished_at < now - keep_s))).rowcount


async def _lock_lanes(session: WriteSession, ids: Sequence[int]) -> None:
    """Keep other processes from claiming in these lanes; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "sqlite":
        return
    lanes = select(OutboxRow.lane_ref).where(OutboxRow.id.in_(ids))
    waiting = OutboxRow.lane_ref.in_(lanes), OutboxRow.state.in_(("pending", "sending"))
    await session.execute(select(OutboxRow.id).where(*waiting).order_by(OutboxRow.id).with_for_update())


async def _supersede(session: WriteSession, message: NewMessage, *, now: float) -> tuple[int, bool]:
    """Cancel the replaced message if it waits; the new one's priority, and whether it may be a repeat.

    Keys of edits begin with the key of the replaced message and a colon. An answer or a newer edit cancels
    waiting edits too.
    """
    replaced = message.replaces or ""
    span = {"replaced": replaced, "first": f"{replaced}:", "last": f"{replaced};"}
    found = await session.execute(_REPLACED, span)
    priority, unknown = message.priority, False
    for old in found.all():
        knows_target = old.is_edit and old.key == message.replaces  # the new one does not know it
        is_cancellable = not knows_target and (old.kind == "text" or message.blob is not None)
        if old.state == "pending" and is_cancellable:
            await _change(session, old.id, state="cancelled", finished_at=now, **ERASED)
            is_same = old.key == message.replaces and old.priority == message.priority
            unknown = unknown or (bool(old.unknown) and is_same)
        else:
            priority = max(priority, old.priority)  # wait behind it, then edit it
    return priority, unknown


async def _change(session: WriteSession, message: int, *, more_attempts: int = 0, **values: Any) -> None:
    given = {f"new_{name}": value for name, value in values.items()}
    await _execute(session, change(tuple(values), more_attempts), {"row": message, **given})


async def _execute(session: AsyncSession, statement: Any, values: Any = None) -> CursorResult[Any]:
    options = {"synchronize_session": False}
    return cast("CursorResult[Any]", await session.execute(statement, values, execution_options=options))
