"""The length and age of inbox and outbox, for monitoring."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, case, func, select

from storage.database.sessions import ReadSession
from storage.queues.tables import InboxRow, OutboxRow

# Not `done` and `sent`: a week of them would be counted each time.
INBOX_STATES: Final = ("ready", "claimed", "held", "set_aside")
OUTBOX_STATES: Final = ("pending", "sending")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCounts:
    """Rows by state. Moments are Unix seconds; None if nothing waits."""

    inbox: Mapping[str, int]
    outbox: Mapping[str, int]
    oldest_update: float | None  # of those that are ready or claimed
    oldest_message: float | None


async def count_queues(session: ReadSession) -> QueueCounts:
    """The counts at this moment."""
    # A photo that Telegram does not deliver does not count: its sender knows, and others overtake it.
    moment = case((InboxRow.blamed_at.is_(None), InboxRow.received_at), else_=None)
    inbox = await _count(session, _group(InboxRow.state, moment, INBOX_STATES))
    outbox = await _count(session, _group(OutboxRow.state, OutboxRow.created_at, OUTBOX_STATES))
    return QueueCounts(
        inbox={state: inbox.get(state, (0, None))[0] for state in INBOX_STATES},
        outbox={state: outbox.get(state, (0, None))[0] for state in OUTBOX_STATES},
        oldest_update=_earliest(inbox, ("ready", "claimed")),
        oldest_message=_earliest(outbox, OUTBOX_STATES),
    )


def _group(state: Any, moment: Any, states: tuple[str, ...]) -> Select[Any]:
    return select(state, func.count(), func.min(moment)).where(state.in_(states)).group_by(state)


async def _count(session: ReadSession, statement: Select[Any]) -> dict[str, tuple[int, float | None]]:
    rows = await session.execute(statement)
    return {str(state): (int(count), moment) for state, count, moment in rows}


def _earliest(found: Mapping[str, tuple[int, float | None]], states: tuple[str, ...]) -> float | None:
    moments = [moment for state in states if (moment := found.get(state, (0, None))[1]) is not None]
    return min(moments, default=None)
