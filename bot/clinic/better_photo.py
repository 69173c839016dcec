"""The better photo that a clinic asked for: it becomes a photo of the case, and every card follows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.cases.checklist_answers import revise
from bot.cases.redraw import Redrawn, edit_along
from bot.cases.reread import draw_again, read_again
from bot.cases.revising import Followed, raise_low
from bot.cases.stored_findings import find_rules
from bot.cases.view import CaseView, SeenPhoto, assess_photos, find_versions, shown_level, stored_photos
from bot.clinic.card import Posted
from bot.clinic.follow_level import follow_level
from bot.clinic.preview import find_due
from bot.clinic.related_cases import rate_with_made
from bot.conversation.attachments import Attachment, find_photo_files, keep_photo_files, open_files
from bot.conversation.clinics import Changes
from bot.conversation.request import Request
from bot.delivery.outgoing import Record
from inference.readings import PhotoReading, RiskLevel
from storage.clinic.flag_facts import Change, after_high, after_high_photo
from storage.clinic.verdicts import change_due
from storage.record.added_photos import AddedPhoto, add_photo
from storage.record.cases import Case, get_case
from storage.record.followed_photos import find_followed
from storage.record.origins import list_made


@dataclass(frozen=True, slots=True, kw_only=True)
class BetterPhoto:
    """A photo that was read."""

    hashes: tuple[str, ...]  # of the file: by the key in use, then by older ones
    reading: PhotoReading
    attachment: Attachment


def judge_with(request: Request, posted: Posted, photo: BetterPhoto) -> CaseView:
    """The case with this photo; unchanged if it already has the photo."""
    view = posted.view
    if {each.photo_hash for each in view.photos}.intersection(photo.hashes):
        return view
    place = max(view.sent_count, *(each.place for each in view.photos)) + 1
    seen = SeenPhoto(place=place, photo_hash=photo.hashes[0], findings=photo.reading.findings)
    photos = (*view.photos, seen)
    rules = find_rules(posted.case, request.services.release.policy)
    assessment = assess_photos(photos, view.context, rules, together=view.together)
    is_older = shown_level(posted.case) is not assessment.level
    return replace(view, photos=photos, assessment=assessment, has_older_picture=is_older)


async def add_to_case(request: Request, posted: Posted, view: CaseView, *, photo: BetterPhoto) -> Changes:
    """Edits of every card of the case, the clinic's too, and the records.

    The time for an answer restarts if the clinic waits for a better photo.

    Args:
        request: the sender's.
        posted: the referral.
        view: the case with the photo, from `judge_with`; the photo is new to it.
        photo: the photo.

    Raises:
        BusyError: the earlier photos wait for the networks; the turn is retried.
    """
    case, number = posted.case, posted.case.number
    restart: tuple[Record, ...] = ()
    if posted.waits_for_photo:
        level = rate_with_made(view, posted.made)
        due_at = find_due(request.services, level, asked_at=request.now())
        restart = (partial(change_due, token=posted.referral.token, due_at=due_at),)
    earlier, files = await read_again(request, case), await find_photo_files(request, number)
    if not files:  # a followed lesion knows them for longer, and compares the photo that leads the case
        async with request.services.database.read() as session:
            followed = await find_followed(session, case.id)
        files = open_files(request.services, followed) if followed is not None else ()
    readings = None if earlier is None else (*earlier, photo.reading)
    picture = None
    if readings is not None:
        view = replace(view, has_older_picture=False)
        picture = await draw_again(request, case, view, readings)
    redrawn = Redrawn(case=case, view=view, picture=picture, change=_find_change(request, case, view))
    edits = await edit_along(request, redrawn, pressed=0)
    after = Followed(case=case, view=view, readings=readings)
    shown, records = await follow_level(request, [after])
    names = find_versions([photo.reading], request.services.engine.versions)
    added = AddedPhoto(
        photo=stored_photos(view, find_rules(case, request.services.release.policy).rules)[-1],
        revision=revise(case, view),
        model_level=view.assessment.model_level,
        versions={
            name: " + ".join(dict.fromkeys([*case.versions.get(name, version).split(" + "), version]))
            for name, version in names.items()
        },
    )
    add = partial(add_photo, number=number, subject=case.subject, added=added, now=request.now())
    kept = (
        (keep_photo_files(request, number, [*files, photo.attachment]),)
        if len(files) == len(case.photos)
        else ()
    )
    return (*edits, *shown), (add, *kept, *records, *restart)


async def raise_made(request: Request, posted: Posted, view: CaseView) -> tuple[Sequence[str], Changes]:
    """Forbid `low` for the cases made from a case that got a better photo: which it shows is not known.

    They are the moles of an album that was split, and lesions that were picked on a photo.

    Args:
        request: the sender's.
        posted: the referral.
        view: the case with the photo, from `judge_with`; the photo alone is not `low`.

    Returns:
        The numbers of those that were low, and the changes.

    Raises:
        BusyError: a card waits for the networks; the turn is retried.
    """
    case = posted.case
    async with request.services.database.read() as session:
        found = [
            await get_case(session, number, subject=case.subject)
            for number in await list_made(session, case.id)
        ]
    made = [each for each in found if each is not None]
    change = _find_change(request, case, view)
    follow = partial(follow_level, without=case.number)  # its card is edited with the photo
    return await raise_low(request, made, better=case.number, change=change, follow=follow)


def _find_change(request: Request, case: Case, view: CaseView) -> Change | None:
    """What the last photo of `view` changes about the flag of the case and of those made from it."""
    if view.assessment.level is RiskLevel.HIGH and case.level != RiskLevel.HIGH:
        by_networks = view.assessment.model_level is RiskLevel.HIGH
        return after_high(case.number, request.now(), by_networks=by_networks)
    return after_high_photo(case.number) if view.assessment.photo_levels[-1] is RiskLevel.HIGH else None


__all__ = ["BetterPhoto", "add_to_case", "judge_with", "raise_made"]
