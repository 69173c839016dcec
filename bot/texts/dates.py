"""Dates as French writes them: the first of a month is "1er mars"."""

import re
from datetime import date
from typing import Any, Final

from fluent.runtime.types import FluentDateType, FluentNone, FluentType, fluent_date

_FIRST: Final = re.compile(r"^1 (?=[^\W\d])")


class _FrenchDate(FluentType):
    """A date, formatted when it is said."""

    def __init__(self, moment: FluentDateType) -> None:
        self._moment = moment

    def format(self, locale: Any) -> str:
        return _FIRST.sub("1er ", self._moment.format(locale))


def say_french_date(moment: date | FluentDateType | FluentNone, **options: Any) -> FluentType | FluentNone:
    """The `DATETIME` of French texts."""
    said = fluent_date(moment, **options)
    return _FrenchDate(said) if isinstance(said, FluentDateType) else said


__all__ = ["say_french_date"]
