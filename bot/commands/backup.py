"""`nevus backup`: a checked copy of the database, while the bot runs."""

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bot.commands.arguments import output_path
from bot.commands.output_files import refuse_data_files
from bot.settings import Settings, SettingsError, read_settings
from storage.database.backup import BackupReport, back_up

DESCRIPTION: Final = (
    "Copy the database while the bot runs, and check the whole copy before it counts. The key file is never "
    "in it: keep a copy of the key elsewhere. Someone who has both has everything, and without the key "
    "nobody in the record can be found. With PostgreSQL use pg_dump; this command says how."
)


def add_parser(subparsers: Any) -> None:
    """Add the command to the front's parser."""
    parser = subparsers.add_parser("backup", help="copy the database, checked", description=DESCRIPTION)
    parser.add_argument("file", nargs="?", type=output_path, help="default: backups/ in the data directory")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make the backup; 0 when it is whole."""
    settings = read_settings(os.environ)
    database = find_database_file(settings)
    target = args.file or name_backup(settings, datetime.now(UTC))
    if not target.exists():  # a name that is taken has a sentence of its own
        refuse_data_files(settings, [target])
    print(describe(back_up(database, target)))
    print(
        f"The key file is not in it: keep a copy of {settings.key_path} elsewhere, never beside the backup."
    )
    return 0


def find_database_file(settings: Settings, *, must_exist: bool = True) -> Path:
    """The file of an SQLite database.

    Raises:
        SettingsError: it is PostgreSQL, which has its own tools, or does not exist.
    """
    from sqlalchemy import make_url

    if not settings.one_process:
        raise SettingsError(
            "The database is PostgreSQL: back it up with `pg_dump --format=custom`, while the bot runs. To "
            "restore it, stop every process of the bot, run `pg_restore --clean --if-exists "
            "--single-transaction`, then `nevus restore --erasures-only`, and start them again."
        )
    file = Path(str(make_url(settings.sql_url).database))
    if must_exist and not os.access(file, os.F_OK):
        raise SettingsError("There is no database yet: `nevus run` makes it.")
    return file


def name_backup(settings: Settings, now: datetime) -> Path:
    """The default path of a backup."""
    return settings.data_dir / "backups" / f"nevus-{now:%Y%m%d-%H%M%S}.sqlite"


def describe(report: BackupReport) -> str:
    """What was read back from it."""
    rows = ", ".join(f"{name} {count}" for name, count in report.rows.items() if name != "alembic_version")
    return f"{report.path}: whole, revision {report.revision}; rows: {rows}"
