"""An album that shows different moles: one case a photo instead of one for all."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bot.cases.history import find_own_case
from bot.cases.lesion_labels import label_of
from bot.cases.new_case import made_case
from bot.cases.patient_kept import record_same_patient
from bot.cases.redraw import edit_flagged
from bot.cases.split_list import write_split
from bot.cases.view import CaseView, split_views, view_case
from bot.conversation.attachments import find_photo_files, keep_photo_files
from bot.conversation.callback_data import Press
from bot.conversation.clinics import Changes
from bot.conversation.request import Reply, Request
from bot.texts import join_lines
from inference.readings import RiskLevel
from storage.clinic.drafts import drop_draft
from storage.clinic.flag_facts import after_split
from storage.clinic.flags import Flag, find_flag
from storage.database.sessions import WriteSession
from storage.record.answers import CaseMessage, keep_message
from storage.record.cases import Case, new_number, split_case
from storage.record.lesions import (
    Lesion,
    find_lesion,
    join_lesion_of,
    leave_lesion,
    list_numbers_of_same_lesion,
    list_photos_of_lesion,
)
from storage.record.origins import list_parts

FollowSplit = Callable[[Request, Case, Sequence[CaseView]], Awaitable[Changes]]
"""Shows wherever a clinic sees an album that it is split into these cases."""


async def split_album(request: Request, press: Press, *, follow: FollowSplit) -> Reply:
    """Assess each photo on its own, from what was recorded: no photo is needed again."""
    case = await find_own_case(request, press.argument(0), also_split=True)
    if case is None:
        return Reply(notice=request.say("case-unknown"))
    async with request.services.database.read() as reading:
        if await list_parts(reading, case.id):
            return Reply(notice=request.say("split-done"))
    views = split_views(case, [new_number() for _ in case.photos], request.services.release.policy)
    shared = await _share_lesion(request, case, views)
    views, left = shared.views, shared.left
    caption = request.edit(press.message_id, request.say("split-caption", case=case.number))
    text, keyboard = write_split(request, views, unopened=view_case(case).unopened)
    notices, noted = await follow(request, case, views)
    if notices:
        text = join_lines((text, request.say("split-clinic")), gap="\n\n")
    if left is not None:
        text = join_lines((text, request.say("split-left", label=label_of(request, left))), gap="\n\n")
    files = await find_photo_files(request, case.number)
    keep = [
        keep_photo_files(request, view.number, [file])
        for view, file in zip(views, files, strict=False)  # none when they are no longer known
    ]
    new = [
        made_case(request, case, view=view, turn_key=f"{case.turn_key}:{view.leading.place}")
        for view in views
    ]

    async def record(session: WriteSession) -> None:
        parts = await split_case(session, case.number, subject=case.subject, cases=new, now=request.now())
        for part in parts:
            if part.number in shared.same:
                await join_lesion_of(session, part.id, case.id, subject=case.subject, now=request.now())
        if left is not None:
            await leave_lesion(session, case.id, subject=case.subject, now=request.now())
        await drop_draft(session, case.subject, case.number)  # a form about the album cannot be sent
        for each in new:
            message = CaseMessage(
                key=f"{request.turn.key}:answer", case_number=str(each.number), kind="split"
            )
            await keep_message(session, message, subject=case.subject, now=request.now())

    numbers = [view.number for view in views]
    same_patient = record_same_patient(request, [case.number], numbers, subject=case.subject)
    return Reply(
        messages=(
            replace(caption, edits_caption=press.is_picture),
            request.message(text, keyboard=keyboard),
            *await edit_flagged(request, shared.changed, shared.flag, subject=case.subject),
            *notices,
        ),
        records=(record, same_patient, *keep, *noted),
        effects=() if left is None else (request.services.database.erase_traces,),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _SharedLesion:
    """What becomes of the lesion that an album shows."""

    views: tuple[CaseView, ...]  # of the parts, with their flags
    same: Sequence[str]  # numbers of the parts that show it
    flag: Flag | None
    changed: Sequence[str]  # its other cases, if its flag changes
    left: Lesion | None  # it, if none of the parts shows it


async def _share_lesion(request: Request, case: Case, views: Sequence[CaseView]) -> _SharedLesion:
    """The album's lesion is the mole whose photo it has already, else any that may have flagged it."""
    number, subject, now = case.number, case.subject, request.now()
    high = [view.number for view in views if view.assessment.level is RiskLevel.HIGH]
    leave = after_split(number, into=None, high_at=None, is_high_of_part=bool(high))
    async with request.services.database.read() as reading:
        known = await list_photos_of_lesion(reading, case.id, subject=subject)
        listed = await list_numbers_of_same_lesion(reading, case.id, subject=subject)
        others = [each for each in listed if each != number]
        lesion = await find_lesion(reading, case.id, subject=subject)
        before = await find_flag(reading, number, subject=subject)
        without = await find_flag(reading, number, subject=subject, change=leave) if others else None
    is_of_album = before is not None and before.number == number
    is_high_of_part = is_of_album and before is not None and before.why == "high" and bool(high)
    same = [view.number for view in views if view.leading.photo_hash in known]
    if others and not same and (before or without):
        same = high if is_high_of_part else [view.number for view in views]
    into = next((each for each in high if each in same), same[0] if same else None)
    join = after_split(number, into=into, high_at=now if into in high else None, is_high_of_part=bool(high))
    async with request.services.database.read() as reading:
        flag = await find_flag(reading, number, subject=subject, change=join) if others else None
    shared = []
    for view in views:
        shown = flag if view.number in same else None
        if view.number in high:
            shown = Flag(why="high", number=view.number, at=now)
        elif view.number not in same and before is not None and is_of_album and not is_high_of_part:
            shown = replace(before, number=view.number)
        shared.append(replace(view, flag=shown))
    changed = others if flag != before else ()
    left = None if same else lesion
    return _SharedLesion(views=tuple(shared), same=same, flag=flag, changed=changed, left=left)
