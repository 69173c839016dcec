"""Beside a level that anything raised above the scores stand no verdict of the models and no number.

Every combination of scores, kind of photo and answers is assessed and worded: caption, card and letter, in
both languages. The rule is computed here from the scores and thresholds alone.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import combinations, product

import numpy as np
import pytest

from bot.cards.content import CardContent, compose_card
from bot.cases.caption import write_caption
from bot.cases.card import write_card
from bot.cases.details import write_details
from bot.cases.letter import LetterWords, compose_letter
from bot.cases.view import CaseView, SeenPhoto
from bot.conversation.wording import Wording, plain
from inference.assessment import assess
from inference.judging import RANK
from inference.policy import Policy, Thresholds
from inference.readings import (
    Abcde,
    Context,
    Domain,
    PhotoFindings,
    PhotoReading,
    QualityFault,
    Reason,
    RedFlag,
    RiskLevel,
    SevenPoint,
    SpecialSite,
)
from tests.support.builders import FIGURES, gated, readable, stored, view, wording
from tests.support.tiny_release import tiny_pair

LANGUAGES = ("en", "fr")
POLICY = Policy.from_dict(tiny_pair())  # moderate 0.2, high 0.6, malignant 0.4 and 0.8, gap 0.5
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
VERDICTS = ("opinion-low", "reason-score-low", "reason-score-moderate", "reason-score-high")
STATISTIC = re.compile(r"\b100\b|%|\bCNN\b|\bViT\b")
LOW_SCORE = re.compile(r"\b100\b|%|\bCNN\b|\bViT\b|\b[0-2] (of|sur) 10\b")

PHOTOS = (
    *(
        replace(readable(cnn, vit, domain), malignant_probability=malignant)
        for cnn, vit, malignant, domain in product(
            (0.05, 0.3, 0.95), (0.05, 0.3, 0.95), (0.1, 0.5, 0.9), (Domain.DERMOSCOPIC, Domain.CLINICAL)
        )
    ),
    gated(Reason.NO_LESION),
    gated(Reason.QUALITY, QualityFault.BLURRED),
)
CONTEXTS = tuple(
    Context(
        seven_point=seven,
        abcde=letters,
        red_flags=flags,
        skin_type=skin_type,
        under_18=skin_type == 5,
        sites=sites,
    )
    for seven, letters, flags, (skin_type, sites) in product(
        (None, frozenset[SevenPoint](), frozenset({SevenPoint.CHANGE_IN_SIZE, SevenPoint.OOZING})),
        (None, frozenset[Abcde](), frozenset({Abcde.BORDER}), frozenset({Abcde.EVOLUTION})),
        (frozenset[RedFlag](), frozenset({RedFlag.WORRY})),
        ((None, None), (2, frozenset[SpecialSite]()), (5, frozenset({SpecialSite.NAIL}))),
    )
)


@cache
def cases() -> tuple[CaseView, ...]:
    return tuple(make_cases())


def make_cases() -> Iterator[CaseView]:
    """Each photo with each context, and each pair of unlike photos with worry and without."""
    worries = (Context(), Context(red_flags=frozenset({RedFlag.WORRY})))
    albums = [((photo,), context) for photo, context in product(PHOTOS, CONTEXTS)]
    albums += [(pair, context) for pair, context in product(combinations(PHOTOS[::5], 2), worries)]
    for photos, context in albums:
        seen = tuple(
            SeenPhoto(place=place, photo_hash="ab" * 32, findings=each)
            for place, each in enumerate(photos, start=1)
        )
        yield CaseView(
            number="N-4F7K2M", assessment=assess(photos, context, POLICY), photos=seen, context=context
        )


def is_raised(case: CaseView, cuts: Thresholds) -> bool:
    """Whether the level is above what the scores for melanoma and for any skin cancer give."""
    alone = [level_of(photo.findings, cuts) for photo in case.photos]
    return RANK[case.assessment.level] > max(RANK[each] for each in alone)


def level_of(photo: PhotoFindings, cuts: Thresholds) -> RiskLevel:
    if photo.probability is None or photo.malignant_probability is None:
        return RiskLevel.NOT_ASSESSABLE
    melanoma = max(photo.probability, min(each.probability for each in photo.opinions))
    if melanoma >= cuts.high or photo.malignant_probability >= cuts.malignant_high:
        return RiskLevel.HIGH
    is_moderate = melanoma >= cuts.moderate or photo.malignant_probability >= cuts.malignant_moderate
    return RiskLevel.MODERATE if is_moderate else RiskLevel.LOW


def card_of(case: CaseView, words: Wording) -> CardContent:
    preview = np.zeros((8, 8, 3), np.uint8)
    readings = [
        PhotoReading(
            findings=photo.findings,
            preview=preview,
            evidence={each.classifier: np.ones((2, 2), np.float32) for each in photo.findings.opinions},
            elapsed_ms=1,
        )
        for photo in case.photos
    ]
    return compose_card(
        readings, case.assessment, thresholds=POLICY.thresholds, words=write_card(case, words, NOON)
    )


def texts_of(case: CaseView, words: Wording) -> dict[str, str]:
    """All words of caption, card and letter."""
    card = write_card(case, words, NOON)
    letter = compose_letter(stored(case), words, said=LetterWords(), at=NOON)
    return {
        "caption": plain(write_caption(case, words)),
        "card": f"{card.title}\n{card.subtitle}\n{card.note}\n{card.disclaimer}",
        "letter": "\n".join((letter.request, *(value for _, value in letter.facts), *letter.findings)),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_verdict_and_no_number_beside_a_raised_level(language: str) -> None:
    words, count = wording(language, tested=FIGURES), 0
    verdicts = [plain(words.say(each)).rstrip(".") for each in VERDICTS]
    for case in cases():
        if not is_raised(case, POLICY.thresholds):
            continue
        count += 1
        number = LOW_SCORE if case.assessment.level is RiskLevel.HIGH else STATISTIC
        for place, text in texts_of(case, words).items():
            assert not [each for each in verdicts if each in text], (place, text)
            assert not number.search(text), (place, text)
        card = card_of(case, words)
        assert card.gauge is None
        assert {each.level for each in card.photos} <= {None, RiskLevel.NOT_ASSESSABLE}
    assert count > 1_500


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sign_of_melanoma_is_said_at_low_alone(language: str) -> None:
    """Another skin cancer gives a level by its own score; the melanoma score then reassures, too."""
    words = wording(language, tested=FIGURES)
    calm = [plain(words.say(each)).rstrip(".") for each in ("opinion-low", "reason-score-low")]
    for case in cases():
        if case.assessment.level is RiskLevel.LOW:
            assert calm[1] in texts_of(case, words)["caption"]
            assert calm[1] not in texts_of(case, words)["card"], "the picture outlives what is said of it"
            continue
        for place, text in texts_of(case, words).items():
            assert not [each for each in calm if each in text], (place, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_stands_only_at_a_high_that_the_tests_measured(language: str) -> None:
    """Never at `low` or `moderate`, never beside a finding of the clinician or outside dermoscopy."""
    words = wording(language, tested=FIGURES)
    range_ = plain(words.say("tested-high", prevalence=words.percent(0.05), fewest=18, most=90))
    shown = 0
    for case in cases():
        text = plain(write_caption(case, words))
        measured = {Reason.SCORE_HIGH, Reason.OTHER_MALIGNANCY, Reason.DISAGREEMENT}
        expected = case.assessment.level is RiskLevel.HIGH and Reason.SCORE_HIGH in case.assessment.reasons
        expected = expected and set(case.assessment.reasons) <= measured
        assert (range_ in text) is expected
        assert expected or not STATISTIC.search(text), text
        shown += expected
        assert not STATISTIC.search(plain(write_caption(case, wording(language))))
    assert shown > 20


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_level_with_every_two_reasons_keeps_the_rule(language: str) -> None:
    """Recorded cases, too, whatever their reasons: only the score of the level itself is said."""
    words = wording(language, tested=FIGURES)
    for level, reasons in product(RiskLevel, combinations(Reason, 2)):
        case = view(level, reasons, readable(0.05, 0.05))
        for score in (RiskLevel.LOW, RiskLevel.MODERATE, RiskLevel.HIGH):
            sentence = plain(words.say(f"reason-score-{score}"))
            if score is not level:
                assert not [each for each in texts_of(case, words).values() if sentence in each]


@pytest.mark.parametrize("language", LANGUAGES)
def test_details_begin_with_the_level_and_name_the_models_alone(language: str) -> None:
    words = wording(language, tested=FIGURES)
    worry = Context(red_flags=frozenset({RedFlag.WORRY}))
    photo = readable(0.05, 0.05)
    case = CaseView(
        number="N-4F7K2M",
        assessment=assess([photo], worry, POLICY),
        photos=(SeenPhoto(place=1, photo_hash="ab" * 32, findings=photo),),
        context=worry,
    )
    text = write_details(stored(case), case, POLICY.thresholds, words)
    assert text.startswith(words.say("headline-high", case="N-4F7K2M"))
    alone = words.say("details-models-before", level=words.level(RiskLevel.LOW))
    calm = words.say("opinion-low")
    assert alone in text
    assert text.index(alone) < text.index(calm)
    assert words.say("reason-score-low") not in text
    assert words.say("details-shares", shares="")[:20] not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("level", "score", "is_said"),
    [(RiskLevel.LOW, 0.05, True), (RiskLevel.MODERATE, 0.3, True), (RiskLevel.HIGH, 0.95, False)],
)
def test_details_say_what_share_of_the_tests_melanomas_got_this_level(
    language: str, level: RiskLevel, score: float, is_said: bool
) -> None:
    words, photo = wording(language, tested=FIGURES), readable(score, score)
    case = CaseView(
        number="N-4F7K2M",
        assessment=assess([photo], Context(), POLICY),
        photos=(SeenPhoto(place=1, photo_hash="ab" * 32, findings=photo),),
    )
    assert case.assessment.level is level
    text = plain(write_details(stored(case), case, POLICY.thresholds, words))
    share = plain(words.percent(0.24))
    assert (share in text and "63" in text and "112" in text) is is_said
