"""Connections to PostgreSQL, all by one reading of the address: that of libpq, as asyncpg does it.

SQLAlchemy reads the part after the question mark otherwise: it knows no `sslmode`.
"""

import os
import ssl
from typing import Any, Final

from sqlalchemy import URL

from storage.database.errors import NOT_UP, UNREACHABLE, NotUpYet, Unreachable, UnsupportedUrl

CONNECT_S: Final = 10.0  # for a connection to be ready
NO_DRIVER: Final = "PostgreSQL needs asyncpg: pip install '.[postgres]' in the checkout"
NO_VALUE: Final = (
    "NEVUS_DATABASE_URL has a value that cannot be used: check the port, and what follows the question mark."
)
NO_NAME: Final = "NEVUS_DATABASE_URL names no database: write postgresql://USER:PASSWORD@HOST/NAME"
NO_PARAMETER: Final = (
    "NEVUS_DATABASE_URL has a parameter after the question mark that PostgreSQL does not know."
)
TLS_FILES: Final = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
NO_TLS_FILE: Final = f"NEVUS_DATABASE_URL names a file that cannot be read: check {', '.join(TLS_FILES)}."
NO_TLS: Final = "NEVUS_DATABASE_URL asks for TLS, and the PostgreSQL server has none."
NO_TRUST: Final = (
    "The certificate of the PostgreSQL server is not trusted: check sslmode and sslrootcert in "
    "NEVUS_DATABASE_URL."
)


def check_address(address: URL) -> None:
    """Refuse an address that would be misread.

    Raises:
        UnsupportedUrl: a sign in the password ended it too early, or no database is named, for which the
            server would take one with the user's name. The text quotes nothing of it.
    """
    if address.host is not None and "@" in address.host:
        raise UnsupportedUrl("NEVUS_DATABASE_URL has an @ too many: write %40 for one in user or password")
    if address.port is not None and not 0 < address.port < 2**16:
        raise UnsupportedUrl(NO_VALUE)
    if not address.database and not {"database", "dbname"} & set(address.query):
        raise UnsupportedUrl(NO_NAME)


def write_dsn(address: URL) -> str:
    """The address as asyncpg reads it, with the password. Several hosts become one list."""
    query = {
        name: value if isinstance(value, str) else ",".join(value) for name, value in address.query.items()
    }
    if "ssl" in query:  # as SQLAlchemy calls it
        query["sslmode"] = query.pop("ssl")
    return address.set(drivername="postgresql", query=query).render_as_string(hide_password=False)


async def connect_postgres(address: URL, **options: Any) -> Any:
    """A connection of asyncpg.

    Raises:
        UnsupportedUrl: the driver is not installed, or the address has a value that cannot be used.
        NotUpYet: no server answers there yet.
        Unreachable: the server refuses the connection.
    """
    try:
        import asyncpg  # only if PostgreSQL is used: an extra
    except ModuleNotFoundError as error:
        raise UnsupportedUrl(NO_DRIVER) from error
    options.setdefault("timeout", CONNECT_S)
    if any(not os.access(str(address.query[name]), os.R_OK) for name in TLS_FILES if name in address.query):
        raise UnsupportedUrl(NO_TLS_FILE)
    try:
        return await asyncpg.connect(write_dsn(address), **options)
    except ssl.SSLError as error:
        raise Unreachable(NO_TRUST) from error
    except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError) as error:
        if type(error) is ConnectionError:  # as asyncpg says that TLS was refused
            raise Unreachable(NO_TLS) from error
        raise NotUpYet(NOT_UP[1]) from error
    except asyncpg.UndefinedObjectError as error:
        raise UnsupportedUrl(NO_PARAMETER) from error
    except asyncpg.PostgresError as error:
        raise Unreachable(UNREACHABLE[1]) from error
    except (ValueError, OverflowError) as error:  # also asyncpg.ClientConfigurationError
        raise UnsupportedUrl(NO_VALUE) from error
