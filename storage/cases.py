"""Cases: one row a case, one a photo of it, one an opinion on a photo. No photo, name, user name or chat id in any of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import ReadSession, WriteSession


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOpinion:
    """One classifier's scores on one photo (calibrated at 50 % prevalence, 0 to 1)."""

    classifier: str
    probability: float
    malignant_probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPhoto:
    """One photo of a case, as numbers."""

    photo_hash: str  # keyed
    level: str
    domain: str
    probability: float | None
    malignant_probability: float | None
    findings: dict[str, object]  # quality, domain probabilities, gate: JSON
    opinions: tuple[NewOpinion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """What is written for a case. `turn_key` makes a replay find the case instead of making a second one."""

    turn_key: str
    subject: str
    level: str
    model_level: str
    reasons: tuple[str, ...]
    language: str
    versions: dict[str, str]  # pair, cnn, vit, onnxruntime, pillow, kernel_class
    photos: tuple[NewPhoto, ...]
    context: dict[str, object] | None = None
    elapsed_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as it is read back."""

    id: int
    number: str  # shown to people, e.g. "N-4F7K2"; random, no counter
    subject: str
    created_at: datetime
    level: str
    model_level: str
    reasons: tuple[str, ...]
    language: str
    versions: dict[str, str]
    photos: tuple[NewPhoto, ...]
    context: dict[str, object] | None
    turn_key: str


async def add_case(session: WriteSession, case: NewCase, *, now: datetime) -> Case:
    """Write a case, or return the one that the same turn key wrote before."""
    raise NotImplementedError


async def get_case(session: ReadSession | WriteSession, number: str, *, subject: str) -> Case | None:
    """One case of this subject; None when it is someone else's or does not exist."""
    raise NotImplementedError


async def find_case_of_turn(session: ReadSession | WriteSession, turn_key: str) -> Case | None:
    """The case that this turn wrote, if it did."""
    raise NotImplementedError


async def list_cases(
    session: ReadSession, *, subject: str, limit: int, before_id: int | None = None, level: str | None = None
) -> Sequence[Case]:
    """A subject's cases, newest first. Pass the last id seen as `before_id` for the next page."""
    raise NotImplementedError


async def count_cases(session: ReadSession, *, subject: str, level: str | None = None) -> int:
    """How many cases a subject has."""
    raise NotImplementedError


async def split_case(session: WriteSession, number: str, *, subject: str, cases: Sequence[NewCase], now: datetime) -> Sequence[Case]:
    """Replace an album's case by one case a photo ("different moles"): the old one is marked as split and leaves the history."""
    raise NotImplementedError
