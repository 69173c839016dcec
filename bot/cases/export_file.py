"""All that is kept of a sender, as a zip of CSV and JSON with a README."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson

from storage.record.cases import Case

CASE_COLUMNS: Final = ("case", "at", "level", "model_level", "reasons", "photos", "lesion", "answers")
PHOTO_COLUMNS: Final = (
    "case",
    "photo",
    "level",
    "domain",
    "probability",
    "malignant_probability",
    "photo_hash",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportContent:
    """The content of an export. `lesions` are labels by case number; the rest is rows of names and values."""

    readme: str
    person: Mapping[str, Any]
    cases: Sequence[Case]
    split_albums: Sequence[Case]
    lesions: Mapping[str, str]
    own_words: Sequence[Mapping[str, Any]]
    patients: Sequence[Mapping[str, Any]]
    followed_photos: Sequence[Mapping[str, Any]]
    recent_photos: Sequence[Mapping[str, Any]]
    waiting: Sequence[Mapping[str, Any]]
    messages: Sequence[Mapping[str, Any]]
    settled_flags: Sequence[Mapping[str, Any]]
    reminders: Sequence[Mapping[str, Any]]
    referrals: Sequence[Mapping[str, Any]]
    forms: Sequence[Mapping[str, Any]]
    clinics: Sequence[Mapping[str, Any]]


def _describe(case: Case) -> dict[str, Any]:
    return {name: value for name, value in asdict(case).items() if name not in {"id", "turn_key"}}


def write_export(content: ExportContent) -> bytes:
    """The zip. Times are in UTC, probabilities calibrated at 50 % prevalence."""
    everything = {
        "person": content.person,
        # Without places in our tables, which say nothing about anyone.
        "cases": [_describe(case) | {"lesion": content.lesions.get(case.number)} for case in content.cases],
        "split_albums": [_describe(album) for album in content.split_albums],
        "own_words": content.own_words,
        "patients": content.patients,
        "followed_photos": content.followed_photos,
        "recent_photos": content.recent_photos,
        "waiting": content.waiting,
        "messages": content.messages,
        "settled_flags": content.settled_flags,
        "reminders": content.reminders,
        "referrals": content.referrals,
        "forms": content.forms,
        "clinics": content.clinics,
    }
    files = {
        "README.txt": content.readme.encode(),
        "everything.json": orjson.dumps(everything, option=orjson.OPT_INDENT_2),
        "cases.csv": _write_csv(
            CASE_COLUMNS,
            [
                [
                    case.number,
                    case.created_at.isoformat(),
                    case.level,
                    case.model_level,
                    " ".join(case.reasons),
                    len(case.photos),
                    content.lesions.get(case.number, ""),
                    orjson.dumps(case.context or {}).decode(),
                ]
                for case in content.cases
            ],
        ),
        "photos.csv": _write_csv(
            PHOTO_COLUMNS,
            [
                [
                    case.number,
                    place,
                    photo.level,
                    photo.domain,
                    photo.probability,
                    photo.malignant_probability,
                    photo.photo_hash,
                ]
                for case in content.cases
                for place, photo in enumerate(case.photos, start=1)
            ],
        ),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _write_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A table with a byte order mark, so that spreadsheets read accents."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue().encode("utf-8-sig")
