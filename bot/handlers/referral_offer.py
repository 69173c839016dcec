"""Whether a sender can ask a clinic, which one, and the button for it."""

from bot.conversation.request import Visit
from bot.delivery.outgoing import Button
from storage.clinics import Clinic, can_be_asked, find_clinic_of_sender, find_only_clinic


async def find_clinic(visit: Visit) -> Clinic | None:
    """The linked clinic that this sender may ask: their own or, where access is open, the only one."""
    if visit.person is None:
        return None
    async with visit.services.database.read() as session:
        own = await find_clinic_of_sender(session, visit.person.subject)
        if own is not None:
            return own if own.is_linked else None
        return await find_only_clinic(session) if visit.services.settings.access == "open" else None


async def referral_row(visit: Visit, number: str) -> tuple[Button, ...]:
    """The button under an answer; empty where there is no clinic to ask."""
    if not visit.is_private or visit.person is None:
        return ()
    is_open = visit.services.settings.access == "open"
    async with visit.services.database.read() as session:
        if not await can_be_asked(session, visit.person.subject, by_anyone=is_open):
            return ()
    return (Button(text=visit.say("button-ask-clinic"), data=f"q:{number}:ask"),)
