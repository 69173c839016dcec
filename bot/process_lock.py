"""One process a data directory: what a dead one had in work may then be taken over at once."""

import contextlib
import fcntl
import os
from pathlib import Path


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
