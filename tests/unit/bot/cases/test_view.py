"""A case is read back as it was told."""

from dataclasses import replace

from bot.cases.details import write_details
from bot.cases.view import seen_photo, split_views, stored_photos, view_case
from bot.conversation.wording import count_units
from inference.policy import Policy
from inference.readings import Domain, QualityFault, Reason, RiskLevel
from inference.release import load_release
from inference.tested import MelanomaShare
from tests.support.builders import RULES, THRESHOLDS, gated, readable, stored, view, wording
from tests.support.tiny_release import tiny_pair

POLICY = Policy.from_dict(tiny_pair())


ALBUM = view(
    RiskLevel.HIGH,
    (Reason.SCORE_HIGH,),
    readable(0.9, 0.8),
    readable(0.05, 0.05, Domain.CLINICAL),
    gated(Reason.QUALITY, QualityFault.BLURRED),
    levels=(RiskLevel.HIGH, RiskLevel.MODERATE, RiskLevel.NOT_ASSESSABLE),
    unopened=(2,),
)


def test_photos_come_back_as_they_were_written():
    for photo, written in zip(ALBUM.photos, stored_photos(ALBUM, RULES), strict=True):
        assert seen_photo(written, 99) == photo


def test_a_recorded_case_keeps_its_level_reasons_and_leading_photo():
    back = view_case(stored(ALBUM))
    assert back.photos == ALBUM.photos
    assert replace(back.assessment, unanswered=()) == ALBUM.assessment


def test_a_recorded_low_still_says_what_it_is_not_valid_for():
    low = view(RiskLevel.LOW, (Reason.SCORE_LOW,), readable(0.05, 0.05))
    assert view_case(stored(low)).assessment.unanswered == ("skin_type", "site")


def test_an_album_of_different_moles_gives_each_photo_its_own_level():
    views = split_views(stored(ALBUM), ["N-A", "N-B", "N-C"], POLICY)
    assert [each.assessment.level for each in views] == [
        RiskLevel.HIGH,
        RiskLevel.MODERATE,
        RiskLevel.NOT_ASSESSABLE,
    ]
    assert [each.leading.place for each in views] == [1, 3, 4]


def test_details_of_an_album_of_ten_fit_a_message_in_both_languages():
    photos = (readable(0.9, 0.1, Domain.CLINICAL),) * 5 + (gated(Reason.QUALITY, *QualityFault),) * 5
    levels = (RiskLevel.HIGH,) * 5 + (RiskLevel.NOT_ASSESSABLE,) * 5
    case = stored(view(RiskLevel.HIGH, tuple(Reason), *photos, levels=levels))
    for language in ("en", "fr"):
        told = write_details(case, view_case(case), THRESHOLDS, wording(language))
        assert count_units(told) <= 4_096


def test_details_quote_only_tests_of_the_same_kind_of_photo():
    """A share among dermoscopic photos says nothing of a close-up, and the other way round."""
    words = wording("en")
    shares = {
        RiskLevel.MODERATE: (
            MelanomaShare(source="pad", share=0.47, melanomas=15, is_unused=True),
            MelanomaShare(source="ham", share=0.38, melanomas=112, is_unused=False),
        )
    }
    words = replace(words, tested=replace(words.tested, shares=shares))
    for domain, own, other in (
        (Domain.CLINICAL, "smartphone photos", "HAM10000"),
        (Domain.DERMOSCOPIC, "HAM10000", "smartphone photos"),
    ):
        case = view(RiskLevel.MODERATE, (Reason.SCORE_MODERATE,), readable(0.3, 0.3, domain))
        text = write_details(stored(case), case, THRESHOLDS, words)
        assert own in text
        assert other not in text


def test_each_source_of_the_released_pair_has_a_name_for_doctors():
    """Not the folder's name."""
    sources = load_release(graphs=False).pair["metrics"]["sources"]
    assert sources
    for language in ("en", "fr"):
        words = wording(language)
        assert not [name for name in sources if str(words.source(name)) == name]
