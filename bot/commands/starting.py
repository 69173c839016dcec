"""The first steps of `nevus run` and `nevus migrate`: data directory, tables, key."""

import errno
import logging
import os
import stat
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bot.settings import Settings, SettingsError

log = logging.getLogger(__name__)

FULL: Final = (errno.ENOSPC, errno.EDQUOT)
NO_DATA_DIR: Final = "Set NEVUS_DATA_DIR to a directory that can be written."
OURS: Final = (
    "nevus.lock",
    "nevus.sqlite",
    "nevus.key",
    "localchat",
)  # show that a directory is a data directory
FIRST_WAIT_S: Final = 0.5
LAST_WAIT_S: Final = 10.0
EMPTY_DATABASE: Final = (
    "The database file is empty, and there is a key file from an earlier start. Restore a backup with "
    "`nevus restore`. To start with an empty record instead, delete the empty file."
)
NEW_BESIDE_KEY: Final = (
    "There is a key file from an earlier start and no database: `nevus run` makes an empty one. "
    "If a database was lost, restore a backup with `nevus restore`"
)


def make_data_dir(settings: Settings) -> None:
    """Make the data directory, accessible to its owner only, and check that it can be written.

    Raises:
        SettingsError: it cannot be made or written, for example a volume that belongs to another user.
    """
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        raise SettingsError(NO_DATA_DIR) from None
    try_to_write(settings.data_dir)
    if (warning := find_open_rights(settings.data_dir)) is None:
        return
    if _is_ours(settings.data_dir):
        settings.data_dir.chmod(0o700)
    else:
        log.warning("%s", warning)


def find_open_rights(directory: Path) -> str | None:
    """A warning if other users can enter the data directory; None if not.

    A directory that belongs to another user may admit a group: so volumes are mounted on Kubernetes.
    """
    status = directory.stat()
    others = stat.S_IRWXO | (stat.S_IRWXG if status.st_uid == os.geteuid() else 0)
    mode = stat.S_IMODE(status.st_mode)
    if not mode & others:
        return None
    return f"other users can enter the data directory (mode {mode:o}): run chmod 700 {directory}"


def try_to_write(directory: Path) -> None:
    """Create a file without a name in the directory.

    Raises:
        SettingsError: this fails, and not because the disk is full.
    """
    try:
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        if error.errno not in FULL:
            raise SettingsError(NO_DATA_DIR) from None


def open_database(settings: Settings) -> None:
    """Bring the database up to date and check its key. Blocks; nothing else may use the database.

    Raises:
        StorageError: database or key cannot be opened.
    """
    from bot.commands.backup import find_database_file
    from storage.database.backup import drop_draft
    from storage.database.key_marks import check_key_file
    from storage.schema import migrate

    if settings.one_process:
        drop_draft(find_database_file(settings, must_exist=False))
        if (warning := check_database_file(settings)) is not None:
            log.warning("%s", warning)
    else:
        wait_for_server(settings)
    migrate(settings.sql_url)
    check_key_file(settings.sql_url, settings.key_path)


def check_database_file(settings: Settings) -> str | None:
    """Return a warning if a new SQLite database would be made although there is a key file already.

    Raises:
        SettingsError: the database file is empty, which means that the database was lost.
    """
    from bot.commands.backup import find_database_file

    file = find_database_file(settings, must_exist=False)
    if not settings.key_path.exists():
        return None
    if not os.access(file, os.F_OK):  # also in a folder that cannot be entered
        return NEW_BESIDE_KEY
    if file.stat().st_size == 0 and not file.with_name(f"{file.name}-wal").exists():
        raise SettingsError(EMPTY_DATABASE)
    return None


def wait_for_server(settings: Settings, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Wait until the PostgreSQL server answers; log the wait.

    Raises:
        StorageError: it refuses the connection for another reason, as a wrong password or database.
    """
    from sqlalchemy import make_url

    from storage.database.errors import NotUpYet
    from storage.schema import current_revision

    wait_s = FIRST_WAIT_S
    while True:
        try:
            current_revision(settings.sql_url)
        except NotUpYet:
            if wait_s == FIRST_WAIT_S:
                address = make_url(settings.sql_url)
                host = address.host or address.query.get("host", "this machine")
                log.warning("PostgreSQL on %s is not up; waiting for it", host)
            sleep(wait_s)
            wait_s = min(wait_s * 2, LAST_WAIT_S)
        else:
            break
    if wait_s > FIRST_WAIT_S:
        log.info("PostgreSQL answers")


def _is_ours(directory: Path) -> bool:
    """Whether the rights may be narrowed: our own directory, with our files in it or nothing at all."""
    if directory.stat().st_uid != os.geteuid():
        return False
    names = {entry.name for entry in directory.iterdir()}
    return not names or bool(names.intersection(OURS))
