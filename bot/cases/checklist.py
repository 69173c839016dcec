"""Checklist: pages of buttons under an answer. Each press is assessed and answered at once."""

from bot.cases.checklist_answers import UnknownItemError, set_item
from bot.cases.history import find_own_case
from bot.cases.keyboard import CLOSED, PROMPTS, page_keyboard, prompt_of
from bot.cases.patient import PATIENT_PAGE, show_patient
from bot.cases.revising import Follow, OpenPage, Revised, revise_answers, show_revised
from bot.cases.view import read_context, view_case
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Request


async def answer_checklist(request: Request, press: Press, *, follow: Follow) -> Reply:
    """Open or close a page, or take one answer: `k:CASE:PAGE` or `k:CASE:PAGE:ITEM:WANTED`.

    Raises:
        BusyError: the card waits for the networks; the turn is retried.
    """
    page, item = press.argument(1), press.argument(2)
    case = await find_own_case(request, press.argument(0))
    if case is None or page not in (CLOSED, PATIENT_PAGE, *PROMPTS):
        return Reply(notice=request.say("something-old"))
    revised = Revised(case=case, view=view_case(case))
    if item:
        try:
            context = set_item(read_context(case.context), item, wanted=press.argument(3) == "1")
        except UnknownItemError:
            return Reply(notice=request.say("something-old"))
        revised = await revise_answers(request, case, context, pressed=press.message_id, follow=follow)
    messages, records = revised.changes
    if page == PATIENT_PAGE:  # buttons of older messages
        shown = await show_patient(request, press, revised)
    else:
        keyboard, prompt = page_keyboard(request, revised.view, page), prompt_of(request, revised.view, page)
        is_open = page != CLOSED
        shown = await show_revised(
            request, press, revised, OpenPage(keyboard=keyboard, prompt=prompt) if is_open else None
        )
    return Reply(messages=(shown, *messages), records=records)
