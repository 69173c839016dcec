"""What the clinician answers about patient and lesion: stored item by item as words, and assessed again."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

from bot.cases.stored_findings import find_rules
from bot.cases.view import CARD_LEVEL, CaseView, assess_photos, shown_level, store_context, view_case
from inference.policy import Policy
from inference.readings import Abcde, Context, RedFlag, SevenPoint, SpecialSite
from storage.record.answers import Revision
from storage.record.cases import Case

# What a button names: a letter for the question, a digit for the item, in the order of the guideline.
SEVEN_POINT: Final[Mapping[str, SevenPoint]] = {f"s{place}": each for place, each in enumerate(SevenPoint)}
ABCDE: Final[Mapping[str, Abcde]] = {f"e{place}": each for place, each in enumerate(Abcde)}
RED_FLAGS: Final[Mapping[str, RedFlag]] = {f"r{place}": each for place, each in enumerate(RedFlag)}
SITES: Final[Mapping[str, SpecialSite]] = {f"p{place}": each for place, each in enumerate(SpecialSite)}
SKIN_TYPES: Final[Mapping[str, int]] = {f"k{number}": number for number in range(1, 7)}
AGES: Final[Mapping[str, bool]] = {"y0": False, "y1": True}  # under 18
NONE_OF: Final[Mapping[str, str]] = {"s-": "seven_point", "e-": "abcde", "p-": "sites"}


class UnknownItemError(LookupError):
    """No button of ours names this item."""


def has_item(context: Context, item: str) -> bool:
    """Whether this item is answered with yes.

    Raises:
        UnknownItemError: there is no such item.
    """
    if item in SKIN_TYPES:
        return context.skin_type == SKIN_TYPES[item]
    if item in AGES:
        return context.under_18 is AGES[item]
    if item in NONE_OF:
        return bool(getattr(context, NONE_OF[item]) == frozenset())
    name, word = _find(item)
    return word in (getattr(context, name) or ())


def set_item(context: Context, item: str, *, wanted: bool) -> Context:
    """The context with one item answered, or taken back. Answered twice, it is the same.

    Raises:
        UnknownItemError: there is no such item.
    """
    if item in SKIN_TYPES:
        return _set_one(context, "skin_type", SKIN_TYPES[item], wanted=wanted)
    if item in AGES:
        return _set_one(context, "under_18", AGES[item], wanted=wanted)
    if item in NONE_OF:
        return _change(context, NONE_OF[item], frozenset() if wanted else None)
    name, word = _find(item)
    others = frozenset(getattr(context, name) or ()) - {word}
    return _change(context, name, others | {word} if wanted else others)


def reassess(case: Case, context: Context, policy: Policy) -> CaseView:
    """What a recorded case comes to with these answers: from its stored findings and by its own rules."""
    view = view_case(case)
    rules = find_rules(case, policy)
    assessment = assess_photos(view.photos, context, rules, together=view.together)
    is_older = shown_level(case) is not assessment.level
    return replace(view, assessment=assessment, context=context, has_older_picture=is_older)


def revise(case: Case, view: CaseView) -> Revision:
    """The record of a case that was assessed again."""
    level = view.assessment.level
    context = store_context(view.context)
    if view.has_older_picture:
        context[CARD_LEVEL] = str(shown_level(case))
    return Revision(
        seen=case.context,
        context=context,
        level=level,
        reasons=tuple(view.assessment.reasons),
        photo_levels=tuple(view.assessment.photo_levels),
    )


def _set_one(context: Context, name: str, value: int, *, wanted: bool) -> Context:
    if wanted:
        return _change(context, name, value)
    return _change(context, name, None) if getattr(context, name) == value else context


def _change(context: Context, name: str, value: Any) -> Context:
    changes: dict[str, Any] = {name: value}
    return replace(context, **changes)


def _find(item: str) -> tuple[str, StrEnum]:
    tables: tuple[tuple[str, Mapping[str, StrEnum]], ...] = (
        ("seven_point", SEVEN_POINT),
        ("abcde", ABCDE),
        ("red_flags", RED_FLAGS),
        ("sites", SITES),
    )
    for name, table in tables:
        if item in table:
            return name, table[item]
    raise UnknownItemError(item)
