"""Buttons of a card in the clinic's chat: who may press which one. `bot.clinic.answering` does what they say.

A press passes three checks: the button is the card's, the presser may answer in this clinic, and the case is
theirs unless the button is for everyone.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from bot.clinic.answering import answer, claim, show_answers, show_state
from bot.clinic.card import Posted, find_posted
from bot.clinic.chats import judge_presser, open_chat_id
from bot.clinic.outcomes import press_outcome_in_group
from bot.clinic.releasing import release, reopen, say_who_claimed
from bot.clinic.telephone import note_reached, show_phone
from bot.conversation.access import log_refusal
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Request
from storage.clinic.tables import VERDICTS

Button = Callable[[Request, Press, Posted], Awaitable[Reply]]
FOR_EVERYONE: Final[Mapping[str, Button]] = {
    "claim": claim,
    "reopen": reopen,
    "outcome": press_outcome_in_group,
}
FOR_CLAIMER: Final[Mapping[str, Button]] = {
    **dict.fromkeys(VERDICTS, answer),
    "fix": show_answers,
    "back": show_state,
    "release": release,
    "phone": show_phone,
    "reached": note_reached,
}
# These also stand under other messages about the case.
NOT_ONLY_ON_CARD: Final = frozenset({"phone", "reached", "outcome"})
# Shown to people in the clinic's chat who have no permission to answer; others get no reason.
WHY_NOT: Final = {
    "anonymous": "clinic-anonymous",
    "unlisted": "clinic-not-listed",
    "subscriber": "clinic-subscriber",
}


async def press_card(request: Request, press: Press) -> Reply:
    """A button of a card: `v:TOKEN:VERB`, with `:MONTHS` and `:sure` for some answers.

    Raises:
        TelegramError: Telegram cannot say who presses; the turn is retried.
    """
    verb = press.argument(1)
    posted = await find_posted(request.services, press.argument(0))
    if posted is None or open_chat_id(request.services, posted.clinic) != request.chat_id:
        return _refuse(request, "clinic-refused", why="foreign button")
    if verb not in NOT_ONLY_ON_CARD:
        if posted.message_id not in (None, press.message_id):
            return _refuse(request, "clinic-refused", why="foreign button")
        posted = replace(posted, message_id=press.message_id)
    standing = await judge_presser(request, posted.clinic)
    if standing != "may":
        return _refuse(request, WHY_NOT.get(standing, "clinic-refused"), why=standing)
    if verb in FOR_EVERYONE:
        return await FOR_EVERYONE[verb](request, press, posted)
    return await _press_as_claimer(request, press, posted)


async def _press_as_claimer(request: Request, press: Press, posted: Posted) -> Reply:
    referral, button = posted.referral, FOR_CLAIMER.get(press.argument(1))
    if referral.state == "withdrawn":
        return _refuse(request, "clinic-stale", why="stale button")
    if referral.claimer_ref not in request.user_refs:
        log_refusal(request, "other claimer")
        text_id = "claim-first" if referral.claimer_ref is None else "clinic-not-claimer"
        return Reply(notice=await say_who_claimed(request, posted, text_id))
    if button is None:
        return _refuse(request, "clinic-refused", why="forged button")
    return await button(request, press, posted)


def _refuse(request: Request, text_id: str, *, why: str) -> Reply:
    """Show the refusal to the presser alone, and note it."""
    log_refusal(request, why)
    return Reply(notice=request.say(text_id))


__all__ = ["press_card"]
