"""Changes of a case: the revision, its photos' files, the messages that show it.

Functions take a session and never commit.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import selectinload

from storage.database.errors import Conflict
from storage.database.sessions import ReadSession, WriteSession
from storage.queues.tables import OutboxRow
from storage.record.audit import AuditEntry, append
from storage.record.sender_tables import CaseMessageRow, LesionFilesRow, PhotoFilesRow
from storage.record.tables import CaseRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A case assessed again. `seen` is the context that it was computed from."""

    seen: dict[str, object] | None
    context: dict[str, object]
    level: str
    reasons: tuple[str, ...]
    photo_levels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMessage:
    """A message that shows a case's level, by its key in the outbox."""

    key: str
    case_number: str
    kind: str  # "answer", "details", "split"


async def revise_case(
    session: WriteSession, number: str, *, subject: str, revision: Revision, now: datetime
) -> None:
    """Write a revised case, with an entry in the audit trail.

    Raises:
        Conflict: the context is no longer the one that was seen, or the case is gone: read it again.
        LookupError: a level that the tables do not know.
    """
    found = select(CaseRow).where(CaseRow.number == number, CaseRow.subject == subject)
    row = await session.scalar(found.options(selectinload(CaseRow.photos)).with_for_update())
    if row is None or row.context != revision.seen or len(row.photos) != len(revision.photo_levels):
        raise Conflict("The case has changed meanwhile: read it again.")
    before = row.level
    if revision.level == "high" != before:
        row.high_at = now
    row.context, row.level, row.reasons = revision.context, revision.level, list(revision.reasons)
    for photo, level in zip(row.photos, revision.photo_levels, strict=True):
        photo.level = level
    await session.flush()
    payload = {
        "context": revision.context,
        "level": revision.level,
        "level_before": before,
        "reasons": list(revision.reasons),
        "photo_levels": list(revision.photo_levels),
    }
    entry = AuditEntry(kind="context", subject=subject, case_number=number, payload=payload)
    await append(session, entry, now=now)


async def keep_photo_files(
    session: WriteSession, number: str, *, subject: str, files: bytes, expires_at: datetime
) -> None:
    """Remember, sealed, where Telegram keeps the photos of a case; also if its lesion's are kept longer."""
    row = {"case_number": number, "subject": subject, "files": files, "expires_at": expires_at}
    await session.execute(_keeping_files(session.get_bind().dialect.name), row)
    await session.execute(_KEEPING_FOLLOWED, {"case": number, "owner": subject, "sealed": files})


async def find_photo_files(
    session: ReadSession | WriteSession, number: str, *, subject: str, now: datetime
) -> bytes | None:
    """The files that `keep_photo_files` stored, until they expire."""
    found: bytes | None = await session.scalar(
        select(PhotoFilesRow.files).where(
            PhotoFilesRow.case_number == number,
            PhotoFilesRow.subject == subject,
            PhotoFilesRow.expires_at > now,
        )
    )
    return found


async def list_photo_files(
    session: ReadSession | WriteSession, *, subject: str, now: datetime
) -> Sequence[tuple[str, bytes, datetime]]:
    """The files that `keep_photo_files` stored for a subject: case, sealed, until when they are kept."""
    found = select(PhotoFilesRow.case_number, PhotoFilesRow.files, PhotoFilesRow.expires_at).where(
        PhotoFilesRow.subject == subject, PhotoFilesRow.expires_at > now
    )
    rows = await session.execute(found.order_by(PhotoFilesRow.case_number))
    return [(number, files, expires_at) for number, files, expires_at in rows]


async def list_messages_of_subject(
    session: ReadSession | WriteSession, subject: str
) -> Sequence[tuple[CaseMessage, datetime]]:
    """The messages that show cases of a subject, and since when they are kept; oldest first."""
    found = select(CaseMessageRow).where(CaseMessageRow.subject == subject)
    rows = await session.scalars(found.order_by(CaseMessageRow.created_at, CaseMessageRow.key))
    return [
        (CaseMessage(key=row.key, case_number=row.case_number, kind=row.kind), row.created_at) for row in rows
    ]


