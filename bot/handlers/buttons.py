"""Buttons: which conversation each action belongs to."""

from collections.abc import Awaitable, Callable

from bot.handlers.admin_commands import ADMIN_PRESSES
from bot.handlers.checklist import answer_checklist
from bot.handlers.history import open_case, show_details, turn_page
from bot.handlers.language import choose_language
from bot.handlers.presses import Press
from bot.handlers.privacy import forget
from bot.handlers.splitting import split_album
from bot.handlers.start import accept_terms
from bot.handlers.visit import Reply, Visit

PRESSES: dict[str, Callable[[Visit, Press], Awaitable[Reply]]] = {
    "a": accept_terms,
    "c": open_case,
    "d": show_details,
    "f": forget,
    "h": turn_page,
    "k": answer_checklist,
    "l": choose_language,
    "s": split_album,
    **ADMIN_PRESSES,
}


async def answer_press(visit: Visit, press: Press | None) -> Reply:
    """Do what the button says; a button that is too old, or never was ours, is said to be so."""
    conversation = PRESSES.get(press.action) if press else None
    if conversation is None or press is None or not visit.is_private:
        return Reply(notice=visit.say("something-old"))
    return await conversation(visit, press)
