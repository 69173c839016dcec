"""Operator access to the queues: list, open and retry updates that were set aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, and_, func, or_, select, update

from storage.database.sessions import ReadSession, WriteSession
from storage.queues.tables import InboxRow, OutboxRow

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class SetAside:
    """One turn that failed too often; `key` is its random key."""

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


@dataclass(frozen=True, slots=True)
class RefusedMessage:
    """One message that Telegram refused or that was sent in a reduced form."""

    key: str
    form: str
    state: str
    finished_at: float


_REFUSED = or_(
    OutboxRow.state == "failed",
    and_(OutboxRow.state == "sent", OutboxRow.form == "notice"),
)


async def list_refused(session: ReadSession) -> list[RefusedMessage]:
    """The newest messages that were refused, or sent without their picture; newest first, 100 at most."""
    columns = OutboxRow.key, OutboxRow.form, OutboxRow.state, OutboxRow.finished_at
    is_less = and_(OutboxRow.state == "sent", OutboxRow.form == "words")
    chosen = select(*columns).where(or_(_REFUSED, is_less), OutboxRow.finished_at.is_not(None))
    rows = await session.execute(chosen.order_by(OutboxRow.id.desc()).limit(MOST_SHOWN))
    return [RefusedMessage(key, form, state, at or 0.0) for key, form, state, at in rows]


async def count_refused(session: ReadSession) -> int:
    """The number of done updates of which a message was refused."""
    keys = await session.scalars(select(OutboxRow.key).where(_REFUSED))
    turns = {key.partition(":")[0] for key in keys}
    counted = select(func.count(InboxRow.turn_key.distinct()))
    return int(
        await session.scalar(counted.where(InboxRow.state == "done", InboxRow.turn_key.in_(turns))) or 0
    )


async def find_payloads(session: ReadSession, key: str) -> list[bytes]:
    """The sealed updates of a turn that was set aside; empty if there is none."""
    found = select(InboxRow.payload).where(InboxRow.state == "set_aside", InboxRow.turn_key == key)
    return [payload for payload in await session.scalars(found) if payload is not None]


async def retry_set_aside(session: WriteSession, keys: Sequence[str] | None) -> int:
    """Requeue turns as new ones; None: all of them. Returns the number of rows."""
    chosen = update(InboxRow).where(InboxRow.state == "set_aside", InboxRow.payload.is_not(None))
    if keys is not None:
        chosen = chosen.where(InboxRow.turn_key.in_(keys))
    values = {"state": "ready", "attempts": 0, "crashes": 0, "not_before": 0.0, "finished_at": None}
    values |= {"stalled_at": None, "blamed_at": None, "begun": 0}
    return int(cast("CursorResult[Any]", await session.execute(chosen.values(**values))).rowcount)
