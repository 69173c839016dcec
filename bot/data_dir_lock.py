"""The lock on a data directory and its database: one bot, which yields to a command that needs the database.

Two files are locked, never written. `nevus.lock` is held by the process that uses the database.
`nevus.wanted` is held by a command that waits for the database or has it: while it is locked, the bot stops,
and afterwards it starts again. Locks end with their processes, so nothing can be left behind.

Two such files beside an SQLite database are locked as well (`nevus.sqlite.lock`, `nevus.sqlite.wanted`),
because two data directories may name the same database.
"""

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from bot.errors import OperatorError
from bot.settings import Settings

LOCK_NAMES: Final = ("nevus.lock", "nevus.wanted")
DATABASE_SUFFIXES: Final = (".lock", ".wanted")
OF_DIRECTORY: Final = "Another nevus uses this data directory."
OF_DATABASE: Final = (
    "Another nevus uses this database, from another data directory: see NEVUS_DATABASE_URL. Stop it first, "
    "or give each its own database."
)


class AlreadyRunningError(OperatorError):
    """Another process uses this data directory or this database."""


class ProcessLock:
    """Held until the process ends, however it ends. No child process inherits it (POSIX record locks)."""

    def __init__(self, path: Path, *, taken: str = OF_DIRECTORY) -> None:
        """`taken`: the text of the error if another process holds it."""
        self._path = path
        self._taken = taken
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
            raise AlreadyRunningError(self._taken) from error
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


class LockGroup:
    """Locks that are held together or not at all."""

    def __init__(self, *locks: ProcessLock) -> None:
        self._locks = locks

    def acquire(self) -> None:
        """Acquire all of them.

        Raises:
            AlreadyRunningError: another process holds one; none is held.
            OSError: a file cannot be made; none is held.
        """
        try:
            for lock in self._locks:
                lock.acquire()
        except BaseException:
            self.release()
            raise

    def is_held(self) -> bool:
        """Whether another process holds one."""
        return any(lock.is_held() for lock in self._locks)

    def release(self) -> None:
        """Release them; harmless if they are not held."""
        for lock in reversed(self._locks):
            lock.release()


def name_database_locks(database: Path) -> tuple[Path, Path]:
    """The two lock files of an SQLite database, the same by whatever path it is named."""
    resolved = Path(os.path.realpath(database))
    lock, wanted = (resolved.with_name(f"{resolved.name}{suffix}") for suffix in DATABASE_SUFFIXES)
    return lock, wanted


LOOK_EVERY_S: Final = 0.5
NOT_LOCKED: Final = (
    "The data directory or the directory of the database cannot be locked: set NEVUS_DATA_DIR and "
    "NEVUS_DATABASE_URL to places that can be written"
)
SPARE_S: Final = 30.0  # beyond its grace period, for a bot that stops on a busy machine
SHORTLY_S: Final = 3.0  # another process checks a lock for a moment, or is about to release it


class NotYieldedError(OperatorError):
    """The database could not be acquired; the text says what to do."""


class DataDirLock:
    """The two locks. With `alone` false (PostgreSQL: any number of processes) nothing is locked."""

    def __init__(self, data_dir: Path, *, alone: bool, database: Path | None = None) -> None:
        """`database`: an SQLite database, which another data directory may name as well."""
        work, wanted = ([ProcessLock(data_dir / name)] for name in LOCK_NAMES)
        self._database = database
        if database is not None:
            for locks, path in zip((work, wanted), name_database_locks(database), strict=True):
                locks.append(ProcessLock(path, taken=OF_DATABASE))
        self._work, self._wanted = LockGroup(*work), LockGroup(*wanted)
        self._alone = alone

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The locks of the data directory and database that these settings name."""
        from sqlalchemy import make_url

        file = make_url(settings.sql_url).database if settings.one_process else None
        return cls(settings.data_dir, alone=settings.one_process, database=Path(file) if file else None)

    def acquire_at_once(self) -> None:
        """Acquire the database, without waiting for a command.

        Raises:
            AlreadyRunningError: another process has it.
            NotYieldedError: a lock file cannot be made.
        """
        if self._alone:
            self._acquire(self._work)

    def is_held(self) -> bool:
        """Whether another process has the database."""
        return self._alone and self._work.is_held()

    def acquire(self) -> None:
        """Acquire the database once no command has it. Blocks.

        Raises:
            AlreadyRunningError: another bot does.
            NotYieldedError: a lock file cannot be made.
        """
        while self._alone:
            while self._wanted.is_held():
                time.sleep(LOOK_EVERY_S)
            try:
                self._take(self._work, SHORTLY_S)
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
                    self._acquire(self._work)
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
            self._take(self._wanted, SHORTLY_S)
        except AlreadyRunningError:
            raise NotYieldedError("Another command uses this database: wait until it ends.") from None
        try:
            self._wait_for_the_bot(patience_s, report)
            yield
        finally:
            self._work.release()  # in this order: a process that waits for the second finds the first free
            self._wanted.release()

    def _wait_for_the_bot(self, patience_s: float, report: Callable[[str], None]) -> None:
        try:
            self._acquire(self._work)
        except AlreadyRunningError:
            report("The bot is running. It finishes what it is processing, then restarts after this command.")
        else:
            return
        try:
            self._take(self._work, patience_s)
        except AlreadyRunningError:
            raise NotYieldedError(
                f"The bot did not release the database within {patience_s:.0f} s. Stop it, then try again. "
                "Nothing was changed."
            ) from None

    def _take(self, locks: LockGroup, patience_s: float) -> None:
        deadline = time.monotonic() + patience_s
        while True:
            try:
                self._acquire(locks)
            except AlreadyRunningError:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def _acquire(self, locks: LockGroup) -> None:
        try:
            if self._database is not None:  # the first start makes its directory
                self._database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            locks.acquire()
        except OSError as error:
            raise NotYieldedError(f"{NOT_LOCKED} ({error.strerror}).") from error
