"""The label of a followed lesion: its two words, and the sender's own."""

from typing import Final

from bot.conversation.request import Request
from bot.conversation.wording import Wording
from bot.texts import Html
from storage.record.lesions import Lesion

PURPOSE: Final = "lesion words"


def label_of(request: Request | Wording, lesion: Lesion) -> Html:
    """The two words of a lesion."""
    first, second = (words_of(request, which) for which in ("first", "second"))
    return request.say(
        "lesion-label",
        first=first[lesion.first_word % len(first)],
        second=second[lesion.second_word % len(second)],
    )


def words_of(request: Request | Wording, which: str) -> list[str]:
    """One of the two word lists."""
    return request.say(f"lesion-{which}-words").split(", ")


def open_words(request: Request, lesion: Lesion) -> str:
    """The sender's own words for a lesion; empty if there are none."""
    sealed = lesion.own_words
    return "" if sealed is None else request.services.keyring.decrypt(sealed, purpose=PURPOSE).decode()
