"""The caption: short enough in its longest case, clear about what to do, and honest about what it is not."""

import itertools
import re

import pytest

from bot.answers.caption import CAPTION_UNITS, write_caption
from bot.answers.wording import count_units, plain
from inference.readings import Domain, QualityFault, Reason, RiskLevel
from tests.unit.bot.answers.builders import SCORE_OF, THRESHOLDS, gated, readable, view, wording

LANGUAGES = ("en", "fr")
LEVELS = tuple(RiskLevel)
SCORES = tuple(SCORE_OF.values())
GATES = (Reason.NO_LESION, Reason.QUALITY)
TOLD = (Reason.RED_FLAG, Reason.SEVEN_POINT, Reason.ABCDE, Reason.SKIN_TYPE, Reason.UNDER_18, Reason.SITE)
LONG_PATHWAY = "x" * 80  # the longest that the settings take


def caption(case, language="en", pathway="suspected cancer pathway"):
    return write_caption(case, THRESHOLDS, wording(language, pathway))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", LEVELS)
def test_the_longest_caption_fits_whatever_the_reasons(language, level):
    """All triples of reasons over an album of ten: never too long, never without one."""
    photos = (*(readable(0.05, 0.95, Domain.CLINICAL),) * 4, *(gated(Reason.QUALITY, *QualityFault),) * 3)
    levels = (RiskLevel.MODERATE,) * 4 + (RiskLevel.NOT_ASSESSABLE,) * 3
    for reasons in itertools.combinations([each for each in Reason if each not in GATES], 3):
        case = view(level, reasons, *photos, levels=levels, unopened=(2, 5, 9))
        told = caption(case, language, LONG_PATHWAY)
        assert count_units(told) <= CAPTION_UNITS
        assert level is RiskLevel.LOW or "•" in told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", [RiskLevel.NOT_ASSESSABLE, RiskLevel.MODERATE, RiskLevel.HIGH])
def test_ten_unreadable_photos_fit_whatever_the_clinician_told(language, level):
    photos = (gated(Reason.QUALITY, *QualityFault),) * 9
    levels = (RiskLevel.NOT_ASSESSABLE,) * 9
    for told_reason in TOLD:
        case = view(level, (told_reason, *GATES), *photos, levels=levels, unopened=(10,))
        assert count_units(caption(case, language, LONG_PATHWAY)) <= CAPTION_UNITS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", LEVELS)
def test_every_caption_fits_whatever_the_opinions(language, level):
    for (cnn, vit), domain, reason in itertools.product(
        itertools.product(SCORES, SCORES), (Domain.DERMOSCOPIC, Domain.CLINICAL), Reason
    ):
        told = caption(view(level, (reason,), readable(cnn, vit, domain)), language)
        assert count_units(told) <= CAPTION_UNITS


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_is_explained_and_fits(language):
    for faults in itertools.combinations(QualityFault, 2):
        case = view(RiskLevel.NOT_ASSESSABLE, (Reason.QUALITY,), gated(Reason.QUALITY, *faults))
        told = caption(case, language)
        assert count_units(told) <= CAPTION_UNITS
        for fault in faults:
            assert wording(language).say("fault-" + fault.replace("_", "-")) in told


