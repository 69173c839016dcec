"""What a message carries that may be a photo, and its bytes."""

import asyncio
from dataclasses import dataclass
from typing import Final

from telegram import Message
from telegram.error import BadRequest, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.context import Services
from bot.downloads import TruncatedDownloadError, UnavailableFileError
from inference.photos import TooManyBytesError

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

    def is_same_file(self, other: "Attachment") -> bool:
        """Whether both are the same file of Telegram's."""
        if self.unique_id and other.unique_id:
            return self.unique_id == other.unique_id
        return self.file_id == other.file_id


async def download(services: Services, bot: ExtBot[None], attachment: Attachment) -> bytes:
    """The file's bytes; whether they came is noted in the download log.

    Raises:
        TooManyBytesError: it is larger than the bot may fetch; it is not fetched then.
        UnavailableFileError: Telegram did not give it, or not all of it; worth another try.
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
