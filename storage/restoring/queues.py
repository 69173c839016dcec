"""The queues of a restored database: its record comes from the backup, its queues from the previous database.

If the previous database can still be read, inbox and outbox are copied from it unchanged: no update is lost
and none is answered twice. If it cannot, the backup's own queues are used. Their messages are then marked as
possible repeats, except those that replace an acknowledgement that was sent.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import CursorResult, Table, delete, exists, insert, select, update

from storage.database.sessions import ReadSession, WriteSession
from storage.queues.inbox import ERASED as ERASED_UPDATE
from storage.queues.outbox import ERASED as ERASED_MESSAGE
from storage.queues.tables import AGAIN, InboxRow, OutboxRow
from storage.record.sender_tables import ComparisonRow

TOO_OLD_S: Final = 86_400.0  # as long as Telegram keeps an update
IN_WORK: Final = ("ready", "claimed", "held")
NOTE: Final = ":ack"  # ends the key of a turn's acknowledgement, as `bot.delivery.outgoing` names it
TO_SEND: Final = ("pending", "sending")
ROWS_AT_ONCE: Final = 200  # a waiting message may have a picture of a few hundred kilobytes

_INBOX: Final = cast("Table", InboxRow.__table__)
_OUTBOX: Final = cast("Table", OutboxRow.__table__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The number of updates and messages that wait after a restore, and of those dropped as too old.

    `from_backup`: these are the backup's own queues. They lack everything after the backup, which Telegram
    does not have either: only the previous database may contain it.
    """

    updates: int
    messages: int
    dropped: int = 0
    from_backup: bool = False


async def bring_queues(
    old: ReadSession, new: WriteSession, *, is_carried: Callable[[str], bool] = lambda _: False
) -> Waiting:
    """Copy the queues of the previous database into the restored one.

    Sent messages are copied only if the backup has their keys or they belong to a case that was copied
    (`is_carried`), whose cards may still be edited, or if their turns still wait. Other keys may be used
    again by what happens after the backup.
    """
    known = set(await new.scalars(select(OutboxRow.key)))
    await new.execute(delete(ComparisonRow))  # they were drawn since, or can be asked for again
    await new.execute(delete(OutboxRow))
    await new.execute(delete(InboxRow))
    turns: set[str] = set()
    async for rows in _read(old, _INBOX):
        await new.execute(insert(_INBOX), rows)
        turns |= {row["turn_key"] for row in rows if row["state"] in IN_WORK}
    updates, messages = len(turns), 0
    async for rows in _read(old, _OUTBOX):
        kept = [
            row
            for row in rows
            if row["state"] in TO_SEND
            or row["key"] in known
            or row["key"].partition(":")[0] in turns
            or is_carried(row["key"])
        ]
        if kept:
            await new.execute(insert(_OUTBOX), kept)
        messages += sum(row["state"] in TO_SEND for row in kept)
    return Waiting(updates=updates, messages=messages)


async def settle_queues(session: WriteSession, *, now: float) -> Waiting:
    """Drop what is older than a day from the backup's own queues and mark the rest as possible repeats.

    What waited at the time of the backup may have been answered since.
    """
    await session.execute(delete(ComparisonRow))
    old_updates = InboxRow.state.in_(IN_WORK), InboxRow.received_at < now - TOO_OLD_S
    old_messages = OutboxRow.state.in_(TO_SEND), OutboxRow.created_at < now - TOO_OLD_S
    dropped = [
        update(InboxRow).where(*old_updates).values(state="done", finished_at=now, **ERASED_UPDATE),
        _cancel(*old_messages, now=now),
    ]
    count = sum([cast("CursorResult[Any]", await session.execute(each)).rowcount for each in dropped])
    updates = await _mark_turns(session, now=now)
    sending = update(OutboxRow).where(OutboxRow.state.in_(TO_SEND))
    values = {"state": "pending", "claimed_by": None, "lease_until": None, "unknown": True}
    messages = cast("CursorResult[Any]", await session.execute(sending.values(**values))).rowcount
    return Waiting(updates=updates, messages=messages, dropped=count, from_backup=True)


async def _mark_turns(session: WriteSession, *, now: float) -> int:
    """Give waiting turns new keys, so that their messages are marked; the number of waiting turns.

    A turn whose acknowledgement was sent keeps its key: its answer replaces the acknowledgement and repeats
    nothing. An acknowledgement that was not sent is cancelled: no answer would replace it under the new key.
    """
    is_out = OutboxRow.key == InboxRow.turn_key + NOTE, OutboxRow.state == "sent"
    waiting = await session.execute(
        select(InboxRow.id, InboxRow.turn_key, exists().where(*is_out)).where(InboxRow.state.in_(IN_WORK))
    )
    rows = waiting.all()
    renamed = {row: turn_key for row, turn_key, has_place in rows if not has_place}
    for row in renamed:
        name = AGAIN + secrets.token_hex(8)
        await session.execute(update(InboxRow).where(InboxRow.id == row).values(turn_key=name))
    turns = set(renamed.values())
    to_send = await session.execute(select(OutboxRow.id, OutboxRow.key).where(OutboxRow.state.in_(TO_SEND)))
    for row, key in to_send.all():  # acknowledgements of these turns that were not sent, and their edits
        turn_key, note, rest = key.partition(NOTE)
        if note and turn_key in turns and (not rest or rest.startswith(":")):
            await session.execute(_cancel(OutboxRow.id == row, now=now))
    return len(rows)


def _cancel(*which: Any, now: float) -> Any:
    values = {"state": "cancelled", "finished_at": now, "message_id": None, **ERASED_MESSAGE}
    return update(OutboxRow).where(*which).values(**values)


async def _read(session: ReadSession, table: Table) -> Any:
    """The rows of a table in order, some at a time."""
    last = 0
    while True:
        found = await session.execute(
            select(table).where(table.c.id > last).order_by(table.c.id).limit(ROWS_AT_ONCE)
        )
        rows = [dict(row) for row in found.mappings()]
        if not rows:
            return
        yield rows
        last = rows[-1]["id"]
