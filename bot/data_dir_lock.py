"""Who works with a data directory: one bot, which makes way for a command that needs the database for itself.

Two files are locked, never written. `nevus.lock` belongs to whoever works with the database. `nevus.wanted`
belongs to a command that waits for it or has it: as long as it is locked, the bot steps aside, and starts
again afterwards. Locks end with their processes, however those end, so that nothing can be left behind.
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


class AlreadyRunningError(Exception):
    """Another process works with this data directory."""


class ProcessLock:
    """Held until the process ends, however it ends. No child process inherits it (POSIX record locks)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take it.

        Raises:
            AlreadyRunningError: another process holds it.
            OSError: the file cannot be made.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise AlreadyRunningError("Another nevus works with this data directory.") from error
        self._descriptor = descriptor

    def is_held(self) -> bool:
        """Whether another process holds it; never true of a lock that this one holds."""
        if self._descriptor is not None:
            return False  # to open and close the file would let go of it
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
        """Let go of it; harmless when it is not held."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)


LOOK_EVERY_S: Final = 0.5
SPARE_S: Final = 30.0  # beyond its grace period, for a bot that steps aside on a busy machine
SHORTLY_S: Final = 3.0  # another process looks at a lock for a moment, or is about to let go of it


class NotGivenWayError(Exception):
    """The database could not be had; the text says what to do."""


class Tenancy:
    """The two locks. With `alone` false (PostgreSQL: any number of processes) nothing is locked."""

    def __init__(self, data_dir: Path, *, alone: bool) -> None:
        self._work = ProcessLock(data_dir / "nevus.lock")
        self._wanted = ProcessLock(data_dir / "nevus.wanted")
        self._alone = alone

    def move_in(self) -> None:
        """Become the one that works with the database, once no command has it. Blocks.

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

    def move_out(self) -> None:
        """Let another process have it."""
        self._work.release()

    async def wait_until_wanted(self) -> None:
        """Return when a command asks for the database."""
        while not (self._alone and self._wanted.is_held()):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(LOOK_EVERY_S)

    async def make_way(self, stop: asyncio.Event) -> bool:
        """Let the command have it, and take it back afterwards; False when `stop` was set meanwhile.

        Raises:
            AlreadyRunningError: another bot was faster.
        """
        self.move_out()
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
    def borrow(self, *, patience_s: float, tell: Callable[[str], None]) -> Iterator[None]:
        """Have the database for this block, whether a bot runs or not.

        Args:
            patience_s: how long a bot may take to finish what is in work.
            tell: is told what is waited for, where a bot runs.

        Raises:
            NotGivenWayError: the bot did not step aside, or another command has it.
        """
        if not self._alone:
            yield
            return
        try:
            _take(self._wanted, SHORTLY_S)
        except AlreadyRunningError:
            raise NotGivenWayError("Another command works with this database: wait for its end.") from None
        try:
            self._wait_for_the_bot(patience_s, tell)
            yield
        finally:
            self._work.release()  # in this order: who waits for the second finds the first free
            self._wanted.release()

    def _wait_for_the_bot(self, patience_s: float, tell: Callable[[str], None]) -> None:
        try:
            self._work.acquire()
        except AlreadyRunningError:
            tell("The bot runs: it finishes what is in work, steps aside and starts again afterwards.")
        else:
            return
        try:
            _take(self._work, patience_s)
        except AlreadyRunningError:
            raise NotGivenWayError(
                f"The bot did not step aside within {patience_s:.0f} s: stop it, then try again. "
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
