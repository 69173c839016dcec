"""An album that shows different moles: one case a photo instead of one for all."""

from dataclasses import replace

from bot.cases.flag import add_flag
from bot.cases.history import find_own_case
from bot.cases.patient_kept import record_same_patient
from bot.cases.split_list import write_split
from bot.cases.stored_findings import find_rules
from bot.cases.view import split_views, store_context, stored_photos, view_case
from bot.conversation.attachments import find_photo_files, keep_photo_files
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Request
from inference.readings import RiskLevel
from storage.clinic.drafts import drop_draft
from storage.database.sessions import WriteSession
from storage.record.answers import CaseMessage, keep_message
from storage.record.cases import NewCase, new_number, split_case
from storage.record.lesions import join_lesion_of, list_photos_of_lesion
from storage.record.origins import list_parts


async def split_album(request: Request, press: Press) -> Reply:
    """Assess each photo on its own, from what was recorded: no photo is needed again."""
    case = await find_own_case(request, press.argument(0), also_split=True)
    if case is None:
        return Reply(notice=request.say("case-unknown"))
    async with request.services.database.read() as reading:
        if await list_parts(reading, case.id):
            return Reply(notice=request.say("split-done"))
        known = await list_photos_of_lesion(reading, case.id, subject=case.subject)
    views = split_views(case, [new_number() for _ in case.photos], request.services.release.policy)
    flag = (await add_flag(request, view_case(case))).flag
    is_of_one = any(view.assessment.level is RiskLevel.HIGH for view in views)  # the others never were high
    # The album's lesion is the mole whose photo it has already, else any of them if it is flagged.
    same = [view.number for view in views if view.leading.photo_hash in known]
    if flag is not None and flag.number != case.number:
        same = same or [view.number for view in views]
        views = tuple(replace(view, flag=flag) if view.number in same else view for view in views)
    elif flag is not None and not (flag.why == "high" and is_of_one):
        views = tuple(replace(view, flag=replace(flag, number=view.number)) for view in views)
    caption = request.edit(press.message_id, request.say("split-caption", case=case.number))
    text, keyboard = write_split(request, views, unopened=view_case(case).unopened)
    files = await find_photo_files(request, case.number)
    keep = [
        keep_photo_files(request, view.number, [file])
        for view, file in zip(views, files, strict=False)  # none when they are no longer known
    ]
    rules = find_rules(case, request.services.release.policy).rules
    new = [
        NewCase(
            turn_key=f"{case.turn_key}:{view.leading.place}",
            number=view.number,
            subject=case.subject,
            level=view.assessment.level,
            model_level=view.assessment.model_level,
            reasons=tuple(view.assessment.reasons),
            language=request.wording.language,
            versions=case.versions,
            photos=stored_photos(view, rules),
            context=store_context(view.context) or None,
        )
        for view in views
    ]

    async def record(session: WriteSession) -> None:
        parts = await split_case(session, case.number, subject=case.subject, cases=new, now=request.now())
        for part in parts:
            if part.number in same:
                await join_lesion_of(session, part.id, case.id, subject=case.subject, now=request.now())
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
        ),
        records=(record, same_patient, *keep),
    )
