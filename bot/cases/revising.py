"""Revises a case after an answer: assesses it again, records it, and updates every message that shows it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bot.cases.caption import write_caption
from bot.cases.card import has_untrue_note
from bot.cases.checklist_answers import reassess, revise
from bot.cases.explain import explain_case
from bot.cases.flag import add_flag
from bot.cases.keyboard import answer_keyboard, case_keyboard
from bot.cases.lasting_answers import find_lasting, list_same_lesion, list_same_photo, of_patient, spread
from bot.cases.opened import back_to_list
from bot.cases.patient_kept import Kept
from bot.cases.redraw import Redrawn, edit_along, find_shown, merge_edits
from bot.cases.reread import draw_again, read_again
from bot.cases.view import CaseView, read_context, view_case
from bot.conversation.callback_data import Press
from bot.conversation.clinics import Changes
from bot.conversation.request import Request
from bot.delivery.outgoing import Keyboard, Outgoing
from bot.texts import Html, join_lines
from inference.readings import Context, PhotoReading, RiskLevel
from storage.clinic.flag_facts import Change, after_high
from storage.database.sessions import WriteSession
from storage.record.answers import revise_case
from storage.record.cases import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A case that was assessed again, for the clinics that see it."""

    case: Case  # as it was before
    view: CaseView  # as it is now
    readings: Sequence[PhotoReading] | None  # of its photos, if they were read again


