"""The present database, and rows of two databases as plain mappings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, select

from storage.database.base import RowBase
from storage.database.sessions import ReadSession, WriteSession

Session = ReadSession | WriteSession
Values = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The present database, and how far it can be trusted about what happened since the backup."""

    session: ReadSession
    is_sound: bool  # its trail holds; if not, only removals and withdrawals are taken from it
    is_complete: bool  # its trail continues the backup's, so that a row that it lacks was removed since
    last_entry: int  # of the backup's trail: the restored one gets later entries by the restore itself


def table_of(row: type[RowBase]) -> Table:
    """The table of a row class."""
    return cast("Table", row.__table__)


async def read_rows(session: Session, row: type[RowBase], *which: Any) -> list[Values]:
    """The rows of a table that fulfil these conditions, in the order of their primary key."""
    table = table_of(row)
    found = await session.execute(select(table).where(*which).order_by(*table.primary_key.columns))
    return [dict(each) for each in found.mappings()]


def without(values: Values, *names: str) -> Values:
    """The same values without these columns."""
    return {name: value for name, value in values.items() if name not in names}


def key_of(values: Values, names: Sequence[str]) -> tuple[Any, ...]:
    """The values of these columns, to find the same row in another database."""
    return tuple(values[name] for name in names)
