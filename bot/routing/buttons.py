"""Buttons: which conversation each action belongs to."""

from collections.abc import Awaitable, Callable
from functools import partial

from bot.cases.checklist import answer_checklist
from bot.cases.history import open_case, turn_page
from bot.cases.lesions import press_lesion
from bot.cases.letter import press_letter
from bot.cases.patient import press_patient
from bot.cases.picking import pick_lesion
from bot.cases.privacy import forget
from bot.cases.reminders import press_reminder
from bot.cases.show_details import show_details
from bot.cases.splitting import split_album
from bot.clinic.answer_buttons import press_card
from bot.clinic.confirming import press_urgent
from bot.clinic.follow_level import follow_level, follow_split
from bot.clinic.form import press_form
from bot.clinic.outcomes import press_outcome
from bot.clinic.sender_request import press_request
from bot.conversation.access import log_refusal
from bot.conversation.callback_data import Press
from bot.conversation.consent import accept_terms
from bot.conversation.language import choose_language
from bot.conversation.request import Reply, Request
from bot.routing.commands import ADMIN_PRESSES

PRESSES: dict[str, Callable[[Request, Press], Awaitable[Reply]]] = {
    "a": accept_terms,
    "c": partial(open_case, follow=follow_level),
    "d": partial(show_details, follow=follow_level),
    "f": forget,
    "h": partial(turn_page, follow=follow_level),
    "k": partial(answer_checklist, follow=follow_level),
    "l": choose_language,
    "o": partial(press_lesion, follow=follow_level),
    "r": press_reminder,
    "q": press_form,
    "s": partial(split_album, follow=follow_split),
    "outcome": press_outcome,
    "patient": partial(press_patient, follow=follow_level),
    "request": press_request,
    "urgent": press_urgent,
    "w": partial(press_letter, follow=follow_level),
    "pick": pick_lesion,
    **ADMIN_PRESSES,
}

# Under a card in a clinic's chat; nowhere else.
CLINIC_PRESSES = {"v": press_card}


async def answer_press(request: Request, press: Press | None) -> Reply:
    """Do what the button says; explain if a button is too old or not the bot's."""
    conversations = PRESSES if request.is_private else CLINIC_PRESSES
    conversation = conversations.get(press.action) if press else None
    if press is None or conversation is None:
        log_refusal(request, "unknown button")
        return Reply(notice=request.say("something-old"))
    return await conversation(request, press)
