"""Reminders: a new photo of a lesion is due. Functions take a session and never commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select, update

from storage.database.sessions import ReadSession, WriteSession
from storage.record.sender_tables import ReminderRow

DUE_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """One reminder. `chat` is the sealed return address."""

    id: int
    subject: str
    case_number: str
    due_at: datetime
    chat: bytes
    language: str


async def add_reminder(session: WriteSession, reminder: Reminder, *, now: datetime) -> None:
    """Set a reminder for a case, which replaces an earlier one. `reminder.id` is not used."""
    await session.execute(
        delete(ReminderRow).where(
            ReminderRow.subject == reminder.subject, ReminderRow.case_number == reminder.case_number
        )
    )
    session.add(
        ReminderRow(
            subject=reminder.subject,
            case_number=reminder.case_number,
            due_at=reminder.due_at,
            chat=reminder.chat,
            language=reminder.language,
            created_at=now,
        )
    )
    await session.flush()


async def list_reminders(session: ReadSession | WriteSession, subject: str) -> Sequence[Reminder]:
    """A person's reminders, the next one first."""
    found = select(ReminderRow).where(ReminderRow.subject == subject)
    return [_to_reminder(row) for row in await session.scalars(found.order_by(ReminderRow.due_at))]


async def translate_reminders(session: WriteSession, subject: str, language: str) -> None:
    """Send a person's reminders in this language."""
    await session.execute(update(ReminderRow).where(ReminderRow.subject == subject).values(language=language))


async def list_due(session: ReadSession | WriteSession, *, now: datetime) -> Sequence[Reminder]:
    """Some of the reminders that are due, the oldest first."""
    found = select(ReminderRow).where(ReminderRow.due_at <= now).order_by(ReminderRow.due_at)
    return [_to_reminder(row) for row in await session.scalars(found.limit(DUE_AT_ONCE))]


async def drop_reminder(session: WriteSession, reminder_id: int, *, subject: str) -> bool:
    """Erase a reminder, return address and all; False when there is none such of this person."""
    gone = await session.scalars(
        delete(ReminderRow)
        .where(ReminderRow.id == reminder_id, ReminderRow.subject == subject)
        .returning(ReminderRow.id)
    )
    return gone.one_or_none() is not None


def _to_reminder(row: ReminderRow) -> Reminder:
    return Reminder(
        id=row.id,
        subject=row.subject,
        case_number=row.case_number,
        due_at=row.due_at,
        chat=row.chat,
        language=row.language,
    )
