"""Linking a clinic's chat, following it, losing it. Title and chat id come sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from storage.clinic.cards import leave_cards_behind
from storage.clinic.clinics import Clinic, find_clinic_of_chat, to_clinic
from storage.clinic.group_messages import leave_behind
from storage.clinic.tables import ClinicRow
from storage.database.sessions import ReadSession, WriteSession
from storage.queues.tables import OutboxRow
from storage.record.audit import AuditEntry, append


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPlace:
    """A chat as a clinic keeps it."""

    chat: bytes  # the sealed chat id
    chat_refs: tuple[bytes, ...]  # keyed hashes of the id; the first by the key in use


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClinic:
    """A chat that becomes a clinic."""

    place: ChatPlace
    title: bytes  # sealed
    kind: str  # "group" or "channel"
    language: str


async def list_clinics(session: ReadSession | WriteSession) -> Sequence[Clinic]:
    """Every clinic, linked ones first, then in the order in which they came."""
    rows = await session.scalars(select(ClinicRow).order_by(ClinicRow.state, ClinicRow.id))
    return [to_clinic(row) for row in rows]


async def link_clinic(session: WriteSession, clinic: NewClinic, *, now: datetime) -> None:
    """Make a chat a clinic; one that was lost is linked again and keeps its members and language."""
    place = clinic.place
    chat = {"title": clinic.title, "chat": place.chat, "chat_ref": place.chat_refs[0], "state": "linked"}
    known = await find_clinic_of_chat(session, place.chat_refs)
    if known is not None:
        await session.execute(update(ClinicRow).where(ClinicRow.id == known.id).values(chat))
    else:
        session.add(ClinicRow(**chat, kind=clinic.kind, language=clinic.language, created_at=now))
        await session.flush()
    await append(session, AuditEntry(kind="clinic", payload={"what": "linked", "kind": clinic.kind}), now=now)


async def find_question(session: ReadSession | WriteSession, mark: str) -> str | None:
    """The outbox key of the newest question whether to link a chat, by the mark at the end of its key."""
    asked = select(OutboxRow.key).where(
        OutboxRow.key.like(f"%:{mark}"), OutboxRow.state.in_(("pending", "sending", "sent"))
    )
    key: str | None = await session.scalar(asked.order_by(OutboxRow.id.desc()).limit(1))
    return key


async def move_clinic(session: WriteSession, old_refs: tuple[bytes, ...], place: ChatPlace) -> bool:
    """Follow a group that became a supergroup. False when it was no clinic's, or has been followed."""
    clinic = await find_clinic_of_chat(session, old_refs)
    if clinic is None:
        return False
    values = {"chat": place.chat, "chat_ref": place.chat_refs[0], "state": "linked"}
    await session.execute(update(ClinicRow).where(ClinicRow.id == clinic.id).values(values))
    await leave_cards_behind(session, clinic.id)
    await leave_behind(session, clinic.id)
    return True


async def lose_clinic(session: WriteSession, clinic_id: int, *, now: datetime) -> None:
    """Mark a clinic as lost: nothing can be posted there until it is linked again."""
    await session.execute(update(ClinicRow).where(ClinicRow.id == clinic_id).values(state="lost"))
    await append(session, AuditEntry(kind="clinic", payload={"what": "lost", "clinic": clinic_id}), now=now)


async def set_clinic_language(session: WriteSession, clinic_id: int, language: str) -> None:
    """The language of what is posted there.

    Raises:
        LookupError: neither "en" nor "fr".
    """
    await session.execute(update(ClinicRow).where(ClinicRow.id == clinic_id).values(language=language))
