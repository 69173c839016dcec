"""What is kept of the patient of a case, opened for the sender and sealed again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.cases.patient_answers import Answers
from bot.cases.patient_context import (
    PatientContext,
    open_answers,
    open_reference,
    seal_answers,
    seal_reference,
)
from bot.cases.view import read_context
from bot.conversation.request import Request
from bot.delivery.outgoing import Record
from storage.database.sessions import WriteSession
from storage.record.cases import Case
from storage.record.patient_contexts import (
    NOTHING,
    PatientRevision,
    SealedPatient,
    find_patient,
    keep_patient,
    list_patients,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of a case's patient, sealed and opened."""

    sealed: SealedPatient
    answers: Answers
    reference: str

    def with_words(self, part: str, words: str) -> "Kept":
        """The same with another sentence or reference; with none if the words are empty."""
        if part == "reference":
            return replace(self, reference=words)
        patient = replace(self.answers.patient, sentence=words or None)
        return replace(self, answers=replace(self.answers, patient=patient))


async def load_patient(request: Request, case: Case) -> Kept:
    """What is kept of the patient of a case of the sender."""
    async with request.services.database.read() as session:
        sealed = await find_patient(session, case.number, subject=case.subject)
    keyring = request.services.keyring
    answers = Answers(patient=open_answers(keyring, sealed), context=read_context(case.context))
    return Kept(sealed=sealed, answers=answers, reference=open_reference(keyring, sealed))


def record_patient(request: Request, case: Case, before: Kept, after: Kept) -> Record:
    """To be recorded: what is known of the patient now. A part that did not change keeps its seal."""
    keyring, sealed = request.services.keyring, before.sealed
    if after.answers.patient != before.answers.patient:
        sealed = seal_answers(keyring, sealed, after.answers.patient)
    if after.reference != before.reference:
        sealed = seal_reference(keyring, sealed, subject=case.subject, reference=after.reference)
    revision = PatientRevision(seen=before.sealed, kept=sealed)

    async def record(session: WriteSession) -> None:
        if revision.kept != revision.seen:
            await keep_patient(
                session, case.number, subject=case.subject, revision=revision, now=request.now()
            )

    return record


async def list_references(request: Request, numbers: Sequence[str]) -> Mapping[str, str]:
    """The sender's references for the patients of these cases; cases without one are missing."""
    if request.person is None or not numbers:
        return {}
    async with request.services.database.read() as session:
        kept = await list_patients(session, numbers, subject=request.person.subject)
    opened = {number: open_reference(request.services.keyring, each) for number, each in kept.items()}
    return {number: reference for number, reference in opened.items() if reference}


def record_same_patient(
    request: Request, known: Sequence[str], others: Sequence[str], *, subject: str
) -> Record:
    """To be recorded: other cases are of the patient of the known ones (the newest last).

    What belongs to one lesion is not carried over: site, duration, change and sentence. What is kept of the
    other cases already stays.
    """
    keyring = request.services.keyring

    async def record(session: WriteSession) -> None:
        kept = await list_patients(session, [*known, *others], subject=subject)
        source = next((kept[number] for number in reversed(known) if number in kept), NOTHING)
        answers, reference = open_answers(keyring, source), open_reference(keyring, source)
        patient = PatientContext(age=answers.age, sex=answers.sex, risks=answers.risks)
        for number in others:
            sealed = seal_answers(keyring, NOTHING, patient)
            sealed = seal_reference(keyring, sealed, subject=subject, reference=reference)
            if number not in kept and sealed != NOTHING:
                revision = PatientRevision(kept=sealed)
                await keep_patient(session, number, subject=subject, revision=revision, now=request.now())

    return record
