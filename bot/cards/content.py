"""What stands on a card. Every word comes in localised; this room knows shapes, colours and places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.assessment import is_score_decisive
from inference.policy import Thresholds
from inference.readings import Assessment, ClassifierName, OpinionFindings, PhotoReading, RiskLevel

CLASSIFIER_NAMES: Mapping[ClassifierName, str] = {"cnn": "CNN", "vit": "ViT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPhoto:
    """One photo of the case and its own level."""

    preview: NDArray[np.uint8]  # (H, W, 3) upright RGB
    level: RiskLevel | None  # None where a rule raised the level of the case above the scores


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOpinion:
    """What one classifier made of the leading photo."""

    name: str  # "CNN" or "ViT"
    says: str  # a word or two: the level that this classifier alone would give
    probability: float  # 0 to 1, for the mark on the gauge; never printed
    evidence: NDArray[np.float32]  # (h, w) signed: positive speaks for melanoma, negative against it


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """The scale from low to high with the pair's score on it."""

    probability: float  # 0 to 1
    thresholds: Thresholds
    labels: tuple[str, str, str]  # low, moderate, high


@dataclass(frozen=True, slots=True, kw_only=True)
class CardContent:
    """Everything that `draw_card` draws.

    A case that is not assessable has no opinions and no gauge; of several photos the leading one is large.
    """

    level: RiskLevel
    title: str  # the level in words: "High risk"
    subtitle: str  # case number and date: "Case N-4F7K2 · 23 November 2026"
    photos: tuple[CardPhoto, ...]
    leading_photo: int
    note: str  # the main reason, or whether the classifiers agree, or what is wrong with the photo
    disclaimer: str
    opinions: tuple[CardOpinion, ...] = ()
    gauge: Gauge | None = None
    legend: tuple[str, str] = ("", "")  # "speaks for melanoma", "speaks against"

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
    levels: Mapping[
        RiskLevel, str
    ]  # one word each, for the gauge and the opinions: "Low", "Moderate", "High"
    legend: tuple[str, str]


def compose_card(
    readings: Sequence[PhotoReading], assessment: Assessment, *, thresholds: Thresholds, words: CardWords
) -> CardContent:
    """Put the photos' readings and what they come to together with the words of one language.

    Where something raised the level above the melanoma score, the card shows no score, no opinion and no
    level of a photo: they would reassure beside an alarm.

    Args:
        readings: one a photo, in the order of `assessment.photo_levels`.
        assessment: the level and which photo leads.
        thresholds: of the pair, for the gauge.
        words: in the sender's language.
    """
    leading = readings[assessment.leading_photo]
    probability = leading.findings.probability
    shows_scores = probability is not None and is_score_decisive(assessment)
    return CardContent(
        level=assessment.level,
        title=words.title,
        subtitle=words.subtitle,
        photos=tuple(
            CardPhoto(preview=reading.preview, level=level if shows_scores or level is _UNREAD else None)
            for reading, level in zip(readings, assessment.photo_levels, strict=True)
        ),
        leading_photo=assessment.leading_photo,
        note=words.note,
        disclaimer=words.disclaimer,
        opinions=_opinions(leading, thresholds, words) if shows_scores else (),
        gauge=_gauge(probability, thresholds, words) if shows_scores and probability is not None else None,
        legend=words.legend,
    )


def level_of(probability: float, thresholds: Thresholds) -> RiskLevel:
    """The level that a score alone stands for."""
    if probability >= thresholds.high:
        return RiskLevel.HIGH
    return RiskLevel.MODERATE if probability >= thresholds.moderate else RiskLevel.LOW


_UNREAD = RiskLevel.NOT_ASSESSABLE


def _opinions(reading: PhotoReading, thresholds: Thresholds, words: CardWords) -> tuple[CardOpinion, ...]:
    return tuple(_opinion(found, reading, thresholds, words) for found in reading.findings.opinions)


def _opinion(
    found: OpinionFindings, reading: PhotoReading, thresholds: Thresholds, words: CardWords
) -> CardOpinion:
    return CardOpinion(
        name=CLASSIFIER_NAMES[found.classifier],
        says=words.levels[level_of(found.probability, thresholds)],
        probability=found.probability,
        evidence=reading.evidence[found.classifier],
    )


def _gauge(probability: float, thresholds: Thresholds, words: CardWords) -> Gauge:
    labels = (words.levels[RiskLevel.LOW], words.levels[RiskLevel.MODERATE], words.levels[RiskLevel.HIGH])
    return Gauge(probability=probability, thresholds=thresholds, labels=labels)
