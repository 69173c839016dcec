"""The durable inbox: updates are stored before they are acknowledged, claimed per chat, then erased.

Functions take a session and never commit. Personal data arrives sealed or as a keyed hash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Update,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database.base import literally
from storage.database.sessions import ReadSession, WriteSession
from storage.queues.inbox_statements import (
    add_unless_known,
    claim_heads,
    is_passed,
    select_albums,
    select_heads,
    take_out_of_work,
)
from storage.queues.tables import InboxRow, InboxState, Track

# A `not_before` further ahead than this means that the clock was set back: no wait is longer.
FARTHEST_WAIT_S: Final = 900.0

ERASED: Final[dict[str, Any]] = {
    "payload": None,
    "lane_ref": None,
    "album_ref": None,
    "claimed_by": None,
    "lease_until": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One new update. `payload` is sealed; `lane_ref` and `album_ref` are keyed hashes."""

    bot_id: int
    update_id: int
    turn_key: str
    track: Track
    lane_ref: bytes
    album_ref: bytes | None
    payload: bytes
    received_at: float
    not_before: float


@dataclass(frozen=True, slots=True)
class ClaimedRow:
    """One claimed update."""

    id: int
    turn_key: str
    lane_ref: bytes
    album_ref: bytes | None
    payload: bytes
    received_at: float
    attempts: int
    crashes: int
    stalled_at: float | None = None
    blamed_at: float | None = None
    begun: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimOrder:
    """The claim of an owner. After `lease_until` others may take it over."""

    track: Track
    limit: int
    owner: str
    lease_until: float


_HEADS: Final = select_heads()
_ALBUMS: Final = select_albums()
_CLAIMING: Final = claim_heads(ClaimedRow.__slots__)


async def add_arrival(session: WriteSession, arrival: Arrival) -> bool:
    """Store an update; False if it is known. A new item of an album makes the others wait for it."""
    values = {name: getattr(arrival, name) for name in Arrival.__slots__}
    if not (
        await _execute(session, add_unless_known(session.get_bind().dialect.name, Arrival.__slots__), values)
    ).rowcount:
        return False
    if arrival.album_ref is not None:
        await session.execute(
            update(InboxRow)
            .where(InboxRow.track == arrival.track, InboxRow.lane_ref == arrival.lane_ref)
            .where(InboxRow.album_ref == arrival.album_ref, InboxRow.state == literally("ready"))
            .values(not_before=arrival.not_before)
        )
    return True


async def claim_turns(session: WriteSession, order: ClaimOrder, *, now: float) -> list[list[ClaimedRow]]:
    """Claim the due heads of the lanes: each element is one turn, the items of an album together.

    Of each lane and track, one turn at a time is claimed over all processes, in order of arrival.
    """
    wanted = {"track": order.track, "now": now, "farthest": now + FARTHEST_WAIT_S, "most": order.limit}
    heads = (await session.execute(_HEADS, wanted)).all()
    if not heads:
        return []
    ids = [row.id for row in heads if row.album_ref is None]
    if albums := [row for row in heads if row.album_ref is not None]:
        lanes, refs = [row.lane_ref for row in albums], [row.album_ref for row in albums]
        ids += await session.scalars(_ALBUMS, {"track": order.track, "lanes": lanes, "albums": refs})
    values = {"ids": ids, "owner": order.owner, "until": order.lease_until}
    claimed = await session.execute(_CLAIMING, values)
    turns: dict[bytes | int, list[ClaimedRow]] = {}
    for row in sorted([ClaimedRow(*each) for each in claimed], key=lambda row: row.id):
        turns.setdefault(row.album_ref or row.id, []).append(row)
    return list(turns.values())


async def finish_rows(session: WriteSession, ids: Sequence[int], *, owner: str, now: float) -> bool:
    """End a turn and erase its payload; False if the lease was lost."""
    return await _leave(session, ids, owner, state="done", finished_at=now, **ERASED)


async def hold_rows(session: WriteSession, ids: Sequence[int], *, owner: str) -> bool:
    """Keep a turn for later, unread; False if the lease was lost."""
    return await _leave(session, ids, owner, state="held", claimed_by=None, lease_until=None)


async def stands_behind_quick(session: WriteSession, row: int) -> bool:
    """Whether an earlier command, text or button press of the same chat is not done yet.

    Until the end of the transaction no other process releases photos of the chat.
    """
    lane_ref = await session.scalar(select(InboxRow.lane_ref).where(InboxRow.id == row))
    await _lock_lane(session, lane_ref)
    waiting = InboxRow.track == "quick", InboxRow.state.in_(("ready", "claimed")), ~is_passed(InboxRow)
    found = select(InboxRow.id).where(*waiting, InboxRow.lane_ref == lane_ref, InboxRow.id < row).limit(1)
    return await session.scalar(found) is not None


