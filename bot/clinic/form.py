"""Asking the clinic: a form of some buttons in one message, edited in place. Its state is in the database."""

import re
import secrets
from dataclasses import dataclass, replace
from typing import Any, Final

from telegram import Message

from bot.cases.checklist_answers import UnknownItemError
from bot.cases.history import find_own_case
from bot.cases.patient import STAYS_OPEN, question_rows
from bot.cases.patient_answers import NONE, QUESTIONS, Answers
from bot.cases.patient_context import SENTENCE_SIGNS, say_patient
from bot.cases.patient_kept import Kept, load_patient, record_patient
from bot.cases.patient_words import ask_for, find_question, say_safety_of
from bot.cases.revising import Revised, revise_answers
from bot.cases.sharing import share_case
from bot.cases.view import CaseView, view_case
from bot.clinic.cuts import CROPS
from bot.clinic.facts import ASIDE, MOVES, PHONE_STEP, PREVIEW, SENTENCE_STEP, STEPS, Details
from bot.clinic.follow_level import follow_level
from bot.clinic.preview import post, show_preview
from bot.clinic.sealed_forms import drop_form, find_form, keep_form
from bot.clinic.verdicts import find_clinic
from bot.conversation.callback_data import Press, read_number
from bot.conversation.consent import ask_again
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Button, Keyboard, Outgoing, Record
from bot.texts import Html, join_lines
from storage.clinic.drafts import list_drafts
from storage.clinic.referrals import find_open
from storage.database.sessions import WriteSession
from storage.record.asks import Ask, ask, drop_ask
from storage.record.cases import Case

TOKEN_BYTES: Final = 6
PHONE: Final = re.compile(r"\+?[0-9(][0-9 ()./-]{4,22}[0-9]")


async def press_form(request: Request, press: Press) -> Reply:
    """A button of the form: `q:CASE:VERB`, or `q:CASE:QUESTION:ITEM:WANTED` about the patient.

    Raises:
        BusyError: the photo waits for the networks; the turn is retried.
    """
    number, verb = press.argument(0), press.argument(1)
    if not request.has_consented and verb not in {"cancel", "discard"}:
        return ask_again(request)
    return await (_start(request, number) if verb == "ask" else _press_open(request, press, number))


async def _press_open(request: Request, press: Press, number: str) -> Reply:
    """Handle a button of an open form."""
    verb = press.argument(1)
    form, case = await find_form(request, number), await find_own_case(request, number)
    if form is None:
        return Reply(notice=request.say("referral-gone"))
    form = replace(form, message_id=press.message_id, is_picture=press.is_picture)
    if verb in {"cancel", "discard"}:
        is_empty = form.phone is None and form.locator is None
        is_final = verb == "discard" or case is None or is_empty  # without its case it cannot be kept
        return _discard(request, form) if is_final else _ask_before_discarding(request, form)
    if case is None:
        return Reply(notice=request.say("referral-gone"))
    kept = await load_patient(request, case)
    if verb in QUESTIONS:
        return await _answer_question(request, press, form, asked=_Asked(case=case, kept=kept))
    if verb == "send":
        return await post(request, form.with_patient(kept.answers.shown))
    following = _move(form, verb, press.argument(2), kept.answers)
    reply = await _go_on(request, following, kept)
    return replace(reply, records=(*reply.records, _expect_words(request, form, following)))


async def take_sentence(request: Request, message: Message) -> Reply | None:
    """Handle a reply to a form that waits for a sentence or a number; None for any other message."""
    replied = message.reply_to_message
    if replied is None or request.person is None or not message.text:
        return None
    async with request.services.database.read() as session:
        drafts = await list_drafts(session, request.person.subject)
    for number, _ in drafts:
        form, case = await find_form(request, number), await find_own_case(request, number)
        if form is None or case is None or form.message_id != replied.message_id:
            continue
        kept = await load_patient(request, case)
        if form.step == PHONE_STEP:
            return await _take_number(request, form, message.text, kept=kept)
        if form.step == SENTENCE_STEP:
            return await _take_sentence(request, form, message.text, asked=_Asked(case=case, kept=kept))
    return None


