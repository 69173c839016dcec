"""`/export`: all that is kept of the sender, as a file."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bot.answers.verdicts import find_verdict
from bot.answers.wording import plain
from bot.exports import ExportContent, write_export
from bot.handlers.lesions import label_of, open_words
from bot.handlers.visit import Reply, Visit
from storage.cases import Case, list_cases
from storage.database import ReadSession
from storage.lesions import list_lesions, list_numbers
from storage.people import Person
from storage.referrals import list_of_subject
from storage.reminders import list_reminders

MOST_CASES: Final = 100_000


async def export(visit: Visit) -> Reply:
    """`/export`."""
    person = visit.person
    if person is None:
        return visit.answer("export-nothing")
    async with visit.services.database.read() as session:
        cases = await list_cases(session, subject=person.subject, limit=MOST_CASES)
        content = await _compose(visit, session, person, cases)
    archive = await asyncio.to_thread(write_export, content)
    told = visit.message(visit.say("export-caption", count=len(cases)))
    return Reply(messages=(replace(told, document=archive, document_name="nevus-export.zip"),))


async def _compose(
    visit: Visit, session: ReadSession, person: Person, cases: Sequence[Case]
) -> ExportContent:
    labels, own_words = await _lesions(visit, session, person)
    reminders = await list_reminders(session, person.subject)
    return ExportContent(
        readme=plain(visit.say("export-readme", subject=person.subject, at=visit.now())),
        person={
            "subject": person.subject,
            "language": person.language,
            "consent_version": person.consent_version,
            "consent_at": person.consent_at,
        },
        cases=cases,
        lesions=labels,
        own_words=own_words,
        reminders=[{"case": each.case_number, "due_at": each.due_at} for each in reminders],
        referrals=await _referrals(visit, session, person),
    )


async def _lesions(
    visit: Visit, session: ReadSession, person: Person
) -> tuple[dict[str, str], list[Mapping[str, Any]]]:
    """Labels by case number, and the sender's own words by label."""
    labels: dict[str, str] = {}
    own_words: list[Mapping[str, Any]] = []
    for lesion, _ in await list_lesions(session, person.subject):
        label = plain(label_of(visit, lesion))
        numbers = await list_numbers(session, lesion.id, subject=person.subject)
        labels |= dict.fromkeys(numbers, label)
        if words := open_words(visit, lesion):
            own_words.append({"lesion": label, "words": words})
    return labels, own_words


async def _referrals(visit: Visit, session: ReadSession, person: Person) -> list[Mapping[str, Any]]:
    found = await list_of_subject(session, person.subject)
    return [
        {
            "case": each.case_number,
            "state": each.state,
            "asked_at": each.asked_at,
            "answered_at": each.answered_at,
            "answer": plain(await find_verdict(session, each.case_number, visit.wording)),
        }
        for each in found
    ]
