"""Fields of a request that sends or edits a message: the file, the media, the buttons."""

from typing import Any, Final

from telegram.constants import ParseMode

from bot.delivery.http import CallFile
from bot.delivery.outgoing import Outgoing

ATTACHED: Final = "file"  # the name of a file part


def write_album(outgoing: Outgoing, text: str) -> tuple[list[dict[str, str]], dict[str, CallFile]]:
    """The media of an album, the words under its first photo; and the file parts."""
    photos = (outgoing.photo or b"", *outgoing.more_photos)
    media = [{"type": "photo", "media": f"attach://{ATTACHED}{place}"} for place in range(len(photos))]
    if text:
        media[0] |= {"caption": text, "parse_mode": ParseMode.HTML}
    return media, {f"{ATTACHED}{place}": CallFile("photo.jpg", each) for place, each in enumerate(photos)}


def find_upload(outgoing: Outgoing) -> CallFile | None:
    """The photo or the document as a file part; None for words alone."""
    if outgoing.photo is not None:
        return CallFile("card.jpg", outgoing.photo)
    if outgoing.document is not None:
        return CallFile(outgoing.document_name or "document", outgoing.document)
    return None


def write_media(outgoing: Outgoing) -> dict[str, Any]:
    """The media of an edit."""
    kind = "photo" if outgoing.photo is not None else "document"
    words = {"caption": outgoing.text, "parse_mode": ParseMode.HTML} if outgoing.text is not None else {}
    return {"type": kind, "media": f"attach://{ATTACHED}", **words}


def write_markup(outgoing: Outgoing) -> dict[str, Any] | None:
    """The buttons under a message; None for none."""
    if not outgoing.keyboard:  # Telegram refuses an empty keyboard; an edit without one removes the buttons
        return None
    rows = [
        [{"text": button.text, "callback_data": button.data, "url": button.url} for button in row]
        for row in outgoing.keyboard
    ]
    return {
        "inline_keyboard": [
            [{name: value for name, value in button.items() if value is not None} for button in row]
            for row in rows
        ]
    }
