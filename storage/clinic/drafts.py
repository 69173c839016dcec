"""Drafts of referrals. Their content comes sealed."""

from datetime import datetime

from sqlalchemy import delete, select

from storage.clinic.tables import DraftRow
from storage.database.sessions import ReadSession, WriteSession


async def keep_draft(
    session: WriteSession, subject: str, case_number: str, *, payload: bytes, now: datetime
) -> None:
    """Write a draft, which replaces the one before."""
    row = await session.get(DraftRow, (subject, case_number))
    if row is None:
        session.add(DraftRow(subject=subject, case_number=case_number, payload=payload, updated_at=now))
    else:
        row.payload, row.updated_at = payload, now
    await session.flush()


async def find_draft(session: ReadSession | WriteSession, subject: str, case_number: str) -> bytes | None:
    """The sealed draft for a case."""
    row = await session.get(DraftRow, (subject, case_number))
    return None if row is None else row.payload


async def list_drafts(
    session: ReadSession | WriteSession, subject: str, *, since: datetime | None = None
) -> list[tuple[str, bytes]]:
    """Case numbers and sealed drafts of a person, the newest first; with `since`, those changed since."""
    found = select(DraftRow.case_number, DraftRow.payload).where(DraftRow.subject == subject)
    if since is not None:
        found = found.where(DraftRow.updated_at >= since)
    return [(row[0], row[1]) for row in await session.execute(found.order_by(DraftRow.updated_at.desc()))]


async def drop_draft(session: WriteSession, subject: str, case_number: str) -> bool:
    """Erase a draft; False if there was none."""
    gone = delete(DraftRow).where(DraftRow.subject == subject, DraftRow.case_number == case_number)
    return bool((await session.scalars(gone.returning(DraftRow.case_number))).all())


async def expire_drafts(session: WriteSession, *, before: datetime) -> int:
    """Erase abandoned drafts; their number."""
    gone = delete(DraftRow).where(DraftRow.updated_at < before).returning(DraftRow.case_number)
    return len((await session.scalars(gone)).all())
