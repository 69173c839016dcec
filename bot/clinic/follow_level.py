"""Update the cards in clinics' chats when the level of their case changes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.cases.caption import write_caption
from bot.cases.view import CaseView, shown_level
from bot.clinic.card import Posted, clinic_wording, edit_card, find_posted
from bot.clinic.chats import open_chat_id
from bot.clinic.cuts import WHOLE
from bot.clinic.picture import Sight, draw_card_picture, find_cuts
from bot.clinic.preview import find_due, refresh_preview
from bot.clinic.sealed_forms import details_of
from bot.conversation.clinics import Changes
from bot.conversation.request import Request
from bot.delivery.outgoing import Outgoing, Priority
from bot.delivery.sealing import open_message_id
from inference.readings import PhotoReading, RiskLevel
from storage.clinic.clinics import get_clinic
from storage.clinic.group_messages import list_group_messages
from storage.clinic.referrals import change_level, find_latest
from storage.database.sessions import WriteSession
from storage.record.cases import Case


async def follow_level(
    request: Request, case: Case, view: CaseView, readings: Sequence[PhotoReading] | None
) -> Changes:
    """Edit the referral's card, the answers in teaching rounds and an open preview of a reassessed case.

    Args:
        request: whose case it is.
        case: the case as it was before.
        view: the case as it is now.
        readings: its photos, if they were read again; without them the pictures stay, with a note.
    """
    cards, notes = await refresh_referral_card(request, view, readings)
    taught = await refresh_teaching_cards(request, case, view=view, readings=readings)
    form, kept = await refresh_preview(request, view, readings=readings)
    return (*cards, *taught, *form), (*notes, *kept)


async def refresh_referral_card(
    request: Request, view: CaseView, readings: Sequence[PhotoReading] | None
) -> Changes:
    """The edit of the clinic's card when a case was assessed again, and what is to be recorded with it.

    Args:
        request: whose case it is.
        view: the case as it is now.
        readings: its photos, if they were read again; without them the picture stays, with a note.
    """
    posted = await _find_shown(request, view.number)
    if posted is None:
        return (), ()
    referral, level = posted.referral, view.assessment.level
    due_at = _find_new_due(request, posted, level)
    is_added = len(view.photos) > len(posted.view.photos)
    after = replace(
        posted,
        view=view,
        referral=replace(referral, level=level, due_at=due_at),
        photo_at=request.now() if is_added else posted.photo_at,
    )
    picture = None
    if readings is not None:
        cuts = find_cuts(details_of(request.services, referral), readings)
        sight = Sight(view=view, readings=readings, cuts=cuts)
        wording = clinic_wording(request.services, posted.clinic)
        picture = await draw_card_picture(request.services, sight, wording=wording, at=posted.case.created_at)
    card, counted = await edit_card(request.services, request.bot, after, picture=picture)

    async def record(session: WriteSession) -> None:
        await change_level(session, referral.token, level=level, due_at=due_at, now=request.now())

    return (card,), (counted, record)


def _find_new_due(request: Request, posted: Posted, level: RiskLevel) -> datetime:
    """When the answer is overdue after a change of the level.

    A level that stays moves nothing, and a better photo is awaited until its own time. Else the new level
    counts from the question or, if the time has started again since, from now; it is never later than before.
    """
    services, referral = request.services, posted.referral
    if level == referral.level or (posted.waits_for_photo and not posted.photo_came):
        return referral.due_at
    first = find_due(services, RiskLevel(referral.level), asked_at=referral.asked_at)
    if referral.due_at == first:
        return find_due(services, level, asked_at=referral.asked_at)
    return min(referral.due_at, find_due(services, level, asked_at=request.now()))


async def refresh_teaching_cards(
    request: Request, case: Case, *, view: CaseView, readings: Sequence[PhotoReading] | None
) -> tuple[Outgoing, ...]:
    """Edits of the answers to this case in teaching rounds; arguments as for the referral's card."""
    async with request.services.database.read() as session:
        messages = await list_group_messages(session, case.subject, case_number=case.number)
        clinics = {each.clinic_id: await get_clinic(session, each.clinic_id) for each in messages}
    first = sum("sent" not in each.findings for each in case.photos)  # of a case of release 0.3.0
    sent = int(str(case.photos[0].findings.get("sent", first)))
    if any(photo.place > sent for photo in view.photos):  # they were sent to the clinic, not to the group
        is_older = shown_level(case) is not view.assessment.level
        readings, view = None, replace(view, has_older_picture=is_older)
    edits = []
    for message in messages:
        clinic = clinics[message.clinic_id]
        if message.kind != "card" or clinic is None or not clinic.is_linked:
            continue
        wording = clinic_wording(request.services, clinic)
        picture = None
        if readings is not None:
            sight = Sight(view=view, readings=readings, cuts=[WHOLE] * len(readings))
            picture = await draw_card_picture(request.services, sight, wording=wording, at=case.created_at)
        sealed = message.message_id
        edit = Outgoing(
            key=f"{message.key}:{request.turn.key}",
            chat_id=open_chat_id(request.services, clinic),
            photo=picture,
            edits_caption=picture is None,
            edit_message_id=None if sealed is None else open_message_id(sealed, request.services.keyring),
            replaces=message.key if sealed is None else None,
            priority=Priority.REFERRAL,
            language=clinic.language,
        )
        text = write_caption(view, wording)
        edits.append(replace(edit, text=text))
    return tuple(edits)


async def _find_shown(request: Request, number: str) -> Posted | None:
    """The referral of a case whose card can still be edited, answered or not."""
    async with request.services.database.read() as session:
        referral = await find_latest(session, number)
    if referral is None or referral.state == "withdrawn" or referral.details is None:
        return None
    posted = await find_posted(request.services, referral.token)
    return posted if posted is not None and posted.clinic.is_linked else None
