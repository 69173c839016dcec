"""Sends the messages of the outbox: in order per chat, within the limits, once or marked as a repeat."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.delivery.limits import Limiter
from bot.delivery.outgoing import Priority, album_key
from bot.delivery.schedule import Schedule
from bot.delivery.sealing import open_message, seal_message_id, take_album_apart
from bot.delivery.supervisor import Alarm, Supervisor, is_out_of_memory
from bot.delivery.telegram import Declined, Later, Outcome, Refused, Sent, TelegramClient
from bot.delivery.write_queue import WriteQueue
from bot.monitor.hooks import NULL_MONITOR, Delivery, MonitorHooks
from storage.database.errors import StorageError
from storage.database.keys import Keyring, SealError
from storage.database.sessions import Database, WriteSession
from storage.queues import outbox
from storage.queues.outbox import ClaimedMessage, PendingMessage
from storage.queues.tables import OutboxState

log = logging.getLogger(__name__)

AT_ONCE: Final = 24  # requests under way; more than Telegram's 30 a second need
SAFETY_POLL_S: Final = 5.0  # for messages that another process left behind
GIVE_UP_S: Final = 86_400.0
FLOOD_MEMORY_S: Final = 5.0
STORAGE_RETRY_S: Final = 1.0
BEHIND_RETRY_S: Final = 0.2
REFUSED_RETRY_S: Final = 1.0
# An acknowledgement that a dead process was sending may stand in the chat. The photo is read again now, and
# its answer cancels the repeat, so that the chat does not keep two of them.
REPEAT_AFTER_S: Final = 3.0


@dataclass(kw_only=True, eq=False)
class Sender:
    """Sends the messages of the outbox. Call `notify` after writing new ones."""

    client: TelegramClient
    write_queue: WriteQueue
    database: Database
    keyring: Keyring
    limiter: Limiter
    supervisor: Supervisor
    now: Callable[[], float]  # Unix seconds
    owner: str
    alone: bool
    lease_s: float
    monitor: MonitorHooks = NULL_MONITOR

    def __post_init__(self) -> None:
        self._schedule = Schedule(self.limiter, monotonic=time.monotonic)
        self._alarm = Alarm()
        self._under_way: set[asyncio.Task[None]] = set()
        self._last_flood: tuple[float, int] = (float("-inf"), 0)
        self._stopping = False

    def notify(self, messages: Sequence[PendingMessage]) -> None:
        """Add messages that were written."""
        if messages:
            self._schedule.add(messages, now=self.now())
            self._alarm.ring()

    async def counts(self) -> dict[OutboxState, int]:
        """The number of messages in each state."""
        async with self.database.read() as session:
            return await outbox.count_messages(session)

    async def run(self) -> None:
        """Send messages until `drain`."""
        await self.recover()
        next_look = time.monotonic() + SAFETY_POLL_S
        while not self._stopping:
            await self._start_some()
            wait_s = self._schedule.next_wait()
            await self._alarm.wait(SAFETY_POLL_S if wait_s is None else min(wait_s, SAFETY_POLL_S))
            if time.monotonic() >= next_look:
                next_look = time.monotonic() + SAFETY_POLL_S
                self.limiter.forget_idle()
                if not self.alone:
                    await self.recover()

    async def recover(self) -> None:
        """Requeue messages of dead processes; those that were being sent are marked as possible repeats."""
        now, alone = self.now(), self.alone and not self._under_way

        async def work(session: WriteSession) -> list[PendingMessage]:
            await outbox.recover_messages(
                session, now=now, from_all=alone, held=(Priority.ACKNOWLEDGEMENT, REPEAT_AFTER_S)
            )
            return await outbox.list_pending(session)

        self.notify(await self.write_queue.write(work))

    async def drain(self, timeout_s: float) -> None:
        """Send what can be sent without waiting, finish requests that are open, then stop."""
        deadline = time.monotonic() + timeout_s
        while len(self._schedule) and (left := deadline - time.monotonic()) > 0:
            await self._start_some()
            wait_s = self._schedule.next_wait()
            if not self._under_way and (wait_s is None or wait_s > left):
                break
            await self._alarm.wait(min(left, 0.05 if wait_s is None else max(wait_s, 0.005)))
        self._stopping = True
        self._alarm.ring()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=max(deadline - time.monotonic(), 0.1))

    async def _start_some(self) -> None:
        ids = self._schedule.take(AT_ONCE - len(self._under_way))
        if not ids:
            return

        owner, until = self.owner, self.now() + self.lease_s

        async def claim(session: WriteSession) -> tuple[list[ClaimedMessage], list[int]]:
            claimed = await outbox.claim_messages(session, ids, owner=owner, lease_until=until)
            if len(claimed) == len(ids):
                return claimed, []
            return claimed, await outbox.list_unclaimed(session, ids)

        try:
            claimed, unclaimed = await self.write_queue.write(claim)
        except StorageError as error:
            log.warning("messages could not be claimed (%s)", type(error).__name__)
            for message in ids:
                self._schedule.give_back(message, again_in_s=STORAGE_RETRY_S)
            return
        for message in set(ids) - {row.id for row in claimed}:
            # It is behind a message of another process, or it was cancelled or claimed.
            self._schedule.give_back(message, again_in_s=BEHIND_RETRY_S if message in unclaimed else None)
        for row in claimed:
            task = self.supervisor.spawn(self._deliver(row), name="message")
            self._under_way.add(task)
            task.add_done_callback(self._delivered)

    def _delivered(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._alarm.ring()

    async def _deliver(self, row: ClaimedMessage) -> None:
        outcome = await self._send(row)
        if isinstance(outcome, Later) and self.now() - row.created_at > GIVE_UP_S:
            outcome = Refused("too old")
        # Code and known descriptions only: others may quote the message.
        reference = self.keyring.log_ref(row.key)
        if isinstance(outcome, Refused):
            log.warning("message %s was refused: %s", reference, outcome.reason)
        elif isinstance(outcome, Declined):
            then = outcome.next_form or "nothing"
            detail = reference, row.form, outcome.code, outcome.reason, then
            log.warning("message %s was refused as %s (%d, %s); next: %s", *detail)
            self.monitor.refused(row.form)
        self.monitor.delivered(_name_outcome(outcome), max(self.now() - row.created_at, 0.0))
        await self._settle(row, outcome)
        if isinstance(outcome, Later):
            self._note_flood(row, outcome)
            self._schedule.settle(row.id, again_in_s=outcome.delay_s)
        elif isinstance(outcome, Declined) and outcome.next_form is not None:
            self._schedule.settle(row.id, again_in_s=REFUSED_RETRY_S)
        else:
            self._schedule.settle(row.id)

    async def _send(self, row: ClaimedMessage) -> Outcome:
        """Send a message when its time has come; the outcome."""
        try:
            dispatch = open_message(row, self.keyring)
            if (wait_s := self._schedule.time_to_leave(row.id)) > 0:
                await asyncio.sleep(wait_s)
            self._schedule.leave(row.id)
        except (SealError, ValueError, TypeError):
            return Refused("unreadable")
        try:
            with self.monitor.message(row.key):
                return await self.client.deliver(dispatch, attempts=row.attempts)
        except Exception as error:
            if is_out_of_memory(error):
                raise  # it may have been sent: it stays `sending`, and the next start sends it as a repeat
            kind = type(error).__name__  # one message must not stop the others
            log.warning("message %s failed: %s", self.keyring.log_ref(row.key), kind)
            return Refused("not sendable")

    async def _settle(self, row: ClaimedMessage, outcome: Outcome) -> None:
        """Write the outcome, retrying until the database accepts it: it is stored nowhere else."""
        while True:
            try:
                self.notify(
                    await self.write_queue.write(lambda session: self._write_outcome(session, row, outcome))
                )
            except StorageError as error:
                if self._stopping:
                    raise
                log.warning("an outcome could not be written (%s); retrying", type(error).__name__)
                await asyncio.sleep(STORAGE_RETRY_S)
            else:
                return

    async def _write_outcome(
        self, session: WriteSession, row: ClaimedMessage, outcome: Outcome
    ) -> list[PendingMessage]:
        """Write the outcome; the messages that are to be sent instead of a refused album."""
        now, keyring = self.now(), self.keyring
        if isinstance(outcome, Sent) and outcome.album:
            ids = [seal_message_id(each, keyring) for each in outcome.album]
            photos = [(album_key(row.key, place), each) for place, each in enumerate(ids, start=1)]
            await outbox.note_album(session, row.id, photos, now=now)
            await outbox.mark_sent(session, row.id, message_id=None, kind=outcome.kind, now=now)
        elif isinstance(outcome, Sent):
            message_id = seal_message_id(outcome.message_id, keyring)
            await outbox.mark_sent(session, row.id, message_id=message_id, kind=outcome.kind, now=now)
        elif isinstance(outcome, Declined) and (photos_alone := take_album_apart(row, keyring)):
            await outbox.mark_sent(session, row.id, message_id=None, kind="photo", now=now)
            put = [await outbox.put_message(session, each, now=now) for each in photos_alone]
            return [each for each in put if each is not None]
        elif isinstance(outcome, Declined) and outcome.next_form is not None:
            moment = now + REFUSED_RETRY_S
            await outbox.put_back_refused(session, row.id, form=outcome.next_form, not_before=moment)
        elif isinstance(outcome, (Refused, Declined)):
            await outbox.mark_failed(session, row.id, now=now)
        else:
            moment = now + outcome.delay_s
            await outbox.put_back(session, row.id, unknown=outcome.unknown, not_before=moment)
        return []

    def _note_flood(self, row: ClaimedMessage, outcome: Later) -> None:
        """Pause all chats if Telegram asks two of them to wait within some seconds; one chat waits alone."""
        if not outcome.flood:
            return
        moment, other = self._last_flood
        self._last_flood = (time.monotonic(), row.id)
        if time.monotonic() - moment < FLOOD_MEMORY_S and other != row.id:
            self.limiter.pause(outcome.delay_s)
            self.limiter.ease()


def _name_outcome(outcome: Outcome) -> Delivery:
    if isinstance(outcome, Later):
        return "flood" if outcome.flood else "later"
    if isinstance(outcome, Declined) and outcome.next_form is not None:
        return "later"
    return "sent" if isinstance(outcome, Sent) else "refused"
