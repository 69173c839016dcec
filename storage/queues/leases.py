"""Leases on tasks that only one process may do: a named row, renewed by its holder.

Times come from the database's clock, so that the clocks of several machines need not agree. A row works
through every pool and proxy; a lock that belongs to a connection does not.
"""

from typing import Final

from sqlalchemy import Float, String, delete, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from storage.database.base import RowBase
from storage.database.sessions import ReadSession, WriteSession

SQLITE_CLOCK: Final = text("SELECT (julianday('now') - 2440587.5) * 86400.0")
POSTGRES_CLOCK: Final = text("SELECT extract(epoch FROM clock_timestamp())")


class LeaseRow(RowBase):
    """One task; free after `until`."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(32))
    until: Mapped[float] = mapped_column(Float(53))  # Unix seconds by the database's clock


async def take_lease(session: WriteSession, name: str, *, owner: str, lease_s: float) -> bool:
    """Take or renew a lease for `lease_s` seconds; False while another process has it."""
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
    """Release a lease before it runs out."""
    await session.execute(delete(LeaseRow).where(LeaseRow.name == name, LeaseRow.owner == owner))


async def count_leases(session: ReadSession | WriteSession, prefix: str) -> int:
    """The number of held leases whose names have this prefix."""
    now = await read_clock(session)
    held = LeaseRow.name.startswith(prefix, autoescape=True), LeaseRow.until >= now
    return int(await session.scalar(select(func.count()).where(*held)) or 0)


async def forget_leases(session: WriteSession, prefix: str) -> None:
    """Delete leases that ran out over an hour ago: each start has a new process name."""
    old = LeaseRow.until < await read_clock(session) - 3_600
    await session.execute(delete(LeaseRow).where(LeaseRow.name.startswith(prefix, autoescape=True), old))


async def read_clock(session: ReadSession | WriteSession) -> float:
    """Now by the database's clock, in Unix seconds."""
    statement = SQLITE_CLOCK if session.get_bind().dialect.name == "sqlite" else POSTGRES_CLOCK
    return float(await session.scalar(statement))
