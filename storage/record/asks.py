"""The one question that a sender's next text answers. Functions take a session and never commit."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from storage.database.sessions import ReadSession, WriteSession
from storage.record.sender_tables import AskRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question. `argument` is a number of ours, never the sender's words."""

    topic: str
    argument: str
    asked_at: datetime


async def ask(session: WriteSession, subject: str, question: Ask) -> None:
    """Ask; an earlier question is forgotten."""
    await drop_ask(session, subject)
    row = AskRow(
        subject=subject, topic=question.topic, argument=question.argument, asked_at=question.asked_at
    )
    session.add(row)
    await session.flush()


async def find_ask(session: ReadSession | WriteSession, subject: str) -> Ask | None:
    """The question that is not answered yet."""
    row = await session.scalar(select(AskRow).where(AskRow.subject == subject))
    if row is None:
        return None
    return Ask(topic=row.topic, argument=row.argument, asked_at=row.asked_at)


async def drop_ask(
    session: WriteSession, subject: str, *, topic: str | None = None, arguments: Collection[str] | None = None
) -> None:
    """Forget the question (if it is of this topic, and has one of these arguments): nobody waits any more."""
    of_topic = () if topic is None else (AskRow.topic == topic,)
    of_argument = () if arguments is None else (AskRow.argument.in_(arguments),)
    await session.execute(delete(AskRow).where(AskRow.subject == subject, *of_topic, *of_argument))
