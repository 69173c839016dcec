"""What a message carries that may be a photo, and its bytes."""

from dataclasses import dataclass

from telegram import Message
from telegram.error import BadRequest
from telegram.ext import ExtBot

from inference.photos import TooManyBytesError


class TruncatedDownloadError(Exception):
    """Telegram gave fewer bytes than it announced; worth another try."""


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


async def download(bot: ExtBot[None], attachment: Attachment, *, max_bytes: int) -> bytes:
    """The file's bytes.

    Raises:
        TooManyBytesError: it is larger than `max_bytes`; it is not fetched then.
        TruncatedDownloadError: fewer bytes came than announced.
        TelegramError: Telegram did not give it; worth another try.
    """
    if attachment.size_bytes is not None and attachment.size_bytes > max_bytes:
        raise TooManyBytesError
    try:
        file = await bot.get_file(attachment.file_id)
    except BadRequest as error:
        if "too big" in str(error).lower():  # the size was not announced
            raise TooManyBytesError from error
        raise
    data = bytes(await file.download_as_bytearray())
    announced = file.file_size if file.file_size is not None else attachment.size_bytes
    if attachment.is_exact and announced is not None and len(data) < announced:
        raise TruncatedDownloadError
    return data
