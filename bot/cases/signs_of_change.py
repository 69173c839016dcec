"""What was ticked that says that a lesion has changed, whatever else was answered about its change."""

from enum import StrEnum
from typing import Final

from bot.conversation.wording import Wording
from bot.texts import Html
from inference.readings import Abcde, Context, RedFlag, SevenPoint

# Each with the name of its text; the most alarming first.
_SIGNS: Final[tuple[tuple[str, StrEnum, str], ...]] = (
    ("red_flags", RedFlag.GROWTH, "growth"),
    ("abcde", Abcde.DIAMETER, "diameter"),
    ("abcde", Abcde.EVOLUTION, "evolution"),
    ("seven_point", SevenPoint.CHANGE_IN_SIZE, "size"),
)


def find_changes(context: Context) -> tuple[str, ...]:
    """The names of the signs of change that were ticked; empty if there are none."""
    return tuple(name for part, sign, name in _SIGNS if sign in (getattr(context, part) or ()))


def say_disagreement(context: Context, wording: Wording) -> Html:
    """That a change was ticked, the most alarming one, and “unchanged” answered; empty without a change."""
    names = find_changes(context)
    return wording.say("patient-change-disagrees", sign=wording.say(f"sign-{names[0]}")) if names else Html()


__all__ = ["find_changes", "say_disagreement"]
