"""What is said about a patient: its words, what it shares with the rules, how it is sealed and found."""

from dataclasses import replace
from itertools import product

import pytest

from bot.cases.patient_context import (
    AGE_BANDS,
    BODY_SITES,
    CHANGES,
    DURATIONS,
    NOBODY,
    RISKS,
    SEXES,
    PatientContext,
    hash_reference,
    open_answers,
    open_reference,
    say_patient,
    say_risks,
    seal_answers,
    seal_reference,
)
from bot.conversation.wording import plain
from inference.readings import Abcde, Context, RedFlag, SevenPoint, SpecialSite
from storage.database.key_file import MasterKey
from storage.database.keys import Keyring
from storage.record.patient_contexts import NOTHING
from tests.support.builders import wording

OLD, NEW = MasterKey(b"old!", bytes(range(32))), MasterKey(b"new!", bytes(range(1, 33)))
ALL = PatientContext(
    age="40-59",
    sex="female",
    site="back",
    duration="months",
    change="growing",
    risks=RISKS,
    sentence="a sentence",
)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_everything_that_can_be_chosen_has_words(language: str) -> None:
    words = wording(language)
    for age, sex, site, duration, change in product(AGE_BANDS, SEXES, BODY_SITES, DURATIONS, CHANGES):
        patient = PatientContext(age=age, sex=sex, site=site, duration=duration, change=change)
        assert say_patient(patient, Context(), words).count(" · ") == 4
    assert say_risks(ALL, words).count(", ") == len(RISKS) - 1
    assert say_patient(NOBODY, Context(), words) == say_risks(NOBODY, words) == ""
    assert plain(say_risks(replace(NOBODY, risks=()), words)) in ("none", "aucun")


@pytest.mark.parametrize(
    ("stated", "context", "shown"),
    [
        (NOBODY, Context(red_flags=frozenset({RedFlag.GROWTH})), {"change": "growing"}),
        (
            PatientContext(change="unchanged"),
            Context(red_flags=frozenset({RedFlag.GROWTH})),
            {"change": "growing"},
        ),
        (PatientContext(change="growing"), Context(), {}),
        (NOBODY, Context(abcde=frozenset({Abcde.EVOLUTION})), {"change": "changed"}),
        (NOBODY, Context(under_18=True), {"age": "under-18"}),
        (PatientContext(age="60-79"), Context(under_18=False), {"age": "60-79"}),
        (PatientContext(age="under-18"), Context(under_18=False), {}),
        (NOBODY, Context(sites=frozenset({SpecialSite.NAIL, SpecialSite.SCAR})), {"site": "nail"}),
        (PatientContext(site="back"), Context(sites=frozenset({SpecialSite.SCAR})), {"site": "back"}),
        (PatientContext(site="nail"), Context(sites=frozenset()), {}),
    ],
)
def test_a_fact_that_the_rules_use_is_read_from_there(
    stated: PatientContext, context: Context, shown: dict[str, str]
) -> None:
    assert stated.with_rules(context) == PatientContext(**shown)


@pytest.mark.parametrize(
    ("language", "disagree", "unchanged"),
    [("en", "answers disagree", "unchanged"), ("fr", "contradictoire", "inchangée")],
)
@pytest.mark.parametrize(
    "context",
    [
        Context(seven_point=frozenset({SevenPoint.CHANGE_IN_SIZE})),
        Context(abcde=frozenset({Abcde.DIAMETER})),
        Context(abcde=frozenset({Abcde.EVOLUTION})),  # ticked after the clinic was asked
        Context(red_flags=frozenset({RedFlag.GROWTH})),
    ],
)
def test_unchanged_is_never_said_alone_beside_a_change(
    language: str, disagree: str, unchanged: str, context: Context
) -> None:
    patient, words = PatientContext(sex="male", change="unchanged"), wording(language)
    said = plain(say_patient(patient, context, words))
    assert disagree in said
    assert said.count(" · ") == 1
    assert plain(say_patient(patient, Context(seven_point=frozenset()), words)).endswith(f" · {unchanged}")


def test_answers_and_reference_are_opened_and_found_after_a_change_of_keys() -> None:
    before = Keyring((OLD,))
    sealed = seal_answers(before, NOTHING, ALL)
    sealed = seal_reference(before, sealed, subject="7K3M-92QF", reference="Room 4 b")
    after = Keyring((NEW, OLD))
    assert open_answers(after, sealed) == ALL
    assert open_reference(after, sealed) == "Room 4 b"
    assert sealed.reference_ref in hash_reference(after, "  room 4  B", subject="7K3M-92QF")
    assert sealed.reference_ref not in hash_reference(after, "room 4 b", subject="2222-2222")
    assert b"Room" not in (sealed.reference or b"") + (sealed.answers or b"")


def test_taking_everything_back_leaves_nothing() -> None:
    keyring = Keyring((OLD,))
    sealed = seal_reference(keyring, seal_answers(keyring, NOTHING, ALL), subject="7K3M-92QF", reference="4")
    sealed = seal_reference(keyring, sealed, subject="7K3M-92QF", reference="")
    assert seal_answers(keyring, sealed, NOBODY) == NOTHING
