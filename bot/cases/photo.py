"""A photo or an album as one case: read, assessed, recorded and answered by one card."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from telegram import Message
from telegram.error import TelegramError

from bot.cases.caption import write_caption
from bot.cases.card import render_card
from bot.cases.keyboard import answer_keyboard
from bot.cases.new_case import new_case
from bot.cases.photo_notes import note_caption, note_photo_wait, note_repeat
from bot.cases.photo_reading import (
    OpenedPhoto,
    PhotoResult,
    UnopenedPhoto,
    delete_naming,
    explain_unopened,
    read_photos,
)
from bot.cases.redraw import edit_flagged
from bot.cases.replied import ALBUM_MOST, RepliedCase, check_unchanged, find_replied, join_replied
from bot.cases.view import CaseView, assess_photos
from bot.conversation.attachments import Attachment, find_photo_files, keep_photo_files
from bot.conversation.consent import ask_consent
from bot.conversation.request import Reply, Request
from bot.delivery.downloads import UnavailableFileError
from bot.delivery.outgoing import (
    Keyboard,
    Outgoing,
    Priority,
    Record,
    acknowledgement_key,
    pause_key,
)
from inference.readings import Context, RiskLevel
from storage.clinic.flags import Flag
from storage.database.sessions import ReadSession, WriteSession
from storage.record.answers import CaseMessage, keep_message
from storage.record.cases import add_case, is_turn_answered, new_number
from storage.record.lesions import list_numbers_of_same_lesion
from storage.record.pace import find_nth_newest

HOUR: Final = timedelta(hours=1)


async def answer_photos(request: Request, messages: Sequence[Message]) -> Reply:
    """Answer one photo, or all photos of an album, as one case.

    Raises:
        BusyError: too many photos wait; the turn is retried.
        UnavailableFileError, RetryAfter: Telegram did not deliver a file; the turn is retried.
    """
    if not request.has_consented:
        return await ask_consent(request)
    async with request.services.database.read() as session:
        if await is_turn_answered(session, request.turn.key):
            return Reply()
        pause = await find_pause(request, session)
    if pause is not None:
        return ask_to_wait(request, pause)

    attached = [(message, attachment) for message in messages if (attachment := Attachment.of(message))]
    replied = await find_replied(request, messages[0])
    most = ALBUM_MOST - len(attached)
    earlier = [] if replied is None else await _read_earlier(request, replied, most=most)
    results = await read_photos(request, [attachment for _, attachment in attached], first=len(earlier) + 1)
    opened = [each for each in results if isinstance(each, OpenedPhoto)]
    if opened:
        hashes = [photo_hash for each in opened for photo_hash in each.hashes]
        is_repeated = replied is not None and replied.shows(opened)
        if is_repeated:
            earlier = []
        number = new_number()
        reply = await _answer_case(request, [*earlier, *opened], results, replied=replied, number=number)
        said = [
            *reply.messages,
            *await note_repeat(request, hashes, count=len(opened)),
            *await note_photo_wait(request),
            *note_caption(request, messages, number=number),
        ]
        if replied is not None and not is_repeated:
            text = replied.say_read(request, new=number, count=len(earlier))
            said.append(request.message(text, name="together"))
    else:
        reply = Reply()
        said = [_answer(request, explain_unopened(request, results)), *note_caption(request, messages)]

    said += delete_naming(request, [message for message, _ in attached], results)
    return replace(reply, messages=tuple(said))


async def find_pause(request: Request, session: ReadSession) -> timedelta | None:
    """How long the sender's next photo has to wait for the hourly limit; None if it may be read now."""
    if request.person is None:
        return None
    now, most = request.now(), request.services.settings.photos_per_hour
    since, kept = now - HOUR, timedelta(hours=request.services.settings.redraw_hours)
    moment = await find_nth_newest(
        session, request.person.subject, place=most, since=since, read_again_since=since - kept
    )
    return None if moment is None else max(moment + HOUR - now, timedelta(seconds=1))


def ask_to_wait(request: Request, pause: timedelta) -> Reply:
    """Postpone the photo and say when it is read. The key makes this one message over all tries."""
    minutes = math.ceil(pause.total_seconds() / 60)
    text = request.say("photos-limit", limit=request.services.settings.photos_per_hour, minutes=minutes)
    said = Outgoing(
        key=pause_key(request.turn.key),
        chat_id=request.chat_id,
        text=text,
        reply_to_message_id=request.reply_to,
        replaces=acknowledgement_key(request.turn.key),
        priority=Priority.ACKNOWLEDGEMENT,
        language=request.wording.language,
    )
    return Reply(messages=(said,), pause_s=pause.total_seconds())


