"""Asking the clinic: a form of some buttons in one message, edited in place. Its state is in the database."""

import re
import secrets
from dataclasses import replace
from typing import Final

from telegram import Message

from bot.cases.history import find_own_case
from bot.cases.patient_context import CHOICES, SENTENCE_SIGNS, say_patient
from bot.clinic.facts import CROPS, MOVES, PHONE_STEP, STEPS, Details
from bot.clinic.preview import post, show_preview
from bot.clinic.sealed_forms import drop_form, find_form, keep_form
from bot.clinic.verdicts import find_clinic
from bot.conversation.callback_data import Press, read_number
from bot.conversation.consent import ask_again
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Button, Keyboard, Outgoing
from bot.texts import join_lines
from storage.clinic.drafts import list_drafts
from storage.clinic.referrals import find_open

ROW: Final = 3
TOKEN_BYTES: Final = 6
PHONE: Final = re.compile(r"\+?[0-9(][0-9 ()./-]{4,22}[0-9]")


async def press_form(request: Request, press: Press) -> Reply:
    """A button of the form: `q:CASE:VERB` or `q:CASE:VERB:VALUE`."""
    number, verb = press.argument(0), press.argument(1)
    if not request.has_consented and verb not in {"cancel", "discard"}:
        return ask_again(request)
    if verb == "ask":
        return await _start(request, number)
    form = await find_form(request, number)
    if form is None:
        return Reply(notice=request.say("referral-gone"))
    form = replace(form, message_id=press.message_id, is_picture=press.is_picture)
    if verb in {"cancel", "discard"}:
        is_final = verb == "discard" or not form.is_filled
        return _discard(request, form) if is_final else _ask_before_discarding(request, form)
    if verb == "send":
        return await post(request, form)
    return await _go_on(request, _answer(form, verb, press.argument(2)))


async def take_sentence(request: Request, message: Message) -> Reply | None:
    """A reply to the form that waits for a sentence or a number; None for any other message."""
    replied = message.reply_to_message
    if replied is None or request.person is None or not message.text:
        return None
    async with request.services.database.read() as session:
        drafts = await list_drafts(session, request.person.subject)
    for number, _ in drafts:
        form = await find_form(request, number)
        if form is None or form.message_id != replied.message_id:
            continue
        words = message.text.strip()
        if form.step == "sentence":
            if len(words) > SENTENCE_SIGNS:
                return request.answer("referral-too-long", limit=SENTENCE_SIGNS)
            return await show_preview(request, form.choose("sentence", words))
        if form.step == PHONE_STEP:
            if not PHONE.fullmatch(words):
                return request.answer("referral-no-phone")
            return await show_preview(request, replace(form, phone=words))
    return None


async def _go_on(request: Request, form: Details) -> Reply:
    if form.step == STEPS[-1]:
        return await show_preview(request, form)
    return Reply(messages=(write_form(request, form),), records=(keep_form(request, form),))


def write_form(request: Request, form: Details) -> Outgoing:
    """The message as it asks now."""
    asked_by = "patient" if form.step in CHOICES else "referral"
    question = request.say(f"{asked_by}-question-{form.step}", limit=SENTENCE_SIGNS)
    blocks = (
        request.say("referral-title", case=form.case_number),
        say_patient(form.patient, request.wording),
        question,
    )
    assert form.message_id is not None  # noqa: S101 - it is edited after a press only
    edited = request.edit(
        form.message_id, join_lines(blocks, gap="\n\n"), keyboard=form_keyboard(request, form)
    )
    return replace(edited, edits_caption=form.is_picture)


def form_keyboard(request: Request, form: Details) -> Keyboard:
    """What can be chosen at this step."""
    choices = [
        Button(
            text=request.say(f"patient-{form.step}-{value}"), data=f"q:{form.case_number}:{form.step}:{value}"
        )
        for value in CHOICES.get(form.step, ())
    ]
    rows = [tuple(choices[first : first + ROW]) for first in range(0, len(choices), ROW)]
    without = "button-without-phone" if form.step == PHONE_STEP else "button-pass"
    ways = [_button(request, form, "pass", without)]
    if form.step != STEPS[0]:
        ways.append(_button(request, form, "back", "button-previous"))
    return (*rows, tuple(ways), (_button(request, form, "cancel", "button-cancel-form"),))


async def _start(request: Request, number: str) -> Reply:
    """The first question, as a message of its own; asked again, an open form begins anew."""
    case, clinic = await find_own_case(request, number), await find_clinic(request)
    if case is None:
        return Reply(notice=request.say("case-unknown"))
    if clinic is None:
        return Reply(notice=request.say("referral-no-clinic"))
    async with request.services.database.read() as session:
        if await find_open(session, number) is not None:
            return Reply(notice=request.say("referral-already"))
    form = Details(token=secrets.token_hex(TOKEN_BYTES), case_number=number)
    text = join_lines(
        (request.say("referral-title", case=number), request.say(f"patient-question-{form.step}")),
        gap="\n\n",
    )
    asked = request.message(text, keyboard=form_keyboard(request, form))
    return Reply(messages=(asked,), records=(keep_form(request, form),))


def _answer(form: Details, verb: str, value: str) -> Details:
    """The form after one press; a button of another step changes nothing."""
    if verb == "back":
        return form.go_back()
    if form.step == PHONE_STEP:
        return replace(form, step=STEPS[-1], phone=None) if verb == "pass" else form
    if form.step == STEPS[-1]:
        return _change_preview(form, verb, value)
    if verb == "pass":
        return form.choose(form.step, None)
    return form.choose(verb, value) if verb == form.step and value in CHOICES.get(verb, ()) else form


def _change_preview(form: Details, verb: str, value: str) -> Details:
    """The preview with another part of the photo, or the question for a number in its place."""
    if verb == "phone":
        return replace(form, step=PHONE_STEP)
    if verb == "crop" and read_number(value) in CROPS:
        return replace(form, crop=int(value), right=0, down=0)
    return form.move(value) if verb == "move" and value in MOVES else form


def _ask_before_discarding(request: Request, form: Details) -> Reply:
    """A filled form is discarded only after a second press."""
    assert form.message_id is not None  # noqa: S101 - it was pressed
    keyboard = (
        (_button(request, form, "discard", "button-discard-form"),),
        (_button(request, form, "keep", "button-keep-form"),),
    )
    edited = request.edit(form.message_id, request.say("referral-discard"), keyboard=keyboard)
    return Reply(messages=(replace(edited, edits_caption=form.is_picture),))


def _discard(request: Request, form: Details) -> Reply:
    assert form.message_id is not None  # noqa: S101 - it was pressed
    edited = request.edit(form.message_id, request.say("referral-cancelled"))
    return Reply(
        messages=(replace(edited, edits_caption=form.is_picture),),
        records=(drop_form(request, form.case_number),),
    )


def _button(request: Request, form: Details, verb: str, text_id: str) -> Button:
    return Button(text=request.say(text_id), data=f"q:{form.case_number}:{verb}")
