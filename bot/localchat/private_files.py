"""Folders and files that only their owner can read: the transcript and the photos are patient data."""

from __future__ import annotations

import logging
import os
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600
_log = logging.getLogger(__name__)


def make_private(folder: Path) -> None:
    """Creates a folder if it is missing, and closes it and everything in it to other users.

    A file system that has no modes, or a folder of another owner, keeps what it has; a warning says so.
    """
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    open_to_others = [path for path in (folder, *folder.rglob("*")) if not _set_mode(path)]
    if open_to_others:
        _log.warning("%d files of the local chat can be read by other users", len(open_to_others))


def write_private(path: Path, content: bytes) -> None:
    """Writes a file that no other user can read at any moment."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def create_private(path: Path) -> None:
    """Creates an empty file that no other user can read; a file that exists keeps its content.

    SQLite creates its store files with the mode of the database.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, FILE_MODE))


def _set_mode(path: Path) -> bool:
    wanted = FOLDER_MODE if path.is_dir() else FILE_MODE
    try:
        if path.stat().st_mode & 0o777 != wanted:
            path.chmod(wanted)
    except FileNotFoundError:
        return True  # SQLite has just removed a store file
    except OSError:
        return False
    return path.stat().st_mode & 0o077 == 0
