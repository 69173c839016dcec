"""Alembic's environment. `storage.schema` passes a connection with an open transaction."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.types import TypeEngine

from storage.database.base import UtcDateTime
from storage.schema import MIGRATION_LOCK, all_tables


def render_type(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our types as what they are in the database: a migration must not change when a class does."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def has_other_type(
    _context: Any, _column: Any, _meta: Any, found: TypeEngine[Any], ours: TypeEngine[Any]
) -> bool | None:
    """Compare `UtcDateTime` by what it is in the database; the rest as Alembic does."""
    if isinstance(ours, UtcDateTime):
        return type(found).__name__ not in {"DATETIME", "TIMESTAMP"}
    return None


def run(connection: Connection) -> None:
    """Run what was asked for on this connection."""
    context.configure(
        connection=connection,
        target_metadata=all_tables(),
        render_as_batch=True,  # SQLite adds and drops columns but cannot change one
        transactional_ddl=True,  # SQLite can; Alembic assumes a driver that commits in between
        render_item=render_type,
        compare_type=has_other_type,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":  # on SQLite the transaction itself is the lock
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        context.run_migrations()


run(context.config.attributes["connection"])
