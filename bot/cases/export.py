"""`/export`: all that is kept of the sender, as a file."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from bot.cases.export_file import ExportContent, write_export
from bot.cases.lesion_labels import label_of, open_words
from bot.cases.patient_context import open_answers, open_reference
from bot.cases.sharing import find_shared
from bot.cases.view import read_context
from bot.conversation.attachments import open_files
from bot.conversation.request import Reply, Request
from bot.conversation.wording import plain
from storage.database.sessions import ReadSession
from storage.record.answers import list_messages_of_subject, list_photo_files
from storage.record.asks import find_ask
from storage.record.cases import Case, get_case, list_cases
from storage.record.comparisons import list_comparisons
from storage.record.flag_closings import list_closings
from storage.record.followed_photos import list_followed
from storage.record.lesions import list_cases_of_lesion, list_lesions
from storage.record.origins import list_split
from storage.record.patient_contexts import list_patients
from storage.record.people import KnownPerson
from storage.record.reminders import list_reminders

MOST_CASES: Final = 100_000


async def export(request: Request) -> Reply:
    """`/export`."""
    person = request.person
    if person is None:
        return request.answer("export-nothing")
    shared = await find_shared(request)
    async with request.services.database.read() as session:
        cases = shared.update(await list_cases(session, subject=person.subject, limit=MOST_CASES))
        content = await _compose(request, session, person, cases)
    archive = await asyncio.to_thread(write_export, content)
    sent = request.message(request.say("export-caption", count=len(cases)))
    return Reply(messages=(replace(sent, document=archive, document_name="nevus-export.zip"),))


async def _compose(
    request: Request, session: ReadSession, person: KnownPerson, cases: Sequence[Case]
) -> ExportContent:
    labels, own_words, followed = await _lesions(request, session, person)
    albums = await _list_albums(session, person.subject)
    reminders = await list_reminders(session, person.subject)
    kept = await request.services.clinics.export(session, person.subject, request.wording)
    return ExportContent(
        readme=plain(request.say("export-readme", subject=person.subject, at=request.now())),
        person={
            "subject": person.subject,
            "language": person.language,
            "consent_version": person.consent_version,
            "consent_at": person.consent_at,
        },
        cases=cases,
        lesions=labels,
        split_albums=albums,
        own_words=own_words,
        patients=await _patients(request, session, [*cases, *albums]),
        followed_photos=followed,
        recent_photos=[
            {
                "case": number,
                "telegram_files": [each.file_id for each in open_files(request.services, files)],
                "until": expires_at,
            }
            for number, files, expires_at in await list_photo_files(
                session, subject=person.subject, now=request.now()
            )
        ],
        waiting=await _list_waiting(session, person.subject),
        messages=[
            {"case": each.case_number, "shows": each.kind, "at": at}
            for each, at in await list_messages_of_subject(session, person.subject)
        ],
        settled_flags=[
            {"case": number, "why": closing.why, "reason": closing.reason, "at": at}
            for number, closing, at in await list_closings(session, person.subject)
        ],
        reminders=[
            {"case": each.case_number, "due_at": each.due_at, "language": each.language} for each in reminders
        ],
        referrals=kept.referrals,
        forms=kept.forms,
        clinics=kept.clinics,
    )


async def _list_waiting(session: ReadSession, subject: str) -> list[Mapping[str, Any]]:
    """The question that the next text answers, and pictures that are still to be drawn."""
    question = await find_ask(session, subject)
    asked = [] if question is None else [{"for": f"words: {question.topic}", "at": question.asked_at}]
    drawn = await list_comparisons(session, subject)
    return [*asked, *({"for": "picture", "case": number, "at": at} for number, at in drawn)]


async def _list_albums(session: ReadSession, subject: str) -> list[Case]:
    """The albums that were split: their parts are cases, and they are kept."""
    numbers = await list_split(session, subject)
    found = [await get_case(session, number, subject=subject, also_split=True) for number in numbers]
    return [album for album in found if album is not None]


async def _patients(request: Request, session: ReadSession, cases: Sequence[Case]) -> list[Mapping[str, Any]]:
    """The statements about the patients, by case."""
    assert request.person is not None  # noqa: S101 - someone without a record gets no file
    kept = await list_patients(session, subject=request.person.subject)
    keyring = request.services.keyring
    rows: list[Mapping[str, Any]] = []
    for case in cases:
        if (sealed := kept.get(case.number)) is not None:
            answers = asdict(open_answers(keyring, sealed).with_rules(read_context(case.context)))
            rows.append({"case": case.number, **answers, "reference": open_reference(keyring, sealed)})
    return rows


async def _lesions(
    request: Request, session: ReadSession, person: KnownPerson
) -> tuple[dict[str, str], list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Labels by case number; own words by label, and the places of photos kept for comparison."""
    labels: dict[str, str] = {}
    own_words: list[Mapping[str, Any]] = []
    followed: list[Mapping[str, Any]] = []
    for lesion, _ in await list_lesions(session, person.subject):
        label = plain(label_of(request, lesion))
        cases = await list_cases_of_lesion(session, lesion.id, subject=person.subject)
        labels |= {case.number: label for case in cases}
        if lesion.agreed_at is not None:
            kept = await list_followed(session, lesion.id)
            files = {
                case.number: [each.file_id for each in open_files(request.services, kept[case.id])]
                for case in cases
                if case.id in kept
            }
            agreed = {"agreed_at": lesion.agreed_at, "until": lesion.photos_until}
            followed.append({"lesion": label, **agreed, "telegram_files": files})
        if words := open_words(request, lesion):
            own_words.append({"lesion": label, "words": words})
    return labels, own_words, followed
