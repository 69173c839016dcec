"""Rates cases again whose lesion was joined before its lasting answers held for all of its photos.

It runs before cases are listed or opened, so that none of them shows a `low` that no longer holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Final

from bot.cases.checklist_answers import revise
from bot.cases.lasting_answers import add_lasting, find_lasting
from bot.cases.revising import Follow, revise_together
from bot.cases.view import CaseView, read_context
from bot.conversation.clinics import Changes
from bot.conversation.request import Reply, Request
from inference.readings import Context
from storage.database.sessions import ReadSession
from storage.record.audit_record import read_entries
from storage.record.cases import Case, get_case
from storage.record.lesions import list_answers_of_lesions


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Cases as they are from this turn on, by number, and the changes that make them so."""

    cases: Mapping[str, Case] = field(default_factory=dict)
    changes: Changes = ((), ())

    def update(self, cases: Sequence[Case]) -> list[Case]:
        """These cases as they are from this turn on."""
        return [self.cases.get(each.number, each) for each in cases]

    def add_to(self, reply: Reply) -> Reply:
        """The reply with the changes."""
        edits, records = self.changes
        return replace(reply, messages=(*reply.messages, *edits), records=(*records, *reply.records))


NOTHING: Final = Shared()


async def share_lesions(request: Request, *, follow: Follow, pressed: int = 0) -> Shared:
    """What forbids `low` for one photo of a lesion does so for all, unless it was taken back about one.

    Args:
        request: the sender's.
        follow: shows the new levels to clinics.
        pressed: a message that the caller edits.

    Raises:
        BusyError: a card waits for the networks; the turn is retried.
    """
    if request.person is None:
        return NOTHING
    subject = request.person.subject
    async with request.services.database.read() as session:
        lesions = await list_answers_of_lesions(session, subject)
        wanted = {number: said for lesion in lesions for number, said in _find_missing(lesion)}
        if not wanted:
            return NOTHING
        found = [await get_case(session, number, subject=subject) for number in wanted]
        taken_back = await _list_taken_back(session, wanted)
    cases = [each for each in found if each is not None and each.number not in taken_back]
    if not cases:
        return NOTHING
    answered = [(each, wanted[each.number]) for each in cases]
    revised = await revise_together(request, answered, pressed=pressed, follow=follow)
    views = {view.number: view for view in (revised.view, *revised.others)}
    return Shared(
        cases={each.number: _as_revised(each, views[each.number]) for each in cases}, changes=revised.changes
    )


def _find_missing(lesion: Sequence[tuple[str, Mapping[str, object] | None]]) -> list[tuple[str, Context]]:
    """The cases of a lesion that lack an answer of another one, with their answers then."""
    contexts = [(number, read_context(stored)) for number, stored in lesion]
    lasting = reduce(add_lasting, (find_lasting(context) for _, context in contexts), Context())
    after = [(number, context, add_lasting(context, lasting)) for number, context in contexts]
    return [(number, shared) for number, context, shared in after if shared != context]


async def _list_taken_back(session: ReadSession, wanted: Mapping[str, Context]) -> set[str]:
    """The cases about which such an answer was once given: it was taken back, and stays so until asked."""
    entries = await read_entries(session, [*wanted], ("case", "context", "photo"))
    return {
        number
        for number, noted in entries.items()
        for said in [find_lasting(read_context(entry.payload.get("context"))) for entry in noted]
        if _was_given(said, wanted[number], now=read_context(noted[-1].payload.get("context")))
    }


def _was_given(said: Context, wanted: Context, *, now: Context) -> bool:
    """Whether an earlier answer has something that is wanted and is not there now."""
    missing = find_lasting(wanted, before=now)
    return bool(
        (missing.skin_type and said.skin_type)
        or (missing.under_18 and said.under_18)
        or (missing.sites or frozenset()) & (said.sites or frozenset())
    )


def _as_revised(case: Case, view: CaseView) -> Case:
    revision = revise(case, view)
    photos = zip(case.photos, revision.photo_levels, strict=True)
    return replace(
        case,
        level=revision.level,
        context=revision.context,
        reasons=revision.reasons,
        photos=tuple(replace(photo, level=level) for photo, level in photos),
    )


__all__ = ["NOTHING", "Shared", "share_lesions"]
