"""Workers: claim turns from the inbox, have the handlers answer them, and end each one.

Turns of different chats run in parallel. Photos of one chat follow each other in order of arrival, and
commands overtake photos.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Final

from telegram import Bot, Update

from bot.delivery.acknowledgement_plan import Pace
from bot.delivery.acknowledgements import Acknowledgements
from bot.delivery.downloads import UnavailableFileError
from bot.delivery.inbox import ClaimedTurn, Inbox
from bot.delivery.outgoing import Outgoing, stalled_key
from bot.delivery.postponements import LAST_S, Postponements
from bot.delivery.stalls import Stalls
from bot.delivery.supervisor import Supervisor, is_out_of_memory
from bot.delivery.suspects import Suspects
from bot.delivery.turn import current_turn
from bot.delivery.unit_of_work import LostTurnError, TurnStore, UnitOfWork
from bot.monitor.hooks import NULL_MONITOR, MonitorHooks
from bot.settings import Work
from storage.database.errors import StorageError
from storage.queues.tables import Track

log = logging.getLogger(__name__)

SAFETY_POLL_S: Final = 3.0  # for turns whose wake-up was lost to another process, or to a clock that was set
STORAGE_RETRY_S: Final = 1.0
FIRST_RETRY_S: Final = 1.0  # after the first failed try; four times as long after each further one
# A turn is also set aside after this many times `max_crashes` deaths, even if none came during its reading.
UNCOUNTED_DEATHS: Final = 5

Notify = Callable[[str, tuple[Update, ...], str], Awaitable[Outgoing | None]]
"""A text of the catalogue for the sender of updates, under a key; None if there is no notice."""


@dataclass(kw_only=True, eq=False)
class Workers:
    """Claims turns and has their updates answered."""

    inbox: Inbox
    turn_store: TurnStore
    bot: Bot
    answer: Callable[[Update], Awaitable[None]]  # runs the handler of an update
    supervisor: Supervisor
    work: Work
    acknowledgements: Acknowledgements  # for photos that take longer than a moment
    pace: Pace  # learns how long photos take
    notify: Notify
    stalls: Stalls  # judges files that Telegram does not deliver
    suspects: Suspects
    log_ref: Callable[[str], str]
    monitor: MonitorHooks = NULL_MONITOR

    def __post_init__(self) -> None:
        self._open_turns: dict[Track, set[asyncio.Task[None]]] = {"quick": set(), "photo": set()}
        self._postponements = Postponements()
        self._stopping = False

    async def run(self) -> None:
        """Claim and process turns until `drain`."""
        while not self._stopping:
            claimed = await self._claim()
            if self._stopping:
                return  # `drain` requeues them: its write comes after the claim's in the write queue
            for turn in claimed:
                self._start(turn)
            # What could not be claimed now can be when a turn ends or an update comes: both ring.
            await self.inbox.alarm.wait(SAFETY_POLL_S)

    async def drain(self, timeout_s: float) -> None:
        """Claim nothing more, finish open turns, and requeue those that take too long."""
        self._stopping = True
        self.inbox.alarm.ring()
        deadline = time.monotonic() + timeout_s
        while (left := deadline - time.monotonic()) > 0 and (tasks := self._list_tasks()):
            await asyncio.wait(tasks, timeout=left)
        for task in self._list_tasks():
            task.cancel()
        await asyncio.gather(*self._list_tasks(), return_exceptions=True)
        await self.inbox.hand_back()

    async def _claim(self) -> list[ClaimedTurn]:
        """Claim as many turns of each track as there is room for."""
        work, open_turns = self.work, self._open_turns
        room: dict[Track, int] = {
            "quick": work.quick_turns - len(open_turns["quick"]),
            "photo": work.photo_turns - len(open_turns["photo"]),
        }
        wanted = {track: count for track, count in room.items() if count > 0}
        return await self.inbox.claim(wanted) if wanted else []

    def _start(self, claimed: ClaimedTurn) -> None:
        """Process a claimed turn in a task."""
        task = self.supervisor.spawn(self._process(claimed), name="turn")
        tasks = self._open_turns[claimed.track]
        tasks.add(task)

        def finished(task: asyncio.Task[None]) -> None:
            tasks.discard(task)
            self.suspects.end(claimed)
            self.inbox.alarm.ring()  # the next turn of this chat can be claimed

        task.add_done_callback(finished)

    async def _process(self, claimed: ClaimedTurn) -> None:
        """Read the updates of a turn, have them answered, and end the turn if its handler did not."""
        updates, error = self._read(claimed)
        turn = UnitOfWork(claimed, updates, self.turn_store)
        if self._is_deadly(claimed):
            log.warning("turn %s was set aside: the process died of it", self.log_ref(turn.key))
            text_id = "photo-deadly" if claimed.track == "photo" else "something-failed"
            await self._insist(turn, lambda: self._set_aside(turn, text_id))
            return
        if error is None:
            error = await self._answer(turn)
        if error is not None and is_out_of_memory(error):
            raise error  # the supervisor ends the process; after a start this turn is a suspect
        if turn.outcome is None:
            await self._insist(turn, lambda: self._end(turn, error))
            return
        self._forget(turn.key)
        if error is not None:
            self._log(turn, error, "failed after its end")

    def _read(self, claimed: ClaimedTurn) -> tuple[tuple[Update, ...], BaseException | None]:
        """The updates of a turn, and the error that the first unreadable one raised."""
        updates: list[Update] = []
        try:
            for row in claimed.rows:
                raw = self.inbox.open(row)
                if (update := Update.de_json(raw, self.bot)) is not None:
                    updates.append(update)
        except Exception as error:  # noqa: BLE001 - whatever the JSON makes the library raise
            return tuple(updates), error
        return tuple(updates), None

    def _is_deadly(self, claimed: ClaimedTurn) -> bool:
        """Whether the process died too often during this turn.

        The first death proves nothing, so only later ones are counted while the turn is read (`begun`).
        An update that kills before it is read is recognised by all deaths while it was claimed (`crashes`).
        """
        most = self.work.max_crashes
        return claimed.begun >= max(most - 1, 1) or claimed.crashes >= most * UNCOUNTED_DEATHS

    async def _answer(self, turn: UnitOfWork) -> BaseException | None:
        """Run the handler of a turn; return what it raised."""
        claimed, acknowledgements = turn.claimed, self.acknowledgements
        is_photo = claimed.track == "photo"
        current_turn.set(turn)
        self.stalls.begin(claimed)
        began = time.monotonic()
        try:
            with acknowledgements.watch_turn(claimed.lane_ref) if is_photo else nullcontext():
                await self._recall_stall(turn)
                with self.monitor.turn(turn.key, claimed.track, waited_s=self._find_age(turn)):
                    async with asyncio.timeout(self.work.turn_timeout_s):
                        await self.answer(turn.updates[0])
        except Exception as error:  # noqa: BLE001 - judged by the caller
            return error
        if is_photo and turn.error is None:
            self.pace.note(time.monotonic() - began, at_once=len(self._open_turns["photo"]) or 1)
        return turn.error

    async def _recall_stall(self, turn: UnitOfWork) -> None:
        """Prepare a turn whose file Telegram did not deliver at earlier tries."""
        if turn.claimed.stall is None:
            return
        turn.is_last_try = self.stalls.is_last_try(turn.claimed)
        if await self.turn_store.knows(stalled_key(turn.key)):
            key = f"{turn.key}:stalled-over"
            turn.postscript = await self.notify("photo-stalled-over", turn.updates, key)

    async def _insist(self, turn: UnitOfWork, step: Callable[[], Awaitable[Any]]) -> None:
        """Repeat the step that ends a turn until the database accepts it or another process has the turn."""
        while turn.outcome is None:
            try:
                await step()
            except StorageError as error:
                self._log(turn, error, "could not be ended yet")
                await asyncio.sleep(STORAGE_RETRY_S)
            except LostTurnError as error:
                self._log(turn, error, "was taken over by another process")
                return

    async def _end(self, turn: UnitOfWork, error: BaseException | None) -> None:
        """End a turn that its handler did not end: finish it, requeue it or set it aside."""
        if error is None:
            await turn.finish()
            self._forget(turn.key)
        elif isinstance(error, LostTurnError):
            raise error
        elif isinstance(error, UnavailableFileError) and not turn.is_last_try:
            await self._wait_for_file(turn, error)
        elif isinstance(error, UnavailableFileError):
            self._log(turn, error, "was given up: Telegram does not deliver its file")
            await self._set_aside(turn, "photo-given-up")
        elif (
            delay_s := self._postponements.find_delay(turn.key, error, age_s=self._find_age(turn))
        ) is not None:
            self._log(turn, error, f"waits {delay_s:.1f} s")
            await turn.try_again(delay_s=delay_s, failed=False)
        elif turn.claimed.attempts + 1 < self.work.max_attempts and turn.updates:
            self._log(turn, error, f"failed at try {turn.attempt}")
            await turn.try_again(delay_s=FIRST_RETRY_S * 4.0**turn.claimed.attempts, failed=True)
        else:
            self._log(turn, error, "was set aside")
            await self._set_aside(turn, "something-failed")

    async def _wait_for_file(self, turn: UnitOfWork, error: UnavailableFileError) -> None:
        """Requeue a turn whose file does not come; after a minute its sender gets a notice, once."""
        stalls, claimed = self.stalls, turn.claimed
        stall = await stalls.judge(claimed, error)
        delay_s = self._postponements.find_delay(turn.key, error, age_s=0.0) or LAST_S
        delay_s = stalls.find_delay(claimed, stall, delay_s)
        self._log(turn, error, f"waits {delay_s:.1f} s for its file")
        notice = None
        if stalls.is_due(stall):
            notice = await self.notify("photo-stalled", turn.updates, stalled_key(turn.key))
        await turn.stall(stall, delay_s=delay_s, outgoing=[notice] if notice is not None else [])

    async def _set_aside(self, turn: UnitOfWork, text_id: str) -> None:
        """Set a turn aside and inform its sender."""
        apology = await self.notify(text_id, turn.updates, f"{turn.key}:set-aside")
        await turn.give_up(*([apology] if apology is not None else []))
        self._forget(turn.key)

    def _forget(self, turn_key: str) -> None:
        self._postponements.forget(turn_key)
        self.stalls.forget(turn_key)

    def _list_tasks(self) -> set[asyncio.Task[None]]:
        return self._open_turns["quick"] | self._open_turns["photo"]

    def _find_age(self, turn: UnitOfWork) -> float:
        """Seconds since its update arrived."""
        return max(self.turn_store.now() - turn.received_at, 0.0)

    def _log(self, turn: UnitOfWork, error: BaseException, what: str) -> None:
        # No text of the error: it may quote an update. The frames say where it was raised.
        log.warning(
            "turn %s %s (%s at %s)",
            self.log_ref(turn.key),
            what,
            type(error).__name__,
            _find_place(error),
        )


async def note_error(_update: object, context: Any) -> None:
    """PTB's error handler: hand the exception to the worker, which decides what comes next."""
    turn = current_turn.get(None)
    if isinstance(turn, UnitOfWork):
        turn.error = context.error
    else:
        log.warning("an error outside any turn (%s)", type(context.error).__name__)


def _find_place(error: BaseException) -> str:
    """Module and line of the innermost frame."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"


__all__ = ["Notify", "Workers", "note_error"]
