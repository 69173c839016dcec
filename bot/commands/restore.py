"""`nevus restore`: put a backup in the place of the database, and forget again who was forgotten since."""

import argparse
import asyncio
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bot.commands.backup import describe, find_database_file
from bot.settings import Settings, SettingsError, read_settings
from storage.errors import StorageError

REFUSED: Final = 2
DESCRIPTION: Final = (
    "Check a backup, put it in the place of the database (which is kept beside it), bring it up to date, and "
    "forget again everyone who asked to be forgotten since it was made. Stop the bot first."
)


def add_parser(subparsers: Any) -> None:
    """Add the command to the front's parser."""
    parser = subparsers.add_parser("restore", help="put a backup back", description=DESCRIPTION)
    parser.add_argument("file", nargs="?", type=Path, help="a backup made by `nevus backup`")
    parser.add_argument(
        "--erasures-only",
        action="store_true",
        help="restore nothing: forget again who was forgotten (after pg_restore)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Restore; 0 when it is done, 2 when it was refused."""
    from bot.process_lock import AlreadyRunningError, ProcessLock

    try:
        settings = read_settings(os.environ)
        _check_usage(args)
        lock = ProcessLock(settings.data_dir / "nevus.lock")
        if settings.one_process:
            lock.acquire()
        try:
            return _restore(settings, args.file)
        finally:
            lock.release()
    except AlreadyRunningError:
        print("nevus: Stop the bot first: it works with this database.", file=sys.stderr)
    except (SettingsError, StorageError) as error:
        print(f"nevus: {error}", file=sys.stderr)
    return REFUSED


def _check_usage(args: argparse.Namespace) -> None:
    if (args.file is None) != args.erasures_only:
        raise SettingsError("Name a backup, or say --erasures-only.")


def _restore(settings: Settings, file: Path | None) -> int:
    from storage.schema import migrate

    if file is not None:
        _put_back(settings, file)
    migrate(settings.sql_url)
    forgotten, dropped = asyncio.run(_bring_to_life(settings))
    print(f"Forgotten again: {forgotten} people. Too old to be answered: {dropped} entries.")
    print("What waited when the backup was made is answered now; it may have been answered before.")
    return 0


def _put_back(settings: Settings, file: Path) -> None:
    from storage.backup import check_backup, put_back
    from storage.key_marks import LOST
    from storage.keys import Keyring
    from storage.schema import head_revision

    report = check_backup(file)
    if report.revision > head_revision():
        raise SettingsError("The backup was written by a newer version of Nevus: install that version.")
    known = dict(Keyring.open(settings.key_path).marks()) if settings.key_path.exists() else {}
    if any(known.get(mark.key_id) != mark.mark for mark in report.marks):
        raise SettingsError(LOST)
    database = find_database_file(settings, must_exist=False)
    old = database.with_name(f"{database.name}.before-{datetime.now(UTC):%Y%m%d-%H%M%S}")
    put_back(file, database, old=old)
    print(describe(report))
    if old.exists():
        print(f"What stood there before is {old}: remove it when all is well.")


async def _bring_to_life(settings: Settings) -> tuple[int, int]:
    """Forget again, let go of what is too old, seal with the key in use."""
    from bot.rekeying import adopt
    from storage.database import Database
    from storage.erasures import FILE_NAME, Journal
    from storage.keys import Keyring
    from storage.restoring import settle_queues

    database, keyring = Database(settings.sql_url), Keyring.open(settings.key_path)
    journal = Journal(settings.data_dir / FILE_NAME)
    try:
        async with database.write() as session:
            forgotten = await journal.replay(session, now=datetime.now(UTC))
            dropped = await settle_queues(session, now=time.time())
            await adopt(session, keyring)
        await database.erase_traces()
    finally:
        await database.close()
    return forgotten, dropped
