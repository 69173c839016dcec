"""One of several lesions on a photo is picked: a new message and a case that is about this lesion alone."""

import asyncio
from dataclasses import replace
from functools import reduce

from bot.cases.caption import write_caption
from bot.cases.card import render_card
from bot.cases.flag import add_flag
from bot.cases.history import find_own_case
from bot.cases.keyboard import answer_keyboard
from bot.cases.lasting_answers import add_lasting, find_lasting, list_same_photo, of_patient
from bot.cases.new_case import made_case
from bot.cases.patient_kept import record_same_patient
from bot.cases.reread import find_thresholds, read_again
from bot.cases.stored_findings import find_rules
from bot.cases.view import (
    CaseView,
    SeenPhoto,
    context_of_made,
    read_context,
    view_case,
)
from bot.conversation.attachments import find_photo_files, keep_photo_files
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Button
from inference.assessment import assess
from inference.findings import choose_lesion
from inference.policy import Policy
from inference.readings import Context, RiskLevel
from storage.database.sessions import WriteSession
from storage.record.answers import CaseMessage, keep_message
from storage.record.cases import Case, add_case, find_picked, is_turn_answered, new_number
from storage.record.lesions import find_lesion, join_lesion_of


async def pick_lesion(request: Request, press: Press) -> Reply:
    """Answer for the lesion of this number, from what was recorded; the first answer stays as it is.

    Raises:
        BusyError: too many photos wait; the turn is retried.
    """
    case = await find_own_case(request, press.argument(0))
    index, number = (press.number(1) or 0) - 1, press.number(2) or 0
    photo = find_photo(case, index, number) if case is not None else None
    if case is None or photo is None:
        return Reply(notice=request.say("something-old"))
    async with request.services.database.read() as session:
        if await is_turn_answered(session, request.turn.key):
            return Reply()
        earlier = await find_picked(session, case.id, photo_hash=photo.photo_hash, chosen=number - 1)
    if earlier is not None:
        # The case that this lesion has already
        details = Button(text=request.say("button-details"), data=f"d:{earlier}")
        text = request.say("lesions-picked-before", number=number, case=earlier)
        return Reply(messages=(request.message(text, keyboard=((details,),)),))
    # With what was said about the patient under other answers to this photo
    beside = [find_lasting(read_context(each.context)) for each in await list_same_photo(request, case)]
    of_same = of_patient(reduce(add_lasting, beside, Context()))
    context = add_lasting(context_of_made(case, photo), of_same)
    view = view_pick(case, photo, number, context=context, policy=request.services.release.policy)
    view = await _flag_as_photo(request, case, view)
    # The card with this lesion outlined; words alone if the photo cannot be fetched any more
    photo_hash = view.leading.photo_hash
    place = [photo.photo_hash for photo in case.photos].index(photo_hash)
    readings = await read_again(request, case)
    files = await find_photo_files(request, case.number)
    answer = request.message(
        write_caption(view, request.wording), keyboard=await answer_keyboard(request, view)
    )
    if readings is not None:
        card = await asyncio.to_thread(
            render_card,
            view,
            [readings[place]],
            thresholds=find_thresholds(request.services, case, view),
            wording=request.wording,
            at=request.now(),
        )
        answer = replace(answer, photo=card)
    keep = [keep_photo_files(request, view.number, [files[place]])] if place < len(files) else []
    new = made_case(request, case, view=view, turn_key=request.turn.key, picked_from_id=case.id)
    message = CaseMessage(key=answer.key, case_number=view.number, kind="answer")

    async def record(session: WriteSession) -> None:
        added = await add_case(session, new, now=request.now())
        # What it is followed for, or flagged, may be this one.
        await join_lesion_of(session, added.id, case.id, subject=case.subject, now=request.now())
        await keep_message(session, message, subject=case.subject, now=request.now())

    same_patient = record_same_patient(request, [case.number], [view.number], subject=case.subject)
    return Reply(messages=(answer,), records=(record, same_patient, *keep))


async def _flag_as_photo(request: Request, case: Case, view: CaseView) -> CaseView:
    """The picked lesion with the flag of its photo.

    Not if another lesion on the photo was rated high, unless the case is followed: the picked one then joins
    its lesion.
    """
    flag = (await add_flag(request, view_case(case))).flag
    if flag is None or flag.why != "high" or flag.number != case.number or case.model_level != RiskLevel.HIGH:
        return replace(view, flag=flag)
    async with request.services.database.read() as session:
        is_followed = await find_lesion(session, case.id, subject=case.subject) is not None
    return replace(view, flag=flag) if is_followed else view


def find_photo(case: Case, index: int, number: int) -> SeenPhoto | None:
    """A photo of a case with several lesions, of which none was picked and this one was read."""
    photos = view_case(case).photos
    photo = photos[index] if 0 <= index < len(photos) else None
    if photo is None or photo.findings.is_picked or (photo.findings.lesion_count or 0) < 2:
        return None
    return photo if 1 <= number <= len(photo.findings.lesions) else None


def view_pick(case: Case, photo: SeenPhoto, number: int, *, context: Context, policy: Policy) -> CaseView:
    """The picked lesion as a case, judged by the rules of the answer that it was picked from.

    The answers stay with it: they may be about either lesion, and nothing lowers a level.
    """
    picked = choose_lesion(photo.findings, number - 1, is_picked=True)
    return CaseView(
        number=new_number(),
        assessment=assess([picked], context, find_rules(case, policy)),
        photos=(replace(photo, place=1, findings=picked),),
        context=context,
    )


__all__ = ["find_photo", "pick_lesion", "view_pick"]
