"""The unit of work of one update, and the store that commits its records and messages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from telegram import Update

from bot.delivery.inbox import ClaimedTurn
from bot.delivery.outgoing import Check, Outcome, Outgoing, Record, acknowledgement_key
from bot.delivery.sealing import seal_message
from bot.delivery.write_queue import WriteQueue
from bot.monitor.hooks import NULL_MONITOR, MonitorHooks
from storage.database.keys import Keyring
from storage.database.sessions import WriteSession
from storage.queues import inbox as inbox_rows
from storage.queues import outbox as outbox_rows
from storage.queues.outbox import NewMessage, PendingMessage
from storage.queues.unfinished import Stall, note_stall

Ending = Literal["done", "set_aside"]

LOOK_AGAIN_S: Final = 0.3  # whether what the chat said before a photo has been dealt with


class LostTurnError(Exception):
    """Another process has taken the turn over: nothing of this try was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStore:
    """Commits the end of a turn with its records and messages, and notifies the sender."""

    write_queue: WriteQueue
    keyring: Keyring
    now: Callable[[], float]
    owner: str
    notify: Callable[[Sequence[PendingMessage]], None]  # the sender
    ring: Callable[[], None]  # the workers
    ring_in: Callable[[float], None]
    answered: Callable[[Sequence[str]], None]  # with the keys of photos that need no acknowledgement
    monitor: MonitorHooks = NULL_MONITOR

    async def close(
        self, turn: ClaimedTurn, ending: Ending, outgoing: Sequence[Outgoing], record: Sequence[Record]
    ) -> None:
        """Write the records, the messages and the end of a turn in one transaction.

        Raises:
            LostTurnError: the lease was lost; nothing was written.
            StorageError: nothing was written.
        """
        sealed = self._seal(turn, outgoing)
        now = self.now()

        async def work(session: WriteSession) -> list[PendingMessage]:
            end = inbox_rows.set_rows_aside if ending == "set_aside" else inbox_rows.finish_rows
            if not await end(session, turn.ids, owner=self.owner, now=now):
                raise LostTurnError
            for step in record:
                await step(session)
            return await _put_all(session, sealed, now=now)

        with self.monitor.stage("commit"):
            self.notify(await self.write_queue.write(work))
        self.monitor.ended(turn.track, ending, self._find_age(turn))
        if turn.track == "photo":
            self.answered([row.turn_key for row in turn.rows])
        elif record:
            self.ring()  # a record may have released held photos

    async def hold(
        self, turn: ClaimedTurn, outgoing: Sequence[Outgoing], record: Sequence[Record], unless: Check | None
    ) -> bool:
        """Hold a turn and send the messages; False if it was requeued instead, without a message.

        The reason to hold it was read before this transaction and may no longer apply: then nothing would
        release the turn.

        Raises:
            LostTurnError: the lease was lost; nothing was written.
            StorageError: nothing was written.
        """
        sealed = self._seal(turn, outgoing)
        now = self.now()

        async def find_moment(session: WriteSession) -> float | None:
            """When to retry; None if there is a reason to hold it."""
            if await inbox_rows.stands_behind_quick(session, turn.ids[0]):
                return now + LOOK_AGAIN_S
            return 0.0 if unless is not None and await unless(session) else None

        async def work(session: WriteSession) -> list[PendingMessage] | None:
            if (moment := await find_moment(session)) is not None:
                await self._put_back(session, turn, not_before=moment, failed=False)
                return None
            if not await inbox_rows.hold_rows(session, turn.ids, owner=self.owner):
                raise LostTurnError
            for step in record:
                await step(session)
            return await _put_all(session, sealed, now=now)

        pending = await self.write_queue.write(work)
        self.monitor.ended(turn.track, "again" if pending is None else "held", self._find_age(turn))
        if pending is None:
            self.ring_in(LOOK_AGAIN_S)
            return False
        self.notify(pending)
        return True

    async def requeue(
        self,
        turn: ClaimedTurn,
        *,
        delay_s: float,
        failed: bool,
        outgoing: Sequence[Outgoing] = (),
        stall: Stall | None = None,
    ) -> None:
        """Requeue the turn at the head of its lane, and send messages.

        With `stall`, Telegram does not deliver a file of it. The messages are then new ones, to be noticed.

        Raises:
            LostTurnError: the lease was lost; nothing was written.
            StorageError: nothing was written.
        """
        sealed = self._seal(turn, outgoing) if stall is None else self._seal_all(outgoing)
        now = self.now()
        moment = now + min(delay_s, inbox_rows.FARTHEST_WAIT_S)

        async def work(session: WriteSession) -> list[PendingMessage]:
            await self._put_back(session, turn, not_before=moment, failed=failed)
            if stall is not None:
                await note_stall(session, turn.ids, stall)
            return await _put_all(session, sealed, now=now)

        self.notify(await self.write_queue.write(work))
        self.monitor.ended(turn.track, "again", self._find_age(turn))
        if stall is not None:
            self.ring()  # later turns may pass it now
        self.ring_in(delay_s)

    async def knows(self, key: str) -> bool:
        """Whether a message with this key was written."""
        return await self.write_queue.write(lambda session: outbox_rows.knows(session, key))

    def _find_age(self, turn: ClaimedTurn) -> float:
        """Seconds since its first update arrived."""
        return max(self.now() - turn.rows[0].received_at, 0.0)

    def _seal(self, turn: ClaimedTurn, outgoing: Sequence[Outgoing]) -> list[NewMessage]:
        if turn.track == "photo":
            outgoing = _replace_acknowledgement(outgoing, acknowledgement_key(turn.key))
        return self._seal_all(outgoing)

    def _seal_all(self, outgoing: Sequence[Outgoing]) -> list[NewMessage]:
        return [seal_message(message, self.keyring) for message in outgoing]

    async def _put_back(
        self, session: WriteSession, turn: ClaimedTurn, *, not_before: float, failed: bool
    ) -> None:
        if not await inbox_rows.requeue_rows(
            session, turn.ids, owner=self.owner, not_before=not_before, failed=failed
        ):
            raise LostTurnError


