"""Reads photo files that a command names."""

import errno
import stat
from pathlib import Path


class NotRegularFileError(OSError):
    """The path is a named pipe, a device or a socket: reading it could wait forever."""


def read_photo_file(path: Path, *, most_bytes: int = -1) -> bytes:
    """The bytes of a regular file; at most so many.

    Raises:
        NotRegularFileError: it is something else, but not a folder.
        OSError: it cannot be read.
        ValueError: the path has a zero byte.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise NotRegularFileError(errno.EINVAL, "not a regular file: name a photo file")
    with path.open("rb") as file:
        return file.read(most_bytes)
