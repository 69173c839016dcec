"""`/export`: all that is kept of the sender, as a file."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bot.cases.export_file import ExportContent, write_export
from bot.cases.lesions import label_of, open_words
from bot.clinic.chats import open_title
from bot.clinic.facts import Details
from bot.clinic.sealed_forms import details_of, open_comment, open_details
from bot.clinic.verdicts import find_verdict
from bot.conversation.request import Reply, Visit
from bot.conversation.wording import plain
from storage.clinic.clinics import get_clinic
from storage.clinic.drafts import list_drafts
from storage.clinic.members import list_parts
from storage.clinic.referrals import list_of_subject
from storage.clinic.verdicts import Verdict, list_verdicts
from storage.database.sessions import ReadSession
from storage.record.cases import Case, list_cases
from storage.record.lesions import list_lesions, list_numbers
from storage.record.people import KnownPerson
from storage.record.reminders import list_reminders

MOST_CASES: Final = 100_000
TOLD: Final = ("age", "sex", "site", "duration", "sentence")


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
    visit: Visit, session: ReadSession, person: KnownPerson, cases: Sequence[Case]
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
        forms=await _forms(visit, session, person),
        clinics=await _clinics(visit, session, person),
    )


async def _lesions(
    visit: Visit, session: ReadSession, person: KnownPerson
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


async def _referrals(visit: Visit, session: ReadSession, person: KnownPerson) -> list[Mapping[str, Any]]:
    found = await list_of_subject(session, person.subject)
    return [
        {
            "case": each.case_number,
            "state": each.state,
            "asked_at": each.asked_at,
            "answered_at": each.answered_at,
            "answer": plain(await find_verdict(session, each.case_number, visit.wording)),
            "told": _told(details_of(visit.services, each)),
            "answers": [_answer(visit, verdict) for verdict in await list_verdicts(session, each.id)],
        }
        for each in found
    ]


def _answer(visit: Visit, verdict: Verdict) -> Mapping[str, Any]:
    """One answer, correction or comment of the clinic."""
    comment = verdict.comment
    return {
        "at": verdict.at,
        "kind": verdict.kind,
        "months": verdict.months,
        "correction": verdict.is_correction,
        "comment": None if comment is None else open_comment(visit.services, comment),
    }


def _told(details: Details) -> Mapping[str, str]:
    """What the sender told the clinic, as long as it is kept."""
    return {name: value for name in TOLD if (value := getattr(details, name)) is not None}


async def _forms(visit: Visit, session: ReadSession, person: KnownPerson) -> list[Mapping[str, Any]]:
    """Questions to a clinic that are being prepared."""
    drafts = await list_drafts(session, person.subject)
    return [
        {"case": number, **_told(open_details(visit.services.keyring, sealed))} for number, sealed in drafts
    ]


async def _clinics(visit: Visit, session: ReadSession, person: KnownPerson) -> list[Mapping[str, Any]]:
    """Where the sender belongs, or belonged."""
    rows: list[Mapping[str, Any]] = []
    for part in await list_parts(session, person.subject):
        clinic = await get_clinic(session, part.clinic_id)
        title = open_title(visit.services, clinic) if clinic is not None else None
        rows.append({"clinic": title, "role": part.role, "since": part.since, "until": part.revoked_at})
    return rows
