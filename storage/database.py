"""The database: one engine, two kinds of session. SQLite by default, PostgreSQL by URL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NewType

from sqlalchemy.ext.asyncio import AsyncSession

ReadSession = NewType("ReadSession", AsyncSession)
WriteSession = NewType("WriteSession", AsyncSession)


class Database:
    """Opens sessions. A write session is one transaction, committed when its block ends without an error."""

    def __init__(self, url: str) -> None:
        self.url = url

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadSession]:
        """A session that only reads."""
        raise NotImplementedError
        yield

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteSession]:
        """A session that writes: `BEGIN IMMEDIATE` on SQLite, commit at the end, roll back on an error."""
        raise NotImplementedError
        yield

    async def close(self) -> None:
        """Close every connection."""
        raise NotImplementedError
