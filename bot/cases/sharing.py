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
from inference.readings import Context, SpecialSite
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
        wanted = await _leave_taken_back(session, wanted)
        found = [await get_case(session, number, subject=subject) for number in wanted]
    cases = [each for each in found if each is not None]
    answered = [
        (each, wanted[each.number]) for each in cases if wanted[each.number] != read_context(each.context)
    ]
    if not answered:
        return NOTHING
    revised = await revise_together(request, answered, pressed=pressed, follow=follow)
    views = {view.number: view for view in (revised.view, *revised.others)}
    return Shared(
        cases={each.number: _as_revised(each, views[each.number]) for each, _ in answered},
        changes=revised.changes,
    )


def _find_missing(lesion: Sequence[tuple[str, Mapping[str, object] | None]]) -> list[tuple[str, Context]]:
    """The cases of a lesion that lack an answer of another one, with their answers then."""
    contexts = [(number, read_context(stored)) for number, stored in lesion]
    lasting = reduce(add_lasting, (find_lasting(context) for _, context in contexts), Context())
    after = [(number, context, add_lasting(context, lasting)) for number, context in contexts]
    return [(number, shared) for number, context, shared in after if shared != context]


async def _leave_taken_back(session: ReadSession, wanted: Mapping[str, Context]) -> dict[str, Context]:
    """The same without each answer that was once given about a case: it was taken back, until asked again."""
    entries = await read_entries(session, [*wanted], ("case", "context", "photo"))
    left = dict(wanted)
    for number, noted in entries.items():
        contexts = [read_context(entry.payload.get("context")) for entry in noted]
        left[number] = _without_given(wanted[number], contexts)
    return left


def _without_given(wanted: Context, contexts: Sequence[Context]) -> Context:
    """The wanted answers, without those that `contexts` (oldest first) had and the last one has not."""
    now, given = contexts[-1], [find_lasting(each) for each in contexts]
    once: frozenset[SpecialSite] = frozenset().union(*(each.sites or () for each in given))
    sites = (wanted.sites or frozenset()) - (once - (now.sites or frozenset()))
    return replace(
        wanted,
        skin_type=now.skin_type if any(each.skin_type for each in given) else wanted.skin_type,
        under_18=now.under_18 if any(each.under_18 for each in given) else wanted.under_18,
        sites=sites or now.sites,
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
