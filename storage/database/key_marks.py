"""Marks of the keys that a database was written with, so that a lost or foreign key file is noticed.

A mark is a keyed hash under a separate derived key. It identifies a key without revealing it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import LargeBinary, String, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.database.base import RowBase, RowId
from storage.database.key_file import KeyFileError
from storage.database.keys import Keyring
from storage.database.sessions import Database, ReadSession, WriteSession

T = TypeVar("T")

MARKS_LOCK: Final = (
    7_245_133_902  # an arbitrary number that no other lock uses; `storage.schema` uses the one before
)


class KeyMarkRow(RowBase):
    """One key that was in use; the last row's is in use now."""

    __tablename__ = "key_marks"

    id: Mapped[RowId]
    key_id: Mapped[str] = mapped_column(String(8), unique=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary(32))


@dataclass(frozen=True, slots=True)
class KeyMark:
    """A key by its public id and its mark."""

    key_id: str
    mark: bytes


LOST = (
    "The database was written with a key that is not in the key file: bring the key file back from its "
    "backup. Without it nobody in the record can be found. To start with an empty record instead, move the "
    "database away."
)
UNFINISHED = "A change of keys was interrupted: run `nevus keys rotate`, which completes it."


async def list_marks(session: ReadSession | WriteSession) -> list[KeyMark]:
    """Every key that was in use, oldest first."""
    rows = await session.execute(select(KeyMarkRow.key_id, KeyMarkRow.mark).order_by(KeyMarkRow.id))
    return [KeyMark(*row) for row in rows]


async def add_mark(session: WriteSession, keyring: Keyring) -> None:
    """Record the key in use as the database's newest key."""
    await session.execute(insert(KeyMarkRow).values(key_id=keyring.key_id, mark=keyring.marks()[0][1]))


def compare_marks(marks: Sequence[KeyMark], keyring: Keyring) -> None:
    """Check that the keyring has every key of the database, and uses the newest.

    Raises:
        KeyFileError: a key is missing or the newest is not in use; the text says what to do.
    """
    known = dict(keyring.marks())
    if any(known.get(each.key_id) != each.mark for each in marks):
        raise KeyFileError(LOST)
    if marks and marks[-1].key_id != keyring.key_id:
        raise KeyFileError(UNFINISHED)


async def check_key(database: Database, keyring: Keyring) -> None:
    """Compare the keys with the database's marks; a database without marks gets one of the key in use.

    Raises:
        KeyFileError: the database was written with another key.
        StorageError: it cannot be read or written.
    """
    async with database.read() as session:
        marks = await list_marks(session)
    if not marks:
        async with database.write() as session:
            if session.get_bind().dialect.name != "sqlite":  # SQLite has one writer anyway
                await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MARKS_LOCK})
            marks = await list_marks(session)  # another process may have been faster, with another key
            if not marks:
                await add_mark(session, keyring)
    compare_marks(marks, keyring)


def check_key_file(url: str, path: Path) -> None:
    """Check the key file before a start; create no key if the database has one already. Blocks.

    Raises:
        KeyFileError: the key file is missing, damaged or has other keys; the text says what to do.
    """
    # In this order: a process that starts at the same time makes the file first, and marks the database then.
    if asyncio.run(_use(url, _read_marks)) and not path.exists():
        raise KeyFileError(LOST)
    keyring = Keyring.open(path)
    asyncio.run(_use(url, lambda database: check_key(database, keyring)))


def inspect_key_file(url: str, path: Path) -> None:
    """Raise what `check_key_file` would raise, without changing anything. Blocks.

    Raises:
        KeyFileError: the key file is missing, damaged or has other keys; the text says what to do.
    """
    marks = asyncio.run(_use(url, _read_marks))
    if path.exists():
        compare_marks(marks, Keyring.open(path))
    elif marks:
        raise KeyFileError(LOST)


async def _read_marks(database: Database) -> list[KeyMark]:
    async with database.read() as session:
        return await list_marks(session)


async def _use(url: str, work: Callable[[Database], Awaitable[T]]) -> T:
    database = Database(url)
    try:
        return await work(database)
    finally:
        await database.close()
