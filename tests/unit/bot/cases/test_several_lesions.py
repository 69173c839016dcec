"""What is said of several lesions on one photo, and which buttons stand under the answer."""

from dataclasses import replace

import pytest

from bot.cases.caption import CAPTION_UNITS, write_caption
from bot.cases.several_lesions import find_lesions, say_higher, say_lesions
from bot.cases.view import CaseView, SeenPhoto, view_case
from bot.conversation.wording import count_units
from inference.assessment import assess
from inference.findings import choose_lesion
from inference.policy import Policy
from inference.readings import Context, Reason, RiskLevel
from tests.support.builders import FIGURES, lesion_of, photo_of, readable, stored, wording
from tests.support.tiny_release import tiny_pair

POLICY = Policy.from_dict(tiny_pair())  # moderate from 0.2, high from 0.6
LOW, MODERATE, HIGH = lesion_of(0.05), lesion_of(0.3, left=300), lesion_of(0.9, left=600)
THREE = photo_of(LOW, HIGH, MODERATE)
EIGHT = photo_of(LOW, LOW, LOW, LOW, LOW, found=8)


def case_of(*photos) -> CaseView:
    return CaseView(
        number="N-4F7K2",
        assessment=assess(photos, Context(), POLICY),
        photos=tuple(
            SeenPhoto(place=place, photo_hash="ab" * 32, findings=each)
            for place, each in enumerate(photos, start=1)
        ),
    )


def pick(photo, number):
    return case_of(choose_lesion(photo, number - 1, is_picked=True))


def test_the_number_of_the_highest_lesion_is_said():
    assert "3 lesions found: number 2 sets the level" in say_lesions(case_of(THREE), wording("en"))
    french = str(say_lesions(case_of(THREE), wording("fr"))).replace("\N{NO-BREAK SPACE}", " ")
    assert "3 lésions trouvées : la n° 2 fixe le niveau" in french


def test_more_lesions_than_are_read_are_to_be_photographed_singly():
    told = say_lesions(case_of(EIGHT), wording("en"))
    assert told.startswith("8 lesions found, 5 read")
    assert "Photograph the others singly" in told


@pytest.mark.parametrize("photo", [readable(0.9, 0.9), photo_of(HIGH)])
def test_one_lesion_is_not_counted(photo):
    assert find_lesions(case_of(photo)) is None
    assert say_lesions(case_of(photo), wording("en")) == ""


def test_a_picked_lesion_names_a_higher_one_first():
    picked = pick(THREE, 1)
    assert picked.assessment.level is RiskLevel.LOW
    caption = write_caption(picked, wording("en"))
    assert caption.startswith("⚠️ <b>Lesion 2 on the same photo is rated higher: 🔴 high.</b>\n🔵 <b>LOW RISK")
    assert "Lesion 1 of 3 on your photo." in caption


@pytest.mark.parametrize("number", [2])
def test_the_highest_lesion_names_no_other(number):
    assert say_higher(pick(THREE, number), wording("en")) == ""
    assert say_higher(case_of(THREE), wording("en")) == ""


def test_a_lesion_picked_of_too_many_is_never_low():
    picked = pick(EIGHT, 3)
    assert picked.assessment.level is RiskLevel.MODERATE
    assert "8 found, 5 read, so never rated low" in write_caption(picked, wording("en"))


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("photo", [THREE, EIGHT, photo_of(LOW, lesion_of(0, gate=(Reason.FEW_PIXELS,)))])
def test_every_caption_fits_and_never_says_low_before_a_pick(language, photo):
    words = wording(language, "x" * 80, FIGURES)
    first = case_of(photo, *[readable(0.05, 0.05)] * 3)
    told = write_caption(first, words)
    assert count_units(told) <= CAPTION_UNITS
    assert first.assessment.level is not RiskLevel.LOW
    for number in range(1, len(photo.lesions) + 1):
        assert count_units(write_caption(pick(photo, number), words)) <= CAPTION_UNITS


def test_a_recorded_case_says_the_same():
    for case in (case_of(THREE), pick(THREE, 1), case_of(EIGHT)):
        back = view_case(stored(case))
        assert back.assessment.lesion_levels == case.assessment.lesion_levels
        assert find_lesions(back) == find_lesions(case)
        assert write_caption(back, wording("en")) == write_caption(case, wording("en"))


def test_a_refused_photo_says_nothing_of_its_lesions():
    few = lesion_of(0, gate=(Reason.FEW_PIXELS,), closer=2.0)
    refused = replace(photo_of(few, few), gate=(Reason.FEW_PIXELS,))
    told = write_caption(case_of(refused), wording("en"))
    assert "lesions found" not in told
    assert "2 times larger" in told
