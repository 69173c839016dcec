"""What a case needs of the dermatology teams; `bot.clinic.linked` implements it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from bot.conversation.wording import Wording
from bot.delivery.outgoing import Outgoing, Record
from bot.texts import Html
from storage.database.sessions import ReadSession

Changes = tuple[tuple[Outgoing, ...], tuple[Record, ...]]
"""Edits of messages, and what is to be recorded in the same transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicExport:
    """What is kept of a sender in the clinics, as plain values for the export."""

    referrals: Sequence[Mapping[str, Any]] = ()
    forms: Sequence[Mapping[str, Any]] = ()
    clinics: Sequence[Mapping[str, Any]] = ()


class Clinics(Protocol):
    """The clinics that are linked to the bot, seen from a case."""

    async def find_verdicts(
        self, session: ReadSession, numbers: Sequence[str], wording: Wording
    ) -> Mapping[str, Html]:
        """The answer about each case in words; cases that no clinic is asked about are missing."""
        ...

    async def say_on_card(self, number: str, wording: Wording, *, photo_at: datetime | None = None) -> Html:
        """What the clinic answered about a case, for the caption of its card; empty before the answer."""
        ...

    async def list_photo_waits(self, subject: str) -> Sequence[str]:
        """The sender's cases of which a clinic waits for a better photo."""
        ...

    async def may_ask(self, subject: str) -> bool:
        """Whether this sender has a clinic to ask."""
        ...

    async def erase(self, *, user_refs: Sequence[bytes], subject: str) -> Changes:
        """Erase a person who is being forgotten from the clinics' chats."""
        ...

    async def export(self, session: ReadSession, subject: str, wording: Wording) -> ClinicExport:
        """Collect what is kept of this sender in the clinics."""
        ...


class _NoClinics:
    async def find_verdicts(self, *_: object) -> Mapping[str, Html]:
        return {}

    async def say_on_card(self, *_: object, **__: object) -> Html:
        return Html()

    async def list_photo_waits(self, _subject: str) -> Sequence[str]:
        return ()

    async def may_ask(self, _subject: str) -> bool:
        return False

    async def erase(self, **_: object) -> Changes:
        return (), ()

    async def export(self, *_: object) -> ClinicExport:
        return ClinicExport()


NO_CLINICS: Final[Clinics] = _NoClinics()
