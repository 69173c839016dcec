"""Pictures that set the photos of a followed lesion side by side: asked for, and drawn after the answer.

Functions take a session and never commit. A row is deleted in the transaction that puts its picture into the
outbox under the row's key, so that a kill repeats nothing.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select, update

from storage.database.sessions import ReadSession, WriteSession
from storage.record.sender_tables import ComparisonRow

DUE_AT_ONCE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One picture to draw. `key` is never used again; `chat` is the sealed address."""

    key: str
    case_number: str
    subject: str
    chat: bytes
    language: str
    asked_at: datetime


async def ask_comparison(session: WriteSession, comparison: Comparison) -> None:
    """Ask for a picture; asked again under the same key, it is drawn once."""
    await session.merge(ComparisonRow(**asdict(comparison), due_at=comparison.asked_at))
    await session.flush()


async def list_due_comparisons(session: ReadSession, *, now: datetime) -> Sequence[Comparison]:
    """Some of the pictures that are due, the oldest first."""
    found = select(ComparisonRow).where(ComparisonRow.due_at <= now).order_by(ComparisonRow.asked_at)
    return [
        Comparison(
            key=row.key,
            case_number=row.case_number,
            subject=row.subject,
            chat=row.chat,
            language=row.language,
            asked_at=row.asked_at,
        )
        for row in await session.scalars(found.limit(DUE_AT_ONCE))
    ]


async def list_comparisons(session: ReadSession, subject: str) -> Sequence[tuple[str, datetime]]:
    """Case and time of a person's pictures that are still to be drawn."""
    found = select(ComparisonRow.case_number, ComparisonRow.asked_at).where(ComparisonRow.subject == subject)
    return [(number, asked_at) for number, asked_at in await session.execute(found)]


async def translate_comparisons(session: WriteSession, subject: str, language: str) -> None:
    """Draw a person's pictures that are due in this language."""
    mine = update(ComparisonRow).where(ComparisonRow.subject == subject)
    await session.execute(mine.values(language=language))


async def postpone_comparison(session: WriteSession, key: str, *, due_at: datetime) -> None:
    """Retry later: Telegram does not deliver a file now, or the networks are busy."""
    await session.execute(update(ComparisonRow).where(ComparisonRow.key == key).values(due_at=due_at))


async def drop_comparison(session: WriteSession, key: str) -> bool:
    """Erase a row; False if another process was faster or the sender was forgotten."""
    gone = await session.scalars(
        delete(ComparisonRow).where(ComparisonRow.key == key).returning(ComparisonRow.key)
    )
    return gone.one_or_none() is not None
