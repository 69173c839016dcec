"""Acknowledges photos that are not answered soon: only this module writes "Reading your photo…".

A chat is looked at twice, each time after a moment, because a fast answer needs no acknowledgement:

- After photos arrived. The chat gets at most two new messages, however many photos came at once. The first
  photo has its own acknowledgement, and so has the second if it is the last. If more wait, the second one
  has their number and the expected wait, and is edited as more come. If so many photos wait that the answer
  will certainly take longer, the chat is looked at immediately.
- After a turn began. Its photo is acknowledged if it was not yet: a later one of many, one that was held
  until its sender consented, one that another process left.

A look reads the chat's waiting photos, locks them and writes the acknowledgements in one transaction. So a
turn that has ended is never acknowledged, and the answer of any other turn replaces its acknowledgement.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import orjson

from bot.delivery.acknowledgement_plan import (
    SEPARATE,
    Acknowledgement,
    Pace,
    Plan,
    Wait,
    list_keys,
    plan_acknowledgements,
)
from bot.delivery.inbox import PURPOSE, ArrivedPhoto
from bot.delivery.outgoing import Outgoing
from bot.delivery.sealing import seal_message
from bot.delivery.supervisor import Alarm
from bot.delivery.write_queue import WriteQueue
from storage.database.errors import StorageError
from storage.database.keys import Keyring, SealError
from storage.database.sessions import WriteSession
from storage.queues import acknowledgements as rows
from storage.queues.outbox import PendingMessage, put_message

log = logging.getLogger(__name__)

EDIT_EVERY_S: Final = 3.0  # the acknowledgement of a chat is edited at most this often
ROUNDING_S: Final = 0.01
STORAGE_RETRY_S: Final = 1.0
SAFETY_POLL_S: Final = 3_600.0

Compose = Callable[[WriteSession, dict[str, Any], Acknowledgement, Wait], Awaitable[Outgoing | None]]
"""The message for a raw update; None if there is none (before consent, in groups, no photo)."""


@dataclass(kw_only=True, eq=False)
class Acknowledgements:
    """Acknowledges photos that the inbox and the workers report, unless they are answered soon."""

    write_queue: WriteQueue
    keyring: Keyring
    now: Callable[[], float]  # Unix seconds
    after_s: float  # an answer that comes sooner needs no acknowledgement
    pace: Pace
    compose: Compose
    notify: Callable[[Sequence[PendingMessage]], None]  # the sender
    ring: Callable[[], None]  # the workers, which may have skipped rows that were locked

    def __post_init__(self) -> None:
        self._due: dict[bytes, bool] = {}  # chats to look at; False: only at the turn that has begun
        self._unanswered: set[str] = set()  # keys of new photos that have no acknowledgement either
        self._waiting = 0  # photos of all chats, as far as this process knows; each look corrects it
        self._written_at: dict[bytes, float] = {}  # the last acknowledgement of a chat (monotonic)
        self._alarm = Alarm()

    def expect(self, photos: Sequence[ArrivedPhoto]) -> None:
        """Acknowledge new photos that are not answered soon."""
        self._unanswered.update(photo.key for photo in photos)
        self._waiting += len(photos)
        if self.pace.find_delay(self._waiting) > self.after_s:
            self._look({photo.lane_ref for photo in photos})

        def end_wait() -> None:
            self._look({photo.lane_ref for photo in photos if photo.key in self._unanswered})
            self._unanswered.difference_update(photo.key for photo in photos)

        asyncio.get_running_loop().call_later(self.after_s + ROUNDING_S, end_wait)

    @contextmanager
    def watch_turn(self, lane_ref: bytes) -> Iterator[None]:
        """Acknowledge the photo of a turn that takes longer than a moment."""
        timer = self._look_later(self.after_s + ROUNDING_S, lane_ref, whole_line=False)
        try:
            yield
        finally:
            timer.cancel()

    def answered(self, keys: Sequence[str]) -> None:
        """Note that the photos with these keys were answered."""
        self._unanswered.difference_update(keys)
        self._waiting = max(self._waiting - len(keys), 0)

    async def run(self) -> None:
        """Run until cancelled, beginning with the photos that an earlier process left unacknowledged."""
        self._look(await self.write_queue.write(rows.list_photo_lanes))
        while True:
            due, self._due = self._due, {}
            await asyncio.gather(*(self._attend(lane, whole_line=whole) for lane, whole in due.items()))
            if not self._due:
                await self._alarm.wait(SAFETY_POLL_S)

    def _look(self, lane_refs: Iterable[bytes], *, whole_line: bool = True) -> None:
        for lane_ref in lane_refs:
            self._due[lane_ref] = whole_line or self._due.get(lane_ref, False)
        if self._due:
            self._alarm.ring()

    def _look_later(self, delay_s: float, lane_ref: bytes, *, whole_line: bool) -> asyncio.TimerHandle:
        look = partial(self._look, [lane_ref], whole_line=whole_line)
        return asyncio.get_running_loop().call_later(delay_s, look)

    async def _attend(self, lane_ref: bytes, *, whole_line: bool) -> None:
        """Look at a chat, at all its photos or at the begun turn only, and write what it is due."""
        now = time.monotonic()
        self._written_at = {lane: at for lane, at in self._written_at.items() if now - at < EDIT_EVERY_S}
        may_edit = lane_ref not in self._written_at

        async def work(session: WriteSession) -> tuple[Plan, list[PendingMessage]]:
            turns = await rows.list_waiting_turns(session, lane_ref)
            if not whole_line:
                turns = [turn for turn in turns if turn.is_begun]
            if not turns:
                return Plan(acknowledgements=()), []
            states = await rows.find_message_states(session, list_keys(turns))
            total, ahead = await rows.count_waiting_photos(session, up_to=turns[:SEPARATE][-1].first_row)
            self._waiting = total
            takes_longer = not whole_line or self.pace.find_delay(ahead) > self.after_s
            after_s = 0.0 if takes_longer else self.after_s
            plan = plan_acknowledgements(turns, states, now=self.now(), after_s=after_s, may_edit=may_edit)
            wait = self.pace.find_wait(own=len(turns), total=total)
            put = [await self._put(session, each, wait) for each in plan.acknowledgements]
            return plan, [message for message in put if message is not None]

        try:
            plan, pending = await self.write_queue.write(work)
        except StorageError as error:
            log.warning("photos could not be acknowledged (%s); retrying", type(error).__name__)
            self._look_later(STORAGE_RETRY_S, lane_ref, whole_line=whole_line)
            return
        self.ring()
        self.notify(pending)
        if pending:
            self._written_at[lane_ref] = now
        self._unanswered.difference_update(plan.settled)
        if plan.is_stale:
            self._look_later(EDIT_EVERY_S, lane_ref, whole_line=True)

    async def _put(
        self, session: WriteSession, acknowledgement: Acknowledgement, wait: Wait
    ) -> PendingMessage | None:
        payload = await rows.find_payload(session, acknowledgement.turn.first_row)
        if payload is None:
            return None
        try:
            raw = orjson.loads(self.keyring.decrypt(payload, purpose=PURPOSE))
        except (SealError, ValueError):
            return None  # the worker sets it aside
        outgoing = await self.compose(session, raw, acknowledgement, wait)
        if outgoing is None:
            return None
        message = seal_message(outgoing, self.keyring)
        return await put_message(session, message, now=self.now())


__all__ = ["Acknowledgements", "Compose"]
