"""The clinic's answer about a case that holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.clinic.card import Posted
from bot.conversation.request import Request
from bot.conversation.wording import Wording, dashed
from bot.texts import Html, join_lines
from storage.clinic.clinics import Clinic, find_clinic_of_sender, find_only_clinic
from storage.clinic.referrals import Referral, list_of_each
from storage.clinic.verdicts import (
    BETTER_PHOTO,
    PHOTO_CAME,
    WISHES,
    Verdict,
    find_answer,
    find_urgent,
    has_photo_come,
    list_verdicts_of_each,
)
from storage.database.sessions import ReadSession
from storage.record.added_photos import find_last_added_of_each


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the clinic said about a case, as it holds now."""

    answers: Sequence[Verdict] = ()  # of one referral, oldest first, without comments; the last one holds
    again: str = ""  # asked about again since: "waited-for", "better-photo" or "better-photo-came"


async def find_held(
    session: ReadSession,
    numbers: Sequence[str],
    *,
    just_said: Posted | None = None,
    just_added: Mapping[str, datetime] | None = None,
    without: str | None = None,
) -> dict[str, Held]:
    """The answer that holds for each of these cases; cases that no clinic is asked about are missing.

    An answer holds until the next one, also while the case is asked about again.
    `just_said` has an answer, and `just_added` the time of a photo of a case, that are not recorded yet.
    The referral `without` (its token) is about to be withdrawn.
    """
    listed = await list_of_each(session, numbers)
    left = {number: [each for each in listed[number] if each.token != without] for number in listed}
    referrals = {number: asked for number, asked in left.items() if asked}
    asked = [each for listed in referrals.values() for each in listed]
    answers = await list_answers_of_each(session, asked, just_said=just_said, just_added=just_added)
    return {number: _find_held([answers[each.id] for each in listed]) for number, listed in referrals.items()}


async def list_answers_of_each(
    session: ReadSession,
    asked: Sequence[Referral],
    *,
    just_said: Posted | None = None,
    just_added: Mapping[str, datetime] | None = None,
) -> dict[int, list[Verdict]]:
    """The answers to each referral, by its id: oldest first, without comments.

    A wish for a better photo, as the last answer, says so if the photo came since (`PHOTO_CAME`).
    """
    if not asked:
        return {}
    verdicts = await list_verdicts_of_each(session, [each.id for each in asked])
    if just_said is not None:
        verdicts[just_said.referral.id] = list(just_said.verdicts)
    answers = {
        each.id: [said for said in verdicts.get(each.id, ()) if said.kind != "comment"] for each in asked
    }
    wished = {each.case_number for each in asked if [s.kind for s in answers[each.id]][-1:] == [BETTER_PHOTO]}
    if wished:
        added = {**await find_last_added_of_each(session, sorted(wished)), **(just_added or {})}
        for each in asked:
            said = answers[each.id]
            if said and has_photo_come(said[-1], added.get(each.case_number)):
                said[-1] = replace(said[-1], kind=PHOTO_CAME)
    return answers


def _find_held(answers: Sequence[Sequence[Verdict]]) -> Held:
    """`answers` of each referral, oldest first: those of the referral with the newest answer hold.

    A wish for a better photo replaces the answer of its own referral, unless it is urgent, and no other. A
    late correction of an earlier answer does not undo a newer urgent one.
    """
    latest = answers[-1]
    answered = [
        (answer.at, said)
        for place, said in enumerate(answers)
        if (answer := find_answer(said)) is not None
        and (said is latest or said[-1].kind not in WISHES or find_urgent(said) is not None)
        and (answer.kind == "urgent" or not any(find_urgent(newer) for newer in answers[place + 1 :]))
    ]
    held = max(answered, key=lambda each: each[0])[1] if answered else latest
    if held is latest or find_answer(latest) is not None:
        return Held(answers=held)
    return Held(answers=held, again=dashed(latest[-1].kind) if latest else "waited-for")


async def find_verdicts(session: ReadSession, numbers: Sequence[str], wording: Wording) -> dict[str, Html]:
    """The answer about each case in words, and whether one is waited for; without a referral, none."""
    found = await find_held(session, numbers)
    return {number: _say_held(held, wording) for number, held in found.items()}


def _say_held(held: Held, wording: Wording) -> Html:
    if not held.answers:
        return wording.say("verdict-waited-for")
    last, urgent = held.answers[-1], find_urgent(held.answers)
    shown = [last] if urgent in (None, last) else [urgent, last]  # it holds until a better photo is answered
    said = join_lines((_say(each, wording) for each in shown if each is not None), gap=" · ")
    return wording.say(f"verdict-asked-again-{held.again}", verdict=said) if held.again else said


def _say(verdict: Verdict, wording: Wording) -> Html:
    if verdict.kind == "monitor":
        return wording.say("verdict-monitor", count=verdict.months or 3)
    if verdict.kind == "urgent":
        return wording.say("verdict-urgent", pathway=wording.urgent())
    return wording.say("verdict-" + dashed(verdict.kind))


async def find_clinic(request: Request) -> Clinic | None:
    """The linked clinic that this sender may ask: their own or, if access is open, the only one."""
    if request.person is None:
        return None
    async with request.services.database.read() as session:
        own = await find_clinic_of_sender(session, request.person.subject)
        if own is not None:
            return own if own.is_linked else None
        return await find_only_clinic(session) if request.services.settings.access == "open" else None
