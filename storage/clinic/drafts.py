"""Drafts of referrals. Their content comes sealed."""

from datetime import datetime
from typing import Final, cast

from sqlalchemy import Table, bindparam, delete, select

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
    found = (
        await session.execute(_OF_SUBJECT, {"owner": subject})
        if since is None
        else await session.execute(_CHANGED_SINCE, {"owner": subject, "since": since})
    )
    return [(row.case_number, row.payload) for row in found]


async def drop_draft(session: WriteSession, subject: str, case_number: str) -> bool:
    """Erase a draft; False if there was none."""
    gone = delete(DraftRow).where(DraftRow.subject == subject, DraftRow.case_number == case_number)
    return bool((await session.scalars(gone.returning(DraftRow.case_number))).all())


async def expire_drafts(session: WriteSession, *, before: datetime) -> int:
    """Erase abandoned drafts; their number."""
    gone = delete(DraftRow).where(DraftRow.updated_at < before).returning(DraftRow.case_number)
    return len((await session.scalars(gone)).all())


# Put together once: asked with every photo.
_DRAFTS: Final = cast("Table", DraftRow.__table__).c
_OF_SUBJECT: Final = (
    select(_DRAFTS.case_number, _DRAFTS.payload)
    .where(_DRAFTS.subject == bindparam("owner"))
    .order_by(_DRAFTS.updated_at.desc())
)
_CHANGED_SINCE: Final = _OF_SUBJECT.where(_DRAFTS.updated_at >= bindparam("since"))
