"""Update the cards in clinics' chats when the level of their case changes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from bot.cases.caption import write_caption
from bot.cases.revising import Followed
from bot.cases.view import CaseView, shown_level
from bot.clinic.card import Posted, clinic_wording, edit_card, find_posted
from bot.clinic.chats import open_chat_id
from bot.clinic.cuts import WHOLE
from bot.clinic.picture import Sight, draw_card_picture, find_cuts
from bot.clinic.preview import find_due, refresh_preview
from bot.clinic.related_cases import renew, say_made
from bot.clinic.sealed_forms import details_of
from bot.conversation.clinics import Changes
from bot.conversation.request import Request
from bot.delivery.outgoing import Outgoing, Priority
from bot.delivery.sealing import open_message_id
from inference.readings import RiskLevel
from storage.clinic.clinics import get_clinic
from storage.clinic.group_messages import list_group_messages
from storage.clinic.referrals import change_level, find_latest
from storage.database.sessions import WriteSession
from storage.record.cases import Case
from storage.record.origins import list_origins


async def follow_level(request: Request, followed: Sequence[Followed], *, without: str = "") -> Changes:
    """Edit the referrals' cards, the answers in teaching rounds and open previews of reassessed cases.

    The cards of the albums and photos that a case was made from show its level, too.

    Args:
        request: whose cases they are.
        followed: the cases that change together.
        without: a case whose card is edited otherwise in this turn.
    """
    changed = {each.view.number: each.view for each in followed}
    parts: list[Changes] = []
    for each in followed:
        parts.append(await refresh_referral_card(request, each, changed=changed))
        parts.append((await refresh_teaching_cards(request, each), ()))
        parts.append(await refresh_preview(request, each.view, readings=each.readings))
    async with request.services.database.read() as session:
        origins = [number for each in followed for number in await list_origins(session, each.case.id)]
    others = [each for each in dict.fromkeys(origins) if each != without and each not in changed]
    parts += [await _refresh_origin(request, each, changed) for each in others]
    edits, notes = zip(*parts, strict=True)
    return tuple(chain.from_iterable(edits)), tuple(chain.from_iterable(notes))


async def refresh_referral_card(
    request: Request, followed: Followed, *, changed: Mapping[str, CaseView]
) -> Changes:
    """The edit of the clinic's card when a case was assessed again, and what is to be recorded with it.

    Args:
        request: whose case it is.
        followed: the case; without readings the picture stays, with a note.
        changed: all cases that change in this turn, by number, as they are from then on.
    """
    view, readings = followed.view, followed.readings
    posted = await _find_shown(request, view.number)
    if posted is None:
        return (), ()
    is_added = len(view.photos) > len(posted.view.photos)
    after = replace(
        posted,
        view=view,
        made=renew(posted.made, changed),
        photo_at=request.now() if is_added else posted.photo_at,
    )
    picture = None
    if readings is not None:
        cuts = find_cuts(details_of(request.services, posted.referral), readings)
        sight = Sight(view=view, readings=readings, cuts=cuts)
        wording = clinic_wording(request.services, posted.clinic)
        picture = await draw_card_picture(request.services, sight, wording=wording, at=posted.case.created_at)
    return await _edit(request, posted, after, picture=picture)


async def follow_split(request: Request, case: Case, moles: Sequence[CaseView]) -> Changes:
    """Edit the referral's card of an album that is split: it shows different moles. A message says so."""
    posted = await _find_shown(request, case.number)
    if posted is None:
        return (), ()
    edits, records = await _edit(request, posted, replace(posted, made=(*posted.made, *moles)))
    return (*edits, _notify_group(request, posted, "split")), records


async def _refresh_origin(request: Request, number: str, changed: Mapping[str, CaseView]) -> Changes:
    """The same for the card of an album or a photo that some of the cases were made from, if it changes."""
    posted = await _find_shown(request, number)
    if posted is None:
        return (), ()
    made, wording = renew(posted.made, changed), clinic_wording(request.services, posted.clinic)
    if say_made(posted.view, made, wording) == say_made(posted.view, posted.made, wording):
        return (), ()
    return await _edit(request, posted, replace(posted, made=made))


async def _edit(request: Request, posted: Posted, after: Posted, *, picture: bytes | None = None) -> Changes:
    """The edit of a card to its new level, and a message to the group if that is `high` now."""
    referral, level = posted.referral, after.level
    due_at = _find_new_due(request, posted, level)
    after = replace(after, referral=replace(referral, level=level, due_at=due_at))
    card, counted = await edit_card(request.services, request.bot, after, picture=picture)
    rises = level is RiskLevel.HIGH and referral.level != RiskLevel.HIGH
    notices = (_notify_group(request, posted, "high"),) if rises else ()

    async def record(session: WriteSession) -> None:
        await change_level(session, referral.token, level=level, due_at=due_at, now=request.now())

    return (card, *notices), (counted, record)


def _notify_group(request: Request, posted: Posted, what: str) -> Outgoing:
    """A message under the card, since an edit notifies nobody. It stays when the card is erased.

    So it has the case's number, and nothing about the patient.
    """
    wording = clinic_wording(request.services, posted.clinic)
    return Outgoing(
        key=f"referral:{posted.referral.token}:{what}:{posted.referral.edits}",
        chat_id=open_chat_id(request.services, posted.clinic),
        text=wording.say(f"group-{what}", case=posted.view.number),
        reply_to_message_id=posted.message_id,
        priority=Priority.REFERRAL,
        language=wording.language,
    )


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


async def refresh_teaching_cards(request: Request, followed: Followed) -> tuple[Outgoing, ...]:
    """Edits of the answers to this case in teaching rounds; without readings the pictures stay."""
    case, view, readings = followed.case, followed.view, followed.readings
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
