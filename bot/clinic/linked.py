"""The linked clinics as cases see them (`bot.conversation.clinics.Clinics`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.clinic.erasure import erase_in_groups
from bot.clinic.export import export_clinics
from bot.clinic.own_card import say_on_card
from bot.clinic.verdicts import Held, find_held, find_verdicts, list_answers_of_each
from bot.conversation.clinics import Changes, ClinicExport
from bot.conversation.context import NevusApplication, Services
from bot.conversation.wording import Wording
from bot.texts import Html
from storage.clinic.clinics import can_be_asked
from storage.clinic.referrals import list_waiting_of_subject
from storage.clinic.verdicts import BETTER_PHOTO
from storage.database.sessions import ReadSession


@dataclass(frozen=True, slots=True)
class LinkedClinics:
    """Reads the database for clinics and members each time: they change while the bot runs."""

    application: NevusApplication

    @property
    def _services(self) -> Services:
        services: Services = self.application.bot_data["services"]
        return services

    async def find_verdicts(
        self, session: ReadSession, numbers: Sequence[str], wording: Wording
    ) -> Mapping[str, Html]:
        """See `Clinics.find_verdicts`."""
        return await find_verdicts(session, numbers, wording)

    async def say_on_card(self, number: str, wording: Wording, *, photo_at: datetime | None = None) -> Html:
        """See `Clinics.say_on_card`."""
        added = {} if photo_at is None else {number: photo_at}
        async with self._services.database.read() as session:
            held = await find_held(session, [number], just_added=added)
        return say_on_card(self._services, held.get(number, Held()), wording)

    async def list_photo_waits(self, subject: str) -> Sequence[str]:
        """See `Clinics.list_photo_waits`."""
        async with self._services.database.read() as session:
            waiting = await list_waiting_of_subject(session, subject)
            if not waiting:
                return ()
            answers = await list_answers_of_each(session, waiting)
        return [
            each.case_number
            for each in waiting
            if (said := answers[each.id]) and said[-1].kind == BETTER_PHOTO
        ]

    async def may_ask(self, subject: str) -> bool:
        """See `Clinics.may_ask`: the sender's own clinic or, if access is open, the only one."""
        is_open = self._services.settings.access == "open"
        async with self._services.database.read() as session:
            return await can_be_asked(session, subject, by_anyone=is_open)

    async def erase(self, *, user_refs: Sequence[bytes], subject: str) -> Changes:
        """See `Clinics.erase`."""
        return await erase_in_groups(
            self._services, self.application.bot, user_refs=user_refs, subject=subject
        )

    async def export(self, session: ReadSession, subject: str, wording: Wording) -> ClinicExport:
        """See `Clinics.export`."""
        return await export_clinics(self._services, session, subject=subject, wording=wording)
