"""Attachments that may be photos, and their bytes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import orjson
from telegram import Message
from telegram.error import BadRequest, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.conversation.context import Services
from bot.conversation.request import Request
from bot.delivery.downloads import TruncatedDownloadError, UnavailableFileError
from bot.delivery.outgoing import Record
from inference.photos import TooManyBytesError
from storage.database.sessions import WriteSession
from storage.record.answers import find_photo_files as find_sealed
from storage.record.answers import keep_photo_files as keep_sealed
from storage.record.answers import list_photo_files as list_sealed

LONGEST_S: Final = 60.0  # of one download: 20 MB at 2.7 Mbit/s
# What the library raises for a reply that is JSON but describes no file.
NO_FILE: Final = (KeyError, TypeError, AttributeError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A photo, or a file that may be one (its content decides, never its name or type)."""

    file_id: str
    size_bytes: int | None  # None: Telegram did not say
    is_exact: bool  # whether the size can be trusted to the byte
    unique_id: str = ""  # the same for a file at all times; cannot be used to download it; "" if unknown

    @classmethod
    def of(cls, message: Message) -> "Attachment | None":
        """The largest version of the message's photo, or its document."""
        if message.photo:
            largest = max(message.photo, key=lambda size: size.width * size.height)
            return cls(
                file_id=largest.file_id,
                size_bytes=largest.file_size,
                is_exact=False,
                unique_id=largest.file_unique_id,
            )
        if document := message.document:
            return cls(
                file_id=document.file_id,
                size_bytes=document.file_size,
                is_exact=True,
                unique_id=document.file_unique_id,
            )
        return None

    def dump(self) -> list[str | int | None]:
        """As JSON keeps it."""
        return [self.file_id, self.size_bytes, self.is_exact, self.unique_id]

    @classmethod
    def load(cls, kept: Sequence[Any]) -> "Attachment":
        """What `dump` returned. Rows of older versions have no unique ids."""
        file_id, size, exact, *unique_id = kept
        return cls(file_id=file_id, size_bytes=size, is_exact=exact, unique_id="".join(unique_id))

    def is_same_file(self, other: "Attachment") -> bool:
        """Whether both are the same file of Telegram's."""
        if self.unique_id and other.unique_id:
            return self.unique_id == other.unique_id
        return self.file_id == other.file_id


async def download(services: Services, bot: ExtBot[None], attachment: Attachment) -> bytes:
    """The file's bytes; whether they came is noted in the download log.

    Raises:
        TooManyBytesError: it is larger than the bot may fetch; it is not fetched then.
        UnavailableFileError: Telegram did not deliver it, or not all of it; worth a retry.
        RetryAfter: Telegram asked to wait.
    """
    limit = services.settings.max_download_bytes
    if attachment.size_bytes is not None and attachment.size_bytes > limit:
        raise TooManyBytesError
    try:
        data = await _fetch(bot, attachment)
    except UnavailableFileError:
        services.downloads.note(attachment.file_id, is_ok=False)
        raise
    services.downloads.note(attachment.file_id, is_ok=True)
    return data


async def _fetch(bot: ExtBot[None], attachment: Attachment) -> bytes:
    """Any answer but a refusal of this file (400) may be Telegram's fault, such as a token being replaced."""
    try:
        async with asyncio.timeout(LONGEST_S):
            file = await bot.get_file(attachment.file_id)
            if not file.file_path:
                raise UnavailableFileError(attachment.file_id)
            data = bytes(await file.download_as_bytearray())
    except RetryAfter:
        raise
    except BadRequest as error:
        if "too big" in str(error).lower():  # the size was not announced
            raise TooManyBytesError from error
        raise UnavailableFileError(attachment.file_id, is_at_fault=True) from error
    except (TelegramError, TimeoutError, *NO_FILE) as error:
        raise UnavailableFileError(attachment.file_id) from error
    announced = file.file_size
    if announced is None and attachment.is_exact:
        announced = attachment.size_bytes
    if announced is not None and len(data) < announced:
        raise TruncatedDownloadError(attachment.file_id)
    return data


PURPOSE: Final = "photo files"


async def find_photo_files(request: Request, number: str) -> tuple[Attachment, ...]:
    """The photos of a case of the sender, in order; empty when they are no longer known."""
    if request.person is None:
        return ()
    return await find_files(request.services, number, subject=request.person.subject)


async def find_files(services: Services, number: str, *, subject: str) -> tuple[Attachment, ...]:
    """The same for a case of a subject number."""
    async with services.database.read() as session:
        sealed = await find_sealed(session, number, subject=subject, now=services.clock())
    return () if sealed is None else open_files(services, sealed)


async def list_recent_files(request: Request) -> tuple[Attachment, ...]:
    """The photos of all cases of the sender that are still known."""
    if request.person is None:
        return ()
    async with request.services.database.read() as session:
        rows = await list_sealed(session, subject=request.person.subject, now=request.now())
    return tuple(file for _, sealed, _ in rows for file in open_files(request.services, sealed))


def keep_photo_files(request: Request, number: str, files: Sequence[Attachment]) -> Record:
    """To be recorded with the case."""
    person = request.person
    assert person is not None  # noqa: S101 - a case has an owner
    listed = [each.dump() for each in files]
    sealed = request.services.keyring.encrypt(orjson.dumps(listed), purpose=PURPOSE)
    expires_at = request.now() + timedelta(hours=request.services.settings.redraw_hours)

    async def record(session: WriteSession) -> None:
        await keep_sealed(session, number, subject=person.subject, files=sealed, expires_at=expires_at)

    return record


def open_files(services: Services, sealed: bytes) -> tuple[Attachment, ...]:
    """Unseal one case's photos. Rows of older versions have no unique ids."""
    files = orjson.loads(services.keyring.decrypt(sealed, purpose=PURPOSE))
    return tuple(Attachment.load(kept) for kept in files)
