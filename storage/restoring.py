"""What a restored database needs before it is used: it stands at the moment of the backup, not at now."""

from typing import Any, Final, cast

from sqlalchemy import CursorResult, update

from storage.database import WriteSession
from storage.inbox import ERASED as ERASED_UPDATE
from storage.outbox import ERASED as ERASED_MESSAGE
from storage.queue_tables import InboxRow, OutboxRow

TOO_OLD_S: Final = 86_400.0  # Telegram keeps an update as long
IN_WORK: Final = ("ready", "claimed", "held")


async def settle_queues(session: WriteSession, *, now: float) -> int:
    """Let go of what is older than a day; what is younger is answered, and says that it may be a repeat.

    What waited at the moment of the backup may have been answered since. How many rows were let go.
    """
    old_updates = InboxRow.state.in_(IN_WORK), InboxRow.received_at < now - TOO_OLD_S
    old_messages = OutboxRow.state.in_(("pending", "sending")), OutboxRow.created_at < now - TOO_OLD_S
    dropped = [
        await session.execute(
            update(InboxRow).where(*old_updates).values(state="done", finished_at=now, **ERASED_UPDATE)
        ),
        await session.execute(
            update(OutboxRow)
            .where(*old_messages)
            .values(state="cancelled", finished_at=now, message_id=None, **ERASED_MESSAGE)
        ),
    ]
    await session.execute(
        update(OutboxRow)
        .where(OutboxRow.state.in_(("pending", "sending")))
        .values(state="pending", claimed_by=None, lease_until=None, unknown=True)
    )
    return sum(cast("CursorResult[Any]", result).rowcount for result in dropped)
