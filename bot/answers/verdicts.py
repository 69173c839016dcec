"""What a clinic last said about a case."""

from bot.answers.wording import Wording, dashed
from bot.texts import Html
from storage.database import ReadSession
from storage.referrals import find_latest
from storage.verdicts import Verdict, list_verdicts


async def find_verdict(session: ReadSession, number: str, wording: Wording) -> Html:
    """The clinic's answer in words, that it is waited for, or nothing where nobody was asked."""
    referral = await find_latest(session, number)
    if referral is None or referral.state == "withdrawn":
        return Html()
    said = [each for each in await list_verdicts(session, referral.id) if each.kind != "comment"]
    return _say(said[-1], wording) if said else wording.say("verdict-waited-for")


def _say(verdict: Verdict, wording: Wording) -> Html:
    if verdict.kind == "monitor":
        return wording.say("verdict-monitor", count=verdict.months or 3)
    if verdict.kind == "urgent":
        return wording.say("verdict-urgent", pathway=wording.urgent())
    return wording.say("verdict-" + dashed(verdict.kind))
