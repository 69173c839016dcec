"""Records to write in tests: whole and plausible, one keyword to change one thing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from storage.clinic.tables import ClinicRow
from storage.database.keys import Keyring
from storage.record.cases import NewCase, NewOpinion, NewPhoto

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SUBJECT = "7K3M-92QF"
GROUP = -100_500


def at(minutes: float) -> datetime:
    """A moment, in minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def new_photo(**changes: Any) -> NewPhoto:
    photo = NewPhoto(
        photo_hash="5c" * 32,
        level="moderate",
        domain="dermoscopic",
        probability=0.41,
        malignant_probability=0.47,
        findings={"quality": {"sharpness": 0.8, "faults": []}, "domain": {"dermoscopic": 0.99}},
        opinions=(
            NewOpinion(classifier="cnn", probability=0.38, malignant_probability=0.44),
            NewOpinion(classifier="vit", probability=0.44, malignant_probability=0.5),
        ),
    )
    return replace(photo, **changes)


def new_case(turn_key: str = "turn-1", **changes: Any) -> NewCase:
    case = NewCase(
        turn_key=turn_key,
        subject=SUBJECT,
        level="moderate",
        model_level="moderate",
        reasons=("score_moderate",),
        language="en",
        versions={"pair": "1", "onnxruntime": "1.20.1"},
        photos=(new_photo(),),
        context={"skin_type": 2, "under_18": False},
        elapsed_ms=84.5,
    )
    return replace(case, **changes)


def clinic_row(keyring: Keyring, chat_id: int, **changes: Any) -> ClinicRow:
    """A linked clinic."""
    content: dict[str, Any] = {
        "title": keyring.encrypt(b"Clinic", purpose="clinic title"),
        "chat": keyring.encrypt(str(chat_id).encode(), purpose="clinic chat"),
        "chat_ref": keyring.chat_refs(chat_id)[0],
        "kind": "group",
        "language": "en",
        "created_at": NOON,
    }
    return ClinicRow(**content | changes)
