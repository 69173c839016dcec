"""What the sender says about the patient of a case: asked once, kept sealed, used everywhere.

Interface: `find_patient` returns a `PatientContext`; `say_patient` words age band, sex,
site, duration and change in one line; `say_risks` words the risk factors; `sentence` is the sender's own.
The sender's reference for the patient is kept apart (`open_reference`): it is shown to the sender alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import orjson

from bot.cases.signs_of_change import say_disagreement
from bot.cases.view import read_context
from bot.conversation.context import Services
from bot.conversation.wording import Wording
from bot.texts import Html, join_lines
from inference.readings import Abcde, Context, RedFlag, SpecialSite
from storage.database.keys import Keyring
from storage.database.sessions import ReadSession
from storage.record import patient_contexts
from storage.record.cases import Case
from storage.record.patient_contexts import SealedPatient

AGE_BANDS: Final = ("under-18", "18-39", "40-59", "60-79", "80-up")
SEXES: Final = ("female", "male", "other")
BODY_SITES: Final = (
    "head",
    "neck",
    "chest",
    "back",
    "abdomen",
    "arm",
    "hand",
    "palm-or-sole",
    "leg",
    "foot",
    "nail",
    "genital",
    "mucosa",
)
DURATIONS: Final = ("weeks", "months", "years", "always")
GROWING: Final = "growing"
CHANGED: Final = "changed"
UNCHANGED: Final = "unchanged"
CHANGES: Final = (UNCHANGED, GROWING, CHANGED)
RISKS: Final = ("own-melanoma", "family-melanoma", "many-moles", "immunosuppression", "sunburns")
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "age": AGE_BANDS,
    "sex": SEXES,
    "site": BODY_SITES,
    "duration": DURATIONS,
    "change": CHANGES,
}
SENTENCE_SIGNS: Final = 160  # so that the clinic's card and the question about it fit one caption
REFERENCE_SIGNS: Final = 20
UNDER_18: Final = "under-18"
# Sites that the rules know too: one answer for both.
SPECIAL: Final[Mapping[str, SpecialSite]] = {
    "nail": SpecialSite.NAIL,
    "palm-or-sole": SpecialSite.PALM_OR_SOLE,
    "mucosa": SpecialSite.MUCOSA,
}
PLACES: Final = frozenset(SPECIAL.values())  # the other special sites are states of the skin
_ANSWERS: Final = "patient answers"
_REFERENCE: Final = "patient reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientContext:
    """What is known of a case's patient; None: not answered. `risks` is empty if there are none."""

    age: str | None = None
    sex: str | None = None
    site: str | None = None
    duration: str | None = None
    change: str | None = None
    risks: tuple[str, ...] | None = None
    sentence: str | None = None

    def dump(self) -> bytes:
        """As JSON."""
        return orjson.dumps(self)

    @classmethod
    def load(cls, data: bytes) -> Self:
        """What `dump` wrote."""
        stored: dict[str, Any] = orjson.loads(data)
        risks = stored.pop("risks")
        return cls(**stored, risks=None if risks is None else tuple(risks))

    def with_rules(self, context: Context) -> Self:
        """The same with what the rules' answers say: a fact that both hold is read from there."""
        age, site, change = self.age, self.site, self.change
        if context.under_18 or age == UNDER_18:
            age = UNDER_18 if context.under_18 else None
        special = [name for name, each in SPECIAL.items() if each in (context.sites or ())]
        if site in SPECIAL or site is None:
            site = site if site in special else next(iter(special), None)
        if RedFlag.GROWTH in context.red_flags:
            change = GROWING
        elif Abcde.EVOLUTION in (context.abcde or ()):
            change = CHANGED
        elif change in (GROWING, CHANGED):
            change = None
        return replace(self, age=age, site=site, change=change)


NOBODY: Final = PatientContext()


async def find_patient(services: Services, session: ReadSession, case: Case) -> PatientContext:
    """What the sender said about the patient of a case, the facts that the rules use included."""
    sealed = await patient_contexts.find_patient(session, case.number, subject=case.subject)
    return open_answers(services.keyring, sealed).with_rules(read_context(case.context))


def open_answers(keyring: Keyring, sealed: SealedPatient) -> PatientContext:
    """The answers as they were given; nothing if there are none.

    Raises:
        SealError: damaged, or sealed with a key that is gone.
    """
    if sealed.answers is None:
        return NOBODY
    return PatientContext.load(keyring.decrypt(sealed.answers, purpose=_ANSWERS))


def open_reference(keyring: Keyring, sealed: SealedPatient) -> str:
    """The sender's reference for the patient, for the sender alone; empty if there is none.

    Raises:
        SealError: damaged, or sealed with a key that is gone.
    """
    return "" if sealed.reference is None else keyring.decrypt(sealed.reference, purpose=_REFERENCE).decode()


def seal_answers(keyring: Keyring, sealed: SealedPatient, answers: PatientContext) -> SealedPatient:
    """The same with other answers."""
    if answers == NOBODY:
        return replace(sealed, answers=None)
    return replace(sealed, answers=keyring.encrypt(answers.dump(), purpose=_ANSWERS))


def seal_reference(keyring: Keyring, sealed: SealedPatient, *, subject: str, reference: str) -> SealedPatient:
    """The same with another reference; with none if it is empty."""
    if not reference:
        return replace(sealed, reference=None, reference_ref=None)
    return replace(
        sealed,
        reference=keyring.encrypt(reference.encode(), purpose=_REFERENCE),
        reference_ref=hash_reference(keyring, reference, subject=subject)[0],
    )


def hash_reference(keyring: Keyring, reference: str, *, subject: str) -> tuple[bytes, ...]:
    """Keyed hashes that find a reference, whatever its capitals: by the key in use, then by older ones."""
    return keyring.reference_refs(subject, " ".join(reference.split()).casefold())


def say_patient(patient: PatientContext, context: Context, wording: Wording) -> Html:
    """Sex, age band, site, duration and change in one line; what was not stated is left out.

    An "unchanged" that `context`, the rules' answers, contradicts is never said alone.
    """
    stated = {
        "sex": patient.sex,
        "age": patient.age,
        "site": patient.site,
        "duration": patient.duration,
        "change": patient.change,
    }
    said = [wording.say(f"patient-{question}-{value}") for question, value in stated.items() if value]
    if patient.change == UNCHANGED and (disagreement := say_disagreement(context, wording)):
        said[-1] = disagreement
    return join_lines(said, gap=" · ")


def say_risks(patient: PatientContext, wording: Wording) -> Html:
    """The risk factors by name; "none" if the sender said so, empty if the question was not answered."""
    if patient.risks is None:
        return Html()
    names = [wording.say(f"patient-risk-{each}") for each in RISKS if each in patient.risks]
    return join_lines(names, gap=", ") or wording.say("patient-no-risks")
