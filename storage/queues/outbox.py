"""The durable outbox: messages written with the turn that says them, sent in order, erased when sent.

Functions take a session and never commit. Chat, text, picture and message id come sealed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import CursorResult, and_, delete, func, select, update
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
    """A message as it is put into the outbox. `message_id` is the sealed message that it edits, if any."""

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
    """What the order of sending needs to know."""

    id: int
    lane_ref: bytes
    is_group: bool
    priority: int
    not_before: float


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message about to be sent.

    `target` is the sealed message that it edits, which was sent as `target_kind` and in `target_form`.
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
    """Write a message; None when its key is known already.

    A message that it replaces and that still waits is cancelled, unless something in it is still needed.
    """
    priority, unknown = message.priority, message.key.startswith(AGAIN)
    if message.replaces is not None:
        priority, was_unknown = await _supersede(session, message, now=now)
        unknown = unknown or was_unknown
        if not message.key.startswith(f"{message.replaces}:"):
            priority = max(priority, await _find_last_answer(session, message.lane_ref))
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
    """Mark messages (one a lane at most) as being sent; those alone that wait and are a lane's head."""
    await _lock_lanes(session, ids)
    values = {"ids": list(ids), "owner": owner, "until": lease_until}
    claimed = await session.execute(_CLAIMING, values)
    mine = [row.id for row in claimed]
    return [ClaimedMessage(*row) for row in await session.execute(_CLAIMED, {"ids": mine})] if mine else []


async def list_unclaimed(session: WriteSession, ids: Sequence[int]) -> list[int]:
    """Those of the messages that still wait."""
    return list(
        await session.scalars(select(OutboxRow.id).where(OutboxRow.id.in_(ids), OutboxRow.state == "pending"))
    )


async def mark_sent(
    session: WriteSession, message: int, *, message_id: bytes | None, kind: MessageKind, now: float
) -> None:
    """It is out. Only its key, kind and sealed message id stay."""
    values: dict[str, Any] = {"state": "sent", "kind": kind, "message_id": message_id, "finished_at": now}
    await _change(session, message, **values, **ERASED)


async def mark_failed(session: WriteSession, message: int, *, now: float) -> None:
    """It can never be sent (blocked, refused). Erased."""
    await _change(session, message, state="failed", message_id=None, finished_at=now, **ERASED)


async def put_back(session: WriteSession, message: int, *, unknown: bool, not_before: float) -> None:
    """Try it again later. `unknown`: it may have gone out."""
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
    """Telegram refused it, so it is not out: try it in another form."""
    values = {"state": "pending", "claimed_by": None, "lease_until": None, "form": form}
    await _change(session, message, **values, not_before=not_before, more_attempts=1)


async def recover_messages(session: WriteSession, *, now: float, from_all: bool) -> int:
    """Take over what dead owners were sending; whether it went out is unknown. How many rows that were."""
    dead = OutboxRow.state == "sending"
    if not from_all:
        dead = and_(dead, OutboxRow.lease_until < now)
    values = {"state": "pending", "claimed_by": None, "lease_until": None, "unknown": True}
    return (await _execute(session, update(OutboxRow).where(dead).values(**values))).rowcount


async def renew_leases(session: WriteSession, *, owner: str, lease_until: float) -> None:
    """Say that this owner lives, and with it what it is sending."""
    mine = OutboxRow.state == "sending", OutboxRow.claimed_by == owner
    await _execute(session, update(OutboxRow).where(*mine).values(lease_until=lease_until))


async def list_pending(session: ReadSession | WriteSession) -> list[PendingMessage]:
    """Everything that waits to be sent, in order."""
    columns = OutboxRow.id, OutboxRow.lane_ref, OutboxRow.is_group, OutboxRow.priority, OutboxRow.not_before
    rows = await session.execute(select(*columns).where(OutboxRow.state == "pending").order_by(OutboxRow.id))
    return [PendingMessage(row[0], row[1] or b"", row[2], row[3], row[4]) for row in rows]


async def knows(session: ReadSession | WriteSession, key: str) -> bool:
    """Whether a message of this name was ever put, as far as the outbox remembers."""
    return await session.scalar(select(OutboxRow.id).where(OutboxRow.key == key)) is not None


async def drop_messages(session: WriteSession, lane_ref: bytes, *, now: float) -> int:
    """Erase what waits to be sent to a chat; how many rows that were."""
    waiting = OutboxRow.lane_ref == lane_ref, OutboxRow.state == "pending"
    values = {"state": "cancelled", "finished_at": now, "message_id": None, **ERASED}
    return (await _execute(session, update(OutboxRow).where(*waiting).values(**values))).rowcount


async def count_messages(session: ReadSession | WriteSession) -> dict[OutboxState, int]:
    """How many rows are in each state."""
    rows = await session.execute(select(OutboxRow.state, func.count()).group_by(OutboxRow.state))
    return {cast("OutboxState", state): int(count) for state, count in rows}


async def expire_messages(session: WriteSession, *, now: float, keep_s: float) -> int:
    """Forget what ended longer ago than this; how many rows that were."""
    return (await _execute(session, delete(OutboxRow).where(OutboxRow.finished_at < now - keep_s))).rowcount


async def _lock_lanes(session: WriteSession, ids: Sequence[int]) -> None:
    """Let nobody else claim in these lanes meanwhile; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "sqlite":
        return
    lanes = select(OutboxRow.lane_ref).where(OutboxRow.id.in_(ids))
    waiting = OutboxRow.lane_ref.in_(lanes), OutboxRow.state.in_(("pending", "sending"))
    await session.execute(select(OutboxRow.id).where(*waiting).order_by(OutboxRow.id).with_for_update())


async def _supersede(session: WriteSession, message: NewMessage, *, now: float) -> tuple[int, bool]:
    """Cancel the replaced message if it waits; the new one's priority, and whether it may be a repeat.

    Edits of the replaced message have keys that begin with its key and a colon. What was said there before is
    superseded too, by the answer and by a newer edit alike.
    """
    replaced = message.replaces or ""
    span = {"replaced": replaced, "first": f"{replaced}:", "last": f"{replaced};"}
    found = await session.execute(_REPLACED, span)
    priority, unknown = message.priority, False
    for old in found.all():
        if old.state == "pending" and _is_cancellable(old, message):
            await _change(session, old.id, state="cancelled", finished_at=now, **ERASED)
            is_same = old.key == message.replaces and old.priority == message.priority
            unknown = unknown or (bool(old.unknown) and is_same)
        else:
            priority = max(priority, old.priority)  # wait behind it, then edit it
    return priority, unknown


async def _find_last_answer(session: WriteSession, lane_ref: bytes) -> int:
    """The least urgent priority of the answers that a chat waits for: none may be overtaken by a later one.

    An answer that waits behind its acknowledgement has that one's priority.
    """
    return int(await session.scalar(_LAST_ANSWER, {"lane": lane_ref}) or 0)


def _is_cancellable(old: Any, message: NewMessage) -> bool:
    if old.is_edit and old.key == message.replaces:  # it knows which message to edit, the new one does not
        return False
    return old.kind == "text" or message.blob is not None


async def _change(session: WriteSession, message: int, *, more_attempts: int = 0, **values: Any) -> None:
    given = {f"new_{name}": value for name, value in values.items()}
    await _execute(session, change(tuple(values), more_attempts), {"row": message, **given})


async def _execute(session: AsyncSession, statement: Any, values: Any = None) -> CursorResult[Any]:
    options = {"synchronize_session": False}
    return cast("CursorResult[Any]", await session.execute(statement, values, execution_options=options))
