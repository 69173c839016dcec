"""The cases that a clinic's card names beside its own: earlier ones of the lesion, and those made from it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.cases.caption import say_answers
from bot.cases.view import CaseView, view_case
from bot.conversation.context import Services
from bot.conversation.wording import Wording
from bot.texts import Html, join_lines
from inference.judging import RANK, find_highest
from inference.readings import RiskLevel
from storage.record.cases import Case, get_case
from storage.record.lesions import find_lesion, list_cases_of_lesion
from storage.record.origins import list_made

EARLIER_SHOWN: Final = 3  # levels of a followed lesion
MADE_SHOWN: Final = 2  # of the cases made from one, those that are rated highest

Earlier = tuple[tuple[datetime, str], ...]


async def find_earlier(services: Services, case: Case) -> Earlier:
    """Times and levels of the newest earlier cases of the same lesion, if it is followed."""
    async with services.database.read() as session:
        lesion = await find_lesion(session, case.id, subject=case.subject)
        if lesion is None:
            return ()
        cases = await list_cases_of_lesion(session, lesion.id, subject=case.subject)
    zone = services.settings.clinic.zone
    earlier = [(each.created_at.astimezone(zone), each.level) for each in cases if each.id < case.id]
    return tuple(earlier[-EARLIER_SHOWN:])


async def find_made(services: Services, case: Case) -> tuple[CaseView, ...]:
    """The cases made from a case: moles of an album that was split, lesions picked on its photos."""
    async with services.database.read() as session:
        numbers = await list_made(session, case.id)
        found = [await get_case(session, number, subject=case.subject) for number in numbers]
    return tuple(view_case(each) for each in found if each is not None)


def rate_with_made(view: CaseView, made: Sequence[CaseView]) -> RiskLevel:
    """The level of a card: no less than that of any case made from its case."""
    return find_highest(view.assessment.level, *(each.assessment.level for each in made))


def renew(made: Sequence[CaseView], changed: Mapping[str, CaseView]) -> tuple[CaseView, ...]:
    """The same cases, with those that change in this turn as they are from then on."""
    return tuple(changed.get(each.number, each) for each in made)


def say_made(view: CaseView, made: Sequence[CaseView], wording: Wording, *, is_short: bool = False) -> Html:
    """Which cases made from this one are rated higher than it is; with their answers unless `is_short`."""
    higher = [each for each in made if RANK[each.assessment.level] > RANK[view.assessment.level]]
    higher.sort(key=lambda each: -RANK[each.assessment.level])  # of equal ones the oldest first
    return join_lines(_say_one(each, wording, is_short=is_short) for each in higher[:MADE_SHOWN])


def _say_one(view: CaseView, wording: Wording, *, is_short: bool) -> Html:
    level = view.assessment.level
    named = wording.say(
        "card-made",
        case=view.number,
        photo=view.leading.place,
        mark=wording.mark(level),
        level=wording.level(level),
    )
    return named if is_short else join_lines((named, say_answers(view.context, wording)), gap=" ")
