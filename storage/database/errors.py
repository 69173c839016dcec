"""The errors of the database. Errors of drivers and of SQLAlchemy are translated to them here.

    StorageError
    ├── DatabaseLocked     another process holds it; trying again later is right
    ├── DiskFull           nothing was written; free space, then go on
    ├── ReadOnly           the file, its directory or the server refuses writes
    ├── Damaged            the file is not a database, or its pages do not fit together
    ├── Unreachable        no such directory, or the server does not let us in
    │   └── NotUpYet       the server does not answer, or is starting; waiting is right
    ├── SchemaOutdated     tables are missing: `nevus run` brings them up to date
    ├── SchemaTooNew       written by a newer program
    ├── Conflict           a constraint refused the row
    ├── UnsupportedUrl     not SQLite in a file and not PostgreSQL
    └── AuditBroken        a link of the audit chain does not hold

Texts name no path, id or value: they go to logs.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import exc

NO_THREAD: Final = "can't start new thread"  # Python's RuntimeError if there is no memory for one


class StorageError(Exception):
    """The base of every error that the storage package raises on purpose."""


class DatabaseLocked(StorageError):  # noqa: N818 - reads as what happened
    """Another writer held the database for longer than the timeout."""


class DiskFull(StorageError):  # noqa: N818
    """No room for the write; nothing of the transaction was kept."""


class ReadOnly(StorageError):  # noqa: N818
    """The database cannot be written."""


class Damaged(StorageError):  # noqa: N818
    """The file is not a database, or its pages do not fit together."""


class Unreachable(StorageError):  # noqa: N818
    """The database could not be opened, or is not there."""


class NotUpYet(Unreachable):
    """The server does not answer, is starting, or has no connection free."""


class SchemaOutdated(StorageError):  # noqa: N818
    """The tables are older than the program."""


class SchemaTooNew(StorageError):  # noqa: N818
    """The tables are newer than the program."""


class Conflict(StorageError):  # noqa: N818
    """A unique key, a check or a reference refused the row."""


class UnsupportedUrl(StorageError):  # noqa: N818
    """The URL names neither a SQLite file nor a PostgreSQL server."""


class AuditBroken(StorageError):  # noqa: N818
    """The audit trail was changed."""


LOCKED = DatabaseLocked, "The database is locked by another process; try again."
FULL = DiskFull, "The disk is full: free some space. Nothing of this step was kept."
READ_ONLY = ReadOnly, "The database cannot be written: check the rights of its file and directory."
DAMAGED = Damaged, "The database file is damaged or not a database: restore a backup."
UNREACHABLE = (
    Unreachable,
    "The database cannot be opened: check NEVUS_DATABASE_URL, and whether it exists.",
)
NO_RIGHTS = (
    ReadOnly,
    "PostgreSQL refuses this to the user in NEVUS_DATABASE_URL: the tables must belong to that user.",
)
NOT_UP = NotUpYet, "The PostgreSQL server does not answer: check NEVUS_DATABASE_URL and that it is up."
OUTDATED = (
    SchemaOutdated,
    "Tables are missing: start with `nevus run`, which brings the database up to date.",
)
CONFLICT = Conflict, "A row was refused by a constraint of the database."

Translation = tuple[type[StorageError], str]

# Primary result codes, https://www.sqlite.org/rescode.html; IOERR (10) comes from a failing disk.
_SQLITE: Final[dict[int, Translation]] = {
    5: LOCKED,
    6: LOCKED,
    8: READ_ONLY,
    10: DAMAGED,
    11: DAMAGED,
    13: FULL,
    14: UNREACHABLE,
    26: DAMAGED,
}
# https://www.postgresql.org/docs/15/errcodes-appendix.html; a two-letter key matches its class of codes.
_POSTGRES: Final[dict[str, Translation]] = {
    "53100": FULL,
    "25006": READ_ONLY,
    "42501": NO_RIGHTS,
    "55P03": LOCKED,
    "40001": LOCKED,
    "40P01": LOCKED,
    "57014": LOCKED,
    "42P01": OUTDATED,
    "42703": OUTDATED,
    "XX": DAMAGED,
    "08": UNREACHABLE,
    "28": UNREACHABLE,
    "3D": UNREACHABLE,
    "53": UNREACHABLE,
    "57": UNREACHABLE,
}


def translate(error: BaseException) -> StorageError:
    """The `StorageError` that corresponds to an error of a driver or of SQLAlchemy."""
    origin = getattr(error, "orig", None) or error
    code = getattr(origin, "sqlite_errorcode", None)
    state = str(getattr(origin, "sqlstate", None) or "")
    if code is not None and code & 0xFF in _SQLITE:
        kind, text = _SQLITE[code & 0xFF]
    elif state and (found := _POSTGRES.get(state) or _POSTGRES.get(state[:2])):
        kind, text = found
    else:
        kind, text = _translate_without_code(error, str(origin))
    return kind(text)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Translate database errors that the block raises; other errors pass unchanged.

    A value that a column refuses (a naive datetime, a string not allowed) stays a ValueError or LookupError.
    """
    try:
        yield
    except (exc.DBAPIError, exc.TimeoutError) as error:
        raise translate(error) from error
    except exc.StatementError as error:
        raise (error.orig or error) from None


def _translate_without_code(error: BaseException, message: str) -> Translation:
    if isinstance(error, exc.IntegrityError):
        return CONFLICT
    if isinstance(error, exc.TimeoutError):
        return LOCKED
    if re.search(r"no such (table|column)|has no column", message):
        return OUTDATED
    if isinstance(error, (exc.InterfaceError, OSError)) or getattr(error, "connection_invalidated", False):
        return UNREACHABLE
    return StorageError, "The database refused a statement."
