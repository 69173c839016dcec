"""The recent photos of a subject, for limits on their rate."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Exists, FromClause, Table, and_, bindparam, exists, not_, select

from storage.database.sessions import ReadSession
from storage.record.tables import CaseRow, PhotoRow


async def find_nth_newest(
    session: ReadSession, subject: str, *, place: int, since: datetime, read_again_since: datetime
) -> datetime | None:
    """When the photo in this place, counted back from the newest, was answered; None if there are fewer.

    Only photos that were sent count. A split album counts once, as does a photo in which lesions were picked,
    and an earlier photo does not count again if it was read together with a new one.

    Args:
        session: a session.
        subject: whose photos.
        place: 1 for the newest.
        since: older photos do not count.
        read_again_since: photos of older cases are not read again with new ones.
    """
    values = {
        "subject": subject,
        "since": since,
        "read_again_since": read_again_since,
        "before_it": place - 1,
    }
    found: datetime | None = await session.scalar(_MOMENTS, values)
    return found


_CASES, _PHOTOS = (cast("Table", row.__table__) for row in (CaseRow, PhotoRow))
_LATER = _PHOTOS.alias("later")


def _was_known(photos: FromClause, name: str) -> Exists:
    """Whether a photo of the case was in an earlier case of the subject already."""
    cases, known = _CASES.alias(f"{name}_cases"), _PHOTOS.alias(f"{name}_photos")
    return exists(
        select(known.c.id)
        .join_from(cases, known, known.c.case_id == cases.c.id)
        .where(cases.c.subject == bindparam("subject"), cases.c.created_at > bindparam("read_again_since"))
        .where(cases.c.id < _CASES.c.id, known.c.photo_hash == photos.c.photo_hash)
        .correlate(_CASES, photos)
    )


def _has_new_photo_after() -> Exists:
    """Whether the case has a new photo after this one: earlier photos come before those sent now."""
    of_case: Any = and_(_LATER.c.case_id == _CASES.c.id, _LATER.c.position > _PHOTOS.c.position)
    return exists(
        select(_LATER.c.id).where(of_case, not_(_was_known(_LATER, "before"))).correlate(_CASES, _PHOTOS)
    )


_MOMENTS = (
    select(_CASES.c.created_at)
    .join_from(_CASES, _PHOTOS, _PHOTOS.c.case_id == _CASES.c.id)
    .where(_CASES.c.subject == bindparam("subject"), _CASES.c.created_at > bindparam("since"))
    .where(_CASES.c.split_from_id.is_(None), _CASES.c.picked_from_id.is_(None))
    .where(not_(and_(_has_new_photo_after(), _was_known(_PHOTOS, "known"))))
    .order_by(_CASES.c.created_at.desc())
    .offset(bindparam("before_it"))
    .limit(1)
)
