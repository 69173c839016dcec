"""What an operator may see of the inbox, and do: list, open and retry what was set aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, select, update

from storage.database import ReadSession, WriteSession
from storage.queue_tables import InboxRow

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class SetAside:
    """One turn that failed too often; `key` is its random name."""

    key: str
    track: str
    received_at: float
    finished_at: float | None
    attempts: int
    crashes: int


async def list_set_aside(session: ReadSession) -> list[SetAside]:
    """The newest turns that were set aside, newest first, 100 at most; an album once for each item."""
    columns = (
        *(InboxRow.turn_key, InboxRow.track, InboxRow.received_at),
        *(InboxRow.finished_at, InboxRow.attempts, InboxRow.crashes),
    )
    chosen = select(*columns).where(InboxRow.state == "set_aside").order_by(InboxRow.id.desc())
    return [SetAside(*row) for row in await session.execute(chosen.limit(MOST_SHOWN))]


async def find_payloads(session: ReadSession, key: str) -> list[bytes]:
    """The sealed updates of a turn that was set aside: one, or none."""
    found = select(InboxRow.payload).where(InboxRow.state == "set_aside", InboxRow.turn_key == key)
    return [payload for payload in await session.scalars(found) if payload is not None]


async def retry_set_aside(session: WriteSession, keys: Sequence[str] | None) -> int:
    """Let turns take their chance again, as new ones; None: all of them. How many rows that were."""
    chosen = update(InboxRow).where(InboxRow.state == "set_aside", InboxRow.payload.is_not(None))
    if keys is not None:
        chosen = chosen.where(InboxRow.turn_key.in_(keys))
    values = {"state": "ready", "attempts": 0, "crashes": 0, "not_before": 0.0, "finished_at": None}
    return int(cast("CursorResult[Any]", await session.execute(chosen.values(**values))).rowcount)
