"""Keeps the records on disk: changes are collected, and committed in one go before a reply leaves."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import orjson
from sqlalchemy import (
    Connection,
    Delete,
    Engine,
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
from bot.localchat.records import Chat, Member
from bot.localchat.tables import SHELVES, Base, SettingRow, Shelf

Record = TypeVar("Record")
_Key = tuple[Any, ...]


class Journal:
    """The database of one state folder. Used from the event loop's thread only."""

    def __init__(self, path: Path) -> None:
        create_private(path)
        self._engine = _open_engine(path)
        Base.metadata.create_all(self._engine)
        self._changed: dict[tuple[type, _Key], Any] = {}
        self._settings: dict[str, Any] = {}

    def save(self, record: object) -> None:
        """Notes that a record is new or has changed; it is written as it is at the next `commit`."""
        self._changed[type(record), _key_of(record)] = record

    def drop(self, record: object) -> None:
        """Notes that a record is gone."""
        self._changed[type(record), _key_of(record)] = None

    def set(self, name: str, value: Any) -> None:
        """Notes a setting."""
        self._settings[name] = value

    def commit(self) -> None:
        """Writes all that was noted, in one transaction. Survives a kill of the process."""
        if not self._changed and not self._settings:
            return
        with self._engine.begin() as connection:
            _write_settings(connection, self._settings)
            kinds: dict[type, dict[_Key, Any]] = {}
            for (kind, key), record in self._changed.items():
                kinds.setdefault(kind, {})[key] = record
            for kind, changed in kinds.items():
                _write_kind(connection, SHELVES[kind], changed)
        self._changed.clear()
        self._settings.clear()

    def load(self, kind: type[Record]) -> list[Record]:
        """All records of a kind, in the order of their keys."""
        shelf = SHELVES[kind]
        keys = [getattr(shelf.row, name) for name in shelf.key]
        with self._engine.connect() as connection:
            bodies = connection.execute(select(shelf.row.__table__.c.body).order_by(*keys)).scalars()
            return [_revive(kind, orjson.loads(body)) for body in bodies]

    def load_settings(self) -> dict[str, Any]:
        """All settings."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(SettingRow.name, SettingRow.body))
            return {name: orjson.loads(body) for name, body in rows}

    def close(self) -> None:
        """Commits and lets go of the file."""
        self.commit()
        self._engine.dispose()


def _open_engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def tune(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # In WAL with NORMAL a commit outlives the process, if not a power cut: enough for trying out.
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000", "secure_delete=ON"):
            connection.cursor().execute(f"PRAGMA {pragma}")

    return engine


def _key_of(record: object) -> _Key:
    return tuple(getattr(record, name) for name in SHELVES[type(record)].key)


def _revive(kind: type[Record], body: dict[str, Any]) -> Record:
    if kind is Chat:
        body["members"] = [Member(**member) for member in body["members"]]
    # An older version may have stored fields that no longer exist.
    known = {field.name for field in fields(cast("Any", kind))}
    return kind(**{name: value for name, value in body.items() if name in known})


def _write_settings(connection: Connection, settings: dict[str, Any]) -> None:
    if settings:
        rows = [{"name": name, "body": orjson.dumps(value)} for name, value in settings.items()]
        _upsert(connection, Shelf(SettingRow, ("name",)), rows)


def _write_kind(connection: Connection, shelf: Shelf, changed: dict[_Key, Any]) -> None:
    kept = [
        dict(zip(shelf.key, key, strict=True), body=orjson.dumps(record))
        for key, record in changed.items()
        if record is not None
    ]
    if kept:
        _upsert(connection, shelf, kept)
    if gone := [key for key, record in changed.items() if record is None]:
        _delete(connection, shelf, gone)


def _upsert(connection: Connection, shelf: Shelf, rows: list[dict[str, Any]]) -> None:
    connection.execute(_replacing(shelf.row), rows)


def _delete(connection: Connection, shelf: Shelf, keys: list[_Key]) -> None:
    rows = [{f"k_{name}": part for name, part in zip(shelf.key, key, strict=True)} for key in keys]
    connection.execute(_removing(shelf), rows)


# Statements are built once: building them anew cost a third of each request (measured with 100 photos).
@cache
def _replacing(row: type[Base]) -> Insert:
    return insert(cast("Table", row.__table__)).prefix_with("OR REPLACE")


@cache
def _removing(shelf: Shelf) -> Delete:
    table = cast("Table", shelf.row.__table__)
    return delete(table).where(*(table.c[name] == bindparam(f"k_{name}") for name in shelf.key))
