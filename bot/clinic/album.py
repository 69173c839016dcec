"""The photos of a referred case in the clinic's chat: an album under the card, at full size, without maps.

They are fetched from Telegram when they are posted, and wait sealed in the outbox until they are sent.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from PIL import Image
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.cards.jpeg import encode_jpeg
from bot.clinic.chats import open_chat_id
from bot.clinic.cuts import WHOLE, Cut, cut_closely, cut_pixels
from bot.clinic.facts import Details
from bot.conversation.attachments import Attachment, download, find_files
from bot.conversation.context import Services
from bot.conversation.request import word
from bot.delivery.downloads import UnavailableFileError
from bot.delivery.outgoing import Outgoing, Priority, Record, album_key
from bot.texts import join_lines
from inference.judging import RANK
from inference.photos import PhotoError
from inference.readings import RiskLevel
from storage.clinic.clinics import Clinic
from storage.clinic.group_messages import GroupMessage, keep_group_message
from storage.database.sessions import WriteSession
from storage.record.cases import Case

MOST_PHOTOS: Final = 4  # of the case; the locator photo comes on top
_OF_ALBUM: Final = re.compile(r"(referral:[^:]+:album\d*)(:\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """The photos of the album: the case's as JPEG files, then the locator photo."""

    photos: tuple[bytes, ...] = ()
    has_locator: bool = False
    missing: int = 0  # photos that could not be had any more


def choose_photos(case: Case) -> tuple[int, ...]:
    """The places (from 0) of the photos that are posted: the most suspicious ones, in their order."""
    ranked = sorted(range(len(case.photos)), key=lambda place: -RANK[RiskLevel(case.photos[place].level)])
    return tuple(sorted(ranked[:MOST_PHOTOS]))


async def draw_album(services: Services, bot: ExtBot[None], *, case: Case, form: Details) -> Album:
    """The photos as the sender previewed and cropped them, without metadata.

    Raises:
        BusyError: too many photos wait; the turn is retried.
    """
    files = await find_files(services, case.number, subject=case.subject)
    places = choose_photos(case)
    chosen = [files[place] for place in places] if len(files) == len(case.photos) else []
    seen = len(case.photos) if form.photos is None else form.photos
    photos = [
        await _draw(services, bot, file, cut=form.cut, is_previewed=place < seen)
        for place, file in zip(places, chosen, strict=False)
    ]
    locator = None
    if form.locator is not None:
        locator = await _draw(services, bot, Attachment.load(form.locator), cut=WHOLE)
    wanted = len(places) + (form.locator is not None)
    found = [each for each in (*photos, locator) if each is not None]
    return Album(photos=tuple(found), has_locator=locator is not None, missing=wanted - len(found))


def write_album(
    services: Services, clinic: Clinic, album: Album, *, key: str, number: str
) -> tuple[Outgoing, ...]:
    """The message; empty if no photo is available."""
    if not album.photos:
        return ()
    wording = word(services, clinic.language)
    text = wording.say("album-caption", case=number, count=len(album.photos) - album.has_locator)
    locator = wording.say("album-locator") if album.has_locator else ""
    missing = wording.say("album-missing", count=album.missing) if album.missing else ""
    first, *more = album.photos
    outgoing = Outgoing(
        key=key if more else album_key(key, 1),
        chat_id=open_chat_id(services, clinic),
        text=join_lines((text, locator, missing), gap=" "),
        photo=first,
        more_photos=tuple(more),
        is_protected=True,
        priority=Priority.REFERRAL,
        language=wording.language,
    )
    return (outgoing,)


def keep_album(clinic: Clinic, case: Case, album: Album, *, key: str, services: Services) -> Record:
    """To be recorded: each photo's message, so that it can be deleted."""
    messages = [
        GroupMessage(
            key=album_key(key, place),
            subject=case.subject,
            clinic_id=clinic.id,
            case_number=case.number,
            kind="photo",
        )
        for place in range(1, len(album.photos) + 1)
    ]

    async def record(session: WriteSession) -> None:
        for message in messages:
            await keep_group_message(session, message, now=services.clock())

    return record


def find_album_key(message: GroupMessage) -> str | None:
    """The key of the album that this message is a photo of; None for any other message."""
    found = _OF_ALBUM.fullmatch(message.key)
    return None if found is None else found.group(1)


def cancel_albums(messages: Sequence[GroupMessage], deletions: Sequence[Outgoing]) -> list[Outgoing]:
    """Withdraw albums that wait to be sent: their photos have no message yet."""
    keys = {
        key: deletion
        for message, deletion in zip(messages, deletions, strict=True)
        if message.message_id is None and (key := find_album_key(message)) is not None
    }
    return [
        replace(deletion, key=f"{key}:erased", replaces=key, edit_message_id=None)
        for key, deletion in keys.items()
    ]


async def _draw(
    services: Services, bot: ExtBot[None], attachment: Attachment, *, cut: Cut, is_previewed: bool = True
) -> bytes | None:
    try:
        data = await download(services, bot, attachment)
        pixels = await services.engine.open_full(data)
        if not is_previewed and cut != WHOLE:
            cut = cut_closely(await services.engine.read(data), cut)
    except (TelegramError, UnavailableFileError, PhotoError):
        return None
    return await asyncio.to_thread(lambda: encode_jpeg(Image.fromarray(cut_pixels(pixels, cut))))


__all__ = [
    "Album",
    "cancel_albums",
    "choose_photos",
    "draw_album",
    "find_album_key",
    "keep_album",
    "write_album",
]
