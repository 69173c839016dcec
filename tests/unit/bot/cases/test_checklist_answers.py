"""Answers to the checklist, one press at a time, and what a recorded case comes to with them."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import pytest

from bot.cases.caption import CAPTION_UNITS, write_caption
from bot.cases.checklist_answers import (
    ABCDE,
    AGES,
    NONE_OF,
    RED_FLAGS,
    SEVEN_POINT,
    SITES,
    SKIN_TYPES,
    UnknownItemError,
    has_item,
    reassess,
    revise,
    set_item,
)
from bot.cases.view import read_context, seen_photo, store_context, stored_photo, view_case
from bot.conversation.wording import count_units, plain
from inference.policy import Policy
from inference.readings import (
    Abcde,
    Context,
    PhotoFindings,
    Reason,
    RiskLevel,
)
from storage.record.cases import Case
from tests.support.builders import EVERYTHING, gated, readable, wording
from tests.support.tiny_release import tiny_pair

POLICY = Policy.from_dict(tiny_pair())
ITEMS = [*SEVEN_POINT, *ABCDE, *RED_FLAGS, *SITES, *SKIN_TYPES, *AGES, *NONE_OF]
WEIGHTS = {
    "change_in_size": 2,
    "irregular_shape": 2,
    "irregular_colour": 2,
    "diameter_7_mm": 1,
    "inflammation": 1,
    "oozing": 1,
    "change_in_sensation": 1,
}
UNREADABLE = gated(Reason.NO_LESION)
LOW = readable(0.01, 0.01)


def subsets(items):
    return [chosen for size in range(len(items) + 1) for chosen in combinations(items, size)]


def recorded(findings: PhotoFindings, context: Context | None = None) -> Case:
    """A case as it was recorded before anything was answered, or with these answers."""
    photo = stored_photo(seen_photo_of(findings), RiskLevel.LOW, POLICY.rules)
    case = Case(
        id=1,
        number="N-4F7K2M",
        subject="7K3M-92QF",
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
        level="low",
        model_level="low",
        reasons=("score_low",),
        language="en",
        versions={},
        photos=(photo,),
        context=None,
        turn_key="turn",
    )
    view = reassess(case, context or Context(), POLICY)
    levels = view.assessment.photo_levels
    return replace(
        case,
        level=str(view.assessment.level),
        reasons=tuple(view.assessment.reasons),
        photos=(replace(photo, level=str(levels[0])),),
        context=store_context(view.context) or None,
    )


def seen_photo_of(findings: PhotoFindings):
    from bot.cases.view import SeenPhoto

    return SeenPhoto(place=1, photo_hash="ab" * 32, findings=findings)


def press(case: Case, *items: str) -> Case:
    """Each item pressed in turn, each answer recorded before the next."""
    for item in items:
        view = reassess(case, set_item(read_context(case.context), item, wanted=True), POLICY)
        case = replace(
            case,
            level=str(view.assessment.level),
            reasons=tuple(view.assessment.reasons),
            context=revise(case, view).context,
        )
    return case


@pytest.mark.parametrize("findings", [LOW, UNREADABLE], ids=["low", "not assessable"])
def test_all_128_combinations_of_the_seven_points_refer_from_three(findings: PhotoFindings):
    start = recorded(findings)
    combined = subsets(SEVEN_POINT)
    assert len(combined) == 128
    for chosen in combined:
        score = sum(WEIGHTS[SEVEN_POINT[item]] for item in chosen)
        case = press(start, *chosen)
        assert case.level == ("high" if score >= 3 else start.level), chosen
        assert ("seven_point" in case.reasons) is (score >= 3)


@pytest.mark.parametrize("findings", [LOW, UNREADABLE], ids=["low", "not assessable"])
def test_all_64_combinations_of_abcde_and_the_ugly_duckling(findings: PhotoFindings):
    start = recorded(findings)
    combined = subsets(ABCDE)
    assert len(combined) == 64
    for chosen in combined:
        letters = {ABCDE[item] for item in chosen}
        is_high = len(letters) >= 2 or letters & {Abcde.EVOLUTION, Abcde.UGLY_DUCKLING}
        expected = "high" if is_high else "moderate" if letters else start.level
        assert press(start, *chosen).level == expected, chosen


@pytest.mark.parametrize("item", RED_FLAGS)
def test_each_red_flag_is_high_from_not_assessable_too(item: str):
    assert press(recorded(UNREADABLE), item).level == "high"


@pytest.mark.parametrize("item", [*SITES, "k5", "k6", "y1"])
def test_what_the_networks_never_learnt_is_never_low_and_never_more_than_that(item: str):
    assert press(recorded(LOW), item).level == "moderate"
    assert press(recorded(UNREADABLE), item).level == "not_assessable"


def test_nothing_that_is_answered_lowers_a_level():
    start = recorded(readable(0.99, 0.99))
    assert start.level == "high"
    assert {press(start, item).level for item in ITEMS} == {"high"}


@pytest.mark.parametrize("item", ITEMS)
def test_a_button_says_what_it_makes_true_however_often_it_is_pressed(item: str):
    once = set_item(Context(), item, wanted=True)
    assert has_item(once, item)
    assert set_item(once, item, wanted=True) == once
    assert not has_item(set_item(once, item, wanted=False), item)


@pytest.mark.parametrize("item", ITEMS)
def test_what_is_answered_is_read_back_as_it_was_stored(item: str):
    context = set_item(Context(), item, wanted=True)
    assert read_context(store_context(context)) == context


def test_taking_an_answer_back_brings_back_the_level():
    start = recorded(LOW)
    high = press(start, "s0", "s3")
    back = reassess(high, set_item(read_context(high.context), "s0", wanted=False), POLICY)
    assert (high.level, back.assessment.level) == ("high", RiskLevel.LOW)


def test_an_item_that_is_none_of_ours_is_refused():
    with pytest.raises(UnknownItemError):
        set_item(Context(), "x9", wanted=True)
    with pytest.raises(UnknownItemError):
        has_item(Context(), "x9")


def test_a_low_says_what_it_is_not_valid_for_until_skin_type_and_site_are_answered():
    case = recorded(LOW)
    assert view_case(case).assessment.unanswered == ("skin_type", "site")
    assert view_case(press(case, "k2")).assessment.unanswered == ("site",)
    assert view_case(press(case, "k2", "p-")).assessment.unanswered == ()


def test_a_picture_that_was_not_drawn_anew_is_said_to_be_older_until_the_level_is_its_own_again():
    high = press(recorded(LOW), "r0")
    assert view_case(high).has_older_picture
    assert "picture" in plain(write_caption(view_case(high), wording("en")))
    back = reassess(high, set_item(read_context(high.context), "r0", wanted=False), POLICY)
    assert not back.has_older_picture
    assert "card_level" not in revise(high, back).context


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_caption_with_every_answer_and_an_open_page_fits(language: str):
    words = wording(language, pathway="x" * 80)
    for findings in (LOW, readable(0.99, 0.01), UNREADABLE):
        view = view_case(press(recorded(findings, EVERYTHING), "r0"))
        prompt = words.say("prompt-abcde", mark="🔴", level=words.level(RiskLevel.NOT_ASSESSABLE), letters=6)
        caption = write_caption(view, words, prompt=prompt)
        assert count_units(caption) <= CAPTION_UNITS
        assert caption.endswith(prompt)


def test_a_split_album_has_no_photo_that_could_not_be_opened():
    stored = stored_photo(replace(seen_photo_of(LOW), place=3), RiskLevel.LOW, POLICY.rules)
    case = replace(recorded(LOW), photos=(replace(stored, findings=stored.findings | {"sent": 1}),))
    assert view_case(case).unopened == ()
    assert seen_photo(stored, 1).place == 3
