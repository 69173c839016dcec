"""How many photos a subject had read lately."""

from datetime import datetime

from sqlalchemy import select

from storage.database import ReadSession
from storage.tables import CaseRow, PhotoRow


async def find_nth_newest(
    session: ReadSession, subject: str, *, place: int, since: datetime
) -> datetime | None:
    """When the photo in this place, counted back from the newest, was answered; None if there are fewer.

    A split album counts once: its parts stand for the same photos.
    """
    mine = CaseRow.subject == subject, CaseRow.created_at > since, CaseRow.split_from_id.is_(None)
    moments = (
        select(CaseRow.created_at)
        .join(PhotoRow, PhotoRow.case_id == CaseRow.id)
        .where(*mine)
        .order_by(CaseRow.created_at.desc())
    )
    found: datetime | None = await session.scalar(moments.offset(place - 1).limit(1))
    return found
