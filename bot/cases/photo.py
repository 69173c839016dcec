"""A photo or an album: held before consent, then read, assessed, recorded and answered by one card."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final

from telegram import Message

from bot.cases.caption import write_caption
from bot.cases.card import render_card
from bot.cases.keyboard import answer_keyboard
from bot.cases.new_case import new_case
from bot.cases.view import CaseView, SeenPhoto
from bot.conversation.attachments import Attachment, download, keep_photo_files
from bot.conversation.consent import ask_consent
from bot.conversation.request import Reply, Request
from bot.conversation.unread_files import NAMES_PATIENT, delete_message, explain_unread
from bot.conversation.wording import dashed
from bot.delivery.downloads import UnavailableFileError
from bot.delivery.outgoing import Button, Keyboard, Outgoing, Priority, Record, pause_key
from bot.texts import Html, join_lines
from inference.assessment import assess
from inference.photos import PhotoError
from inference.readings import Context, PhotoReading
from storage.database.sessions import ReadSession, WriteSession
from storage.record.answers import CaseMessage, keep_message
from storage.record.cases import add_case, find_case_of_photo, is_turn_answered, new_number
from storage.record.pace import find_nth_newest

ALBUM_READS = 3  # photos of one album under way at once, so that an album leaves room for others


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPhoto:
    """One photo that was read."""

    seen: SeenPhoto
    reading: PhotoReading
    attachment: Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class UnopenedPhoto:
    """One photo whose file is at fault; `problem` ends a text id."""

    place: int
    problem: str


Outcome = OpenedPhoto | UnopenedPhoto


async def answer_photos(request: Request, messages: Sequence[Message]) -> Reply:
    """One photo, or all photos of an album, as one case.

    Raises:
        BusyError: too many photos wait; the turn comes again.
        UnavailableFileError, RetryAfter: Telegram did not give a file; the turn comes again.
    """
    attachments = [each for message in messages if (each := Attachment.of(message))]
    if not request.has_consented:
        return await ask_consent(request)
    async with request.services.database.read() as session:
        if await is_turn_answered(session, request.turn.key):
            return Reply()
        pause = await find_pause(request, session)
    if pause is not None:
        return ask_to_wait(request, pause)
    outcomes = await _read_all(request, attachments)
    deletions = tuple(
        delete_message(request, message.message_id)
        for message, outcome in zip([each for each in messages if Attachment.of(each)], outcomes, strict=True)
        if isinstance(outcome, UnopenedPhoto) and outcome.problem == NAMES_PATIENT
    )
    opened = [each for each in outcomes if isinstance(each, OpenedPhoto)]
    if not opened:
        return Reply(messages=(_replacing(request, _explain(request, outcomes)), *deletions))
    reply = await _answer_case(request, opened, outcomes)
    if repeated := await _say_repeated(request, opened):
        reply = replace(reply, messages=(*reply.messages, repeated))
    if not deletions:
        return reply
    said = request.message(explain_unread(request, NAMES_PATIENT), name=NAMES_PATIENT)
    return replace(reply, messages=(*reply.messages, said, *deletions))


async def _say_repeated(request: Request, opened: Sequence[OpenedPhoto]) -> Outgoing | None:
    """Names the case under which the sender sent one of these photos before; None if all are new."""
    assert request.person is not None  # noqa: S101 - consent was asked for above
    hashes = [each.seen.photo_hash for each in opened]
    async with request.services.database.read() as session:
        earlier = await find_case_of_photo(session, hashes, subject=request.person.subject)
    if earlier is None:
        return None
    number, sent_at = earlier
    text = request.say("photo-sent-before", case=number, at=sent_at, count=len(hashes))
    button = Button(text=request.say("button-open-case", case=number), data=f"c:{number}:")
    return request.message(text, name="sent-before", keyboard=((button,),))


async def _answer_case(request: Request, opened: Sequence[OpenedPhoto], outcomes: Sequence[Outcome]) -> Reply:
    policy = request.services.release.policy
    seen = tuple(each.seen for each in opened)
    view = CaseView(
        number=new_number(),
        assessment=assess([each.findings for each in seen], Context(), policy),
        photos=seen,
        unopened=tuple(each.place for each in outcomes if isinstance(each, UnopenedPhoto)),
    )
    caption = write_caption(view, request.wording)
    readings = [each.reading for each in opened]
    with request.services.monitor.stage("card"):
        card = await asyncio.to_thread(
            render_card,
            view,
            readings,
            thresholds=policy.for_domain(view.leading.findings.domain).thresholds,
            wording=request.wording,
            at=request.now(),
        )
    answer = _replacing(request, caption, photo=card, keyboard=await answer_keyboard(request, view))
    return Reply(
        messages=(answer,),
        records=(
            _case_record(request, view, readings),
            keep_photo_files(request, view.number, [each.attachment for each in opened]),
        ),
        effects=(partial(_count_level, request, view),),  # once it is written, so that a replay counts once
    )


async def _count_level(request: Request, view: CaseView) -> None:
    request.services.monitor.answered(view.assessment.level, view.assessment.reasons)


def _replacing(
    request: Request, text: str, *, photo: bytes | None = None, keyboard: Keyboard | None = None
) -> Outgoing:
    """The answer, in the place of its acknowledgement."""
    return Outgoing(
        key=f"{request.turn.key}:answer",
        chat_id=request.chat_id,
        text=text,
        photo=photo,
        keyboard=keyboard,
        reply_to_message_id=request.reply_to,
        replaces=f"{request.turn.key}:ack",
        language=request.wording.language,
    )


async def _read_all(request: Request, attachments: Sequence[Attachment]) -> list[Outcome]:
    room = asyncio.Semaphore(ALBUM_READS)
    missing: list[UnavailableFileError] = []

    async def read(place: int, attachment: Attachment) -> Outcome:
        async with room:
            if missing:  # all are read again: do not wait for more of them now
                raise missing[0]
            try:
                return await _read_one(request, place, attachment)
            except UnavailableFileError as error:
                missing.append(error)
                raise

    reads = (read(place, each) for place, each in enumerate(attachments, start=1))
    # All are waited for even when one fails: nothing of this turn goes on after it has ended.
    results = await asyncio.gather(*reads, return_exceptions=True)
    outcomes: list[Outcome] = []
    for result in results:
        if isinstance(result, BaseException):
            raise result
        outcomes.append(result)
    return outcomes


async def _read_one(request: Request, place: int, attachment: Attachment) -> Outcome:
    try:
        with request.services.monitor.stage("download"):
            data = await download(request.services, request.bot, attachment)
        reading = await request.services.engine.read(data)
    except PhotoError as error:
        return UnopenedPhoto(place=place, problem=dashed(error.code))
    except UnavailableFileError:
        if not request.turn.is_last_try:
            raise
        return UnopenedPhoto(place=place, problem="unavailable")
    seen = SeenPhoto(
        place=place, photo_hash=request.services.keyring.photo_hash(data), findings=reading.findings
    )
    return OpenedPhoto(seen=seen, reading=reading, attachment=attachment)


def _explain(request: Request, outcomes: Sequence[Outcome]) -> Html:
    """Why nothing could be opened, what to do, and that worry does not wait for a better photo."""
    problems = [each.problem for each in outcomes if isinstance(each, UnopenedPhoto)]
    same = set(problems)
    is_one = len(problems) == 1 or same == {NAMES_PATIENT}
    why = explain_unread(request, problems[0]) if is_one else request.say("photo-none-readable")
    if not is_one and NAMES_PATIENT in same:
        why = join_lines((why, explain_unread(request, NAMES_PATIENT)), gap="\n\n")
    return join_lines((why, request.say("safety-net")), gap="\n\n")


def _case_record(request: Request, view: CaseView, readings: Sequence[PhotoReading]) -> Record:
    case = new_case(request, view, readings)
    message = CaseMessage(key=f"{request.turn.key}:answer", case_number=view.number, kind="answer")

    async def record(session: WriteSession) -> None:
        await add_case(session, case, now=request.now())
        await keep_message(session, message, subject=case.subject, now=request.now())

    return record


HOUR: Final = timedelta(hours=1)


async def find_pause(request: Request, session: ReadSession) -> timedelta | None:
    """How long the sender's next photo has to wait; None when it may be read now."""
    if request.person is None:
        return None
    now, most = request.now(), request.services.settings.photos_per_hour
    moment = await find_nth_newest(session, request.person.subject, place=most, since=now - HOUR)
    return None if moment is None else max(moment + HOUR - now, timedelta(seconds=1))


def ask_to_wait(request: Request, pause: timedelta) -> Reply:
    """Say that the photo is kept and when it is read. However often it is put off, this is said once."""
    minutes = math.ceil(pause.total_seconds() / 60)
    text = request.say("photos-limit", limit=request.services.settings.photos_per_hour, minutes=minutes)
    said = Outgoing(
        key=pause_key(request.turn.key),
        chat_id=request.chat_id,
        text=text,
        reply_to_message_id=request.reply_to,
        replaces=f"{request.turn.key}:ack",
        priority=Priority.ACKNOWLEDGEMENT,
        language=request.wording.language,
    )
    return Reply(messages=(said,), pause_s=pause.total_seconds())
