"""A sender's referrals, open forms and clinics for `/export`."""

from collections.abc import Mapping
from typing import Any, Final

from bot.clinic.chats import open_title
from bot.clinic.facts import Details
from bot.clinic.sealed_forms import details_of, open_comment, open_details
from bot.clinic.verdicts import find_verdicts
from bot.conversation.attachments import Attachment
from bot.conversation.clinics import ClinicExport
from bot.conversation.context import Services
from bot.conversation.wording import Wording, plain
from bot.texts import Html
from storage.clinic.clinics import get_clinic
from storage.clinic.drafts import list_drafts
from storage.clinic.members import list_parts
from storage.clinic.outcomes import find_outcome
from storage.clinic.referrals import Referral, list_of_subject
from storage.clinic.verdicts import list_verdicts
from storage.database.sessions import ReadSession

STATED: Final = ("age", "sex", "site", "duration", "change", "sentence", "phone")


async def export_clinics(
    services: Services, session: ReadSession, *, subject: str, wording: Wording
) -> ClinicExport:
    """Collect them as plain values."""
    referrals = await list_of_subject(session, subject)
    answers = await find_verdicts(session, [each.case_number for each in referrals], wording)
    forms = await list_drafts(session, subject)
    return ClinicExport(
        referrals=[
            await _describe(services, session, each, answer=plain(answers.get(each.case_number, Html())))
            for each in referrals
        ],
        forms=[
            {"case": number, **say_stated(open_details(services.keyring, sealed))} for number, sealed in forms
        ],
        clinics=[
            {
                "clinic": open_title(services, clinic) if clinic is not None else None,
                "role": part.role,
                "since": part.since,
                "until": part.revoked_at,
            }
            for part in await list_parts(session, subject)
            for clinic in [await get_clinic(session, part.clinic_id)]
        ],
    )


async def _describe(
    services: Services, session: ReadSession, referral: Referral, *, answer: str
) -> Mapping[str, Any]:
    outcome = await find_outcome(session, referral.case_number)
    return {
        "case": referral.case_number,
        "state": referral.state,
        "asked_at": referral.asked_at,
        "answered_at": referral.answered_at,
        "answer": answer,
        "seen_at": referral.seen_at,
        "referred_on": None if referral.referred_on is None else referral.referred_on.isoformat(),
        "outcome": None if outcome is None else outcome.kind,
        "told": say_stated(details_of(services, referral)),
        "answers": [
            {
                "at": each.at,
                "kind": each.kind,
                "months": each.months,
                "correction": each.is_correction,
                "role": each.role,
                "comment": None if each.comment is None else open_comment(services, each.comment),
            }
            for each in await list_verdicts(session, referral.id)
        ],
    }


def say_stated(details: Details) -> Mapping[str, str]:
    """What the sender stated to the clinic, as long as it is kept."""
    stated = {name: value for name in STATED if (value := getattr(details, name)) is not None}
    if details.risks is not None:
        stated["risks"] = ", ".join(details.risks) or "none"
    if details.locator is not None:
        stated["locator_photo"] = Attachment.load(details.locator).file_id
    return stated
