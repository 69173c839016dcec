"""The caption: short enough in its longest case, clear about what to do, and honest about what it is not."""

import itertools
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.cases.caption import CAPTION_UNITS, write_caption
from bot.conversation.wording import count_units, plain
from bot.texts import join_lines
from inference.boxes import Box
from inference.readings import (
    Abcde,
    Context,
    Domain,
    LesionFindings,
    QualityFault,
    Reason,
    RedFlag,
    RiskLevel,
    SevenPoint,
)
from storage.clinic.flags import Flag
from tests.support.builders import FIGURES, SCORE_OF, gated, readable, view, wording

LANGUAGES = ("en", "fr")
LEVELS = tuple(RiskLevel)
SCORES = tuple(SCORE_OF.values())
GATES = (Reason.NO_LESION, Reason.QUALITY)
TOLD = (Reason.RED_FLAG, Reason.SEVEN_POINT, Reason.ABCDE, Reason.SKIN_TYPE, Reason.UNDER_18, Reason.SITE)
LONG_PATHWAY = "x" * 80  # the longest that the settings take


def caption(case, language="en", pathway="suspected cancer pathway"):
    return write_caption(case, wording(language, pathway, FIGURES))


def flagged(case):
    """The same case of a flagged lesion, whose flag takes the most room."""
    return replace(case, flag=Flag(why="urgent", number="N-4F7K2M", at=datetime(2026, 9, 30, tzinfo=UTC)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", LEVELS)
def test_the_longest_caption_fits_whatever_the_reasons(language, level):
    """All triples of reasons over an album of ten: never too long, never without one."""
    photos = (*(readable(0.05, 0.95, Domain.CLINICAL),) * 4, *(gated(Reason.QUALITY, *QualityFault),) * 3)
    levels = (RiskLevel.MODERATE,) * 4 + (RiskLevel.NOT_ASSESSABLE,) * 3
    for reasons in itertools.combinations([each for each in Reason if each not in GATES], 3):
        case = view(level, reasons, *photos, levels=levels, unopened=(2, 5, 9))
        told = caption(flagged(case), language, LONG_PATHWAY)
        assert count_units(told) <= CAPTION_UNITS
        assert RiskLevel.NOT_ASSESSABLE in case.assessment.photo_levels
        assert (
            wording(language).say(
                "unread-photo", photo=9, problem=wording(language).say("problem-unreadable")
            )
            in told
        )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", [RiskLevel.NOT_ASSESSABLE, RiskLevel.MODERATE, RiskLevel.HIGH])
def test_ten_unreadable_photos_fit_whatever_the_clinician_told(language, level):
    photos = (gated(Reason.QUALITY, *QualityFault),) * 9
    levels = (RiskLevel.NOT_ASSESSABLE,) * 9
    for told_reason in TOLD:
        case = view(level, (told_reason, *GATES), *photos, levels=levels, unopened=(10,))
        assert count_units(caption(flagged(case), language, LONG_PATHWAY)) <= CAPTION_UNITS


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
    say, dashed = wording(language).say, level.replace("_", "-")
    told = caption(view(level, (Reason.SCORE_MODERATE,), findings), language)
    advice = "safety-net" if level is RiskLevel.NOT_ASSESSABLE else f"advice-{dashed}"
    assert told.startswith(
        f"{say(f'headline-{dashed}', case='N-4F7K2')}\n{say(advice, pathway=wording(language).urgent())}\n"
    )
    assert told.endswith("\n" + say("disclaimer"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", [RiskLevel.MODERATE, RiskLevel.HIGH])
def test_an_ordinary_answer_is_three_lines_and_a_small_one(language, level):
    reasons = (Reason.RED_FLAG, Reason.SEVEN_POINT) if level is RiskLevel.HIGH else (Reason.SCORE_MODERATE,)
    told = caption(view(level, reasons, readable(0.5, 0.5)), language)
    assert len(told.splitlines()) == 4
    assert all(told.splitlines())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", [RiskLevel.LOW, RiskLevel.MODERATE])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_checklist_that_was_scored_is_not_asked_for_again(language, level, count):
    """A score of 0 to 2 (or no letter of ABCDE) is said, and the advice for it follows."""
    items = (SevenPoint.OOZING, SevenPoint.INFLAMMATION)[:count]
    context = Context(seven_point=frozenset(items), abcde=frozenset())
    say, pathway = wording(language).say, wording(language).urgent()
    case = view(level, (Reason.SCORE_LOW,), readable(0.05, 0.05))
    asked, told = caption(case, language), caption(replace(case, context=context), language)
    assert say(f"advice-{level}", pathway=pathway) in asked
    assert say(f"advice-{level}", pathway=pathway) not in told
    assert say(f"advice-{level}-scored", pathway=pathway) in told
    assert say("reason-seven-point-scored", score=count) in told
    assert say("reason-abcde-none") in told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("level", "context"),
    [
        (RiskLevel.LOW, Context(seven_point=frozenset({SevenPoint.CHANGE_IN_SIZE}))),
        (RiskLevel.MODERATE, Context(seven_point=frozenset({SevenPoint.CHANGE_IN_SIZE}), abcde=frozenset())),
        (RiskLevel.MODERATE, Context(abcde=frozenset({Abcde.DIAMETER}))),
    ],
)
def test_a_change_that_was_ticked_is_not_waited_for(language, level, context):
    say = wording(language).say
    case = view(level, (Reason.SCORE_LOW,), readable(0.05, 0.05))
    told = caption(replace(case, context=context), language)
    assert say(f"advice-{level}-changed", pathway=wording(language).urgent()) in told
    assert not re.search("If it changes|Si la lésion évolue", told)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("more", [(), (Reason.SCORE_MODERATE,)])
def test_what_has_changed_is_not_to_be_referred_routinely(language, more):
    say = wording(language).say
    case = view(RiskLevel.MODERATE, (Reason.OTHER_MALIGNANCY, *more), readable(0.05, 0.05))
    told = caption(replace(case, context=Context(abcde=frozenset({Abcde.EVOLUTION}))), language)
    assert say("advice-moderate-changed", pathway=wording(language).urgent()) in told
    assert not re.search("routinely|programmé", told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_ticked_is_named(language):
    say = wording(language).say
    context = Context(
        red_flags=frozenset({RedFlag.WORRY, RedFlag.BLEEDING}),
        seven_point=frozenset({SevenPoint.CHANGE_IN_SIZE, SevenPoint.OOZING}),
    )
    case = view(RiskLevel.HIGH, (Reason.RED_FLAG, Reason.SEVEN_POINT), readable(0.05, 0.05))
    told = caption(replace(case, context=context), language)
    assert say("reason-red-flag-named", flags=f"{say('flag-bleeding')}, {say('flag-worry')}") in told
    assert say("reason-seven-point-scored", score=3) in told


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
    what = join_lines((say("low-closeup"), say("low-skin-type-and-site")), gap=", ")
    assert say("low-not-valid", what=what) in told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", [RiskLevel.LOW, RiskLevel.MODERATE, RiskLevel.HIGH])
def test_low_alone_always_says_that_it_needs_a_dermatoscope(language, level):
    """A close-up can be taken for a dermoscopic photo; only who took it knows."""
    case = view(level, (Reason.SCORE_LOW,), readable(0.05, 0.05))
    told = caption(replace(case, assessment=replace(case.assessment, unanswered=())), language)
    assert (wording(language).say("low-closeup") in told) == (level is RiskLevel.LOW)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bare_score_is_never_told(language):
    told = plain(caption(view(RiskLevel.HIGH, (Reason.SCORE_HIGH,), readable(0.93, 0.93)), language))
    assert "93" not in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plain_close_up_is_told_with_lower_confidence(language):
    reasons = (Reason.RED_FLAG, Reason.SEVEN_POINT, Reason.ABCDE, Reason.SITE, Reason.CLINICAL_PHOTO)
    told = caption(view(RiskLevel.HIGH, reasons, readable(0.9, 0.9, Domain.CLINICAL)), language)
    assert wording(language).say("reason-clinical-photo") in told


def test_the_photos_that_were_not_read_are_listed_in_the_order_sent():
    case = view(
        RiskLevel.HIGH,
        (Reason.SCORE_HIGH,),
        readable(0.9, 0.9),
        gated(Reason.NO_LESION),
        levels=(RiskLevel.HIGH, RiskLevel.NOT_ASSESSABLE),
        unopened=(1,),
    )
    assert "Not read: photo 1 (cannot be opened), photo 3 (no lesion found)." in caption(case).splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_high_from_a_photo_that_was_not_read_says_so_and_asks_for_no_other(language):
    say = wording(language).say
    case = view(
        RiskLevel.HIGH,
        (Reason.RED_FLAG, Reason.NO_LESION),
        gated(Reason.NO_LESION),
        levels=(RiskLevel.NOT_ASSESSABLE,),
    )
    told = caption(case, language)
    assert say("unread-photo", photo=1, problem=say("problem-no-lesion")) in told
    assert say("retake-no-lesion") not in told


def test_the_operators_pathway_is_told_in_english_only():
    case = view(RiskLevel.HIGH, (Reason.SCORE_HIGH,), readable(0.9, 0.9))
    assert "two-week &amp; wait" in caption(case, "en", "two-week & wait")
    assert "avis dermatologique très rapide" in caption(case, "fr", "two-week & wait")


@pytest.mark.parametrize(("language", "words"), [("en", "1.6 times larger"), ("fr", "1,6 fois plus grande")])
def test_too_few_pixels_say_how_much_closer(language, words):
    box, outline = Box(10, 10, 35, 30), ((10, 10), (35, 10), (35, 30))
    refused = gated(Reason.FEW_PIXELS)
    lesion = LesionFindings(
        box=box,
        outline=outline,
        gate=(Reason.FEW_PIXELS,),
        domain=refused.domain,
        domain_probabilities=refused.domain_probabilities,
        opinions=(),
        probability=None,
        malignant_probability=None,
        closer_factor=1.6,
    )
    photo = replace(refused, lesions=(lesion,), lesion_count=1)
    told = caption(view(RiskLevel.NOT_ASSESSABLE, (Reason.FEW_PIXELS,), photo), language)
    assert words in told
    assert wording(language).say("reason-few-pixels") in told
    assert count_units(told) <= CAPTION_UNITS


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("lip or ear", "immunosuppressed", "refer routinely", "pink, raised, firm and growing")),
        (
            "fr",
            ("lèvre ou oreille", "immunodépression", "programmé", "rose, en relief, ferme et qui grandit"),
        ),
    ],
)
def test_another_skin_cancer_has_its_own_advice(language, words):
    """The checklist is for pigmented lesions: it is asked for only if the melanoma score is not low."""
    findings = readable(0.05, 0.05)
    other = caption(view(RiskLevel.MODERATE, (Reason.OTHER_MALIGNANCY,), findings), language)
    both = caption(
        view(RiskLevel.MODERATE, (Reason.OTHER_MALIGNANCY, Reason.SCORE_MODERATE), findings), language
    )
    checklist = wording(language).say("advice-moderate", pathway=wording(language).urgent())
    for told in (other, both):
        assert all(word in told for word in words)
        assert count_units(told) <= CAPTION_UNITS
    assert checklist not in other
    assert checklist in both


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_high_level_stays_the_pathway_whatever_cancer_it_is(language):
    told = caption(view(RiskLevel.HIGH, (Reason.OTHER_MALIGNANCY,), readable(0.05, 0.05)), language)
    assert wording(language).say("advice-high", pathway=wording(language).urgent()) in told
    assert "routine" not in told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", LEVELS)
def test_the_flag_of_a_lesion_stands_first_and_hides_what_would_reassure(language, level):
    case = flagged(view(level, (Reason.SCORE_LOW,), readable(0.05, 0.05)))
    told = plain(caption(case, language))
    assert told.startswith("🚩")
    assert {"en": "“Urgent”", "fr": "Urgent"}[language] in told.splitlines()[0]
    assert plain(wording(language).say("reason-score-low")) not in told


def test_an_answer_that_is_itself_the_reason_does_not_say_it_twice():
    case = view(RiskLevel.HIGH, (Reason.SCORE_HIGH,), readable(0.95, 0.95))
    itself = Flag(why="high", number=case.number, at=datetime(2026, 9, 30, tzinfo=UTC))
    assert "🚩" not in caption(replace(case, flag=itself))
    assert "🚩" in caption(replace(case, flag=replace(itself, number="N-222222")))
