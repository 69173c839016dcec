"""The lock on a data directory: one bot, which yields to a command that needs the database exclusively.

Two files are locked, never written. `nevus.lock` is held by the process that uses the database.
`nevus.wanted` is held by a command that waits for the database or has it: while it is locked, the bot stops,
and afterwards it starts again. Locks end with their processes, so nothing can be left behind.
"""

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bot.errors import OperatorError

LOCK_NAMES: Final = ("nevus.lock", "nevus.wanted")


class AlreadyRunningError(OperatorError):
    """Another process uses this data directory."""


class ProcessLock:
    """Held until the process ends, however it ends. No child process inherits it (POSIX record locks)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Acquire the lock.

        Raises:
            AlreadyRunningError: another process holds it.
            OSError: the file cannot be made.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise AlreadyRunningError("Another nevus uses this data directory.") from error
        self._descriptor = descriptor

    def is_held(self) -> bool:
        """Whether another process holds it; never true of a lock that this one holds."""
        if self._descriptor is not None:
            return False  # opening and closing the file would release it
        try:
            descriptor = os.open(self._path, os.O_RDONLY)
        except OSError:
            return False  # nobody made it yet
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        else:
            return False
        finally:
            os.close(descriptor)

    def release(self) -> None:
        """Release the lock; harmless if it is not held."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)


LOOK_EVERY_S: Final = 0.5
NOT_LOCKED: Final = "The data directory cannot be locked: set NEVUS_DATA_DIR to one that can be written"
SPARE_S: Final = 30.0  # beyond its grace period, for a bot that stops on a busy machine
SHORTLY_S: Final = 3.0  # another process checks a lock for a moment, or is about to release it


class NotYieldedError(OperatorError):
    """The database could not be acquired; the text says what to do."""


class DataDirLock:
    """The two locks. With `alone` false (PostgreSQL: any number of processes) nothing is locked."""

    def __init__(self, data_dir: Path, *, alone: bool) -> None:
        self._work, self._wanted = (ProcessLock(data_dir / name) for name in LOCK_NAMES)
        self._alone = alone

    def acquire(self) -> None:
        """Acquire the database once no command has it. Blocks.

        Raises:
            AlreadyRunningError: another bot does.
        """
        while self._alone:
            while self._wanted.is_held():
                time.sleep(LOOK_EVERY_S)
            try:
                _take(self._work, SHORTLY_S)
            except AlreadyRunningError:
                if not self._wanted.is_held():
                    raise
            else:
                return

    def release(self) -> None:
        """Release the database."""
        self._work.release()

    async def wait_for_command(self) -> None:
        """Return when a command asks for the database."""
        while not (self._alone and self._wanted.is_held()):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(LOOK_EVERY_S)

    async def yield_to_command(self, stop: asyncio.Event) -> bool:
        """Release the database to the command, then acquire it again; False if `stop` was set meanwhile.

        Raises:
            AlreadyRunningError: another bot acquired it first.
        """
        self.release()
        late = time.monotonic() + SHORTLY_S
        while not stop.is_set():
            if self._wanted.is_held():
                late = time.monotonic() + SHORTLY_S
            else:
                try:
                    self._work.acquire()
                except AlreadyRunningError:
                    if time.monotonic() >= late:
                        raise
                else:
                    return True
            await asyncio.sleep(LOOK_EVERY_S)
        return False

    @contextmanager
    def take_from_bot(self, *, patience_s: float, report: Callable[[str], None]) -> Iterator[None]:
        """Hold the database for this block, whether a bot runs or not.

        Args:
            patience_s: how long a bot may take to finish what it is processing.
            report: called with what is waited for, if a bot runs.

        Raises:
            NotYieldedError: the bot did not release the database, another command has it, or the data
                directory cannot be written.
        """
        if not self._alone:
            yield
            return
        try:
            _take(self._wanted, SHORTLY_S)
        except AlreadyRunningError:
            raise NotYieldedError("Another command uses this database: wait until it ends.") from None
        except OSError as error:
            raise NotYieldedError(f"{NOT_LOCKED} ({error.strerror}).") from error
        try:
            self._wait_for_the_bot(patience_s, report)
            yield
        finally:
            self._work.release()  # in this order: a process that waits for the second finds the first free
            self._wanted.release()

    def _wait_for_the_bot(self, patience_s: float, report: Callable[[str], None]) -> None:
        try:
            self._work.acquire()
        except OSError as error:
            raise NotYieldedError(f"{NOT_LOCKED} ({error.strerror}).") from error
        except AlreadyRunningError:
            report("The bot is running. It finishes what it is processing, then restarts after this command.")
        else:
            return
        try:
            _take(self._work, patience_s)
        except AlreadyRunningError:
            raise NotYieldedError(
                f"The bot did not release the database within {patience_s:.0f} s. Stop it, then try again. "
                "Nothing was changed."
            ) from None


def _take(lock: ProcessLock, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            lock.acquire()
        except AlreadyRunningError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.05)
        else:
            return
