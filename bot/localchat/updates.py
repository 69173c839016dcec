"""The queue of updates. An update stays until the bot confirms it, for 24 hours at most."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

from bot.localchat.clock import Clock
from bot.localchat.errors import BotApiError
from bot.localchat.record_store import RecordStore
from bot.localchat.records import Json, PendingUpdate

RETENTION_S = 24 * 3600
_NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_CONFLICT = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)


class UpdateQueue:
    """Pending updates in order, for long polling and for the webhook."""

    def __init__(self, store: RecordStore, clock: Clock, settings: Json) -> None:
        self._store = store
        self._clock = clock
        self._pending = {update.update_id: update for update in store.load(PendingUpdate)}
        # Telegram starts at any number, and a bot must not rely on small ones.
        self._next_id: int = settings.get("next_update_id") or secrets.randbelow(800_000_000) + 100_000_000
        self._allowed: list[str] = settings.get("allowed_updates") or []
        self._poll: asyncio.Future[None] | None = None
        self.on_push: Callable[[], None] = lambda: None
        self.on_delivered: Callable[[Json], None] = lambda _update: None

    @property
    def allowed(self) -> list[str]:
        """The kinds in the bot's `allowed_updates`; empty for Telegram's default."""
        return self._allowed

    def allow(self, kinds: list[str] | None) -> None:
        """Sets the kinds to queue from now on; None keeps the current ones."""
        if kinds is not None:
            self._allowed = list(kinds)
            self._store.set("allowed_updates", self._allowed)

    def wants(self, kind: str) -> bool:
        """Whether this kind is queued."""
        return kind in self._allowed if self._allowed else kind not in _NOT_BY_DEFAULT

    def push(self, kind: str, body: Json, chat_id: int | None, *, raw_data_hex: str | None = None) -> None:
        """Queues an update, if the bot wants its kind. For `raw_data_hex` see `PendingUpdate`."""
        if not self.wants(kind):
            return
        update_id, self._next_id = self._next_id, self._next_id + 1
        body = {"update_id": update_id, kind: body}
        update = PendingUpdate(update_id, self._clock.now(), chat_id, body, raw_data_hex)
        self._pending[update_id] = update
        self._store.save(update)
        self._store.set("next_update_id", self._next_id)
        self.wake()
        self.on_push()

    def waiting(self) -> list[PendingUpdate]:
        """Pending updates, oldest first; deletes those that are too old."""
        oldest = self._clock.now() - RETENTION_S
        for update in [update for update in self._pending.values() if update.created < oldest]:
            self.confirm(update.update_id)
        return list(self._pending.values())

    def count(self) -> int:
        """Number of pending updates."""
        return len(self.waiting())

    def confirm(self, update_id: int) -> None:
        """Deletes an update."""
        if update := self._pending.pop(update_id, None):
            self._store.drop(update)

    def drop_all(self) -> None:
        """Deletes all pending updates."""
        for update_id in list(self._pending):
            self.confirm(update_id)

    def interrupt(self, error: BotApiError) -> None:
        """Ends the open long poll with an error."""
        if self._poll and not self._poll.done():
            self._poll.set_exception(error)

    def wake(self) -> None:
        """Lets the open long poll answer now."""
        if self._poll and not self._poll.done():
            self._poll.set_result(None)

    async def poll(self, offset: int, limit: int, timeout_s: float) -> list[Json]:
        """Confirms the updates before `offset` and returns the next ones; waits for the first.

        Raises:
            BotApiError: 409, another poll has started.
        """
        self.interrupt(BotApiError(409, _CONFLICT))
        ids = list(self._pending)
        # A negative offset counts from the end.
        for update_id in ids[:offset] if offset < 0 else [number for number in ids if number < offset]:
            self.confirm(update_id)
        self._store.commit()  # confirmed before waiting, so that a kill does not repeat them
        found = self.waiting()[:limit]
        if not found and timeout_s > 0:
            poll = asyncio.get_running_loop().create_future()
            self._poll = poll
            try:
                await asyncio.wait_for(poll, timeout_s)
            except TimeoutError:
                pass
            finally:
                if self._poll is poll:
                    self._poll = None
            found = self.waiting()[:limit]
        for update in found:
            self.on_delivered(update.body)
        return [update.sendable for update in found]
