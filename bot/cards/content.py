"""The content of a card. Words come in localised; this package knows shapes, colours and places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.assessment import is_score_decisive
from inference.boxes import Outline
from inference.judging import find_highest_probability
from inference.policy import Thresholds
from inference.readings import Assessment, PhotoReading, RiskLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPhoto:
    """One photo of the case and its own level."""

    preview: NDArray[np.uint8]  # (H, W, 3) upright RGB
    level: RiskLevel | None  # None if a rule raised the level of the case above the scores
    outlines: tuple[Outline, ...] = ()  # of its lesions, in pixels of `preview`


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """The scale from low to high with the pair's score on it."""

    probability: float  # 0 to 1
    thresholds: Thresholds
    labels: tuple[str, str, str]  # low, moderate, high


@dataclass(frozen=True, slots=True, kw_only=True)
class CardContent:
    """Everything that `draw_card` draws.

    A case whose level the score does not give has no gauge; of several photos the leading one is large.
    """

    level: RiskLevel
    title: str  # the level in words: "High risk"
    subtitle: str  # case number and date: "Case N-4F7K2 · 23 November 2026"
    photos: tuple[CardPhoto, ...]
    leading_photo: int
    note: str  # the main reason, or what is wrong with the photo
    disclaimer: str
    gauge: Gauge | None = None

    @property
    def leading(self) -> CardPhoto:
        """The photo that set the level."""
        return self.photos[self.leading_photo]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWords:
    """The words of a card in one language."""

    title: str
    subtitle: str
    note: str
    disclaimer: str
    levels: Mapping[RiskLevel, str]  # one word each, for the gauge: "Low", "Moderate", "High"


def compose_card(
    readings: Sequence[PhotoReading],
    assessment: Assessment,
    *,
    thresholds: Thresholds,
    words: CardWords,
    outlines: Sequence[tuple[Outline, ...]] = (),
) -> CardContent:
    """Put the photos' readings and what they come to together with the words of one language.

    Where something raised the level above the melanoma score, the card shows no score and no level of a
    photo: they would reassure beside an alarm.

    Args:
        readings: one a photo, in the order of `assessment.photo_levels`.
        assessment: the level and which photo leads.
        thresholds: of the pair, for the gauge.
        words: in the sender's language.
        outlines: of the lesions of each photo, in pixels of its preview; none are drawn if it is empty.
    """
    # The score that gave the photo its level: of several lesions the highest, unless one was picked.
    findings = readings[assessment.leading_photo].findings
    probability = None if findings.probability is None else find_highest_probability(findings)
    shows_scores = probability is not None and is_score_decisive(assessment)
    drawn = outlines or ((),) * len(readings)
    gauge = None
    if shows_scores and probability is not None:
        named = words.levels
        labels = (named[RiskLevel.LOW], named[RiskLevel.MODERATE], named[RiskLevel.HIGH])
        gauge = Gauge(probability=probability, thresholds=thresholds, labels=labels)
    return CardContent(
        level=assessment.level,
        title=words.title,
        subtitle=words.subtitle,
        photos=tuple(
            CardPhoto(
                preview=reading.preview,
                level=level if shows_scores or level is RiskLevel.NOT_ASSESSABLE else None,
                outlines=found,
            )
            for reading, level, found in zip(readings, assessment.photo_levels, drawn, strict=True)
        ),
        leading_photo=assessment.leading_photo,
        note=words.note,
        disclaimer=words.disclaimer,
        gauge=gauge,
    )
