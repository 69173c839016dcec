"""How many photos a subject had read lately."""

from datetime import datetime

from sqlalchemy import bindparam, select

from storage.database import ReadSession
from storage.tables import CaseRow, PhotoRow


async def find_nth_newest(
    session: ReadSession, subject: str, *, place: int, since: datetime
) -> datetime | None:
    """When the photo in this place, counted back from the newest, was answered; None if there are fewer.

    A split album counts once: its parts stand for the same photos.
    """
    values = {"subject": subject, "since": since, "before_it": place - 1}
    found: datetime | None = await session.scalar(_MOMENTS, values)
    return found


_MOMENTS = (
    select(CaseRow.created_at)
    .join(PhotoRow, PhotoRow.case_id == CaseRow.id)
    .where(CaseRow.subject == bindparam("subject"), CaseRow.created_at > bindparam("since"))
    .where(CaseRow.split_from_id.is_(None))
    .order_by(CaseRow.created_at.desc())
    .offset(bindparam("before_it"))
    .limit(1)
)
