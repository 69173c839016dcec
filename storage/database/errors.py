"""What can go wrong with the database, in our words. Foreign errors are translated here, at the border.

    StorageError
    ├── DatabaseLocked     another process holds it; trying again later is right
    ├── DiskFull           nothing was written; free space, then go on
    ├── ReadOnly           the file, its directory or the server refuses writes
    ├── Damaged            the file is no database, or its pages do not fit together
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

NO_THREAD: Final = "can't start new thread"  # Python's RuntimeError where there is no memory for one


class StorageError(Exception):
    """The root of everything that this room raises on purpose."""


class DatabaseLocked(StorageError):  # noqa: N818 - reads as what happened
    """Another writer kept the database for longer than we wait."""


class DiskFull(StorageError):  # noqa: N818
    """No room for the write; nothing of the transaction was kept."""


class ReadOnly(StorageError):  # noqa: N818
    """The database cannot be written."""


class Damaged(StorageError):  # noqa: N818
    """The database cannot be trusted any more."""


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
    """The address is no database that we know."""


class AuditBroken(StorageError):  # noqa: N818
    """The audit trail was changed."""


LOCKED = DatabaseLocked, "The database is locked by another process; try again."
FULL = DiskFull, "The disk is full: free some space. Nothing of this step was kept."
READ_ONLY = ReadOnly, "The database cannot be written: check the rights of its file and directory."
DAMAGED = Damaged, "The database file is damaged or no database: restore a backup."
UNREACHABLE = Unreachable, "The database cannot be opened: check NEVUS_DATABASE_URL and that it is there."
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
# https://www.postgresql.org/docs/15/errcodes-appendix.html; a two-letter key stands for its whole class.
_POSTGRES: Final[dict[str, Translation]] = {
    "53100": FULL,
    "25006": READ_ONLY,
    "42501": READ_ONLY,
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
    """The error of ours that says the same as a driver's or SQLAlchemy's."""
    kind, text = _find_translation(error)
    return kind(text)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn what the database raises inside the block into the tree above; everything else passes as it is.

    A value that a column refuses (a naive datetime, a string not allowed) stays a ValueError or LookupError.
    """
    try:
        yield
    except (exc.DBAPIError, exc.TimeoutError) as error:
        raise translate(error) from error
    except exc.StatementError as error:
        raise (error.orig or error) from None


def _find_translation(error: BaseException) -> Translation:
    origin = getattr(error, "orig", None) or error
    code = getattr(origin, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in _SQLITE:
        return _SQLITE[code & 0xFF]
    state = str(getattr(origin, "sqlstate", None) or "")
    if state and (found := _POSTGRES.get(state) or _POSTGRES.get(state[:2])):
        return found
    return _by_kind(error, str(origin))


def _by_kind(error: BaseException, message: str) -> Translation:
    if isinstance(error, exc.IntegrityError):
        return CONFLICT
    if isinstance(error, exc.TimeoutError):
        return LOCKED
    if re.search(r"no such (table|column)|has no column", message):
        return OUTDATED
    if isinstance(error, (exc.InterfaceError, OSError)) or getattr(error, "connection_invalidated", False):
        return UNREACHABLE
    return StorageError, "The database refused a statement."
