"""What a clinic last said about a case."""

from collections.abc import Sequence

from bot.conversation.wording import Wording, dashed
from bot.texts import Html
from storage.database import ReadSession
from storage.referrals import find_latest_of_each
from storage.verdicts import Verdict, list_verdicts_of_each


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