async def expire_photo_files(session: WriteSession, *, now: datetime) -> int:
    """Erase expired rows; their number."""
    gone = await session.scalars(
        delete(PhotoFilesRow).where(PhotoFilesRow.expires_at <= now).returning(PhotoFilesRow.case_number)
    )
    return len(gone.all())


async def keep_message(session: WriteSession, message: CaseMessage, *, subject: str, now: datetime) -> None:
    """Remember that a message shows a case's level. Known already, it stays as it is."""
    row = {**asdict(message), "subject": subject, "created_at": now}
    await session.execute(_keeping_message(session.get_bind().dialect.name), row)


async def list_messages(
    session: ReadSession | WriteSession, number: str, *, subject: str
) -> Sequence[CaseMessage]:
    """The messages that show a case's level, oldest first."""
    rows = await session.scalars(
        select(CaseMessageRow)
        .where(CaseMessageRow.case_number == number, CaseMessageRow.subject == subject)
        .order_by(CaseMessageRow.created_at, CaseMessageRow.key)
    )
    return [CaseMessage(key=row.key, case_number=row.case_number, kind=row.kind) for row in rows]


async def list_edits(
    session: ReadSession | WriteSession, *, subject: str, ending: str
) -> Sequence[tuple[str, bytes | None]]:
    """Keys and sealed message ids of a subject's messages that show a case and whose keys end like this."""
    found = (
        select(OutboxRow.key, OutboxRow.message_id)
        .join(CaseMessageRow, CaseMessageRow.key == OutboxRow.key)
        .where(CaseMessageRow.subject == subject, CaseMessageRow.key.endswith(ending))
        .distinct()
    )
    return [(key, sealed) for key, sealed in await session.execute(found)]


async def drop_messages(session: WriteSession, keys: Sequence[str], *, subject: str) -> None:
    """Forget that these messages show a case."""
    gone = delete(CaseMessageRow).where(CaseMessageRow.key.in_(keys), CaseMessageRow.subject == subject)
    await session.execute(gone)


async def find_message_ids(
    session: ReadSession | WriteSession, keys: Sequence[str]
) -> dict[str, bytes | None]:
    """The sealed message ids of messages that are out or on their way; None: not sent yet."""
    found = select(OutboxRow.key, OutboxRow.message_id).where(
        OutboxRow.key.in_(keys), OutboxRow.state.in_(("pending", "sending", "sent"))
    )
    rows = (await session.execute(found)).all()
    return {row.key: row.message_id for row in rows}


async def list_cases_of_message(
    session: ReadSession | WriteSession, key: str, *, subject: str
) -> Sequence[str]:
    """The numbers of the cases whose levels a message shows."""
    found = select(CaseMessageRow.case_number).where(
        CaseMessageRow.key == key, CaseMessageRow.subject == subject
    )
    return (await session.scalars(found)).all()


async def expire_messages(session: WriteSession, *, before: datetime) -> int:
    """Forget messages from before this moment (the outbox has forgotten them too); how many they were."""
    gone = await session.scalars(
        delete(CaseMessageRow).where(CaseMessageRow.created_at < before).returning(CaseMessageRow.key)
    )
    return len(gone.all())


@cache
def _keeping_files(dialect: str) -> Any:
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(PhotoFilesRow.__table__)
    new = {name: insert.excluded[name] for name in ("subject", "files", "expires_at")}
    return insert.on_conflict_do_update(index_elements=["case_number"], set_=new)


@cache
def _keeping_message(dialect: str) -> Any:
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(CaseMessageRow.__table__)
    return insert.on_conflict_do_nothing()


_CASES, _LESION_FILES = (cast("Table", row.__table__) for row in (CaseRow, LesionFilesRow))
_CASE_OF_OWNER = select(_CASES.c.id).where(
    _CASES.c.number == bindparam("case"), _CASES.c.subject == bindparam("owner")
)
_KEEPING_FOLLOWED = (
    update(_LESION_FILES)
    .where(_LESION_FILES.c.case_id == _CASE_OF_OWNER.scalar_subquery())
    .values(files=bindparam("sealed"))
)
