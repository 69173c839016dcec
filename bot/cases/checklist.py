"""Checklist and context: pages of buttons under an answer. Each press is assessed and answered at once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bot.cases.caption import write_caption
from bot.cases.checklist_answers import UnknownItemError, reassess, revise, set_item
from bot.cases.history import explain_view, find_own_case
from bot.cases.keyboard import CLOSED, PROMPTS, answer_keyboard, case_keyboard, page_keyboard, prompt_of
from bot.cases.redraw import draw_again, edit_along, find_shown, read_again
from bot.cases.view import CaseView, read_context, view_case
from bot.conversation.callback_data import Press
from bot.conversation.clinics import Changes
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Outgoing
from bot.texts import join_lines
from inference.readings import PhotoReading
from storage.database.sessions import WriteSession
from storage.record.answers import revise_case
from storage.record.cases import Case

Follow = Callable[[Request, Case, CaseView, Sequence[PhotoReading] | None], Awaitable[Changes]]
"""Shows a case's new level wherever a clinic sees it; readings if its photos were read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A case before and after one answer, and its card if it could be drawn again."""

    case: Case
    view: CaseView
    picture: bytes | None = None
    readings: tuple[PhotoReading, ...] | None = None


async def answer_checklist(request: Request, press: Press, *, follow: Follow) -> Reply:
    """Open or close a page, or take one answer: `k:CASE:PAGE` or `k:CASE:PAGE:ITEM:WANTED`.

    Raises:
        BusyError: the card waits for the networks; the turn comes again.
    """
    page, item = press.argument(1), press.argument(2)
    case = await find_own_case(request, press.argument(0))
    if case is None or page not in (CLOSED, *PROMPTS):
        return Reply(notice=request.say("something-old"))
    if not item:
        return Reply(messages=(await _show(request, press, _Change(case=case, view=view_case(case))),))
    try:
        context = set_item(read_context(case.context), item, wanted=press.argument(3) == "1")
    except UnknownItemError:
        return Reply(notice=request.say("something-old"))
    change = await _assess(request, case, reassess(case, context, request.services.release.policy))
    along = await edit_along(request, case, change.view, pressed=press.message_id, picture=change.picture)
    shown, records = await follow(request, case, change.view, change.readings)
    revision = revise(case, change.view)

    async def record(session: WriteSession) -> None:
        # Judged in the transaction that writes: a press that saw an older state is processed again.
        await revise_case(session, case.number, subject=case.subject, revision=revision, now=request.now())

    return Reply(
        messages=(await _show(request, press, change), *along, *shown),
        records=(record, *records),
    )


async def _assess(request: Request, case: Case, view: CaseView) -> _Change:
    """Draw the card again if it shows another level than the case now has."""
    before = tuple(photo.level for photo in case.photos)
    if not view.has_older_picture and before == view.assessment.photo_levels:
        return _Change(case=case, view=view)
    readings = await read_again(request, case)
    if readings is None:
        return _Change(case=case, view=view)
    view = replace(view, has_older_picture=False)
    picture = await draw_again(request, case, view, readings)
    return _Change(case=case, view=view, picture=picture, readings=readings)


async def _show(request: Request, press: Press, change: _Change) -> Outgoing:
    """The message under which was pressed: its text and the page of buttons that is open."""
    page, view = press.argument(1), change.view
    # Telegram may have refused the picture: the answer is then a text, and stays the answer.
    is_answer = press.is_picture or press.message_id in await find_shown(request, change.case, kind="answer")
    if not press.is_picture:
        view = replace(view, has_older_picture=False)
    if page != CLOSED:
        keyboard = page_keyboard(request, view, page)
    elif is_answer:
        keyboard = await answer_keyboard(request, view)
    else:
        keyboard = await case_keyboard(request, view)
    prompt = prompt_of(request, view, page)
    if not is_answer:
        text = join_lines((explain_view(request, change.case, view), prompt), gap="\n\n")
        return request.edit(press.message_id, text, keyboard=keyboard)
    answer = await request.services.clinics.say_on_card(view.number, request.wording)
    caption = write_caption(view, request.wording, answer=answer, prompt=prompt)
    edited = request.edit(press.message_id, caption, keyboard=keyboard)
    return replace(edited, edits_caption=True, photo=change.picture) if press.is_picture else edited
