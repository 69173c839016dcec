"""A photo in a clinic's group, for a teaching round: answered in the thread once its poster has consented."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from telegram import Message

from bot.cases.caption import write_caption
from bot.cases.card import render_card
from bot.cases.new_case import new_case
from bot.cases.photo_reading import OpenedPhoto, UnopenedPhoto, delete_naming, explain_unopened, read_photos
from bot.cases.view import CaseView
from bot.clinic.card import clinic_wording
from bot.conversation.attachments import Attachment, keep_photo_files
from bot.conversation.request import Reply, Request, find_sender
from bot.delivery.outgoing import Button, Record
from inference.assessment import assess
from inference.readings import Context, PhotoReading
from storage.clinic.clinics import Clinic, find_clinic_of_chat
from storage.clinic.group_messages import GroupMessage, keep_group_message
from storage.database.sessions import WriteSession
from storage.record.cases import add_case, find_case_of_turn, new_number

PAYLOAD: Final = "teach"


async def teach(request: Request, message: Message, *, asks: bool) -> Reply | None:
    """Read the photo that is posted or replied to; None if this is not a clinic's group, or no photo.

    Args:
        request: who asks.
        message: a photo that addresses the bot, or a reply to a photo.
        asks: whether the message is `/triage`.

    Raises:
        BusyError: too many photos wait; the turn is retried.
        UnavailableFileError, RetryAfter: Telegram did not deliver a file; the turn is retried.
    """
    posted = message if Attachment.of(message) else message.reply_to_message
    if posted is None or not Attachment.of(posted) or (posted is not message and not asks):
        return None
    async with request.services.database.read() as session:
        clinic = await find_clinic_of_chat(session, request.services.keyring.chat_refs(request.chat_id))
    if clinic is None or not clinic.is_linked:
        return None
    poster = await _as_poster(request, posted, clinic)
    if poster is None:
        return request.answer("group-anonymous")
    if not poster.has_consented:
        url = f"https://t.me/{request.bot.username}?start={PAYLOAD}"
        link = Button(text=poster.say("button-private"), url=url)
        return Reply(messages=(poster.message(poster.say("teach-consent"), keyboard=((link,),)),))
    album = [each for update in request.turn.updates if (each := update.effective_message)]
    is_album = posted.media_group_id is not None and posted in album
    return await _read(poster, album if is_album else [posted], clinic=clinic)


async def _as_poster(request: Request, posted: Message, clinic: Clinic) -> Request | None:
    """The request of the author of a photo, in the clinic's language; None if hidden or a bot."""
    author = posted.from_user
    if author is None or author.is_bot or posted.sender_chat is not None:
        return None
    person = await find_sender(request.services, author.id)
    return replace(
        request,
        user_id=author.id,
        person=person,
        wording=clinic_wording(request.services, clinic),
        reply_to=posted.message_id,
    )


async def _read(request: Request, photos: Sequence[Message], *, clinic: Clinic) -> Reply:
    async with request.services.database.read() as session:
        if await find_case_of_turn(session, request.turn.key) is not None:
            return Reply()
    attached = [(message, attachment) for message in photos if (attachment := Attachment.of(message))]
    results = await read_photos(request, [attachment for _, attachment in attached])
    opened = [each for each in results if isinstance(each, OpenedPhoto)]
    deletions = delete_naming(request, [message for message, _ in attached], results)
    if not opened:
        return Reply(messages=(request.message(explain_unopened(request, results)), *deletions))
    readings, seen = [each.reading for each in opened], tuple(each.seen for each in opened)
    policy = request.services.release.policy
    assessment = assess([each.findings for each in seen], Context(), policy)
    view = CaseView(
        number=new_number(),
        assessment=assessment,
        photos=seen,
        unopened=tuple(each.place for each in results if isinstance(each, UnopenedPhoto)),
    )
    card = await asyncio.to_thread(
        render_card,
        view,
        readings,
        thresholds=policy.for_domain(view.leading.findings.domain).thresholds,
        wording=request.wording,
        at=request.now(),
    )
    answer = request.message(write_caption(view, request.wording))
    return Reply(
        messages=(replace(answer, photo=card), *deletions),
        records=(
            _case(request, view, readings=readings, clinic=clinic),
            keep_photo_files(request, view.number, [each.attachment for each in opened]),
        ),
    )


def _case(request: Request, view: CaseView, *, readings: Sequence[PhotoReading], clinic: Clinic) -> Record:
    """The poster's case, and the address of its message, which is edited and deleted with it."""
    case = new_case(request, view, readings)
    message = GroupMessage(
        key=f"{request.turn.key}:answer",
        subject=case.subject,
        clinic_id=clinic.id,
        case_number=view.number,
        kind="card",
    )

    async def record(session: WriteSession) -> None:
        await add_case(session, case, now=request.now())
        await keep_group_message(session, message, now=request.now())

    return record