async def set_rows_aside(session: WriteSession, ids: Sequence[int], *, owner: str, now: float) -> bool:
    """Set a failed turn aside; its payload stays until it expires. False if the lease was lost."""
    return await _leave(
        session, ids, owner, state="set_aside", claimed_by=None, lease_until=None, finished_at=now
    )


async def requeue_rows(
    session: WriteSession, ids: Sequence[int], *, owner: str, not_before: float, failed: bool
) -> bool:
    """Put a turn back to the head of its lane; False if the lease was lost."""
    return await _leave(
        session,
        ids,
        owner,
        state="ready",
        claimed_by=None,
        lease_until=None,
        not_before=not_before,
        more_attempts=1 if failed else 0,
    )


async def hand_back(session: WriteSession, *, owner: str) -> int:
    """Requeue everything that this owner has claimed (at a stop); the number of rows."""
    return await _change(
        session,
        update(InboxRow)
        .where(InboxRow.state == "claimed", InboxRow.claimed_by == owner)
        .values(state="ready", claimed_by=None, lease_until=None, begun=0),
    )


async def reclaim_rows(session: WriteSession, *, now: float, from_all: bool) -> int:
    """Requeue the rows of dead processes: all claimed rows, or those whose lease ran out."""
    dead: ColumnElement[bool] = InboxRow.state == "claimed"
    if not from_all:
        dead = and_(dead, InboxRow.lease_until < now)
    return await _change(
        session,
        update(InboxRow)
        .where(dead)
        .values(state="ready", claimed_by=None, lease_until=None, crashes=InboxRow.crashes + 1),
    )


async def renew_leases(session: WriteSession, *, owner: str, lease_until: float) -> None:
    """Extend the leases of this owner."""
    await session.execute(
        update(InboxRow)
        .where(InboxRow.state == "claimed", InboxRow.claimed_by == owner)
        .values(lease_until=lease_until)
    )


async def release_held(session: WriteSession, lane_ref: bytes) -> int:
    """Release the held photos of a chat; the number of rows."""
    await _lock_lane(session, lane_ref)
    return await _change(
        session,
        update(InboxRow)
        .where(InboxRow.lane_ref == lane_ref, InboxRow.state == "held")
        .values(state="ready", not_before=0.0),
    )


async def drop_waiting(session: WriteSession, lane_ref: bytes, *, now: float) -> int:
    """Erase the held rows of a chat and those set aside; the number of rows."""
    return await _change(
        session,
        update(InboxRow)
        .where(InboxRow.lane_ref == lane_ref, InboxRow.state.in_(("held", "set_aside")))
        .values(state="done", finished_at=now, **ERASED),
    )


async def count_held(session: ReadSession | WriteSession, lane_ref: bytes) -> int:
    """The number of photos of a chat that wait for consent."""
    condition = InboxRow.lane_ref == lane_ref, InboxRow.state == "held"
    return int(await session.scalar(select(func.count()).where(*condition)) or 0)


async def count_states(session: ReadSession | WriteSession) -> dict[InboxState, int]:
    """The number of rows in each state."""
    rows = await session.execute(select(InboxRow.state, func.count()).group_by(InboxRow.state))
    return {cast("InboxState", state): int(count) for state, count in rows}


async def expire_rows(
    session: WriteSession, *, now: float, held_s: float, set_aside_s: float, done_s: float
) -> int:
    """Erase what was held or set aside too long and delete old done rows; the number of rows."""
    too_old = or_(
        and_(InboxRow.state == "held", InboxRow.received_at < now - held_s),
        and_(InboxRow.state == "set_aside", InboxRow.finished_at < now - set_aside_s),
    )
    erased = await _change(
        session, update(InboxRow).where(too_old).values(state="done", finished_at=now, **ERASED)
    )
    forgotten = delete(InboxRow).where(InboxRow.state == "done", InboxRow.finished_at < now - done_s)
    return erased + (await _execute(session, forgotten)).rowcount


async def _lock_lane(session: WriteSession, lane_ref: bytes | None) -> None:
    """Serialise transactions that hold or release photos of a chat; SQLite has one writer anyway."""
    if session.get_bind().dialect.name != "sqlite" and lane_ref is not None:
        await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(lane_ref[:8], signed=True))))


async def _leave(
    session: WriteSession, ids: Sequence[int], owner: str, *, more_attempts: int = 0, **values: Any
) -> bool:
    """End the claim of rows; the row count decides, so that two owners never both succeed."""
    given = {f"new_{name}": value for name, value in values.items()}
    statement = take_out_of_work((*values, "begun"), more_attempts)
    result = await _execute(session, statement, {"ids": list(ids), "mine": owner, "new_begun": 0, **given})
    return result.rowcount == len(ids)


async def _change(session: WriteSession, statement: Update) -> int:
    return (await _execute(session, statement)).rowcount


async def _execute(session: AsyncSession, statement: Any, values: Any = None) -> CursorResult[Any]:
    # The identity map is never used here: rows are read back as plain values.
    options = {"synchronize_session": False}
    return cast("CursorResult[Any]", await session.execute(statement, values, execution_options=options))
