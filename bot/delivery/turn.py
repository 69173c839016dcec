"""What a handler sees of the update in work: its turn.

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
    """What a handler sees of the update in work (through `NevusContext.turn`)."""

    key: str  # opaque, stable over replays: start outgoing keys with it
    updates: tuple[Update, ...]  # one, or the items of an album in order
    attempt: int  # 1 on the first try
    received_at: float  # Unix seconds
    is_last_try: bool  # a file that Telegram does not give now is given up

    async def acknowledge(self, outgoing: Outgoing) -> None:
        """Say that work has begun, unless the answer comes at once; `Outgoing(replaces=...)` follows."""
        ...

    async def finish(self, *outgoing: Outgoing, record: Sequence[Record] = ()) -> None:
        """Commit the records, the messages and the end of this turn, all or nothing. Call once, last."""
        ...

    async def postpone(self, *outgoing: Outgoing, delay_s: float) -> None:
        """Say something and take the update up again after a delay (900 s at most), all or nothing."""
        ...

    async def hold(
        self, *outgoing: Outgoing, record: Sequence[Record] = (), unless: Check | None = None
    ) -> None:
        """Keep the update unread (before consent) until the inbox's `release_held`, for 24 hours at most.

        Where `unless` holds by the time of the commit, or where the same chat pressed or wrote something
        before that is not done yet, nothing is said or recorded: the turn comes again.
        """
        ...


current_turn: ContextVar[Turn] = ContextVar("current_turn")
