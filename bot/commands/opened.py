"""What commands about the record share: settings and an open database."""

import asyncio
import os
from collections.abc import Awaitable, Callable

from bot.settings import Settings, read_settings
from storage.database.sessions import Database

Work = Callable[[Database, Settings], Awaitable[int]]


def run_on_record(work: Work) -> int:
    """Do the work on the migrated database and return its exit code.

    Raises:
        SettingsError, StorageError: there is no such database, or it is not up to date.
    """
    from storage.schema import check_schema

    async def with_database(settings: Settings) -> int:
        database = Database(settings.sql_url)
        try:
            return await work(database, settings)
        finally:
            await database.close()

    settings = read_settings(os.environ)
    check_schema(settings.sql_url)
    return asyncio.run(with_database(settings))
