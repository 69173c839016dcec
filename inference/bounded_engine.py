"""What every engine is made of: a verified release, decoders and threads here, room for so many photos."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

from inference.decoding import DecodePool
from inference.engine import BusyError, EngineError
from inference.full_size import decode_full
from inference.limits import count_cores
from inference.priority import open_threads
from inference.release import Release

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Decoding a photo of a chat takes a seventh of the networks' time; each decoder holds 9 MB or more.
MOST_DECODERS: Final = 8


class Bounds(TypedDict, total=False):
    """How much an engine does at once: see `BoundedEngine`."""

    threads: int | None
    max_pending: int
    timeout_s: float


class BoundedEngine:
    """The part that is the same wherever the networks run."""

    def __init__(
        self,
        directory: Path | None = None,
        *,
        threads: int | None = None,
        max_pending: int = 64,
        timeout_s: float = 30.0,
    ) -> None:
        """Nothing is loaded or connected yet.

        Args:
            directory: of the release that photos are read with; the installed pair if None.
            threads: photos read at once; one a core if None.
            max_pending: photos under way or waiting, past which `BusyError` is raised.
            timeout_s: how long `read` waits for one photo, its turn included.
        """
        self._directory = directory
        self.threads = threads or count_cores()
        self._max_pending = max_pending
        self._timeout_s = timeout_s
        self._pending = 0
        self._executor: ThreadPoolExecutor | None = None
        self._decoders = DecodePool(workers=min(self.threads, MOST_DECODERS))
        self._release: Release | None = None

    @property
    def release(self) -> Release:
        """The verified pair that photos are read with.

        Raises:
            EngineError: before `start`.
        """
        if self._release is None:
            raise EngineError("the engine is not started")
        return self._release

    async def open_full(self, data: bytes) -> "NDArray[np.uint8]":
        """Decode one photo file to be shown; see `Engine.open_full`."""
        executor = self._enter()
        try:
            return await asyncio.get_running_loop().run_in_executor(
                executor, decode_full, data, self._decoders
            )
        finally:
            self._pending -= 1

    def _open_threads(self) -> None:
        self._executor = open_threads(self.threads, name="photo", steps_back=True)

    def _enter(self) -> ThreadPoolExecutor:
        """Count a photo that comes in, and return the threads that read it; the caller counts it out again.

        Raises:
            EngineError: before `start`.
            BusyError: there is no room.
        """
        if self._executor is None:
            raise EngineError("the engine is not started")
        if self._pending >= self._max_pending:
            raise BusyError("too many photos wait")
        self._pending += 1
        return self._executor

    async def _close_threads(self) -> None:
        """Finish what is under way, then end threads and decoders."""
        executor, self._executor = self._executor, None
        if executor is not None:
            await asyncio.to_thread(executor.shutdown)
        await asyncio.to_thread(self._decoders.stop)
