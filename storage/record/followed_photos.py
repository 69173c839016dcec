"""Where Telegram keeps the photos of a followed lesion, sealed, as long as the patient agrees.

Functions take a session and never commit. The rows are copies of sealed `photo_files`; no photo is kept.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, exists, func, select, update

from storage.database.sessions import ReadSession, WriteSession
from storage.record.audit_lesions import note_photos
from storage.record.sender_tables import LesionCaseRow, LesionFilesRow, LesionRow, PhotoFilesRow
from storage.record.tables import CaseRow

KEPT_FOR: Final = timedelta(days=730)  # 24 months after the last photo, never longer


async def keep_photos(session: WriteSession, lesion_id: int, *, subject: str, now: datetime) -> None:
    """Note that the patient agreed, and keep where the photos of the lesion are, as far as this is known."""
    changed = await session.scalars(
        update(LesionRow)
        .where(LesionRow.id == lesion_id, LesionRow.subject == subject, LesionRow.agreed_at.is_(None))
        .values(agreed_at=now)
        .returning(LesionRow.id)
    )
    if changed.one_or_none() is not None:
        await note_photos(session, lesion_id, subject=subject, is_kept=True, now=now)
    await follow_photos(session, lesion_id, now=now)


async def follow_photos(session: WriteSession, lesion_id: int, *, now: datetime) -> None:
    """Keep where the photos of new cases are, and count the 24 months from the newest; if it is agreed."""
    agreed = select(LesionRow.id).where(LesionRow.id == lesion_id, LesionRow.agreed_at.is_not(None))
    if await session.scalar(agreed) is None:
        return
    known = await session.execute(
        select(LesionCaseRow.case_id, PhotoFilesRow.files)
        .join(CaseRow, CaseRow.id == LesionCaseRow.case_id)
        .join(PhotoFilesRow, PhotoFilesRow.case_number == CaseRow.number)
        .where(
            LesionCaseRow.lesion_id == lesion_id,
            PhotoFilesRow.expires_at > now,
            ~exists().where(LesionFilesRow.case_id == LesionCaseRow.case_id),
        )
    )
    session.add_all(LesionFilesRow(case_id=case_id, files=files) for case_id, files in known.all())
    newest: datetime | None = await session.scalar(
        select(func.max(CaseRow.created_at))
        .join(LesionCaseRow, LesionCaseRow.case_id == CaseRow.id)
        .where(LesionCaseRow.lesion_id == lesion_id)
    )
    if newest is not None:
        until = update(LesionRow).where(LesionRow.id == lesion_id).values(photos_until=newest + KEPT_FOR)
        await session.execute(until.execution_options(synchronize_session=False))
    await session.flush()


async def stop_keeping(session: WriteSession, lesion_id: int, *, subject: str, now: datetime) -> None:
    """Erase where the photos of the lesion are. Once this is committed, call `Database.erase_traces`."""
    await _erase(session, LesionRow.id == lesion_id, LesionRow.subject == subject, now=now)


async def expire_followed(session: WriteSession, *, now: datetime) -> int:
    """Do the same for lesions without a new photo for 24 months; the number of lesions."""
    return await _erase(session, LesionRow.photos_until <= now, now=now)


async def list_followed(session: ReadSession | WriteSession, lesion_id: int) -> dict[int, bytes]:
    """Where the photos of a lesion are, by case; cases whose photos are not known are missing."""
    found = (
        select(LesionFilesRow.case_id, LesionFilesRow.files)
        .join(LesionCaseRow, LesionCaseRow.case_id == LesionFilesRow.case_id)
        .where(LesionCaseRow.lesion_id == lesion_id)
    )
    return {row.case_id: row.files for row in await session.execute(found)}


async def find_followed(session: ReadSession | WriteSession, case_id: int) -> bytes | None:
    """Where the photos of one case of a followed lesion are; None if this is not known."""
    found: bytes | None = await session.scalar(
        select(LesionFilesRow.files).where(LesionFilesRow.case_id == case_id)
    )
    return found


async def _erase(session: WriteSession, *which: Any, now: datetime) -> int:
    changed = await session.execute(
        update(LesionRow)
        .where(LesionRow.agreed_at.is_not(None), *which)
        .values(agreed_at=None, photos_until=None)
        .returning(LesionRow.id, LesionRow.subject)
        .execution_options(synchronize_session=False)
    )
    rows: Sequence[tuple[int, str]] = [(id_, subject) for id_, subject in changed]
    cases = select(LesionCaseRow.case_id).where(LesionCaseRow.lesion_id.in_([id_ for id_, _ in rows]))
    gone = delete(LesionFilesRow).where(LesionFilesRow.case_id.in_(cases))
    await session.execute(gone.execution_options(synchronize_session=False))
    for id_, subject in rows:
        await note_photos(session, id_, subject=subject, is_kept=False, now=now)
    return len(rows)
