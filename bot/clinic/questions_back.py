"""The sender asks back: a reply to what the clinic said goes under the card, a sentence or a photo."""

import asyncio
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
from bot.conversation.request import Reply, Visit
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


async def take_reply(visit: Visit, message: Message) -> Reply | None:
    """Pass a reply on to the clinic; None for any other message.

    Raises:
        BusyError: the photo waits to be read; the turn comes again.
    """
    replied, number = message.reply_to_message, find_number(visit, message)
    if replied is None or number is None or visit.person is None:
        return None
    if not (replied.text or replied.caption or "").startswith(MARKS):
        return None
    async with visit.services.database.read() as session:
        referral = await find_latest(session, number)
    if referral is None or referral.subject != visit.person.subject:
        return None
    return await _answer(visit, message, referral)


async def _answer(visit: Visit, message: Message, referral: Referral) -> Reply:
    if not await is_let_in(visit):
        return turn_away(visit)
    if not visit.has_consented:
        return ask_again(visit)
    posted = await find_posted(visit.services, referral.token)
    if posted is None or not posted.clinic.is_linked or referral.details is None:
        return visit.answer("back-closed")
    return await _pass_on(visit, posted, message)


async def _pass_on(visit: Visit, posted: Posted, message: Message) -> Reply:
    words = (message.text or message.caption or "").strip()
    if len(words) > COMMENT_SIGNS:
        return visit.answer("referral-too-long", limit=COMMENT_SIGNS)
    attachment = Attachment.of(message)
    try:
        reading = None if attachment is None else await _read(visit, attachment)
    except PhotoError as error:
        return refuse_file(visit, error, message)
    photo = None if reading is None else await asyncio.to_thread(_encode, Image.fromarray(reading.preview))
    level = None if reading is None else _judge(visit, posted, reading)
    if photo is None and not words:
        return visit.answer("comment-not-text")
    wording = clinic_wording(visit.services, posted.clinic)
    title = wording.say("back-card", case=posted.referral.case_number)
    said = wording.say("card-sentence", sentence=words) if words else ""
    forwarded = Outgoing(
        key=f"{visit.turn.key}:back",
        chat_id=open_chat_id(visit.services, posted.clinic),
        text=join_lines((title, said, _say_level(level, wording))),
        photo=photo,
        reply_to_message_id=posted.message_id,
        priority=Priority.REFERRAL,
        language=wording.language,
    )
    advice = say_advice(level, visit.wording) if level is RiskLevel.HIGH else ""
    told = join_lines((visit.say("back-forwarded"), _say_level(level, visit.wording), advice), gap="\n\n")
    records = [_keep(visit, posted, forwarded=forwarded)]
    if photo is not None and posted.waits_for_photo:
        records.append(_start_again(visit, posted))
    return Reply(messages=(forwarded, visit.message(told)), records=tuple(records))


def _keep(visit: Visit, posted: Posted, *, forwarded: Outgoing) -> Record:
    """To be recorded: where it stands, so that it can be erased there."""
    message = GroupMessage(
        key=forwarded.key,
        subject=posted.referral.subject,
        clinic_id=posted.clinic.id,
        case_number=posted.referral.case_number,
        kind="words" if forwarded.photo is None else "photo",
    )

    async def record(session: WriteSession) -> None:
        await keep_group_message(session, message, now=visit.now())

    return record


async def _read(visit: Visit, attachment: Attachment) -> PhotoReading:
    """The photo as the models read it; its preview is upright and without metadata."""
    data = await download(visit.services, visit.bot, attachment)
    return await visit.services.engine.read(data)


def _judge(visit: Visit, posted: Posted, reading: PhotoReading) -> RiskLevel:
    """The level that this photo alone gives, with what was answered about the case."""
    rules = find_rules(posted.case, visit.services.release.policy)
    return assess([reading.findings], posted.view.context, rules).level


def _say_level(level: RiskLevel | None, wording: Wording) -> Html:
    if level is None:
        return Html()
    return wording.say("back-level", mark=wording.mark(level), level=wording.level(level))


def _start_again(visit: Visit, posted: Posted) -> Record:
    """The better photo is there: the time for an answer starts again."""
    referral = posted.referral
    due_at = find_due(visit.services, RiskLevel(referral.level), asked_at=visit.now())

    async def record(session: WriteSession) -> None:
        await change_due(session, referral.token, due_at=due_at)

    return record


def _encode(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()
