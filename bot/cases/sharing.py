"""Rates cases again whose lesion was joined before its lasting answers held for all of its photos.

It runs before cases are listed, opened, written about or exported, so that none of them shows a `low` that
no longer holds. What a turn shows is recorded with it, and the rest in later turns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Final

from bot.cases.checklist_answers import reassess, revise
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

MOST_AT_ONCE: Final = 5  # cases that a turn rates again, unless it shows more of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Cases as they are from this turn on, by number, and the changes that record some of them.

    `answered` has each of them as it is recorded, with its new answers.
    """

    cases: Mapping[str, Case] = field(default_factory=dict)
    changes: Changes = ((), ())
    answered: Mapping[str, tuple[Case, Context]] = field(default_factory=dict)

    def update(self, cases: Sequence[Case]) -> list[Case]:
        """These cases as they are from this turn on."""
        return [self.cases.get(each.number, each) for each in cases]

    def add_to(self, reply: Reply) -> Reply:
        """The reply with the changes."""
        edits, records = self.changes
        return replace(reply, messages=(*reply.messages, *edits), records=(*records, *reply.records))


NOTHING: Final = Shared()


async def find_shared(request: Request) -> Shared:
    """What forbids `low` for one photo of a lesion does so for all, unless it was taken back about one.

    Nothing is recorded: whoever shows such a case shows its level as it is here.
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
    cases = {each.number: each for each in found if each is not None}
    answered = {
        number: (case, wanted[number])
        for number, case in cases.items()
        if wanted[number] != read_context(case.context)
    }
    policy = request.services.release.policy
    after = {
        number: _as_revised(case, reassess(case, said, policy)) for number, (case, said) in answered.items()
    }
    return Shared(cases=after, answered=answered)


async def record_shared(
    request: Request, shared: Shared, *, shown: Sequence[Case], follow: Follow, pressed: int = 0
) -> Shared:
    """The same with the changes of the cases that are shown now, and of a few others.

    A turn is bounded: of many cases, the others follow in later turns.

    Args:
        request: the sender's.
        shared: what was found in this turn.
        shown: the cases that the turn shows.
        follow: shows the new levels to clinics.
        pressed: a message that the caller edits.

    Raises:
        BusyError: a card waits for the networks; the turn is retried.
    """
    first = [each.number for each in shown if each.number in shared.answered]
    others = [number for number in shared.answered if number not in first]
    numbers = [*first, *others[: max(0, MOST_AT_ONCE - len(first))]]
    if not numbers:
        return shared
    answered = [shared.answered[number] for number in numbers]
    revised = await revise_together(request, answered, pressed=pressed, follow=follow)
    views = {view.number: view for view in (revised.view, *revised.others)}
    after = {number: _as_revised(shared.answered[number][0], views[number]) for number in numbers}
    return replace(shared, cases={**shared.cases, **after}, changes=revised.changes)


async def share_case(request: Request, case: Case, *, follow: Follow) -> tuple[Case, Shared]:
    """A case as it is from this turn on, with the changes.

    Raises:
        BusyError: a card waits for the networks; the turn is retried.
    """
    shared = await record_shared(request, await find_shared(request), shown=[case], follow=follow)
    (case,) = shared.update([case])
    return case, shared


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


__all__ = ["NOTHING", "Shared", "find_shared", "record_shared", "share_case"]
