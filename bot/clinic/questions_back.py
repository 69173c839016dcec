"""The sender asks back: a reply to what the clinic said goes under the card, a sentence or a photo."""

import asyncio
from functools import partial
from io import BytesIO
from typing import Final

from PIL import Image
from telegram import Message

from bot.cases.stored_findings import find_rules
from bot.clinic.card import Posted, clinic_wording, find_posted
from bot.clinic.chats import open_chat_id
from bot.clinic.comments import find_number
from bot.clinic.facts import COMMENT_SIGNS
from bot.clinic.preview import find_due
from bot.clinic.sender_request import say_advice
from bot.conversation.access import is_let_in, turn_away
from bot.conversation.attachments import Attachment, download
from bot.conversation.consent import ask_again
from bot.conversation.request import Reply, Request
from bot.conversation.unread_files import refuse_file
from bot.conversation.wording import Wording
from bot.delivery.outgoing import Outgoing, Priority, Record
from bot.texts import Html, join_lines
from inference.assessment import assess
from inference.photos import PhotoError
from inference.readings import PhotoReading, RiskLevel
from storage.clinic.group_messages import GroupMessage, keep_group_message
from storage.clinic.referrals import Referral, find_latest
from storage.clinic.verdicts import change_due
from storage.database.sessions import WriteSession

# How what the clinic's side says begins, in every language: answer, correction, comment, reminder, "sent".
MARKS: Final = ("🩺", "✏", "💬", "⏰", "✅")
JPEG_QUALITY: Final = 88


async def take_reply(request: Request, message: Message) -> Reply | None:
    """Pass a reply on to the clinic; None for any other message.

    Raises:
        BusyError: the photo waits to be read; the turn comes again.
    """
    replied, number = message.reply_to_message, find_number(request, message)
    if replied is None or number is None or request.person is None:
        return None
    if not (replied.text or replied.caption or "").startswith(MARKS):
        return None
    async with request.services.database.read() as session:
        referral = await find_latest(session, number)
    if referral is None or referral.subject != request.person.subject:
        return None
    return await _answer(request, message, referral)


async def _answer(request: Request, message: Message, referral: Referral) -> Reply:
    if not await is_let_in(request):
        return turn_away(request)
    if not request.has_consented:
        return ask_again(request)
    posted = await find_posted(request.services, referral.token)
    if posted is None or not posted.clinic.is_linked or referral.details is None:
        return request.answer("back-closed")
    return await _pass_on(request, posted, message)


async def _pass_on(request: Request, posted: Posted, message: Message) -> Reply:
    words = (message.text or message.caption or "").strip()
    if len(words) > COMMENT_SIGNS:
        return request.answer("referral-too-long", limit=COMMENT_SIGNS)
    attachment = Attachment.of(message)
    try:
        reading = None
        if attachment is not None:
            data = await download(request.services, request.bot, attachment)
            reading = await request.services.engine.read(data)
    except PhotoError as error:
        return refuse_file(request, error, message)
    photo = None if reading is None else await asyncio.to_thread(_encode, Image.fromarray(reading.preview))
    level = None if reading is None else _judge(request, posted, reading)
    if photo is None and not words:
        return request.answer("comment-not-text")
    wording = clinic_wording(request.services, posted.clinic)
    title = wording.say("back-card", case=posted.referral.case_number)
    said = wording.say("card-sentence", sentence=words) if words else ""
    forwarded = Outgoing(
        key=f"{request.turn.key}:back",
        chat_id=open_chat_id(request.services, posted.clinic),
        text=join_lines((title, said, _say_level(level, wording))),
        photo=photo,
        reply_to_message_id=posted.message_id,
        priority=Priority.REFERRAL,
        language=wording.language,
    )
    advice = say_advice(level, request.wording) if level is RiskLevel.HIGH else ""
    answer = join_lines(
        (request.say("back-forwarded"), _say_level(level, request.wording), advice), gap="\n\n"
    )
    records: list[Record] = [_keep(request, posted, forwarded=forwarded)]
    if photo is not None and posted.waits_for_photo:
        referral = posted.referral  # the better photo is there: the time for an answer starts again
        due_at = find_due(request.services, RiskLevel(referral.level), asked_at=request.now())
        records.append(partial(change_due, token=referral.token, due_at=due_at))
    return Reply(messages=(forwarded, request.message(answer)), records=tuple(records))


def _keep(request: Request, posted: Posted, *, forwarded: Outgoing) -> Record:
    """To be recorded: where it stands, so that it can be erased there."""
    message = GroupMessage(
        key=forwarded.key,
        subject=posted.referral.subject,
        clinic_id=posted.clinic.id,
        case_number=posted.referral.case_number,
        kind="words" if forwarded.photo is None else "photo",
    )

    async def record(session: WriteSession) -> None:
        await keep_group_message(session, message, now=request.now())

    return record


def _judge(request: Request, posted: Posted, reading: PhotoReading) -> RiskLevel:
    """The level that this photo alone gives, with what was answered about the case."""
    rules = find_rules(posted.case, request.services.release.policy)
    return assess([reading.findings], posted.view.context, rules).level


def _say_level(level: RiskLevel | None, wording: Wording) -> Html:
    if level is None:
        return Html()
    return wording.say("back-level", mark=wording.mark(level), level=wording.level(level))


def _encode(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()
