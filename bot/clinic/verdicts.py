"""What a clinic last said about a case."""

from collections.abc import Sequence

from bot.conversation.request import Request
from bot.conversation.wording import Wording, dashed
from bot.texts import Html, join_lines
from storage.clinic.clinics import Clinic, find_clinic_of_sender, find_only_clinic
from storage.clinic.referrals import find_latest_of_each
from storage.clinic.verdicts import Verdict, find_urgent, list_verdicts_of_each
from storage.database.sessions import ReadSession


async def find_verdicts(session: ReadSession, numbers: Sequence[str], wording: Wording) -> dict[str, Html]:
    """The last answer about each case in words, or that it is waited for; without a referral, none."""
    referrals = await find_latest_of_each(session, numbers)
    asked = {number: each.id for number, each in referrals.items() if each.state != "withdrawn"}
    if not asked:
        return {}
    verdicts = await list_verdicts_of_each(session, list(asked.values()))
    return {number: _say_last(verdicts.get(id_, []), wording) for number, id_ in asked.items()}


def _say_last(verdicts: Sequence[Verdict], wording: Wording) -> Html:
    said = [each for each in verdicts if each.kind != "comment"]
    if not said:
        return wording.say("verdict-waited-for")
    urgent = find_urgent(said)  # it holds while the clinic waits for a better photo
    shown = [said[-1]] if urgent in (None, said[-1]) else [urgent, said[-1]]
    return join_lines((_say(each, wording) for each in shown if each is not None), gap=" · ")


def _say(verdict: Verdict, wording: Wording) -> Html:
    if verdict.kind == "monitor":
        return wording.say("verdict-monitor", count=verdict.months or 3)
    if verdict.kind == "urgent":
        return wording.say("verdict-urgent", pathway=wording.urgent())
    return wording.say("verdict-" + dashed(verdict.kind))


async def find_clinic(request: Request) -> Clinic | None:
    """The linked clinic that this sender may ask: their own or, if access is open, the only one."""
    if request.person is None:
        return None
    async with request.services.database.read() as session:
        own = await find_clinic_of_sender(session, request.person.subject)
        if own is not None:
            return own if own.is_linked else None
        return await find_only_clinic(session) if request.services.settings.access == "open" else None
