"""`nevus restore`: replace the database with a backup, and repeat the erasures made since."""

import argparse
import asyncio
import os
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.commands.backup import describe, find_database_file
from bot.commands.restore_report import QUEUES_OF_BACKUP, Revived, print_result
from bot.commands.starting import make_data_dir
from bot.errors import OperatorError
from bot.settings import Settings, SettingsError, read_settings
from storage.database.errors import StorageError

if TYPE_CHECKING:
    from storage.database.backup import BackupReport
    from storage.database.sessions import Database, WriteSession
    from storage.erasures import Journal

DESCRIPTION: Final = (
    "Check a backup, bring it up to date, forget again everyone who asked to be forgotten since it was made, "
    "and replace the database with it. The previous database is kept beside it. A running bot finishes what "
    "it is processing, stops, and starts again with the restored database. Waiting senders are answered; "
    "nobody is answered twice. Consents, members, invitations, and cases that a clinic was asked about since "
    "are taken from the present database. If it cannot be read, this command says what may have come back "
    "and what to do. With PostgreSQL use pg_restore; this command says how."
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
    """Restore; 0 when it is done."""
    settings = read_settings(os.environ)
    if (args.file is None) != args.erasures_only:
        raise OperatorError("Name a backup, or say --erasures-only.")
    _restore(settings, args.file)
    return 0


def _restore(settings: Settings, file: Path | None) -> None:
    from bot.commands.data_dir_lock import SPARE_S, DataDirLock
    from storage.erasures import FILE_NAME

    database = None if file is None else find_database_file(settings, must_exist=False)
    if file is not None:
        _check(settings, file)  # before a bot is asked to stop
        make_data_dir(settings)
    elif not settings.data_dir.is_dir():
        raise SettingsError(
            f"There is no data directory {settings.data_dir.absolute()}: set NEVUS_DATA_DIR to the one that "
            "has the key and the journal of erasures."
        )
    lock = DataDirLock.of(settings)
    patience_s = settings.work.grace_s + SPARE_S
    with lock.take_from_bot(patience_s=patience_s, report=lambda text: print(text, flush=True)):
        if file is None or database is None:
            revived = _revive(settings, settings.sql_url, None)
        else:
            revived = _put_back(settings, file, database)
    print_result(revived, journal=settings.data_dir.absolute() / FILE_NAME)


def _check(settings: Settings, file: Path) -> None:
    """Read the whole backup.

    Raises:
        SettingsError: it does not belong to this program or this key.
        StorageError: it cannot be read.
    """
    from storage.database.backup import check_backup
    from storage.database.key_marks import LOST
    from storage.schema import head_revision

    report = check_backup(file)
    if report.revision > head_revision():
        raise SettingsError("The backup was written by a newer version of Nevus: install that version.")
    if not _has_keys_of(settings, report):
        raise SettingsError(LOST)


def _put_back(settings: Settings, file: Path, database: Path) -> Revived:
    from storage.database.backup import draft_of, take_place

    database = database.resolve()  # not the link, which another data directory may not use
    old = _name_previous(database)
    with draft_of(file, database) as draft:
        revived = _revive(settings, f"sqlite:///{draft}", _find_living(settings, database))
        report = take_place(draft, database, old=old)
    print(describe(report))
    if old.exists():
        print(f"The previous database was kept as {old}. Delete it once you have checked the restore.")
        if revived.waiting.from_backup:
            print(QUEUES_OF_BACKUP, file=sys.stderr)
    return revived


def _name_previous(database: Path) -> Path:
    """A name for the present database that no earlier restore took, of the same second either."""
    stem = f"{database.name}.before-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    names = chain([stem], (f"{stem}-{number}" for number in count(2)))
    return next(path for name in names if not (path := database.with_name(name)).exists())


def _find_living(settings: Settings, database: Path) -> str | None:
    """The address of the present database; None if its queues cannot be taken over."""
    from storage.database.backup import check_backup
    from storage.schema import head_revision, migrate

    with suppress(StorageError):
        report = check_backup(database)
        if report.revision <= head_revision() and _has_keys_of(settings, report):
            migrate(f"sqlite:///{database}")  # as the next start would: its queues are read as they are now
            return f"sqlite:///{database}"
    return None


def _has_keys_of(settings: Settings, report: "BackupReport") -> bool:
    from storage.database.keys import Keyring

    known = dict(Keyring.open(settings.key_path).marks()) if settings.key_path.exists() else {}
    return all(known.get(mark.key_id) == mark.mark for mark in report.marks)


def _revive(settings: Settings, url: str, living: str | None) -> Revived:
    """Bring a database of the past up to date; `living` is the address of the present one."""
    from storage.schema import migrate

    migrate(url)
    return asyncio.run(_bring_to_life(settings, url, living))


async def _bring_to_life(settings: Settings, url: str, living: str | None) -> Revived:
    """Take over from the present database, erase people forgotten since, and seal with the key in use."""
    from bot.commands.key_rotation import adopt
    from bot.delivery.replicas import check_nobody_runs
    from storage.database.keys import Keyring
    from storage.database.sessions import Database
    from storage.erasures import FILE_NAME, Journal

    database, keyring = Database(url), Keyring.open(settings.key_path)
    present = Database(living) if living is not None else None
    journal = Journal(settings.data_dir / FILE_NAME)
    try:
        await check_nobody_runs(database)
        async with database.write() as session:
            revived = await _bring_up_to_date(session, present, journal)
            await adopt(session, keyring)
        await database.erase_traces()
    finally:
        await database.close()
        if present is not None:
            await present.close()
    return revived


async def _bring_up_to_date(
    session: "WriteSession", present: "Database | None", journal: "Journal"
) -> Revived:
    from storage.restoring.carrying import carry_over
    from storage.restoring.people import void_invites
    from storage.restoring.queues import bring_queues, settle_queues

    now = datetime.now(UTC)
    has_journal = journal.is_there
    if present is None:
        forgotten = await journal.replay(session, now=now)
        voided = await void_invites(session, now=now)
        waiting = await settle_queues(session, now=time.time())
        return Revived(forgotten=forgotten if has_journal else None, waiting=waiting, voided=voided)
    async with present.read() as old:
        carried = await carry_over(old, session, journal=journal, now=now)
        waiting = await bring_queues(old, session, is_carried=carried.cases.has_key)
    voided = 0 if carried.is_related else await void_invites(session, now=now)
    forgotten = carried.forgotten + await journal.replay(session, now=now)
    return Revived(
        forgotten=forgotten if has_journal else None, waiting=waiting, carried=carried, voided=voided
    )
