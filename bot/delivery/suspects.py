"""Suspects: updates that were being processed when a process died.

One death says little: others were processed beside it, or someone ended the process. So the next try counts
itself in the inbox before the photo is read, and suspects are read one at a time. If the process dies then,
too, the update is set aside.
"""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from bot.delivery.inbox import ClaimedTurn
from bot.delivery.turn import current_turn
from bot.delivery.unit_of_work import LostTurnError, UnitOfWork
from bot.delivery.write_queue import WriteQueue
from inference.engine import Engine
from inference.readings import EngineVersions, PhotoReading
from storage.queues.unfinished import begin_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

QUIET_S: Final = 3.0  # a process that is ended again and again lives for less: no suspect is tried then


class Suspects:
    """Lets suspects work one at a time, so that a death during that work names the one."""

    def __init__(
        self, write_queue: WriteQueue, *, owner: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Args: write_queue: writes the count. owner: this process. monotonic: seconds."""
        self._write_queue = write_queue
        self._owner = owner
        self._monotonic = monotonic
        self._born_at = monotonic()
        self._room = asyncio.Lock()
        self._doors: dict[str, asyncio.Lock] = {}  # by turn: an album reads several photos at once
        self._inside: str | None = None

    async def begin(self, turn: ClaimedTurn) -> None:
        """Return once the work on a turn may start; at once unless a process died while it was claimed.

        Raises:
            LostTurnError: another process has taken the turn over.
            StorageError: the count could not be written.
        """
        if not turn.crashes:
            return
        async with self._doors.setdefault(turn.key, asyncio.Lock()):
            if self._inside == turn.key:
                return
            await asyncio.sleep(max(self._born_at + QUIET_S - self._monotonic(), 0.0))
            await self._room.acquire()
            self._inside = turn.key
            ids = turn.ids
            if not await self._write_queue.write(lambda session: begin_rows(session, ids, owner=self._owner)):
                raise LostTurnError

    def end(self, turn: ClaimedTurn) -> None:
        """The turn has ended in good order: the next suspect may begin."""
        self._doors.pop(turn.key, None)
        if self._inside == turn.key:
            self._inside = None
            self._room.release()


class CountedEngine:
    """Counts the work on a suspect before its photo reaches the engine."""

    def __init__(self, engine: Engine, suspects: Suspects) -> None:
        self._engine = engine
        self._suspects = suspects

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    @property
    def versions(self) -> EngineVersions:
        """As the engine has them."""
        return self._engine.versions

    async def start(self) -> None:
        """Start it."""
        await self._engine.start()

    async def read(self, data: bytes, *, gate: bool = True) -> PhotoReading:
        """Read one photo file; see `Engine.read`."""
        turn = current_turn.get(None)
        if isinstance(turn, UnitOfWork):
            await self._suspects.begin(turn.claimed)
        return await self._engine.read(data, gate=gate)

    async def open_full(self, data: bytes) -> "NDArray[np.uint8]":
        """Decode one photo file to be shown; see `Engine.open_full`."""
        turn = current_turn.get(None)
        if isinstance(turn, UnitOfWork):
            await self._suspects.begin(turn.claimed)
        return await self._engine.open_full(data)

    async def stop(self) -> None:
        """Stop it."""
        await self._engine.stop()
