"""The photos of a chat that wait for an answer: read to acknowledge them as they arrive.

Functions take a session and never commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, select

from storage.database.base import literally, literally_in
from storage.database.sessions import ReadSession, WriteSession
from storage.queues.tables import InboxRow, OutboxRow, OutboxState


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingTurn:
    """A photo or an album that is ready or claimed. Moments are Unix seconds."""

    keys: tuple[str, ...]  # of its rows; the first one is the turn's
    first_row: int
    received_at: float  # of the first item
    is_begun: bool  # a worker has claimed it

    @property
    def key(self) -> str:
        """The key of the turn."""
        return self.keys[0]

    @property
    def items(self) -> int:
        """The number of photos."""
        return len(self.keys)


async def list_waiting_turns(session: WriteSession, lane_ref: bytes) -> list[WaitingTurn]:
    """A chat's photos without an answer, in order of arrival.

    The rows are locked: on PostgreSQL too, none of these turns can end before this transaction does.
    """
    rows = await session.execute(_OF_LANE, {"lane": lane_ref})
    turns: dict[bytes | int, list[Any]] = {}
    for row in rows:
        turns.setdefault(row.album_ref or row.id, []).append(row)
    return [
        WaitingTurn(
            keys=tuple(item.turn_key for item in items),
            first_row=items[0].id,
            received_at=items[0].received_at,
            is_begun=items[0].state == "claimed",
        )
        for items in turns.values()
    ]


async def list_photo_lanes(session: WriteSession) -> list[bytes]:
    """The chats that have photos without an answer."""
    found = await session.scalars(select(_INBOX.lane_ref).where(*_WAITING).distinct())
    return [lane_ref for lane_ref in found if lane_ref is not None]


async def count_waiting_photos(session: WriteSession, *, up_to: int) -> tuple[int, int]:
    """The number of waiting photos of all chats, and of those that came no later than a row."""
    total, ahead = (await session.execute(_COUNT, {"row": up_to})).one()
    return total, ahead


async def find_payload(session: WriteSession, row: int) -> bytes | None:
    """The sealed update of a row; None once it is erased."""
    return cast("bytes | None", await session.scalar(_PAYLOAD, {"row": row}))


async def list_payloads_behind(
    session: ReadSession, lane_ref: bytes, *, row: int, most: int
) -> Sequence[bytes]:
    """The sealed updates of the next photos of a chat after a row, at most so many."""
    found = select(InboxRow.payload).where(*_WAITING, InboxRow.lane_ref == lane_ref, InboxRow.id > row)
    payloads = await session.scalars(found.order_by(InboxRow.id).limit(most))
    return [payload for payload in payloads if payload is not None]


async def find_message_states(session: WriteSession, keys: Sequence[str]) -> dict[str, OutboxState]:
    """The states of the messages with these keys, if they exist."""
    rows = await session.execute(_STATES, {"keys": list(keys)}) if keys else ()
    return {key: cast("OutboxState", state) for key, state in rows}


_INBOX, _OUTBOX = (cast("Table", row.__table__).c for row in (InboxRow, OutboxRow))
# Photos that others overtook are not counted: their senders know, and nobody waits for them.
_WAITING = (
    _INBOX.track == literally("photo"),
    literally_in(_INBOX.state, ("ready", "claimed")),
    _INBOX.blamed_at.is_(None),
)
_OF_LANE = (
    select(_INBOX.id, _INBOX.turn_key, _INBOX.album_ref, _INBOX.received_at, _INBOX.state)
    .where(*_WAITING, _INBOX.lane_ref == bindparam("lane"))
    .order_by(_INBOX.id)
    .with_for_update()
)
_PAYLOAD = select(_INBOX.payload).where(_INBOX.id == bindparam("row"))
_COUNT = (
    select(func.count(), func.count().filter(_INBOX.id <= bindparam("row")))
    .select_from(InboxRow.__table__)
    .where(*_WAITING)
)
_STATES = select(_OUTBOX.key, _OUTBOX.state).where(_OUTBOX.key.in_(bindparam("keys", expanding=True)))
