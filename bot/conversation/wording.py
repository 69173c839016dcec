"""Texts in one sender's language, with the words and numbers that the operator set."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from bot.texts import Html, Texts
from inference.readings import RiskLevel
from inference.tested import AnswerFigures

# Sources of photos that the texts name; any other is shown by its name in pair.json.
KNOWN_SOURCES = ("old_archive", "pad", "milk_closeup", "milk_dermoscopic", "acral", "ham", "isic")

_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Says things in one language.

    `prevalence` is the share of melanomas among such patients (0 to 1); `pathway` names an urgent referral
    where English is spoken (French has one name for it); `tested` is what the tests of the installed pair say
    at that prevalence.
    """

    texts: Texts
    language: str
    prevalence: float
    pathway: str
    tested: AnswerFigures = field(default_factory=AnswerFigures)

    def say(self, message_id: str, /, **arguments: Any) -> Html:
        """One text, HTML."""
        return self.texts.get(self.language, message_id, **arguments)

    def percent(self, share: float) -> Html:
        """A share of 0 to 1 as a percentage."""
        return self.say("percent", value=share * 100)

    def level(self, level: RiskLevel) -> Html:
        """A level in one or two words."""
        return self.say("level-" + dashed(level))

    def mark(self, level: RiskLevel) -> Html:
        """The coloured mark of a level, which screen readers name."""
        return self.say("mark-" + dashed(level))

    def source(self, name: str) -> Html | str:
        """The name of a source of photos."""
        return self.say("source-" + dashed(name)) if name in KNOWN_SOURCES else name

    def urgent(self) -> Html | str:
        """The name of the urgent referral."""
        return self.pathway if self.language == "en" else self.say("pathway")


def dashed(code: str) -> str:
    """A stable code as text ids write it."""
    return str(code).replace("_", "-")


def plain(html: str) -> str:
    """A text without its HTML, as Telegram shows it."""
    return unescape(_TAG.sub("", html))


def count_units(html: str) -> int:
    """UTF-16 units after parsing, as Telegram counts a caption (1,024 at most) or a text (4,096)."""
    return len(plain(html).encode("utf-16-le")) // 2
