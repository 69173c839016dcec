"""Acknowledges photos when they arrive, wherever in the line they stand.

A chat hears at most two new messages of it, however many photos come at once: the first photo is acknowledged
by itself, the second too if it is the last; where more wait, the second one's acknowledgement tells how many
and how long, and is edited as more come. Each is replaced in place by its own photo's answer, so that nothing
is left over.

A photo that comes alone is given a moment: its answer may need no acknowledgement. Where many come at once,
the answers will take longer for certain, and nobody is let wait for that moment.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from bot.greetings import Greeting, Pace, Plan, Wait, list_keys, plan_greetings
from bot.inbox import PURPOSE
from bot.ledger import Ledger
from bot.messages import seal_message
from bot.supervisor import Alarm
from bot.turns import Outgoing
from storage import waiting as rows
from storage.database import WriteSession
from storage.errors import StorageError
from storage.keys import Keyring, SealError
from storage.outbox import PendingMessage, put_message

log = logging.getLogger(__name__)

EDIT_EVERY_S: Final = 3.0  # a chat's line is told anew no more often
ROUNDING_S: Final = 0.01
SAFETY_POLL_S: Final = 3_600.0
CROWD: Final = 3  # photos of all chats, waiting or in work, from which on each is acknowledged at once

Greet = Callable[[WriteSession, dict[str, Any], Greeting, Wait], Awaitable[Outgoing | None]]
"""The words for a raw update; None where nothing is to be said (before consent, in groups, no photo)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceptionParts:
    """What a receptionist is built from."""

    ledger: Ledger
    keyring: Keyring
    now: Callable[[], float]  # Unix seconds
    after_s: float  # an answer that comes sooner needs no acknowledgement
    pace: Pace
    greet: Greet
    notify: Callable[[Sequence[PendingMessage]], None]  # the sender
    ring: Callable[[], None]  # the workers, who may have passed over a line that was being looked at


class Receptionist:
    """Told by the inbox which chats sent photos; looks at their lines a little later."""

    def __init__(self, parts: ReceptionParts) -> None:
        self._parts = parts
        self._due: set[bytes] = set()
        self._soon: set[bytes] = set()  # lanes that are looked at in a moment
        self._alarm = Alarm()
        self._told: dict[bytes, float] = {}  # when a chat heard something last (monotonic)

    def expect(self, lane_refs: Collection[bytes]) -> None:
        """Photos of these chats came in; those without an answer soon are acknowledged."""
        self._soon.update(lane_refs)
        if len(self._soon) >= CROWD:
            self._look(frozenset(self._soon))
        self._look_in(self._parts.after_s + ROUNDING_S, lane_refs)

    async def run(self) -> None:
        """Until cancelled. What a process before this one left unsaid is said first."""
        self._due.update(await self._parts.ledger.write(rows.list_photo_lanes))
        while True:
            due, self._due = self._due, set()
            await asyncio.gather(*(self._attend(lane_ref) for lane_ref in due))
            if not self._due:
                await self._alarm.wait(SAFETY_POLL_S)

    def _look_in(self, delay_s: float, lane_refs: Collection[bytes]) -> None:
        asyncio.get_running_loop().call_later(delay_s, self._look, lane_refs)

    def _look(self, lane_refs: Collection[bytes]) -> None:
        self._soon.difference_update(lane_refs)
        self._due.update(lane_refs)
        self._alarm.ring()

    async def _attend(self, lane_ref: bytes) -> None:
        now = time.monotonic()
        self._told = {lane: told for lane, told in self._told.items() if now - told < EDIT_EVERY_S}
        may_edit = lane_ref not in self._told

        async def work(session: WriteSession) -> tuple[Plan, list[PendingMessage]]:
            return await self._greet_line(session, lane_ref, may_edit=may_edit)

        try:
            plan, pending = await self._parts.ledger.write(work)
        except StorageError as error:  # the worker's own acknowledgement comes when the turn begins
            log.warning("photos could not be acknowledged (%s)", type(error).__name__)
            return
        self._parts.ring()
        self._parts.notify(pending)
        if pending:
            self._told[lane_ref] = now
        if plan.is_stale:
            self._look_in(EDIT_EVERY_S, [lane_ref])

    async def _greet_line(
        self, session: WriteSession, lane_ref: bytes, *, may_edit: bool
    ) -> tuple[Plan, list[PendingMessage]]:
        turns = await rows.list_waiting_turns(session, lane_ref)
        states = await rows.find_message_states(session, list_keys(turns))
        all_told = await rows.count_waiting_photos(session)
        after_s = 0.0 if all_told >= CROWD else self._parts.after_s
        plan = plan_greetings(turns, states, now=self._parts.now(), after_s=after_s, may_edit=may_edit)
        wait = self._parts.pace.find_wait(own=len(turns), all_told=all_told)
        put = [await self._put(session, greeting, wait) for greeting in plan.greetings]
        return plan, [pending for pending in put if pending is not None]

    async def _put(self, session: WriteSession, greeting: Greeting, wait: Wait) -> PendingMessage | None:
        payload = await rows.find_payload(session, greeting.turn.first_row)
        if payload is None:
            return None
        try:
            raw = orjson.loads(self._parts.keyring.decrypt(payload, purpose=PURPOSE))
        except (SealError, ValueError):
            return None  # the worker sets it aside
        outgoing = await self._parts.greet(session, raw, greeting, wait)
        if outgoing is None:
            return None
        message = seal_message(outgoing, self._parts.keyring)
        return await put_message(session, message, now=self._parts.now())


__all__ = ["Greet", "ReceptionParts", "Receptionist"]
