"""The clinic's card in words: what it says, what it never says, and that it fits."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from bot.cases.patient_answers import Answers
from bot.cases.patient_context import NOBODY, RISKS, SENTENCE_SIGNS, PatientContext
from bot.cases.view import CaseView
from bot.clinic.facts import (
    COMMENT_SIGNS,
    FIRST_UNITS,
    MONTHS,
    PHONE_STEP,
    STEPS,
    CardFacts,
    Details,
    Said,
    is_below,
    say_verdict,
    write_card_caption,
)
from bot.conversation.wording import count_units, plain
from inference.findings import choose_lesion
from inference.readings import Context, Reason, RiskLevel, SevenPoint
from storage.clinic.tables import VERDICTS
from tests.support.builders import EVERYTHING, gated, lesion_of, photo_of, readable, view, wording
from tests.support.senders import plain_spaces

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONGEST = Details(
    token="a" * 12,
    case_number="N-4F7K2",
    age="under-18",
    sex="female",
    site="genital",
    duration="months",
    change="changed",
    risks=RISKS,
    sentence="W" * SENTENCE_SIGNS,
)
EARLIER = tuple((NOON.replace(month=month), "not_assessable") for month in (9, 10, 11))


def longest_view() -> CaseView:
    seen = view(RiskLevel.HIGH, tuple(Reason), readable(0.1, 0.9))
    return replace(seen, context=EVERYTHING)


def picked_view() -> CaseView:
    """The first of two lesions was picked; the other one is high."""
    findings = choose_lesion(photo_of(lesion_of(0.05), lesion_of(0.97, left=300)), 0, is_picked=True)
    seen = view(RiskLevel.MODERATE, tuple(Reason), findings)
    levels = ((RiskLevel.LOW, RiskLevel.HIGH),)
    return replace(seen, context=EVERYTHING, assessment=replace(seen.assessment, lesion_levels=levels))


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", ("Lesion 2 on the same photo is rated higher: 🔴 high", "About lesion 1 of 2")),
        (
            "fr",
            ("La lésion n° 2 de la même photo est classée plus haut", "Concerne la lésion n° 1 sur les 2"),
        ),
    ],
)
def test_a_card_about_a_picked_lesion_names_the_higher_one(language: str, says: tuple[str, str]) -> None:
    facts = CardFacts(details=LONGEST, asked_at=NOON, earlier=EARLIER)
    caption = plain_spaces(plain(write_card_caption(picked_view(), facts, wording(language))))
    assert all(each in caption for each in says)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_longest_card_fits_a_caption_in_each_state(language: str) -> None:
    words = wording(language, pathway="x" * 80)
    for state, kind in product(("claimed", "answered"), VERDICTS):
        facts = CardFacts(
            details=LONGEST,
            asked_at=NOON,
            earlier=EARLIER,
            state=state,
            claimer="N" * 40,
            verdict=Said(kind=kind, months=6),
            comments=("c" * COMMENT_SIGNS,),
            replaced=Said(kind=kind, months=6),
            replaced_at=NOON,
            is_unreachable=True,
        )
        for seen in (longest_view(), picked_view()):
            assert count_units(write_card_caption(seen, facts, words)) <= 1_024


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_ordinary_card_leaves_room_for_the_question_about_it(language: str) -> None:
    seen = view(RiskLevel.HIGH, (Reason.SCORE_HIGH, Reason.SEVEN_POINT), readable(0.95, 0.9))
    facts = CardFacts(details=LONGEST, asked_at=NOON, earlier=EARLIER)
    caption = write_card_caption(seen, facts, wording(language))
    assert count_units(caption) <= FIRST_UNITS


def test_what_the_sender_wrote_is_no_markup() -> None:
    facts = CardFacts(
        details=Details(token="t", case_number="N-1", sentence="<b>bold</b>"),
        asked_at=NOON,
        state="claimed",
        claimer="<i>Ann</i>",
        comments=("a < b",),
    )
    seen = view(RiskLevel.LOW, (), readable(0.1, 0.1))
    caption = write_card_caption(seen, facts, wording("en"))
    for words in ("<b>bold</b>", "<i>Ann</i>", "a < b"):
        assert words in plain(caption)
        assert words not in caption


def test_a_photo_that_cannot_be_read_has_no_opinions_on_the_card() -> None:
    seen = view(RiskLevel.NOT_ASSESSABLE, (Reason.QUALITY,), gated(Reason.QUALITY))
    caption = write_card_caption(seen, CardFacts(details=LONGEST, asked_at=NOON), wording("en"))
    assert "CNN" not in caption
    assert "NOT ASSESSABLE" in caption


@pytest.mark.parametrize(
    ("kind", "level", "below"),
    [
        ("urgent", RiskLevel.HIGH, False),
        ("routine", RiskLevel.HIGH, True),
        ("monitor", RiskLevel.HIGH, True),
        ("benign", RiskLevel.HIGH, True),
        ("better_photo", RiskLevel.HIGH, False),
        ("routine", RiskLevel.MODERATE, False),
        ("monitor", RiskLevel.MODERATE, True),
        ("benign", RiskLevel.MODERATE, True),
        ("benign", RiskLevel.LOW, False),
        ("benign", RiskLevel.NOT_ASSESSABLE, False),
    ],
)
def test_an_answer_less_urgent_than_the_level_is_asked_twice(
    kind: str, level: RiskLevel, *, below: bool
) -> None:
    assert is_below(kind, level) is below


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_verdict_has_words(language: str) -> None:
    words = wording(language)
    for kind, months in product(VERDICTS, MONTHS):
        assert say_verdict(Said(kind=kind, months=months), words)


def test_a_form_asks_what_is_not_answered_goes_back_and_survives_being_sealed() -> None:
    nothing = Answers(patient=NOBODY, context=Context())
    form = Details(token="t", case_number="N-1").start(nothing)
    for step in STEPS[:-1]:
        assert form.step == step
        form = form.advance(nothing)
    assert form.step == form.advance(nothing).step == "preview"
    assert form.go_back().step == "sentence"
    assert replace(form, step=PHONE_STEP).go_back().step == "preview"
    assert Details(token="t", case_number="N-1").go_back().step == STEPS[0]
    told = PatientContext(age="40-59", site="back", risks=("sunburns",), sentence="x")
    form = form.with_patient(told)
    assert Details.load(form.dump()) == form
    assert form.patient == told
    some = replace(nothing, patient=told)
    form = Details(token="t", case_number="N-1").start(some)
    assert form.step == "sex"
    assert replace(form, step="change").advance(some).step == "preview"


def test_a_form_whose_questions_are_all_answered_begins_with_the_sentence() -> None:
    told = PatientContext(age="40-59", sex="male", site="back", duration="years", risks=(), sentence="x")
    answers = Answers(patient=replace(told, change="unchanged"), context=Context())
    form = Details(token="t", case_number="N-1").start(answers)
    assert form.step == "sentence"
    assert form.advance(answers).step == "preview"


def test_a_card_names_the_ticked_points_and_the_time_zone() -> None:
    ticked = Context(seven_point=frozenset({SevenPoint.CHANGE_IN_SIZE, SevenPoint.OOZING}))
    seen = replace(view(RiskLevel.MODERATE, (), readable(0.5, 0.5)), context=ticked)
    paris = NOON.astimezone(ZoneInfo("Europe/Paris"))
    facts = CardFacts(details=Details(token="t", case_number="N-1"), asked_at=paris)
    caption = plain(write_card_caption(seen, facts, wording("en")))
    assert "7-point checklist: change in size, oozing" in caption
    assert "13:00 (CET)" in caption


@pytest.mark.parametrize(
    ("language", "risks", "earlier"),
    [
        (
            "en",
            "Risk factors: previous melanoma, many moles",
            "This lesion before: 🔵 low on 2 Jan 2026, 🟠 moderate on 2 Feb 2026",
        ),
        (
            "fr",
            "Facteurs de risque : antécédent personnel de mélanome, nombreux nævus",
            "Cette lésion auparavant : 🔵 faible le 2 janv. 2026, 🟠 intermédiaire le 2 févr. 2026",
        ),
    ],
)
def test_a_card_names_risk_factors_and_the_earlier_levels_of_the_lesion(
    language: str, risks: str, earlier: str
) -> None:
    details = Details(token="t", case_number="N-1", risks=("own-melanoma", "many-moles"))
    before = ((NOON.replace(month=1), "low"), (NOON.replace(month=2), "moderate"))
    facts = CardFacts(details=details, asked_at=NOON, earlier=before)
    seen = view(RiskLevel.MODERATE, (), readable(0.5, 0.5))
    caption = plain(write_card_caption(seen, facts, wording(language)))
    caption = caption.replace("\N{NO-BREAK SPACE}", " ")
    assert risks in caption
    assert earlier in caption


@pytest.mark.parametrize(
    ("language", "line"), [("en", "Risk factors: none"), ("fr", "Facteurs de risque : aucun")]
)
@pytest.mark.parametrize("is_counted", [False, True])
def test_no_risk_factor_is_said_without_a_warning_sign(language: str, line: str, *, is_counted: bool) -> None:
    seen = view(RiskLevel.MODERATE, (), readable(0.5, 0.5))
    details = Details(token="t", case_number="N-1", risks=())
    facts = CardFacts(details=details, asked_at=NOON, is_short=is_counted)
    lines = plain(write_card_caption(seen, facts, wording(language))).splitlines()
    assert line in [each.replace("\N{NO-BREAK SPACE}", " ") for each in lines]
    unsaid = replace(facts, details=replace(details, risks=None))
    assert line.partition(":")[0] not in plain(write_card_caption(seen, unsaid, wording(language)))
