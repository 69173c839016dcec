"""What comes first in `nevus run` and `nevus migrate`: data directory, tables, key."""

import errno
import tempfile
from pathlib import Path
from typing import Final

from bot.settings import Settings, SettingsError

FULL: Final = (errno.ENOSPC, errno.EDQUOT)
NO_DATA_DIR: Final = "Set NEVUS_DATA_DIR to a directory that can be written."


def make_data_dir(settings: Settings) -> None:
    """Make the data directory, for its owner only, and see that it can be written.

    Raises:
        SettingsError: it cannot be made or written: a volume, say, that belongs to another user.
    """
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        raise SettingsError(NO_DATA_DIR) from None
    try_to_write(settings.data_dir)


def try_to_write(directory: Path) -> None:
    """Ask the file system for a file without a name there.

    Raises:
        SettingsError: it gives none.
    """
    try:
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        if error.errno not in FULL:  # what a full disk does is another matter
            raise SettingsError(NO_DATA_DIR) from None


def open_database(settings: Settings) -> None:
    """Bring it up to date and see that the key is its own; blocks. Nobody else may work with it meanwhile.

    Raises:
        StorageError: database or key cannot be opened.
    """
    from bot.commands.backup import find_database_file
    from storage.backup import drop_draft
    from storage.key_marks import check_key_file
    from storage.schema import migrate

    if settings.one_process:
        drop_draft(find_database_file(settings, must_exist=False))
    migrate(settings.sql_url)
    check_key_file(settings.sql_url, settings.key_path)
