"""A photo that is added to a case: the clinic asked for a better one. Functions never commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import selectinload

from storage.database.errors import Conflict
from storage.database.sessions import ReadSession, WriteSession
from storage.record.answers import Revision
from storage.record.audit import AuditEntry, append
from storage.record.audit_record import describe_photo
from storage.record.cases import NewPhoto, insert_photo
from storage.record.tables import AuditRow, CaseRow

Session = ReadSession | WriteSession
_LAST_ADDED: Final = (
    select(AuditRow.case_number, func.max(AuditRow.at).label("at"))
    .where(AuditRow.case_number.in_(bindparam("numbers", expanding=True)), AuditRow.kind == "photo")
    .group_by(AuditRow.case_number)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedPhoto:
    """A photo, and the case as assessed with it: the levels of `revision` include the photo's."""

    photo: NewPhoto
    revision: Revision
    model_level: str
    versions: dict[str, str]  # of the case, its new photo included


async def find_last_added(session: Session, number: str) -> datetime | None:
    """When the last photo was added to a case, by the audit trail; None if none was."""
    return (await find_last_added_of_each(session, [number])).get(number)


async def find_last_added_of_each(session: Session, numbers: Sequence[str]) -> dict[str, datetime]:
    """When the last photo was added to each of these cases; cases that none was added to are missing."""
    rows = await session.execute(_LAST_ADDED, {"numbers": list(numbers)})
    return {row.case_number: row.at for row in rows}


async def add_photo(
    session: WriteSession, number: str, *, subject: str, added: AddedPhoto, now: datetime
) -> None:
    """Write a further photo of a case and what the case is from now on, with an entry in the audit trail.

    Raises:
        Conflict: the case changed since it was read, or is gone: read it again.
    """
    found = select(CaseRow).where(CaseRow.number == number, CaseRow.subject == subject)
    row = await session.scalar(found.options(selectinload(CaseRow.photos)).with_for_update())
    revision = added.revision
    if row is None or row.context != revision.seen or len(row.photos) != len(revision.photo_levels) - 1:
        raise Conflict("The case has changed meanwhile: read it again.")
    before, count = row.level, len(row.photos)
    if revision.level == "high" != before:
        row.high_at = now
    row.context, row.level, row.reasons = revision.context, revision.level, list(revision.reasons)
    row.model_level, row.versions = added.model_level, added.versions
    for photo, level in zip(row.photos, revision.photo_levels, strict=False):
        photo.level = level
    await session.flush()
    await insert_photo(session, added.photo, case_id=row.id, position=count)
    payload = {
        "photo": describe_photo(added.photo),
        "context": revision.context,
        "level": revision.level,
        "level_before": before,
        "model_level": added.model_level,
        "reasons": list(revision.reasons),
        "versions": dict(added.versions),
        "photo_levels": list(revision.photo_levels),
    }
    entry = AuditEntry(kind="photo", subject=subject, case_number=number, payload=payload)
    await append(session, entry, now=now)
