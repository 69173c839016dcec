"""`nevus keys`: lists the keys and changes the one in use."""

import argparse
import asyncio
import os
from typing import Any, Final

from bot.settings import Settings, read_settings

DESCRIPTION: Final = (
    "The key file holds the keys of pseudonyms and sealed messages. `rotate` puts a new key in use and keeps "
    "the older ones, which open what they sealed and find people by old pseudonyms: no history is lost. "
    "A running bot finishes what it is processing, stops, and starts again with the new key (with PostgreSQL "
    "stop every bot first). Back up the key file afterwards: without it nobody in the record can be found."
)


def add_parser(subparsers: Any) -> None:
    """Add the command to the front's parser."""
    parser = subparsers.add_parser(
        "keys", help="list the keys, change the one in use", description=DESCRIPTION
    )
    parser.add_argument("what", choices=("list", "rotate"), metavar="list | rotate")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List or rotate; 0 if it is done."""
    from storage.database.key_file import KeyFileError, open_key_file

    settings = read_settings(os.environ)
    if args.what != "list":
        return _rotate(settings)
    if not settings.key_path.exists():
        raise KeyFileError("There is no key file yet: `nevus run` makes it.")
    for number, key in enumerate(open_key_file(settings.key_path)):
        print(f"{key.id.hex()}  {'in use' if number == 0 else 'kept to open older entries'}")
    return 0


def _rotate(settings: Settings) -> int:
    from bot.commands.data_dir_lock import SPARE_S, DataDirLock
    from bot.commands.key_rotation import Rotation, rotate
    from bot.delivery.replicas import check_nobody_runs
    from storage.database.sessions import Database
    from storage.schema import check_schema

    check_schema(settings.sql_url)

    async def change() -> Rotation:
        database = Database(settings.sql_url)
        try:
            await check_nobody_runs(database)
            return await rotate(database, settings.key_path)
        finally:
            await database.close()

    lock = DataDirLock.of(settings)
    patience_s = settings.work.grace_s + SPARE_S
    with lock.take_from_bot(patience_s=patience_s, report=lambda text: print(text, flush=True)):
        done = asyncio.run(change())
    print(f"Key {done.key_id} is in use; {done.older} older kept; {done.rewritten} entries rewritten.")
    print(f"Back up {settings.key_path} now, apart from the backups of the database.")
    return 0