Follow = Callable[[Request, Sequence[Followed]], Awaitable[Changes]]
"""Shows the new levels of cases that change together wherever a clinic sees them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """A case after an answer, its card if it could be drawn again, and the messages that change with it."""

    case: Case  # as it was before
    view: CaseView
    picture: bytes | None = None
    changes: Changes = ((), ())  # edits of the other messages that show it, and what is to be recorded
    others: tuple[CaseView, ...] = ()  # of its lesion or photo, that change with it
    readings: Sequence[PhotoReading] | None = None  # of its photos, if they were read again
    kept: Kept | None = None  # what is said about the patient, if that is recorded with it


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPage:
    """The page of buttons that replaces those under an answer, and its question."""

    keyboard: Keyboard
    prompt: Html


async def revise_answers(
    request: Request, case: Case, context: Context, *, pressed: int, follow: Follow
) -> Revised:
    """Assess a case with these answers; the message under which was pressed is the caller's to edit.

    What lasts and forbids `low` answers the same questions about the other cases of its lesion, and what is
    about the patient those about the other cases of its photo.

    Raises:
        BusyError: the card waits for the networks; the turn is retried.
    """
    lasting = find_lasting(context, before=read_context(case.context))
    others: list[tuple[Case, Context]] = []
    if lasting != Context():
        lesion = await list_same_lesion(request, case)
        known = {case.number, *(each.number for each in lesion)}
        beside = [each for each in await list_same_photo(request, case) if each.number not in known]
        others = [*spread(lesion, lasting), *spread(beside, of_patient(lasting))]
    return await revise_together(request, [(case, context), *others], pressed=pressed, follow=follow)


async def raise_low(
    request: Request, cases: Sequence[Case], *, better: str, change: Change | None, follow: Follow
) -> tuple[Sequence[str], Changes]:
    """Forbid `low` for cases that the better photo of another case may show; their numbers, and the changes.

    Args:
        request: the sender's.
        cases: made from that case.
        better: its number.
        change: of the flag, if it is recorded together with this.
        follow: shows the new levels to clinics.

    Raises:
        BusyError: a card waits for the networks; the turn is retried.
    """
    before = [(each, read_context(each.context)) for each in cases]
    raised = [(each, replace(said, raised_by=better)) for each, said in before if said.raised_by is None]
    if not raised:
        return (), ((), ())
    revised = await revise_together(request, raised, pressed=0, follow=follow, change=change)
    low = [each.number for each, _ in raised if each.level == RiskLevel.LOW]
    return low, revised.changes


async def revise_together(
    request: Request,
    answered: Sequence[tuple[Case, Context]],
    *,
    pressed: int,
    follow: Follow,
    change: Change | None = None,
) -> Revised:
    """Assess these cases with their answers; the first one with the changes of all.

    Args:
        request: the sender's.
        answered: the cases, each with its answers.
        pressed: the message that the caller edits.
        follow: shows the new levels to clinics.
        change: of a flag, if it is recorded together with this.

    Raises:
        BusyError: a card waits for the networks; the turn is retried.
    """
    policy = request.services.release.policy
    views = [reassess(case, context, policy) for case, context in answered]
    flagged = {view.number: await add_flag(request, view, change) for view in views}
    revised = [
        await _revise(
            request,
            Redrawn(case=case, view=view, others=flagged, change=change),
            pressed=pressed,
        )
        for (case, _), view in zip(answered, views, strict=True)
    ]
    shown, followed = await follow(
        request, [Followed(case=each.case, view=each.view, readings=each.readings) for each in revised]
    )
    edits = merge_edits(*(each.changes[0] for each in revised), shown)
    records = (*(record for each in revised for record in each.changes[1]), *followed)
    others = tuple(each.view for each in revised[1:])
    return replace(revised[0], changes=(edits, records), others=others)


async def _revise(request: Request, redrawn: Redrawn, *, pressed: int) -> Revised:
    case, view = redrawn.case, redrawn.view
    readings, picture = None, None
    # The card is drawn again if it shows another level than the case now has, or a note that no longer holds.
    before = tuple(photo.level for photo in case.photos)
    is_other = before != view.assessment.photo_levels or has_untrue_note(view_case(case), view)
    if view.has_older_picture or is_other:
        readings = await read_again(request, case)
    if readings is not None:
        view = replace(view, has_older_picture=False)
        picture = await draw_again(request, case, view, readings)
    is_new = view.assessment.level is RiskLevel.HIGH and case.level != RiskLevel.HIGH
    change = after_high(case.number, request.now()) if is_new else redrawn.change
    shown_as = replace(redrawn, view=view, picture=picture, change=change)
    along = await edit_along(request, shown_as, pressed=pressed)
    revision = revise(case, view)

    async def record(session: WriteSession) -> None:
        # Judged in the transaction that writes: a press that saw an older state is processed again.
        await revise_case(session, case.number, subject=case.subject, revision=revision, now=request.now())

    return Revised(case=case, view=view, picture=picture, readings=readings, changes=(along, (record,)))


async def show_revised(request: Request, press: Press, revised: Revised, page: OpenPage | None) -> Outgoing:
    """The message under which was pressed: its text, and the page of buttons that is open."""
    view = await add_flag(request, revised.view)
    # Telegram may have refused the picture: the answer is then a text, and stays the answer.
    is_answer = press.is_picture or press.message_id in await find_shown(request, revised.case, kind="answer")
    if not press.is_picture:
        view = replace(view, has_older_picture=False)
    cases = ", ".join(each.number for each in revised.others)
    also = request.say("answers-also", cases=cases) if cases else Html()
    prompt = join_lines((also, page.prompt if page is not None else Html()), gap="\n\n")
    if page is not None:
        keyboard = page.keyboard
    else:
        keyboard = await (answer_keyboard if is_answer else case_keyboard)(request, view)
    if not is_answer:
        text = join_lines(
            (await explain_case(request, revised.case, view, kept=revised.kept), prompt), gap="\n\n"
        )
        back = ((back_to_list(request, press),),) if press.back else ()
        return request.edit(press.message_id, text, keyboard=(*keyboard, *back))
    answer = await request.services.clinics.say_on_card(view.number, request.wording)
    caption = write_caption(view, request.wording, answer=answer, prompt=prompt)
    edited = request.edit(press.message_id, caption, keyboard=keyboard)
    return replace(edited, edits_caption=True, photo=revised.picture) if press.is_picture else edited
