"""Files that commands write: never one of the bot's own, and readable by their owner only."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.errors import CommandRefused
from bot.settings import Settings


def refuse_data_files(settings: Settings, files: Iterable[Path]) -> None:
    """Check that no file is part of the data, by whatever path it is named.

    Raises:
        CommandRefused: one is the database, a file beside it, the key file, the journal or a lock.
    """
    data = {os.path.realpath(each) for each in iterate_data_files(settings)}
    for file in files:
        if os.path.realpath(file) in data:
            raise CommandRefused(f"{file} is part of the bot's data: name another file.")


def iterate_data_files(settings: Settings) -> Iterator[Path]:
    """Every file that the bot needs, whether it is there or not."""
    from sqlalchemy import make_url

    from bot.data_dir_lock import LOCK_NAMES, name_database_locks
    from storage.database.backup import SIDE_FILES
    from storage.erasures import FILE_NAME

    yield settings.key_path
    for name in (FILE_NAME, *LOCK_NAMES):
        yield settings.data_dir / name
    database = make_url(settings.sql_url).database
    if settings.one_process and database:
        yield from name_database_locks(Path(database))
        for suffix in SIDE_FILES:
            yield Path(f"{database}{suffix}")


def refuse_twice(files: Iterable[Path], words: str) -> None:
    """Check that all files are different ones, by whatever path they are named.

    Raises:
        CommandRefused: two are the same; `words` says so.
    """
    named = [os.path.realpath(file) for file in files]
    if len(set(named)) < len(named):
        raise CommandRefused(words)


def check_private(file: Path) -> None:
    """Check that `make_private` can make this file later; what is there stays as it is.

    Raises:
        CommandRefused: a link, a device or a folder has this name.
        OSError: no file can be made there.
    """
    if file.is_symlink() or (file.exists() and not file.is_file()):
        raise CommandRefused(f"{file} is not a regular file: name another one.")
    with tempfile.TemporaryFile(dir=file.parent):
        pass


def make_private(file: Path) -> None:
    """An empty file in its place that only its owner can read, also if one was there before.

    Raises:
        CommandRefused: a link, a device or a folder has this name.
    """
    check_private(file)
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
