"""The turn of an update: what a handler sees of the unit of work.

A handler computes, then calls `Turn.finish` once.
Records, outgoing messages and the end of the inbox item are written in one transaction.
A crash at any moment either repeats the whole turn or none of it.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Protocol

from telegram import Update

from bot.delivery.outgoing import Check, Outgoing, Record


class Turn(Protocol):
    """The update that a handler processes (`NevusContext.turn`)."""

    key: str  # opaque, stable over replays: start outgoing keys with it
    updates: tuple[Update, ...]  # one, or the items of an album in order
    attempt: int  # 1 on the first try
    received_at: float  # Unix seconds
    is_last_try: bool  # a file that Telegram does not deliver now is given up

    async def finish(self, *outgoing: Outgoing, record: Sequence[Record] = ()) -> None:
        """Commit the records, the messages and the end of this turn, all or nothing. Call once, last."""
        ...

    async def postpone(self, *outgoing: Outgoing, delay_s: float) -> None:
        """Send messages and requeue the update after a delay (900 s at most), all or nothing."""
        ...

    async def hold(
        self, *outgoing: Outgoing, record: Sequence[Record] = (), unless: Check | None = None
    ) -> None:
        """Keep the update unread (before consent) until the inbox's `release_held`, for 24 hours at most.

        If `unless` holds at the time of the commit, or if an earlier command, text or button press of the
        chat is not done yet, nothing is sent or recorded and the turn is requeued.
        """
        ...


current_turn: ContextVar[Turn] = ContextVar("current_turn")
