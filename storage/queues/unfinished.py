"""Turns that did not end: Telegram does not deliver a file, or the process died.

Functions take a session and never commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import CursorResult, update

from storage.database.sessions import WriteSession
from storage.queues.tables import InboxRow

PLAIN: Final[Mapping[str, Any]] = {"synchronize_session": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """A file that Telegram does not deliver. Times: Unix seconds; from `blamed_at` on later photos pass."""

    stalled_at: float
    blamed_at: float | None = None


async def note_stall(session: WriteSession, ids: Sequence[int], stall: Stall) -> None:
    """Keep since when Telegram has not given a file of a turn."""
    values = {"stalled_at": stall.stalled_at, "blamed_at": stall.blamed_at}
    await session.execute(
        update(InboxRow).where(InboxRow.id.in_(ids)).values(**values), execution_options=PLAIN
    )


async def begin_rows(session: WriteSession, ids: Sequence[int], *, owner: str) -> bool:
    """Count the work on a turn before it starts, until it ends; False when the turn is no longer ours."""
    mine = InboxRow.id.in_(ids), InboxRow.state == "claimed", InboxRow.claimed_by == owner
    counted = update(InboxRow).where(*mine).values(begun=InboxRow.begun + 1)
    result = await session.execute(counted, execution_options=PLAIN)
    return cast("CursorResult[Any]", result).rowcount == len(ids)
