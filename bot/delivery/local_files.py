"""Files of an own Bot API server that runs with `--local`: paths on its disk, read below one folder only.

Such a server answers getFile with an absolute path and serves nothing under `/file/`. PTB reads any path that
exists on this machine. Here getFile's paths are marked when the reply is parsed, so that PTB takes them for
addresses, and the mark is resolved when the address is fetched.
"""

import errno
import logging
import os
import re
import stat
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import unquote

from telegram.error import BadRequest, NetworkError

log = logging.getLogger(__name__)

MAX_BYTES: Final = 20_000_000  # the largest file that Telegram's own server delivers
LOG_EVERY_S: Final = 60.0
_MARK: Final = "nevus-file"
_TOKEN: Final = re.compile(r"^\d+(:|%3A)[\w-]+$", re.IGNORECASE)


class LocalFileError(NetworkError):
    """A file that the server names by its path cannot be read here: the set-up is wrong, not the file."""


def mark_file_path(reply: dict[str, Any]) -> dict[str, Any]:
    """Mark the path in a reply of getFile; other replies stay as they are."""
    file = reply.get("result")
    if isinstance(file, dict) and isinstance(path := file.get("file_path"), str):
        file["file_path"] = f"{_MARK}/{path}"
    return reply


def split_file_url(url: str) -> tuple[str, str | None]:
    """The address of a file without the mark, and the path on the server's disk if it gave one."""
    before, mark, path = url.partition(f"/{_MARK}/")
    if not mark:
        return url, None
    plain = unquote(path)
    if plain.startswith("/") or "\\" in plain or ".." in PurePosixPath(plain).parts:
        return url, plain
    return f"{before}/{path}", None


class LocalFiles:
    """Reads files below one folder; without a folder it reads nothing."""

    def __init__(self, folder: Path | None, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._monotonic = monotonic
        self._logged_at = float("-inf")

    def read(self, path: str) -> bytes:
        """Read a file by its path on the server, which must be its path here. Blocks.

        Raises:
            LocalFileError: no folder is set, the path leads out of it, or the file cannot be read.
            BadRequest: it is larger than `MAX_BYTES`.
        """
        if self._folder is None or not Path(path).is_relative_to(self._folder.absolute()):
            raise self._fail(
                f"the Bot API server delivers photos as files (--local): mount its folder {_find_root(path)} "
                "here at the same path, and set NEVUS_TELEGRAM_FILES_DIR to it"
            )
        try:
            return _read_below(self._folder, Path(path))
        except _OutsideError:
            raise self._fail("the Bot API server gave a path outside NEVUS_TELEGRAM_FILES_DIR") from None
        except (OSError, ValueError, RuntimeError) as error:  # a NUL in the path, a loop of links
            reason = errno.errorcode.get(getattr(error, "errno", None) or 0, type(error).__name__)
            raise self._fail(
                f"a file below NEVUS_TELEGRAM_FILES_DIR cannot be read ({reason}): is the folder mounted, "
                "and may this user read it?"
            ) from None

    def _fail(self, sentence: str) -> LocalFileError:
        """Log what to do, once a minute, and return the error without any path in it."""
        now = self._monotonic()
        if now - self._logged_at >= LOG_EVERY_S:
            self._logged_at = now
            log.error("%s", sentence)
        return LocalFileError("a local file of the Bot API server cannot be read")


class _OutsideError(Exception):
    """The path leads out of the folder."""


def _read_below(folder: Path, path: Path) -> bytes:
    """Read a regular file whose real place, with every link followed, is below the folder's real place."""
    real = path.resolve(strict=True)
    if not real.is_relative_to(folder.resolve(strict=True)):
        raise _OutsideError
    # Resolved already: a link that was put there since is not followed, and a pipe is not waited for.
    descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise _OutsideError
        if state.st_size > MAX_BYTES:
            raise BadRequest("file is too big")
        return file.read(MAX_BYTES)


def _find_root(path: str) -> PurePosixPath:
    """The server's folder: the path before the folder that is named by the token."""
    parts = PurePosixPath(path).parts
    place = next((place for place, part in enumerate(parts) if _TOKEN.match(part)), len(parts) - 2)
    return PurePosixPath(*parts[: max(place, 1)])
