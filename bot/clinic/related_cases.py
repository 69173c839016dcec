"""The cases that a clinic's card names beside its own: earlier ones of the lesion, and those made from it."""

from collections.abc import Mapping
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
Made = tuple[CaseView, ...]


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


async def find_made(services: Services, case: Case) -> Made:
    """The cases made from a case: moles of an album that was split, lesions picked on its photos."""
    async with services.database.read() as session:
        numbers = await list_made(session, case.id)
        found = [await get_case(session, number, subject=case.subject) for number in numbers]
    return tuple(view_case(each) for each in found if each is not None)


def rate_with_made(view: CaseView, made: Made) -> RiskLevel:
    """The level of a case's card: no less than that of any case made from it."""
    return find_highest(view.assessment.level, *(each.assessment.level for each in made))


def renew(made: Made, changed: Mapping[str, CaseView]) -> Made:
    """The same cases, with those that change in this turn as they are from then on."""
    return tuple(changed.get(each.number, each) for each in made)


def say_made(view: CaseView, made: Made, wording: Wording, *, is_short: bool = False) -> Html:
    """The moles of an album that was split, and cases made from this one that are rated higher than it is.

    Unless `is_short`, the moles by number and level, and with what was answered about what is rated higher.
    """
    moles = [each for each in made if not each.photos[0].findings.is_picked]
    listed = join_lines((_say_mole(each, wording) for each in moles), gap=", ")
    counted = wording.say("card-split-count", count=len(moles))
    split = counted if is_short else wording.say("card-split", moles=listed)
    higher = [each for each in made if RANK[each.assessment.level] > RANK[view.assessment.level]]
    higher.sort(key=lambda each: -RANK[each.assessment.level])  # of equal ones the oldest first
    named = (_say_higher(each, wording, is_short=is_short) for each in higher[:MADE_SHOWN])
    return join_lines((split if moles else "", *named))


def _say_mole(view: CaseView, wording: Wording) -> Html:
    mark = wording.mark(view.assessment.level)
    return wording.say("card-mole", case=view.number, photo=view.photos[0].place, mark=mark)


def _say_higher(view: CaseView, wording: Wording, *, is_short: bool) -> Html:
    level = view.assessment.level
    named = wording.say(
        "card-made",
        case=view.number,
        photo=view.photos[0].place,
        mark=wording.mark(level),
        level=wording.level(level),
    )
    return named if is_short else join_lines((named, say_answers(view.context, wording)), gap=" ")
