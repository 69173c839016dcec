"""About the patient: the one place that asks, with a page of buttons for each question."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bot.cases.caption import ROMAN
from bot.cases.checklist_answers import SITES, SKIN_TYPES, UnknownItemError
from bot.cases.history import find_own_case
from bot.cases.keyboard import close_button, in_rows
from bot.cases.patient_answers import NONE, QUESTIONS, Answers, find_taken_back
from bot.cases.patient_context import CHOICES, PLACES, RISKS, UNCHANGED
from bot.cases.patient_kept import Kept, load_patient, record_patient
from bot.cases.patient_words import LIMITS, press_words
from bot.cases.redraw import edit_details
from bot.cases.revising import Follow, OpenPage, Revised, revise_answers, show_revised
from bot.cases.signs_of_change import say_disagreement
from bot.cases.view import CaseView, view_case
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Request
from bot.conversation.wording import dashed
from bot.delivery.outgoing import Button, Keyboard, Outgoing
from bot.texts import Html, join_lines

PATIENT_PAGE: Final = "p"  # of the checklist's buttons in older messages
WIDTHS: Final = {"duration": 2, "change": 1, "risks": 1}
USUAL_WIDTH: Final = 3
STAYS_OPEN: Final = frozenset({"skin", "risks"})  # several items can be chosen


async def press_patient(request: Request, press: Press, *, follow: Follow) -> Reply:
    """`patient:CASE` lists the questions, `patient:CASE:QUESTION` asks one, `:ITEM:WANTED` answers it.

    `patient:CASE:sentence` and `patient:CASE:reference` ask for words; with `:erase` and `:stop` they do not.

    Raises:
        BusyError: the card waits for the networks; the turn is retried.
    """
    case = await find_own_case(request, press.argument(0))
    question, item = press.argument(1), press.argument(2)
    if case is None or question not in ("", *QUESTIONS, *LIMITS):
        return Reply(notice=request.say("something-old"))
    if question in LIMITS:
        return await press_words(request, press, case)
    kept, revised = await load_patient(request, case), Revised(case=case, view=view_case(case))
    if not item:
        page = open_question(request, revised.view, kept, question)
        return Reply(messages=(await show_revised(request, press, revised, page),))
    try:
        after = kept.answers.choose(question, item, wanted=press.argument(3) == "1")
    except UnknownItemError:
        return Reply(notice=request.say("something-old"))
    if after.context != kept.answers.context:
        context = after.context
        revised = await revise_answers(request, case, context, pressed=press.message_id, follow=follow)
    kept_after = replace(kept, answers=after)
    messages, records = revised.changes
    if after.context == kept.answers.context:
        messages = await edit_details(request, case, kept_after, pressed=press.message_id)
    revised = replace(revised, kept=kept_after)
    following = question if question in STAYS_OPEN and item != NONE else after.find_next(question)
    page = open_question(request, revised.view, kept_after, following or "")
    if gone := find_taken_back(kept.answers.context, after.context):
        items = ", ".join(request.say(name) for name in gone)
        said = request.say("patient-taken-back", items=items)
        page = replace(page, prompt=join_lines((said, page.prompt), gap="\n\n"))
    return Reply(
        messages=(await show_revised(request, press, revised, page), *messages),
        records=(*records, record_patient(request, case, kept, kept_after)),
    )


async def show_patient(request: Request, press: Press, revised: Revised) -> Outgoing:
    """Show the list of questions instead of the buttons under a case."""
    kept = await load_patient(request, revised.case)
    answers = replace(kept.answers, context=revised.view.context)
    page = open_question(request, revised.view, replace(kept, answers=answers), "")
    return await show_revised(request, press, revised, page)


def open_question(request: Request, view: CaseView, kept: Kept, question: str) -> OpenPage:
    """The page of one question, or the list of all of them."""
    asked = request.say(f"patient-question-{question or 'all'}")
    level = view.assessment.level
    prompt = request.say(
        "prompt-patient", mark=request.wording.mark(level), level=request.wording.level(level), question=asked
    )
    if kept.answers.shown.change == UNCHANGED:
        prompt = join_lines((prompt, say_disagreement(kept.answers.context, request.wording)))
    if question == "skin" and kept.answers.special_site is not None:
        site = request.say(f"patient-site-{kept.answers.shown.site}")
        prompt = join_lines((prompt, request.say("patient-site-stays", site=site)))
    if not question:
        return OpenPage(keyboard=_list_questions(request, view, kept), prompt=prompt)

    def data(item: str, wanted: int) -> str:
        return f"patient:{view.number}:{question}:{item}:{wanted}"

    following = kept.answers.find_next(question)
    ways = [Button(text=request.say("button-all-questions"), data=f"patient:{view.number}")]
    if following is not None:
        data_of_next = f"patient:{view.number}:{following}"
        ways.append(Button(text=request.say("button-next-question"), data=data_of_next))
    ways.append(close_button(request, view))
    rows = question_rows(request, kept.answers, question, data)
    return OpenPage(keyboard=(*rows, tuple(ways)), prompt=prompt)


def question_rows(
    request: Request, answers: Answers, question: str, data: Callable[[str, int], str]
) -> Keyboard:
    """The choices of a question; each button holds the state that it sets.

    Args:
        request: whose language is spoken.
        answers: what is chosen so far.
        question: one of `QUESTIONS`.
        data: the callback data of an item and whether it is wanted (0 or 1).
    """

    def button(item: str, text: str) -> Button:
        is_chosen = answers.has(question, item)
        label = request.say("button-ticked", item=Html(text)) if is_chosen else text
        return Button(text=label, data=data(item, 0 if is_chosen else 1))

    if question == "skin":
        # A place that was answered as the site is not asked for again.
        items = [item for item, each in SITES.items() if each not in PLACES - answers.places]
        sites = [button(item, request.say("button-" + dashed(SITES[item]))) for item in items]
        none = button(NONE, request.say("button-no-site"))
        types = [
            button(item, request.say("button-skin-type", number=ROMAN[number - 1]))
            for item, number in SKIN_TYPES.items()
        ]
        return (tuple(types), *in_rows(sites, 2), (none,))
    if question == "risks":
        named = [button(item, request.say(f"patient-risk-{item}")) for item in RISKS]
        return in_rows([*named, button(NONE, request.say("button-none-of-risks"))], WIDTHS[question])
    named = [button(item, request.say(f"patient-{question}-{item}")) for item in CHOICES[question]]
    return in_rows(named, WIDTHS.get(question, USUAL_WIDTH))


def _list_questions(request: Request, view: CaseView, kept: Kept) -> Keyboard:
    """A button for each question, with its answer."""
    shown, buttons = kept.answers.shown, []
    for question in QUESTIONS:
        name, answer = request.say(f"patient-name-{question}"), Html()
        if question in CHOICES and (value := getattr(shown, question)) is not None:
            answer = request.say(f"patient-{question}-{value}")
        if question == "risks" and shown.risks is not None:
            answer = Html(len(shown.risks)) if shown.risks else request.say("patient-no-risks")
        label = request.say("patient-stated", name=name, answer=answer) if answer else name
        if question == "skin" and kept.answers.is_answered(question):
            label = request.say("button-ticked", item=name)
        buttons.append(Button(text=label, data=f"patient:{view.number}:{question}"))
    for words, value in (("sentence", shown.sentence), ("reference", kept.reference)):
        name = request.say(f"patient-name-{words}")
        label = request.say("button-ticked", item=name) if value else name
        buttons.append(Button(text=label, data=f"patient:{view.number}:{words}"))
    return (*in_rows(buttons, 2), (close_button(request, view),))
