"""Who has a task that one process alone may do: a row by its name, kept alive by its holder.

Moments are the database's own, so that clocks of several machines need not agree. A row works through every
pool and proxy, which a lock that belongs to a connection does not.
"""

from typing import Final

from sqlalchemy import Float, String, delete, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from storage.database.base import Base
from storage.database.sessions import ReadSession, WriteSession

SQLITE_CLOCK: Final = text("SELECT (julianday('now') - 2440587.5) * 86400.0")
POSTGRES_CLOCK: Final = text("SELECT extract(epoch FROM clock_timestamp())")


class LeaseRow(Base):
    """One task; free once `until` is over. Kept small: no time zone, no history."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(32))
    until: Mapped[float] = mapped_column(Float(53))  # Unix seconds by the database's clock


async def take_lease(session: WriteSession, name: str, *, owner: str, lease_s: float) -> bool:
    """Take a lease, or keep it, for so long; False while another one has it."""
    now = await read_clock(session)
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    values = {"owner": owner, "until": now + lease_s}
    statement = (
        dialect.insert(LeaseRow)
        .values(name=name, **values)
        .on_conflict_do_update(
            index_elements=[LeaseRow.name],
            set_=values,
            where=(LeaseRow.owner == owner) | (LeaseRow.until < now),
        )
        .returning(LeaseRow.name)
    )
    return await session.scalar(statement) is not None


async def give_lease_up(session: WriteSession, name: str, *, owner: str) -> None:
    """Let another one have it at once."""
    await session.execute(delete(LeaseRow).where(LeaseRow.name == name, LeaseRow.owner == owner))


async def count_leases(session: ReadSession | WriteSession, prefix: str) -> int:
    """How many leases of names that begin so are held."""
    now = await read_clock(session)
    held = LeaseRow.name.startswith(prefix, autoescape=True), LeaseRow.until >= now
    return int(await session.scalar(select(func.count()).where(*held)) or 0)


async def forget_leases(session: WriteSession, prefix: str) -> None:
    """Drop what ran out long ago: processes are named anew at each start."""
    old = LeaseRow.until < await read_clock(session) - 3_600
    await session.execute(delete(LeaseRow).where(LeaseRow.name.startswith(prefix, autoescape=True), old))


async def read_clock(session: ReadSession | WriteSession) -> float:
    """Now by the database's clock, in Unix seconds."""
    statement = SQLITE_CLOCK if session.get_bind().dialect.name == "sqlite" else POSTGRES_CLOCK
    return float(await session.scalar(statement))
