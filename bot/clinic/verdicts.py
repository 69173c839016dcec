"""What a clinic last said about a case."""

from collections.abc import Sequence

from bot.conversation.request import Visit
from bot.conversation.wording import Wording, dashed
from bot.delivery.outgoing import Button
from bot.texts import Html
from storage.clinic.clinics import Clinic, can_be_asked, find_clinic_of_sender, find_only_clinic
from storage.clinic.referrals import find_latest_of_each
from storage.clinic.verdicts import Verdict, list_verdicts_of_each
from storage.database.sessions import ReadSession


async def find_verdict(session: ReadSession, number: str, wording: Wording) -> Html:
    """The clinic's answer in words, that it is waited for, or nothing where nobody was asked."""
    return (await find_verdicts(session, [number], wording)).get(number, Html())


async def find_verdicts(session: ReadSession, numbers: Sequence[str], wording: Wording) -> dict[str, Html]:
    """The same for several cases; those about which nobody was asked are missing."""
    referrals = await find_latest_of_each(session, numbers)
    asked = {number: each.id for number, each in referrals.items() if each.state != "withdrawn"}
    if not asked:
        return {}
    verdicts = await list_verdicts_of_each(session, list(asked.values()))
    return {number: _say_last(verdicts.get(id_, []), wording) for number, id_ in asked.items()}


def _say_last(verdicts: Sequence[Verdict], wording: Wording) -> Html:
    said = [each for each in verdicts if each.kind != "comment"]
    return _say(said[-1], wording) if said else wording.say("verdict-waited-for")


def _say(verdict: Verdict, wording: Wording) -> Html:
    if verdict.kind == "monitor":
        return wording.say("verdict-monitor", count=verdict.months or 3)
    if verdict.kind == "urgent":
        return wording.say("verdict-urgent", pathway=wording.urgent())
    return wording.say("verdict-" + dashed(verdict.kind))


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