def test_units_are_counted_after_parsing_as_utf_16():
    assert count_units("<b>a</b> &amp; 🔴") == 6


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", LEVELS)
def test_level_and_advice_come_first_and_the_disclaimer_last(language, level):
    findings = readable(0.5, 0.5) if level is not RiskLevel.NOT_ASSESSABLE else gated(Reason.NO_LESION)
    say = wording(language).say
    told = caption(view(level, (Reason.SCORE_MODERATE,), findings), language)
    dashed = level.replace("_", "-")
    assert told.startswith(say(f"headline-{dashed}", case="N-4F7K2"))
    urgent = {"pathway": wording(language).urgent()} if level in (RiskLevel.HIGH, RiskLevel.MODERATE) else {}
    assert told.splitlines()[1].startswith(say(f"advice-{dashed}", **urgent)[:20])
    assert told.endswith(say("disclaimer"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("gate", [Reason.NO_LESION, Reason.QUALITY])
def test_an_unreadable_photo_always_says_that_worry_does_not_wait(language, gate):
    told = caption(view(RiskLevel.NOT_ASSESSABLE, (gate,), gated(gate, QualityFault.BLURRED)), language)
    assert wording(language).say("safety-net") in told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", [RiskLevel.LOW, RiskLevel.MODERATE])
def test_an_album_with_one_unreadable_photo_says_so_too(language, level):
    levels = (level, RiskLevel.NOT_ASSESSABLE)
    case = view(level, (Reason.SCORE_LOW,), readable(0.1, 0.1), gated(Reason.NO_LESION), levels=levels)
    net = "safety-net" if level is RiskLevel.LOW else "safety-net-short"
    assert wording(language).say(net) in caption(case, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_low_says_what_it_is_not_valid_for_until_it_was_asked(language):
    say = wording(language).say
    told = caption(view(RiskLevel.LOW, (Reason.SCORE_LOW,), readable(0.05, 0.05)), language)
    assert say("low-not-valid", what=say("low-skin-type-and-site")) in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bare_score_is_never_told(language):
    """Only the count at a stated prevalence: 0.93 at 50 % is about 41 of 100 at 5 %."""
    told = plain(caption(view(RiskLevel.HIGH, (Reason.SCORE_HIGH,), readable(0.93, 0.93)), language))
    assert "93" not in told
    assert re.search(r"\b41\b", told)
    assert re.search(r"\b5\s?%", told)


def test_a_count_below_one_is_said_in_words():
    told = caption(view(RiskLevel.LOW, (Reason.SCORE_LOW,), readable(0.01, 0.01)))
    assert "fewer than 1" in told


@pytest.mark.parametrize(
    ("cnn", "vit", "reasons", "words"),
    [
        (0.9, 0.9, (Reason.SCORE_HIGH,), "CNN and ViT agree: suspicious"),
        (0.65, 0.75, (Reason.SCORE_HIGH,), "nearly agree"),
        (0.05, 0.9, (Reason.DISAGREEMENT,), "They differ"),
    ],
)
def test_both_opinions_are_told_and_whether_they_agree(cnn, vit, reasons, words):
    assert words in caption(view(RiskLevel.HIGH, reasons, readable(cnn, vit)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plain_close_up_is_told_with_lower_confidence(language):
    reasons = (Reason.RED_FLAG, Reason.SEVEN_POINT, Reason.ABCDE, Reason.SITE, Reason.CLINICAL_PHOTO)
    told = caption(view(RiskLevel.HIGH, reasons, readable(0.9, 0.9, Domain.CLINICAL)), language)
    assert wording(language).say("reason-clinical-photo") in told


def test_an_album_has_one_line_a_photo_in_the_order_sent():
    case = view(
        RiskLevel.HIGH,
        (Reason.SCORE_HIGH,),
        readable(0.9, 0.9),
        gated(Reason.NO_LESION),
        levels=(RiskLevel.HIGH, RiskLevel.NOT_ASSESSABLE),
        unopened=(1,),
    )
    lines = [line for line in caption(case).splitlines() if line.startswith("Photo ")]
    assert lines[:3] == ["Photo 1: ⚪ cannot be opened", "Photo 2: 🔴 high", "Photo 3: ⚪ no lesion found"]
    assert lines[3].startswith("Photo 2: CNN")


def test_the_operators_pathway_is_told_in_english_only():
    case = view(RiskLevel.HIGH, (Reason.SCORE_HIGH,), readable(0.9, 0.9))
    assert "two-week &amp; wait" in caption(case, "en", "two-week & wait")
    assert "avis dermatologique très rapide" in caption(case, "fr", "two-week & wait")
