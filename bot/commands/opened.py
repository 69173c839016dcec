"""What commands about the record share: settings, an open database, refusals as one sentence."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable

from bot.commands import REFUSED
from bot.settings import Settings, SettingsError, read_settings
from storage.database.errors import StorageError
from storage.database.sessions import Database

Work = Callable[[Database, Settings], Awaitable[int]]


def run_on_record(work: Work) -> int:
    """Do the work on the migrated database; its exit code, or 2 with a sentence when it is refused."""
    try:
        settings = read_settings(os.environ)
        return asyncio.run(_with_database(settings, work))
    except (SettingsError, StorageError) as error:
        print(f"nevus: {error}", file=sys.stderr)
        return REFUSED


async def _with_database(settings: Settings, work: Work) -> int:
    from storage.schema import check_schema

    check_schema(settings.sql_url)
    database = Database(settings.sql_url)
    try:
        return await work(database, settings)
    finally:
        await database.close()
