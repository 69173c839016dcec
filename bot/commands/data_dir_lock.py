"""The lock on a data directory and its database: one bot, which yields to a command that needs the database.

Two files are locked, never written. `nevus.lock` is held by the process that uses the database.
`nevus.wanted` is held by a command that waits for the database or has it: while it is locked, the bot stops,
and afterwards it starts again. Locks end with their processes, so nothing can be left behind.

Two such files beside an SQLite database are locked as well (`nevus.sqlite.lock`, `nevus.sqlite.wanted`),
because two data directories may name the same database.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from bot.commands.process_locks import AlreadyRunningError, LockGroup, ProcessLock
from bot.errors import OperatorError
from bot.settings import Settings

LOCK_NAMES: Final = ("nevus.lock", "nevus.wanted")
DATABASE_SUFFIXES: Final = (".lock", ".wanted")
OF_DATABASE: Final = (
    "Another nevus uses this database, from another data directory: see NEVUS_DATABASE_URL. Stop it first, "
    "or give each its own database."
)


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
NOT_OPENED: Final = (
    "{file} belongs to another user, and this one cannot open it: give it to this user, or delete it while "
    "no nevus uses the database."
)
SPARE_S: Final = 30.0  # beyond its grace period, for a bot that stops on a busy machine
SHORTLY_S: Final = 3.0  # another process checks a lock for a moment, or is about to release it


class NotYieldedError(OperatorError):
    """The database could not be acquired; the text says what to do."""


class DataDirLock:
    """The two locks. With `alone` false (PostgreSQL: any number of processes) nothing is locked."""

    def __init__(self, data_dir: Path, *, alone: bool, database: Path | None = None) -> None:
        """`database`: an SQLite database, which another data directory may name as well."""
        work, wanted = ([ProcessLock(data_dir / name, owned_like=data_dir)] for name in LOCK_NAMES)
        self._database = database
        if database is not None:
            for locks, path in zip((work, wanted), name_database_locks(database), strict=True):
                locks.append(ProcessLock(path, owned_like=database, taken=OF_DATABASE))
        self._work, self._wanted = LockGroup(*work), LockGroup(*wanted)
        self._alone = alone

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The locks of the data directory and database that these settings name."""
        from sqlalchemy import make_url

        file = make_url(settings.sql_url).database if settings.one_process else None
        database = Path(file) if file and file != ":memory:" else None  # which is refused when it is opened
        return cls(settings.data_dir, alone=settings.one_process, database=database)

    def find_fault(self) -> str | None:
        """Why a lock file could not be opened or made; None if each can."""
        locks = (*self._work.locks, *self._wanted.locks) if self._alone else ()
        for lock in locks:
            if os.access(lock.path, os.R_OK | os.W_OK):  # False also in a folder that cannot be entered
                continue
            folder = next((each for each in lock.path.absolute().parents if os.access(each, os.F_OK)), None)
            if folder is not None and not os.access(folder, os.W_OK | os.X_OK):  # or the whole disk
                return f"{NOT_LOCKED} ({folder} cannot)."
            if os.access(lock.path, os.F_OK):
                return NOT_OPENED.format(file=lock.path)
        return None

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
            if (fault := self.find_fault()) is not None:
                raise NotYieldedError(fault) from error
            raise NotYieldedError(f"{NOT_LOCKED} ({error.strerror}).") from error
