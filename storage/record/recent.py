"""The newest photos of the record, as numbers, for the drift monitor."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from storage.database.sessions import ReadSession
from storage.record.cases import NewPhoto, read_photo
from storage.record.tables import CaseRow, PhotoRow


async def list_recent_photos(
    session: ReadSession, *, cases: int, pair: str | None = None, since: datetime | None = None
) -> Sequence[NewPhoto]:
    """The photos of the newest cases, newest case first; split albums by their new cases.

    Args:
        session: reads only.
        cases: how many cases to look at.
        pair: only cases that this version of the pair read.
        since: only cases from this moment on.
    """
    statement = (
        select(CaseRow)
        .options(selectinload(CaseRow.photos).selectinload(PhotoRow.opinions))
        .where(CaseRow.split_at.is_(None))
        .order_by(CaseRow.id.desc())
        .limit(cases)
    )
    if since is not None:
        statement = statement.where(CaseRow.created_at >= since)
    rows = await session.scalars(statement)
    return [
        read_photo(photo)
        for row in rows
        if pair is None or row.versions.get("pair") == pair
        for photo in row.photos
    ]
