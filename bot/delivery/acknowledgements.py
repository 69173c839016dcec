"""Acknowledges photos when they arrive, wherever they are in the queue.

A chat gets at most two new messages, however many photos come at once. The first photo has its own
acknowledgement, and so has the second if it is the last. If more wait, the second acknowledgement gives their
number and the expected wait, and is edited as more come. The answer of a photo replaces its acknowledgement.

An acknowledgement waits for a moment, because a fast answer needs none; then the database is not queried
either. If so many photos wait that the answer will certainly take longer, it is written at once.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
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
from bot.delivery.inbox import PURPOSE
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
SAFETY_POLL_S: Final = 3_600.0

Compose = Callable[[WriteSession, dict[str, Any], Acknowledgement, Wait], Awaitable[Outgoing | None]]
"""The message for a raw update; None if there is none (before consent, in groups, no photo)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementParts:
    """What the acknowledgements are built from."""

    write_queue: WriteQueue
    keyring: Keyring
    now: Callable[[], float]  # Unix seconds
    after_s: float  # an answer that comes sooner needs no acknowledgement
    pace: Pace
    compose: Compose
    notify: Callable[[Sequence[PendingMessage]], None]  # the sender
    ring: Callable[[], None]  # the workers, which may have skipped rows that were locked


@dataclass(slots=True)
class _Line:
    """The recent photos of a chat."""

    unheard: int = 0  # photos with neither an answer nor an acknowledgement
    looks: int = 0  # that are still to come


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look at a chat's photos found, and the messages written."""

    plan: Plan
    pending: tuple[PendingMessage, ...] = ()
    photos: int = 0  # that wait for their answers


class Acknowledgements:
    """Acknowledges new photos that the inbox reports, unless they are answered soon."""

    def __init__(self, parts: AcknowledgementParts) -> None:
        self._parts = parts
        self._due: set[bytes] = set()
        self._lines: dict[bytes, _Line] = {}
        self._looked_at: dict[bytes, int] = {}  # photos without an answer that came before those of `_lines`
        self._older = 0  # photos that waited at the last look
        self._alarm = Alarm()
        self._written_at: dict[bytes, float] = {}  # the last acknowledgement of a chat (monotonic)

    def expect(self, lane_refs: Sequence[bytes]) -> None:
        """Note new photos, one chat for each; those without an answer soon are acknowledged."""
        for lane_ref in lane_refs:
            self._lines.setdefault(lane_ref, _Line()).unheard += 1
        lanes = frozenset(lane_refs)
        for lane_ref in lanes:
            self._lines[lane_ref].looks += 1
        lately = sum(line.unheard for line in self._lines.values())
        if self._parts.pace.find_delay(max(lately, self._older)) > self._parts.after_s:
            self._look(lanes)
        self._later(self._parts.after_s + ROUNDING_S, self._end_wait, lanes)

    def answered(self, lane_ref: bytes, photos: int) -> None:
        """Note that the first so many photos of a chat were answered."""
        looked_at = self._looked_at.pop(lane_ref, 0)
        if looked_at > photos:
            self._looked_at[lane_ref] = looked_at - photos
        elif (line := self._lines.get(lane_ref)) is not None:
            line.unheard = max(line.unheard - (photos - looked_at), 0)
        self._older = max(self._older - photos, 0)

    async def run(self) -> None:
        """Run until cancelled, beginning with the photos that an earlier process left unacknowledged."""
        self._due.update(await self._parts.write_queue.write(rows.list_photo_lanes))
        while True:
            due, self._due = self._due, set()
            await asyncio.gather(*(self._attend(lane_ref) for lane_ref in due))
            if not self._due:
                await self._alarm.wait(SAFETY_POLL_S)

    def _later(
        self, delay_s: float, call: Callable[[frozenset[bytes]], None], lanes: frozenset[bytes]
    ) -> None:
        asyncio.get_running_loop().call_later(delay_s, call, lanes)

    def _end_wait(self, lanes: frozenset[bytes]) -> None:
        """Look at chats whose photos were not answered in time."""
        waiting = set()
        for lane_ref in lanes:
            line = self._lines[lane_ref]
            line.looks -= 1
            if line.unheard:
                waiting.add(lane_ref)
            if not line.looks:
                del self._lines[lane_ref]
                self._note_looked_at(lane_ref, self._looked_at.get(lane_ref, 0) + line.unheard)
        self._look(waiting)

    def _look(self, lanes: Collection[bytes]) -> None:
        if lanes:
            self._due.update(lanes)
            self._alarm.ring()

    def _note_looked_at(self, lane_ref: bytes, photos: int) -> None:
        if photos > 0:
            self._looked_at[lane_ref] = photos
        else:
            self._looked_at.pop(lane_ref, None)

    async def _attend(self, lane_ref: bytes) -> None:
        now = time.monotonic()
        self._written_at = {lane: at for lane, at in self._written_at.items() if now - at < EDIT_EVERY_S}
        may_edit = lane_ref not in self._written_at

        async def work(session: WriteSession) -> _Look:
            turns = await rows.list_waiting_turns(session, lane_ref)
            if not turns:
                self._older = max(self._older - 1, 0)
                return _Look(Plan(acknowledgements=()))
            states = await rows.find_message_states(session, list_keys(turns))
            total, ahead = await rows.count_waiting_photos(session, up_to=turns[:SEPARATE][-1].first_row)
            self._older = total
            after_s = 0.0 if self._parts.pace.find_delay(ahead) > self._parts.after_s else self._parts.after_s
            plan = plan_acknowledgements(
                turns, states, now=self._parts.now(), after_s=after_s, may_edit=may_edit
            )
            wait = self._parts.pace.find_wait(own=len(turns), total=total)
            put = [
                await self._put(session, acknowledgement, wait) for acknowledgement in plan.acknowledgements
            ]
            pending = tuple(message for message in put if message is not None)
            return _Look(plan, pending, sum(turn.items for turn in turns))

        try:
            look = await self._parts.write_queue.write(work)
        except StorageError as error:  # the worker's own acknowledgement comes when the turn begins
            log.warning("photos could not be acknowledged (%s)", type(error).__name__)
            return
        self._parts.ring()
        self._parts.notify(look.pending)
        if look.pending:
            self._written_at[lane_ref] = now
        line = self._lines.get(lane_ref, _Line())
        if look.plan.is_complete:
            line.unheard = 0
        self._note_looked_at(lane_ref, look.photos - line.unheard)
        if look.plan.is_stale:
            self._later(EDIT_EVERY_S, self._look, frozenset((lane_ref,)))

    async def _put(
        self, session: WriteSession, acknowledgement: Acknowledgement, wait: Wait
    ) -> PendingMessage | None:
        payload = await rows.find_payload(session, acknowledgement.turn.first_row)
        if payload is None:
            return None
        try:
            raw = orjson.loads(self._parts.keyring.decrypt(payload, purpose=PURPOSE))
        except (SealError, ValueError):
            return None  # the worker sets it aside
        outgoing = await self._parts.compose(session, raw, acknowledgement, wait)
        if outgoing is None:
            return None
        message = seal_message(outgoing, self._parts.keyring)
        return await put_message(session, message, now=self._parts.now())


__all__ = ["AcknowledgementParts", "Acknowledgements", "Compose"]
