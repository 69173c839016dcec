"""What counts as a photo, and what is not fetched at all."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from telegram import Bot, Chat, Document, Message, PhotoSize

from bot.conversation.attachments import Attachment, download
from inference.photos import TooManyBytesError

CHAT, NOW = Chat(1, Chat.PRIVATE), datetime(2026, 3, 1, tzinfo=UTC)


def size(name: str, width: int) -> PhotoSize:
    return PhotoSize(name, name, width, width, file_size=width)


def test_the_largest_version_of_a_photo_is_taken_whatever_the_order():
    message = Message(1, NOW, CHAT, photo=(size("s", 90), size("l", 1280), size("m", 320)))
    found = Attachment.of(message)
    assert found is not None
    assert found.file_id == "l"


def test_a_document_counts_whatever_it_calls_itself():
    document = Document("d", "d", file_name="notes.txt", mime_type=None, file_size=9)
    assert Attachment.of(Message(1, NOW, CHAT, document=document)) is not None


def test_a_text_is_no_attachment():
    assert Attachment.of(Message(1, NOW, CHAT, text="photo")) is None


async def test_a_file_too_large_is_refused_without_asking_telegram():
    attachment = Attachment(file_id="d", size_bytes=21, is_exact=True)
    services = SimpleNamespace(settings=SimpleNamespace(max_download_bytes=20))
    with pytest.raises(TooManyBytesError):
        await download(services, NoBot("1:x"), attachment)


class NoBot(Bot):
    """Must not be asked for anything."""

    async def get_file(self, *_args, **_kwargs):
        raise AssertionError("nothing may be fetched")
