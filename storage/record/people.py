"""The one row that links a Telegram user to a subject number, with language and consent.

Destroying it makes the rest anonymous.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from storage.database.sessions import ReadSession, WriteSession
from storage.record.audit import AuditEntry, append
from storage.record.numbers import new_subject
from storage.record.tables import LinkRow


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPerson:
    """The link of a sender: subject number, language and consent."""

    subject: str  # random subject number, e.g. "7K3M-92QF"
    language: str | None  # "en" or "fr"; None: as Telegram reports
    consent_version: str | None
    consent_at: datetime | None


async def find_person(session: ReadSession | WriteSession, user_ref: bytes) -> KnownPerson | None:
    """The person behind a keyed hash, if they are known."""
    found = (await session.execute(_PERSON, {"ref": user_ref})).one_or_none()
    if found is None:
        return None
    subject, language, consent_version, consent_at = found
    return KnownPerson(
        subject=subject, language=language, consent_version=consent_version, consent_at=consent_at
    )


async def relink_person(
    session: WriteSession, former_refs: Sequence[bytes], user_ref: bytes
) -> KnownPerson | None:
    """Move a link made under an older key to the key in use; the person, if there is one."""
    known = LinkRow.user_ref.in_(former_refs), ~exists().where(_OTHER.user_ref == user_ref)
    await session.execute(update(LinkRow).where(*known).values(user_ref=user_ref))
    return await find_person(session, user_ref)


async def ensure_person(session: WriteSession, user_ref: bytes, *, now: datetime) -> KnownPerson:
    """The person; created with a new random subject number if unknown."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    while (person := await find_person(session, user_ref)) is None:
        # A conflict: the number is taken (draw again) or another process was faster (find its row).
        values = {"user_ref": user_ref, "subject": new_subject(), "created_at": now}
        await session.execute(dialect.insert(LinkRow).values(**values).on_conflict_do_nothing())
    return person


async def set_language(session: WriteSession, user_ref: bytes, language: str, *, now: datetime) -> None:
    """Remember a chosen language.

    Raises:
        LookupError: neither "en" nor "fr".
    """
    await ensure_person(session, user_ref, now=now)
    await _update(session, user_ref, language=language)


async def record_consent(
    session: WriteSession, user_ref: bytes, *, version: str, now: datetime
) -> KnownPerson:
    """Record consent to this version of the text. A second consent to it changes nothing."""
    person = await ensure_person(session, user_ref, now=now)
    if person.consent_version == version:
        return person
    await _update(session, user_ref, consent_version=version, consent_at=now)
    entry = AuditEntry(kind="consent", subject=person.subject, payload={"version": version})
    await append(session, entry, now=now)
    return replace(person, consent_version=version, consent_at=now)


async def forget_person(session: WriteSession, user_ref: bytes) -> bool:
    """Delete the link and what references it; cases stay and become anonymous. False if there was no link.

    References to `links.subject` have ON DELETE CASCADE. Once this is committed, call
    `Database.erase_traces`: until then SQLite's write-ahead log contains the row.
    """
    deleted = await session.execute(
        delete(LinkRow).where(LinkRow.user_ref == user_ref).returning(LinkRow.subject)
    )
    return deleted.scalar_one_or_none() is not None


_OTHER = aliased(LinkRow)
_LINKS = cast("Table", LinkRow.__table__)
_PERSON = select(_LINKS.c.subject, _LINKS.c.language, _LINKS.c.consent_version, _LINKS.c.consent_at).where(
    _LINKS.c.user_ref == bindparam("ref")
)


async def _update(session: WriteSession, user_ref: bytes, **values: Any) -> None:
    await session.execute(update(LinkRow).where(LinkRow.user_ref == user_ref).values(**values))
