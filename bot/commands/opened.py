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
    from storage.schema import check_schema

    async def with_database(settings: Settings) -> int:
        database = Database(settings.sql_url)
        try:
            return await work(database, settings)
        finally:
            await database.close()

    try:
        settings = read_settings(os.environ)
        check_schema(settings.sql_url)
        return asyncio.run(with_database(settings))
    except (SettingsError, StorageError) as error:
        print(f"nevus: {error}", file=sys.stderr)
        return REFUSED
