"""Files that commands write: never one of the bot's own, and readable by their owner only."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bot.errors import CommandRefused
from bot.settings import Settings

KEPT_BESIDE: Final = (".before-", ".restoring")  # a database that was replaced, and the draft of a restore


def refuse_data_files(settings: Settings, files: Iterable[Path]) -> None:
    """Check that no file is part of the data, by whatever path it is named.

    Raises:
        CommandRefused: one is the database, a file beside it, a previous database, the key file, the journal,
            a lock, a backup that is there, or in the folder of the local chat.
    """
    data = {os.path.realpath(each) for each in iterate_data_files(settings)}
    for file in files:
        real = Path(os.path.realpath(file))
        if str(real) in data or _is_kept(settings, real):
            raise CommandRefused(f"{file} is part of the bot's data: name another file.")


def _is_kept(settings: Settings, real: Path) -> bool:
    """Whether a resolved path is in the local chat's folder, a backup, or a database that a restore keeps."""
    from sqlalchemy import make_url

    chat, backups = (Path(os.path.realpath(settings.data_dir / name)) for name in ("localchat", "backups"))
    if chat in (real, *real.parents) or (backups in real.parents and real.exists()):
        return True
    database = make_url(settings.sql_url).database
    if not settings.one_process or not database:
        return False
    file = Path(os.path.realpath(database))
    return real.parent == file.parent and real.name.startswith(
        tuple(f"{file.name}{suffix}" for suffix in KEPT_BESIDE)
    )


def iterate_data_files(settings: Settings) -> Iterator[Path]:
    """Every file that the bot needs, whether it is there or not."""
    from sqlalchemy import make_url

    from bot.commands.data_dir_lock import LOCK_NAMES, name_database_locks
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
    """Check that `write_privately` can make this file later; what is there stays as it is.

    Raises:
        CommandRefused: a link, a device or a folder has this name.
        OSError: no file can be made there.
    """
    if file.is_symlink() or (file.exists() and not file.is_file()):
        raise CommandRefused(f"{file} is not a regular file: name another one.")
    with tempfile.TemporaryFile(dir=file.parent):
        pass


@contextmanager
def write_privately(file: Path) -> Iterator[Path]:
    """A draft beside the file to write to, which takes its place when all is written.

    Only its owner can read it. If something goes wrong, the file that was there stays.

    Raises:
        CommandRefused: a link, a device or a folder has this name.
        OSError: no file can be made there, or not put in its place.
    """
    check_private(file)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".nevus-", suffix=".part")  # mode 0600
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.replace(file)
    except BaseException:  # Ctrl-C too
        draft.unlink(missing_ok=True)
        raise
