"""Locks on files that end with their process."""

import contextlib
import errno
import fcntl
import os
from pathlib import Path
from typing import Final

from bot.errors import OperatorError
from storage.database.file_owner import give_to_owner

OF_DIRECTORY: Final = "Another nevus uses this data directory."
TAKEN: Final = (errno.EACCES, errno.EAGAIN)  # what POSIX says of a record lock that another process holds


class AlreadyRunningError(OperatorError):
    """Another process uses this data directory or this database."""


class ProcessLock:
    """Held until the process ends, however it ends. No child process inherits it (POSIX record locks)."""

    def __init__(self, path: Path, *, owned_like: Path | None = None, taken: str = OF_DIRECTORY) -> None:
        """The lock on a file that is made if it is missing.

        Args:
            path: the file.
            owned_like: if root makes the file, it belongs to the owner of this one, or else of the directory.
            taken: the text of the error if another process holds it.
        """
        self.path = path
        self._owned_like = owned_like
        self._taken = taken
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Acquire the lock.

        Raises:
            AlreadyRunningError: another process holds it.
            OSError: the file cannot be made, opened or locked.
        """
        descriptor = self._open()
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            if error.errno not in TAKEN:
                raise
            raise AlreadyRunningError(self._taken) from error
        self._descriptor = descriptor

    def _open(self) -> int:
        """A command that root runs must not leave a file that the bot cannot open."""
        with contextlib.suppress(FileNotFoundError):
            return os.open(self.path, os.O_RDWR)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        like = self._owned_like
        give_to_owner(descriptor, like=like if like is not None and like.exists() else self.path.parent)
        return descriptor

    def is_held(self) -> bool:
        """Whether another process holds it; never true of a lock that this one holds."""
        if self._descriptor is not None:
            return False  # opening and closing the file would release it
        try:
            descriptor = os.open(self.path, os.O_RDONLY)
        except OSError:
            return False  # nobody made it yet
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno in TAKEN
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
        self.locks = locks

    def acquire(self) -> None:
        """Acquire all of them.

        Raises:
            AlreadyRunningError: another process holds one; none is held.
            OSError: a file cannot be made; none is held.
        """
        try:
            for lock in self.locks:
                lock.acquire()
        except BaseException:
            self.release()
            raise

    def is_held(self) -> bool:
        """Whether another process holds one."""
        return any(lock.is_held() for lock in self.locks)

    def release(self) -> None:
        """Release them; harmless if they are not held."""
        for lock in reversed(self.locks):
            lock.release()
