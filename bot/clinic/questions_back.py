"""Questions back: the sender's reply to the clinic, a sentence or a photo, is posted under the card."""

import asyncio
import re
from typing import Final

from PIL import Image
from telegram import Message

from bot.cards.jpeg import encode_jpeg
from bot.cases.caption import say_faults
from bot.cases.redraw import merge_edits
from bot.cases.stored_findings import find_rules
from bot.clinic.better_photo import BetterPhoto, add_to_case, judge_with, raise_made
from bot.clinic.card import Posted, clinic_wording, find_posted
from bot.clinic.chats import open_chat_id
from bot.clinic.cuts import WHOLE, Cut, cut_closely, cut_pixels
from bot.clinic.facts import COMMENT_SIGNS
from bot.clinic.sealed_forms import details_of
from bot.clinic.sender_request import say_advice
from bot.conversation.access import is_let_in, turn_away
from bot.conversation.attachments import Attachment, download
from bot.conversation.clinics import Changes
from bot.conversation.consent import ask_again
from bot.conversation.replied_case import find_number
from bot.conversation.request import Reply, Request
from bot.conversation.unread_files import refuse_file
from bot.conversation.wording import Wording
from bot.delivery.outgoing import Outgoing, Priority, Record
from bot.texts import Html, join_lines
from inference.assessment import assess
from inference.photos import PhotoError
from inference.readings import RiskLevel
from storage.clinic.group_messages import GroupMessage, keep_group_message
from storage.clinic.referrals import Referral, find_latest
from storage.database.sessions import WriteSession
from storage.record.origins import list_parts

# How what the clinic's side says begins, in every language: answer, correction, comment, reminder, "sent",
# and the note that it waits for a better photo.
MARKS: Final = ("🩺", "✏", "💬", "⏰", "✅", "📷")
# A reminder that senders set themselves begins with the clock, too, but not with clock and case number.
OWN_REMINDER: Final = re.compile(r"⏰ (?!(?:🔴 )?N-)")
NOTHING: Final[Changes] = ((), ())


async def take_reply(request: Request, message: Message) -> Reply | None:
    """Pass a reply on to the clinic; None for any other message.

    Raises:
        BusyError: the photo waits to be read; the turn is retried.
    """
    replied, number = message.reply_to_message, find_number(request, message)
    if replied is None or number is None or request.person is None:
        return None
    said = replied.text or replied.caption or ""
    if not said.startswith(MARKS) or OWN_REMINDER.match(said):
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
        is_photo = Attachment.of(message) is not None
        return request.answer("back-too-long" if is_photo else "referral-too-long", limit=COMMENT_SIGNS)
    if len(request.turn.updates) > 1:  # an album: each photo goes on with its own level
        return request.answer("back-one-photo")
    if (attachment := Attachment.of(message)) is not None:
        return await _pass_photo_on(request, posted, message, attachment=attachment)
    if not words:
        return request.answer("comment-not-text")
    forwarded = _forward(request, posted, words=words)
    answer = request.message(request.say("back-forwarded"))
    return Reply(messages=(forwarded, answer), records=(_keep(request, posted, forwarded=forwarded),))


async def _pass_photo_on(
    request: Request, posted: Posted, message: Message, *, attachment: Attachment
) -> Reply:
    """The photo under the card, with the level of this photo alone; a better photo is added to the case."""
    try:
        data = await download(request.services, request.bot, attachment)
        reading = await request.services.engine.read(data)
    except PhotoError as error:
        return refuse_file(request, error, message)
    rules = find_rules(posted.case, request.services.release.policy)
    assessment = assess([reading.findings], posted.view.context, rules)
    alone = assessment.photo_levels[0]  # the checklist speaks for the case, not for this photo
    wanted = details_of(request.services, posted.referral).cut
    cut = cut_closely(reading, wanted)
    preview = cut_pixels(reading.preview, cut)
    picture = await asyncio.to_thread(lambda: encode_jpeg(Image.fromarray(preview)))
    forwarded = _forward(request, posted, words=message.caption or "", photo=picture, level=alone)
    shown = _say_cut(cut, wanted=wanted, has_lesion=bool(reading.lesions), wording=request.wording)
    said = [join_lines((request.say("back-forwarded"), shown)), _say_level(alone, request.wording)]
    level, changes = assessment.level, NOTHING
    hashes = request.services.keyring.photo_hashes(data)
    photo = BetterPhoto(hashes=hashes, reading=reading, attachment=attachment)
    view = judge_with(request, posted, photo)
    if posted.waits_for_photo and reading.findings.gate:
        faults = say_faults(reading.findings, request.wording)
        said.append(join_lines((request.say("back-unreadable", case=view.number), *faults)))
    elif posted.waits_for_photo and view is posted.view:
        said.append(request.say("back-known", case=view.number))
    elif posted.waits_for_photo or (alone is RiskLevel.HIGH and view is not posted.view):
        changes = await add_to_case(request, posted, view, photo=photo)
        level = view.assessment.level
        mark, name = request.wording.mark(level), request.wording.level(level)
        said.append(request.say("back-added", case=view.number, mark=mark, level=name))
        async with request.services.database.read() as session:
            moles = await list_parts(session, posted.case.id)
        if moles:
            said.append(request.say("back-split", cases=", ".join(moles)))
        if alone is not RiskLevel.LOW:
            raised, (edits, records) = await raise_made(request, posted, view)
            if raised:
                said.append(request.say("back-raised", cases=", ".join(raised)))
            changes = merge_edits(edits, changes[0]), (*changes[1], *records)
    if RiskLevel.HIGH in (alone, level):
        said.append(say_advice(RiskLevel.HIGH, request.wording))
    edits, records = changes
    return Reply(
        # The answer comes first: it replaces the acknowledgement in the sender's chat.
        messages=(request.message(join_lines(said, gap="\n\n")), forwarded, *edits),
        records=(_keep(request, posted, forwarded=forwarded), *records),
    )


def _say_cut(cut: Cut, *, wanted: Cut, has_lesion: bool, wording: Wording) -> Html:
    """How much of the photo the clinic sees, if the sender had cropped the first one."""
    if wanted == WHOLE:
        return Html()
    if cut.percent > wanted.percent:
        return wording.say("back-cropped-less", percent=cut.percent)
    return wording.say("back-cropped" if has_lesion else "back-cropped-middle", percent=cut.percent)


def _forward(
    request: Request,
    posted: Posted,
    *,
    words: str,
    photo: bytes | None = None,
    level: RiskLevel | None = None,
) -> Outgoing:
    """The message under the clinic's card."""
    wording = clinic_wording(request.services, posted.clinic)
    title = wording.say("back-card", case=posted.referral.case_number)
    said = wording.say("card-sentence", sentence=words.strip()) if words.strip() else ""
    return Outgoing(
        key=f"{request.turn.key}:back",
        chat_id=open_chat_id(request.services, posted.clinic),
        text=join_lines((title, said, _say_level(level, wording))),
        photo=photo,
        reply_to_message_id=posted.message_id,
        priority=Priority.REFERRAL,
        language=wording.language,
    )


def _keep(request: Request, posted: Posted, *, forwarded: Outgoing) -> Record:
    """To be recorded: the address of the message, so that it can be erased."""
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


def _say_level(level: RiskLevel | None, wording: Wording) -> Html:
    if level is None:
        return Html()
    return wording.say("back-level", mark=wording.mark(level), level=wording.level(level))