class UnitOfWork:
    """The `bot.delivery.turn.Turn` of a handler."""

    def __init__(self, claimed: ClaimedTurn, updates: tuple[Update, ...], turn_store: TurnStore) -> None:
        self.key = claimed.key
        self.updates = updates
        self.attempt = claimed.attempts + claimed.crashes + 1
        self.received_at = claimed.rows[0].received_at
        self.claimed = claimed
        self.outcome: Outcome | None = None
        self.error: BaseException | None = None
        self.is_last_try = False
        self.postscript: Outgoing | None = None  # goes out with the answer
        self._store = turn_store

    async def finish(self, *outgoing: Outgoing, record: Sequence[Record] = ()) -> None:
        """Commit the records, the messages and the end of this turn, all or nothing."""
        acknowledgement = acknowledgement_key(self.key)
        if self.postscript is not None and any(each.replaces == acknowledgement for each in outgoing):
            outgoing = (*outgoing, self.postscript)
        await self._store.close(self.claimed, "done", outgoing, record)
        self.outcome = "done"

    async def hold(
        self, *outgoing: Outgoing, record: Sequence[Record] = (), unless: Check | None = None
    ) -> None:
        """Hold the update until the inbox's `release_held`, or requeue it at once."""
        is_held = await self._store.hold(self.claimed, outgoing, record, unless)
        self.outcome = "held" if is_held else "failed"

    async def postpone(self, *outgoing: Outgoing, delay_s: float) -> None:
        """Send messages and requeue the turn, all or nothing; their keys prevent repeats."""
        await self._store.requeue(self.claimed, delay_s=delay_s, failed=False, outgoing=outgoing)
        self.outcome = "failed"

    async def stall(self, stall: Stall, *, delay_s: float, outgoing: Sequence[Outgoing]) -> None:
        """Requeue the turn until Telegram delivers its file."""
        await self._store.requeue(self.claimed, delay_s=delay_s, failed=False, outgoing=outgoing, stall=stall)
        self.outcome = "failed"

    async def give_up(self, *outgoing: Outgoing) -> None:
        """Set the turn aside and send messages."""
        await self._store.close(self.claimed, "set_aside", outgoing, ())
        self.outcome = "failed"

    async def try_again(self, *, delay_s: float, failed: bool) -> None:
        """Requeue the turn; the answer will replace an acknowledgement that was written."""
        await self._store.requeue(self.claimed, delay_s=delay_s, failed=failed)
        self.outcome = "failed"


def _replace_acknowledgement(outgoing: Sequence[Outgoing], key: str) -> Sequence[Outgoing]:
    """Let the first new message replace the acknowledgement, so that none is left over."""
    if any(message.replaces == key for message in outgoing):
        return outgoing
    for place, message in enumerate(outgoing):
        if message.replaces is None and message.edit_message_id is None and message.reply_markup is None:
            return [*outgoing[:place], replace(message, replaces=key), *outgoing[place + 1 :]]
    return outgoing


async def _put_all(
    session: WriteSession, messages: Sequence[NewMessage], *, now: float
) -> list[PendingMessage]:
    put = [await outbox_rows.put_message(session, message, now=now) for message in messages]
    return [pending for pending in put if pending is not None]
