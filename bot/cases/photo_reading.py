"""The photos of a turn: downloaded and read, or why they were not."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from telegram import Message

from bot.cases.view import SeenPhoto
from bot.conversation.attachments import Attachment, download
from bot.conversation.request import Request
from bot.conversation.unread_files import NAMES_PATIENT, delete_message, explain_unread
from bot.conversation.wording import dashed
from bot.delivery.downloads import UnavailableFileError
from bot.delivery.outgoing import Outgoing
from bot.texts import Html, join_lines
from inference.photos import PhotoError
from inference.readings import PhotoReading

ALBUM_READS: Final = 3  # photos of one album that are read at once, so that an album leaves room for others


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPhoto:
    """A photo that was read."""

    seen: SeenPhoto
    hashes: tuple[str, ...]  # of the file: by the key in use, then by older ones
    reading: PhotoReading
    attachment: Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class UnopenedPhoto:
    """A photo whose file could not be read; `problem` ends the id of the text that says why."""

    place: int
    problem: str


PhotoResult = OpenedPhoto | UnopenedPhoto


async def read_photos(
    request: Request, attachments: Sequence[Attachment], *, first: int = 1
) -> list[PhotoResult]:
    """Read the photos of a turn, some at a time; the results in their order, numbered from `first`.

    Raises:
        BusyError: too many photos wait; the turn is retried.
        UnavailableFileError, RetryAfter: Telegram did not deliver a file; the turn is retried.
    """
    room = asyncio.Semaphore(ALBUM_READS)
    missing: list[UnavailableFileError] = []

    async def read(place: int, attachment: Attachment) -> PhotoResult:
        async with room:
            if missing:  # the whole turn is retried: do not wait for its other files now
                raise missing[0]
            try:
                return await _read_one(request, place, attachment)
            except UnavailableFileError as error:
                missing.append(error)
                raise

    reads = (read(place, each) for place, each in enumerate(attachments, start=first))
    # Wait for all of them even if one fails: no read of this turn may continue after its end.
    results: list[PhotoResult] = []
    for result in await asyncio.gather(*reads, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
        results.append(result)
    return results


async def _read_one(request: Request, place: int, attachment: Attachment) -> PhotoResult:
    """Download a photo and run the networks."""
    services = request.services
    try:
        with services.monitor.stage("download"):
            data = await download(services, request.bot, attachment)
        reading = await services.engine.read(data)
    except PhotoError as error:
        return UnopenedPhoto(place=place, problem=dashed(error.code))
    except UnavailableFileError:
        if not request.turn.is_last_try:
            raise
        return UnopenedPhoto(place=place, problem="unavailable")
    hashes = services.keyring.photo_hashes(data)
    seen = SeenPhoto(place=place, photo_hash=hashes[0], findings=reading.findings)
    return OpenedPhoto(seen=seen, hashes=hashes, reading=reading, attachment=attachment)


def explain_unopened(request: Request, results: Sequence[PhotoResult]) -> Html:
    """Why no photo could be read, what to do, and that worry does not wait for a better photo."""
    problems = [each.problem for each in results if isinstance(each, UnopenedPhoto)]
    is_one = len(problems) == 1 or set(problems) == {NAMES_PATIENT}
    why = explain_unread(request, problems[0]) if is_one else request.say("photo-none-readable")
    if not is_one and NAMES_PATIENT in problems:
        why = join_lines((why, explain_unread(request, NAMES_PATIENT)), gap="\n\n")
    return join_lines((why, request.say("safety-net")), gap="\n\n")


def delete_naming(
    request: Request, messages: Sequence[Message], results: Sequence[PhotoResult]
) -> list[Outgoing]:
    """The deletion of each message whose file names the patient; says why, unless nothing was read."""
    naming = [
        message
        for message, result in zip(messages, results, strict=True)
        if isinstance(result, UnopenedPhoto) and result.problem == NAMES_PATIENT
    ]
    deletions = [delete_message(request, message.message_id) for message in naming]
    if not naming or not any(isinstance(each, OpenedPhoto) for each in results):
        return deletions
    return [request.message(explain_unread(request, NAMES_PATIENT), name=NAMES_PATIENT), *deletions]
