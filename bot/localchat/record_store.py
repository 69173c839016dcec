"""The database of one state folder. Changes are collected and committed together before a reply is sent."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import orjson
from sqlalchemy import (
    Connection,
    Delete,
    Insert,
    Table,
    bindparam,
    create_engine,
    delete,
    event,
    insert,
    select,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from bot.localchat.private_files import create_private
from bot.localchat.records import Chat, ChatMember
from bot.localchat.tables import TABLES, LocalChatBase, RecordTable, SettingRow

Record = TypeVar("Record")
_Key = tuple[Any, ...]


class RecordStore:
    """Reads and writes records and settings. Used from the event loop's thread only."""

    def __init__(self, path: Path) -> None:
        create_private(path)
        engine = create_engine(f"sqlite:///{path}")

        @event.listens_for(engine, "connect")
        def tune(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
            # In WAL mode with NORMAL a commit survives the end of the process, though not a power cut.
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000", "secure_delete=ON"):
                connection.cursor().execute(f"PRAGMA {pragma}")

        self._engine = engine
        LocalChatBase.metadata.create_all(self._engine)
        self._changed: dict[tuple[type, _Key], Any] = {}
        self._settings: dict[str, Any] = {}

    def save(self, record: object) -> None:
        """Marks a record as new or changed; the next `commit` writes it as it is then."""
        self._changed[type(record), _key_of(record)] = record

    def drop(self, record: object) -> None:
        """Marks a record as deleted."""
        self._changed[type(record), _key_of(record)] = None

    def set(self, name: str, value: Any) -> None:
        """Sets a setting; the next `commit` writes it."""
        self._settings[name] = value

    def commit(self) -> None:
        """Writes all changes in one transaction. They survive a kill of the process."""
        if not self._changed and not self._settings:
            return
        with self._engine.begin() as connection:
            if self._settings:
                rows = [{"name": name, "body": orjson.dumps(value)} for name, value in self._settings.items()]
                _upsert(connection, RecordTable(SettingRow, ("name",)), rows)
            kinds: dict[type, dict[_Key, Any]] = {}
            for (kind, key), record in self._changed.items():
                kinds.setdefault(kind, {})[key] = record
            for kind, changed in kinds.items():
                table = TABLES[kind]
                kept = [
                    dict(zip(table.key, key, strict=True), body=orjson.dumps(record))
                    for key, record in changed.items()
                    if record is not None
                ]
                if kept:
                    _upsert(connection, table, kept)
                if gone := [key for key, record in changed.items() if record is None]:
                    names = [f"k_{name}" for name in table.key]
                    connection.execute(_removing(table), [dict(zip(names, key, strict=True)) for key in gone])
        self._changed.clear()
        self._settings.clear()

    def load(self, kind: type[Record]) -> list[Record]:
        """All records of a kind, in the order of their keys."""
        table = TABLES[kind]
        keys = [getattr(table.row, name) for name in table.key]
        with self._engine.connect() as connection:
            bodies = connection.execute(select(table.row.__table__.c.body).order_by(*keys)).scalars()
            records = [orjson.loads(body) for body in bodies]
        for record in records if kind is Chat else ():
            record["members"] = [ChatMember(**member) for member in record["members"]]
        # An older version may have stored fields that no longer exist.
        known = {field.name for field in fields(cast("Any", kind))}
        return [
            kind(**{name: value for name, value in record.items() if name in known}) for record in records
        ]

    def load_settings(self) -> dict[str, Any]:
        """All settings."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(SettingRow.name, SettingRow.body))
            return {name: orjson.loads(body) for name, body in rows}

    def close(self) -> None:
        """Commits and closes the file."""
        self.commit()
        self._engine.dispose()


def _key_of(record: object) -> _Key:
    return tuple(getattr(record, name) for name in TABLES[type(record)].key)


def _upsert(connection: Connection, table: RecordTable, rows: list[dict[str, Any]]) -> None:
    connection.execute(_replacing(table.row), rows)


# Statements are built once: building them each time took a third of each request (measured with 100 photos).
@cache
def _replacing(row: type[LocalChatBase]) -> Insert:
    return insert(cast("Table", row.__table__)).prefix_with("OR REPLACE")


@cache
def _removing(table: RecordTable) -> Delete:
    rows = cast("Table", table.row.__table__)
    return delete(rows).where(*(rows.c[name] == bindparam(f"k_{name}") for name in table.key))
