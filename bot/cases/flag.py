"""The flag of a lesion beside an answer: read for a view, and said in one line."""

from dataclasses import replace

from bot.cases.view import CaseView
from bot.conversation.request import Request
from bot.conversation.wording import Wording
from bot.texts import Html
from inference.readings import RiskLevel
from storage.clinic.flag_facts import Change
from storage.clinic.flags import Flag, find_flag


async def add_flag(request: Request, view: CaseView, change: Change | None = None) -> CaseView:
    """The view with the flag of the lesion that the case shows, as recorded or as `change` will make it."""
    if request.person is None:
        return view
    async with request.services.database.read() as session:
        flag = await find_flag(session, view.number, subject=request.person.subject, change=change)
    return replace(view, flag=flag)


def say_flag(flag: Flag | None, wording: Wording) -> Html:
    """Why a lesion is flagged; empty if it is not."""
    return Html() if flag is None else wording.say(f"flag-{flag.why}", at=flag.at, case=flag.number)


def say_flag_of(view: CaseView, wording: Wording, *, is_short: bool = False) -> Html:
    """The same beside an answer, unless the answer itself is the reason and says so."""
    flag = view.flag
    is_itself = flag is not None and flag.why == "high" and flag.number == view.number
    if flag is None or (is_itself and view.assessment.level is RiskLevel.HIGH):
        return Html()
    return wording.say("flag-short") if is_short else say_flag(flag, wording)
