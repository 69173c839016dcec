"""Answers that hold for every photo of a lesion and forbid `low`: dark skin, under 18, special sites.

They answer what was not answered about the lesion's other cases; what was said there stays.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from bot.cases.view import read_context
from bot.conversation.request import Request
from inference.readings import Context
from storage.database.sessions import ReadSession
from storage.record.cases import Case, get_case
from storage.record.lesions import list_numbers_of_same_lesion
from storage.record.origins import list_same_origin


def find_lasting(said: Context, *, before: Context | None = None) -> Context:
    """What holds for other photos of the lesion and forbids `low`; without what was said before."""
    known = before or Context()
    sites = (said.sites or frozenset()) - (known.sites or frozenset())
    return Context(
        skin_type=said.skin_type if said.has_dark_skin and not known.has_dark_skin else None,
        under_18=True if said.under_18 and not known.under_18 else None,
        sites=sites or None,
    )


def add_lasting(said: Context, lasting: Context) -> Context:
    """The answers with these, where nothing was answered; sites are added to others, not to "none"."""
    takes_sites = lasting.sites is not None and said.sites != frozenset()
    return replace(
        said,
        skin_type=lasting.skin_type if said.skin_type is None else said.skin_type,
        under_18=lasting.under_18 if said.under_18 is None else said.under_18,
        sites=(said.sites or frozenset()) | (lasting.sites or frozenset()) if takes_sites else said.sites,
    )


async def list_same_lesion(request: Request, case: Case) -> list[Case]:
    """The other cases of a case's lesion; none if it is not followed."""
    async with request.services.database.read() as session:
        numbers = await list_numbers_of_same_lesion(session, case.id, subject=case.subject)
        return await _get_others(session, case, numbers)


async def list_same_photo(request: Request, case: Case) -> list[Case]:
    """The other cases of a case's photo or album: lesions picked on it, and parts of a split one.

    They are of one patient.
    """
    async with request.services.database.read() as session:
        return await _get_others(session, case, await list_same_origin(session, case.id))


async def _get_others(session: ReadSession, case: Case, numbers: Sequence[str]) -> list[Case]:
    found = [
        await get_case(session, number, subject=case.subject) for number in numbers if number != case.number
    ]
    return [each for each in found if each is not None]


def of_patient(lasting: Context) -> Context:
    """What of these answers is about the patient, not the lesion."""
    return replace(lasting, sites=None)


def spread(cases: Sequence[Case], lasting: Context) -> list[tuple[Case, Context]]:
    """The cases whose answers change if these hold for all of them, with their answers then."""
    after = [(each, add_lasting(read_context(each.context), lasting)) for each in cases]
    return [(each, context) for each, context in after if context != read_context(each.context)]


def share(cases: Sequence[Case]) -> list[tuple[Case, Context]]:
    """The same if what was answered about any of them holds for all."""
    said = (find_lasting(read_context(each.context)) for each in cases)
    return spread(cases, reduce(add_lasting, said, Context()))


__all__ = [
    "add_lasting",
    "find_lasting",
    "list_same_lesion",
    "list_same_photo",
    "of_patient",
    "share",
    "spread",
]
