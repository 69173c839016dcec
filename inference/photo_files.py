"""Reads photo files that a command names."""

import errno
import stat
from pathlib import Path
from typing import Final

_HANDED_OVER: Final = (Path("/dev/fd"), Path("/proc/self/fd"))  # where a shell's pipes are


class NotRegularFileError(OSError):
    """The path is a named pipe, a device or a socket: reading it could wait forever."""


def read_photo_file(path: Path, *, most_bytes: int = -1) -> bytes:
    """The bytes of a regular file, or of a pipe that a shell handed over; at most so many.

    Raises:
        NotRegularFileError: it is something else, but not a folder.
        OSError: it cannot be read.
        ValueError: the path has a zero byte.
    """
    mode = path.stat().st_mode
    is_pipe = stat.S_ISFIFO(mode) and _is_handed_over(path)
    if not is_pipe and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise NotRegularFileError(errno.EINVAL, "not a regular file: name a photo file")
    with path.open("rb") as file:
        return file.read(most_bytes)


def _is_handed_over(path: Path) -> bool:
    """Whether the path names a descriptor of this process, whose writer has it open, and not a named pipe."""
    return path == Path("/dev/stdin") or path.parent in _HANDED_OVER
