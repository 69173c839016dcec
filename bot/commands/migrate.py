"""`nevus migrate`: bring the database up to date, as `nevus run` does at its start, and end."""

import argparse
import os
from typing import Any, Final

from bot.commands.starting import make_data_dir, open_database
from bot.errors import OperatorError
from bot.settings import read_settings

DESCRIPTION: Final = (
    "Create the database's tables or bring them up to date, create the key file if there is none, and exit. "
    "`nevus run` does the same at its start; use this as a separate step before several processes start. "
    "On PostgreSQL it waits for a server that is not up yet, and several at once wait for each other."
)


def add_parser(subparsers: Any) -> None:
    """Add the command to the front's parser."""
    parser = subparsers.add_parser("migrate", help="bring the database up to date", description=DESCRIPTION)
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace) -> int:
    """Migrate; 0 if it is done."""
    from bot.commands.data_dir_lock import DataDirLock
    from bot.commands.process_locks import AlreadyRunningError
    from storage.schema import current_revision

    settings = read_settings(os.environ)
    make_data_dir(settings)
    lock = DataDirLock.of(settings)
    try:
        lock.acquire_at_once()
        open_database(settings)
    except AlreadyRunningError:
        raise OperatorError("Stop the bot first: it uses this database.") from None
    finally:
        lock.release()
    print(f"The database is up to date (revision {current_revision(settings.sql_url)}).")
    return 0