async def _read_earlier(request: Request, replied: RepliedCase, *, most: int) -> list[OpenedPhoto]:
    """The photos of the sender's case that is replied to; empty if they are too many, or not to be had now.

    So a close-up and a dermoscopic photo that is sent after it are read as one lesion, as in an album.
    """
    files = await find_photo_files(request, replied.case.number)
    if len(files) > most:
        return []
    try:
        results = await read_photos(request, files, first=1)
    except (TelegramError, UnavailableFileError):
        return []
    opened = [each for each in results if isinstance(each, OpenedPhoto)]
    return replied.pick_again(opened) if len(opened) == len(files) else []


async def _answer_case(
    request: Request,
    opened: Sequence[OpenedPhoto],
    results: Sequence[PhotoResult],
    *,
    replied: RepliedCase | None,
    number: str,
) -> Reply:
    """Assess the photos that were read, draw the card, and record the case with its answer."""
    policy = request.services.release.policy
    seen = tuple(each.seen for each in opened)
    readings = [each.reading for each in opened]
    is_together = len(opened) > sum(isinstance(each, OpenedPhoto) for each in results)
    is_same_photo = replied is not None and replied.shows(opened)
    context = replied.find_context(is_about_same=is_same_photo or is_together) if replied else Context()
    together = replied.together if replied and is_together else None
    view = CaseView(
        number=number,
        assessment=assess_photos(seen, context, policy, together=together),
        photos=seen,
        unopened=tuple(each.place for each in results if isinstance(each, UnopenedPhoto)),
        context=context,
        flag=replied.flag if replied else None,
        together=together,
    )
    with request.services.monitor.stage("card"):
        card = await asyncio.to_thread(
            render_card,
            view,
            readings,
            thresholds=policy.for_domain(view.leading.findings.domain).thresholds,
            wording=request.wording,
            at=request.now(),
        )
    caption = write_caption(view, request.wording)
    answer = _answer(request, caption, photo=card, keyboard=await answer_keyboard(request, view))
    along: tuple[Outgoing, ...] = ()
    if replied and replied.flag is None and is_together and view.assessment.level is RiskLevel.HIGH:
        flag, case = Flag(why="high", number=number, at=request.now()), replied.case
        async with request.services.database.read() as reading:
            same = await list_numbers_of_same_lesion(reading, case.id, subject=case.subject)
        along = await edit_flagged(request, same or [case.number], flag, subject=case.subject)
    return Reply(
        messages=(answer, *along),
        records=(
            _record_case(request, view, opened, replied=replied),
            keep_photo_files(request, view.number, [each.attachment for each in opened]),
        ),
        effects=(partial(_count_level, request, view),),  # after the commit, so that a replay counts once
    )


def _record_case(
    request: Request, view: CaseView, opened: Sequence[OpenedPhoto], *, replied: RepliedCase | None
) -> Record:
    """The step that writes the case, its opinions and which message answers it."""
    case = new_case(request, view, [each.reading for each in opened])
    hashes = {each for photo in opened for each in photo.hashes}  # by each key: the earlier case may be older
    shares_photo = replied is not None and any(photo.photo_hash in hashes for photo in replied.case.photos)
    message = CaseMessage(key=f"{request.turn.key}:answer", case_number=view.number, kind="answer")

    async def record(session: WriteSession) -> None:
        if replied is not None:
            await check_unchanged(session, replied)
        added = await add_case(session, case, now=request.now())
        if replied is not None and (shares_photo or replied.flag is not None):
            await join_replied(session, replied, request, added)
        await keep_message(session, message, subject=case.subject, now=request.now())

    return record


async def _count_level(request: Request, view: CaseView) -> None:
    request.services.monitor.answered(view.assessment.level, view.assessment.reasons)


def _answer(
    request: Request, text: str, *, photo: bytes | None = None, keyboard: Keyboard | None = None
) -> Outgoing:
    """The answer, which replaces the acknowledgement."""
    return Outgoing(
        key=f"{request.turn.key}:answer",
        chat_id=request.chat_id,
        text=text,
        photo=photo,
        keyboard=keyboard,
        reply_to_message_id=request.reply_to,
        replaces=acknowledgement_key(request.turn.key),
        language=request.wording.language,
    )
