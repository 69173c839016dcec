"""The recent photos of a subject, for limits on their rate."""

from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, select

from storage.database.sessions import ReadSession
from storage.record.tables import CaseRow, PhotoRow


async def find_nth_newest(
    session: ReadSession, subject: str, *, place: int, since: datetime
) -> datetime | None:
    """When the photo in this place, counted back from the newest, was answered; None if there are fewer.

    A split album counts once: its parts stand for the same photos.
    """
    values = {"subject": subject, "since": since, "before_it": place - 1}
    found: datetime | None = await session.scalar(_MOMENTS, values)
    return found


_CASES, _PHOTOS = (cast("Table", row.__table__) for row in (CaseRow, PhotoRow))
_MOMENTS = (
    select(_CASES.c.created_at)
    .join_from(_CASES, _PHOTOS, _PHOTOS.c.case_id == _CASES.c.id)
    .where(_CASES.c.subject == bindparam("subject"), _CASES.c.created_at > bindparam("since"))
    .where(_CASES.c.split_from_id.is_(None))
    .order_by(_CASES.c.created_at.desc())
    .offset(bindparam("before_it"))
    .limit(1)
)