async def take_number(request: Request, message: Message) -> Reply | None:
    """The number to call back, if a form just asked for it; None for any other text."""
    if request.person is None or not message.text:
        return None
    question = await find_question(request, PHONE_STEP)
    if question is None:
        return None
    number = question.argument
    form, case = await find_form(request, number), await find_own_case(request, number)
    if form is None or case is None or form.step != PHONE_STEP:
        return None
    return await _take_number(request, form, message.text, kept=await load_patient(request, case))


async def _take_number(request: Request, form: Details, text: str, *, kept: Kept) -> Reply:
    if not PHONE.fullmatch(words := text.strip()):
        no_phone = request.say("referral-no-phone")
        return Reply(
            messages=(request.message(join_lines((no_phone, say_safety_of(request, words)), gap="\n\n")),)
        )
    following = replace(form, phone=words, step=PREVIEW)
    reply = await show_preview(request, following.with_patient(kept.answers.shown))
    return replace(reply, records=(*reply.records, _expect_words(request, form, following)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The case that a form is about, and what is kept of its patient."""

    case: Case
    kept: Kept


async def _take_sentence(request: Request, form: Details, text: str, *, asked: _Asked) -> Reply:
    words = " ".join(text.split())
    if len(words) > SENTENCE_SIGNS:
        return request.answer("referral-too-long", limit=SENTENCE_SIGNS)
    after = asked.kept.with_words("sentence", words)
    reply = await show_preview(request, form.with_patient(after.answers.shown))
    if not reply.records:  # it cannot be shown: the sentence is kept all the same
        reply = await _go_on(request, form, after)
    safety = say_safety_of(request, words)
    notes = (request.message(safety, name="safety"),) if safety else ()
    stored = record_patient(request, asked.case, asked.kept, after)
    following = replace(form, step=PREVIEW)
    return replace(
        reply,
        messages=(*reply.messages, *notes),
        records=(*reply.records, stored, _expect_words(request, form, following)),
    )


async def _answer_question(request: Request, press: Press, form: Details, *, asked: _Asked) -> Reply:
    """Keep one answer about the patient with the case; a button of another step changes nothing."""
    question, item, kept = press.argument(1), press.argument(2), asked.kept
    if question != form.step:
        return await _go_on(request, form, kept)
    try:
        answers = kept.answers.choose(question, item, wanted=press.argument(3) != "0")
    except UnknownItemError:
        return await _go_on(request, form, kept)
    after, revised = replace(kept, answers=answers), Revised(case=asked.case, view=view_case(asked.case))
    if answers.context != kept.answers.context:
        revised = await revise_answers(
            request, asked.case, answers.context, pressed=press.message_id, follow=follow_level
        )
    is_open = question in STAYS_OPEN and item != NONE
    following = form if is_open else form.advance(answers)
    reply = await _go_on(request, following, after, view=revised.view)
    messages, records = revised.changes
    return replace(
        reply,
        messages=(*reply.messages, *messages),
        records=(
            *reply.records,
            *records,
            record_patient(request, asked.case, kept, after),
            _expect_words(request, form, following),
        ),
    )


def _expect_words(request: Request, form: Details, following: Details) -> Record:
    """To be recorded: typed text answers the step that asks for words until that step is left."""
    assert request.person is not None  # noqa: S101 - a form has an owner
    subject = request.person.subject
    questions = {
        SENTENCE_STEP: ask_for(request, "sentence", form.case_number),
        PHONE_STEP: Ask(topic=PHONE_STEP, argument=form.case_number, asked_at=request.now()),
    }

    async def record(session: WriteSession) -> None:
        if following.step in questions:
            await ask(session, subject, questions[following.step])
        elif form.step in questions:
            await drop_ask(session, subject, topic=questions[form.step].topic)

    return record


async def _go_on(request: Request, form: Details, kept: Kept, *, view: CaseView | None = None) -> Reply:
    if form.step == PREVIEW:
        return await show_preview(request, form.with_patient(kept.answers.shown), view=view)
    return Reply(messages=(_write_form(request, form, kept),), records=(keep_form(request, form),))


def _write_form(request: Request, form: Details, kept: Kept) -> Outgoing:
    """The form's message with its present question."""
    text, keyboard = _word_form(request, form, kept), _form_keyboard(request, form, kept.answers)
    if form.message_id is None:
        return request.message(text, keyboard=keyboard)
    edited = request.edit(form.message_id, text, keyboard=keyboard)
    return replace(edited, edits_caption=form.is_picture)


def _word_form(request: Request, form: Details, kept: Kept) -> Html:
    asked_by = "patient" if form.step in QUESTIONS else "referral"
    shown = kept.answers.shown
    so_far = shown.sentence if form.step == SENTENCE_STEP else None
    blocks = (
        request.say("referral-title", case=form.case_number),
        say_patient(shown, kept.answers.context, request.wording),
        request.say(f"{asked_by}-question-{form.step}", limit=SENTENCE_SIGNS),
        request.say("patient-so-far", words=so_far) if so_far else "",
    )
    return join_lines(blocks, gap="\n\n")


def _form_keyboard(request: Request, form: Details, answers: Answers) -> Keyboard:
    """The choices of this step."""

    def data(item: str, wanted: int) -> str:
        return f"q:{form.case_number}:{form.step}:{item}:{wanted}"

    rows = question_rows(request, answers, form.step, data) if form.step in QUESTIONS else ()
    passes = "button-next-question" if form.is_answered(answers) else "button-pass"
    without = f"button-without-{form.step}" if form.step in ASIDE else passes
    ways = [_button(request, form, "pass", without)]
    if form.step != STEPS[0]:
        ways.append(_button(request, form, "back", "button-previous"))
    return (*rows, tuple(ways), (_button(request, form, "cancel", "button-cancel-form"),))


async def _start(request: Request, number: str) -> Reply:
    """The first question without an answer, as a new message; an open form starts again."""
    case, clinic = await find_own_case(request, number), await find_clinic(request)
    if case is None:
        return Reply(notice=request.say("case-unknown"))
    if clinic is None:
        return Reply(notice=request.say("referral-no-clinic"))
    async with request.services.database.read() as session:
        if await find_open(session, number) is not None:
            return Reply(notice=request.say("referral-already"))
    case, shared = await share_case(request, case, follow=follow_level)
    kept = await load_patient(request, case)
    form = Details(token=secrets.token_hex(TOKEN_BYTES), case_number=number).start(kept.answers)
    records = (keep_form(request, form), _expect_words(request, form, form))
    return shared.add_to(Reply(messages=(_write_form(request, form, kept),), records=records))


def _move(form: Details, verb: str, value: str, answers: Answers) -> Details:
    """The form after a press that answers nothing about the patient."""
    if verb == "pass" and form.step in ASIDE:
        without: dict[str, Any] = {form.step: None, "step": PREVIEW}
        return replace(form, **without)
    if verb in {"pass", "back"}:
        return form.go_back() if verb == "back" else form.advance(answers)
    if form.step != PREVIEW:
        return form
    if verb in {"edit", *ASIDE}:
        return replace(form, step=STEPS[0] if verb == "edit" else verb)
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
        records=(
            drop_form(request, form.case_number),
            _expect_words(request, form, replace(form, step=PREVIEW)),
        ),
    )


def _button(request: Request, form: Details, verb: str, text_id: str) -> Button:
    return Button(text=request.say(text_id), data=f"q:{form.case_number}:{verb}")
