"""The one row that links a Telegram user to a subject number, with language and consent. Destroying it makes the rest anonymous."""

from dataclasses import dataclass
from datetime import datetime

from storage.database import ReadSession, WriteSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The link as the chat needs it."""

    subject: str  # random subject number, e.g. "7K3M-92QF"
    language: str | None  # "en" or "fr"; None: as Telegram says
    consent_version: str | None
    consent_at: datetime | None


async def find_person(session: ReadSession | WriteSession, user_ref: bytes) -> Person | None:
    """The person behind a keyed hash, if they are known."""
    raise NotImplementedError


async def ensure_person(session: WriteSession, user_ref: bytes, *, now: datetime) -> Person:
    """The person, made with a new random subject number if unknown."""
    raise NotImplementedError


async def set_language(session: WriteSession, user_ref: bytes, language: str, *, now: datetime) -> None:
    """Remember a chosen language."""
    raise NotImplementedError


async def record_consent(session: WriteSession, user_ref: bytes, *, version: str, now: datetime) -> Person:
    """Remember that this version of the text was accepted."""
    raise NotImplementedError


async def withdraw_consent(session: WriteSession, user_ref: bytes) -> None:
    """Back to not accepted; photos are held again."""
    raise NotImplementedError


async def forget_person(session: WriteSession, user_ref: bytes) -> bool:
    """Delete the link and what hangs on it; cases stay and belong to no one. False when there was no link."""
    raise NotImplementedError
