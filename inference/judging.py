"""The level of a photo or a lesion by the networks and gates alone: pure functions.

What both networks say alone is the pair's floor, and a disagreement between them raises the level by one.
What the networks were not trained on is never `low`, nor is one of several lesions before it is picked.
"""

from collections.abc import Sequence
from typing import Protocol

from inference.fusion import fuse_photos
from inference.policy import Policy, Thresholds
from inference.readings import Domain, OpinionFindings, PhotoFindings, Reason, RiskLevel

RANK: dict[RiskLevel, int] = {
    RiskLevel.NOT_ASSESSABLE: 0,
    RiskLevel.LOW: 1,
    RiskLevel.MODERATE: 2,
    RiskLevel.HIGH: 3,
}

Verdict = tuple[RiskLevel, frozenset[Reason]]
"""A level by the networks and gates alone, and why."""


class ScoredSubject(Protocol):
    """What one level is made of: a photo that was read whole, or a lesion."""

    @property
    def gate(self) -> tuple[Reason, ...]:
        """Why it cannot be read."""
        ...

    @property
    def domain(self) -> Domain:
        """What kind of photo it is."""
        ...

    @property
    def domain_probabilities(self) -> dict[Domain, float]:
        """How sure that is."""
        ...

    @property
    def opinions(self) -> tuple[OpinionFindings, ...]:
        """Both networks' scores."""
        ...

    @property
    def probability(self) -> float | None:
        """Of melanoma."""
        ...

    @property
    def malignant_probability(self) -> float | None:
        """Of any skin cancer."""
        ...


def judge_photo(photo: PhotoFindings, policy: Policy) -> Verdict:
    """The level of one photo by the networks and gates alone, and why.

    Of several lesions the highest level counts, and it is never `low` before the sender picked one.
    """
    if photo.gate or photo.lesion_count is None:
        return judge_scores(photo, policy)
    if not photo.lesions:
        level, reasons = judge_scores(photo, policy)
        return forbid_low(level), reasons | {Reason.OUTLINE_UNCERTAIN}
    if photo.is_picked:
        level, reasons = judge_scores(photo, policy)
    else:
        level, reasons = judge_scores(photo.lesions[find_leading_lesion(photo, policy)], policy)
    if doubt := _count_doubt(photo):
        return forbid_low(level), reasons | {doubt}
    return level, reasons


def judge_together(photos: Sequence[PhotoFindings], policy: Policy) -> RiskLevel:
    """What a close-up and a dermoscopic photo read together ask for; `not assessable` if that is nothing.

    It is for raising a level only, so a fused score that is low asks for nothing.
    """
    fused = fuse_photos(photos, policy.fusion) if policy.fusion is not None else None
    if fused is None or policy.fusion is None or fused.probability < policy.fusion.moderate:
        return RiskLevel.NOT_ASSESSABLE
    return RiskLevel.HIGH if fused.probability >= policy.fusion.high else RiskLevel.MODERATE


def judge_lesions(photo: PhotoFindings, policy: Policy) -> tuple[RiskLevel, ...]:
    """The level of each lesion that was read, by the networks and gates alone."""
    return tuple(judge_scores(lesion, policy)[0] for lesion in photo.lesions)


def find_leading_lesion(photo: PhotoFindings, policy: Policy) -> int:
    """The index of the lesion with the highest level, then score; of equals the nearest to the middle."""
    levels = judge_lesions(photo, policy)
    return max(
        range(len(levels)), key=lambda index: (RANK[levels[index]], photo.lesions[index].probability or 0.0)
    )


def judge_scores(scored: ScoredSubject, policy: Policy) -> Verdict:
    """The level of one lesion, or of a photo that was read whole, and why."""
    if scored.gate or scored.probability is None or scored.malignant_probability is None:
        return RiskLevel.NOT_ASSESSABLE, frozenset(scored.gate)
    thresholds = policy.for_domain(scored.domain).thresholds
    # What both networks say alone stands: the pair's own calibration must not talk an agreement down.
    agreed = min((opinion.probability for opinion in scored.opinions), default=0.0)
    level, reason = _score_level(max(scored.probability, agreed), thresholds)
    reasons = {reason}
    malignant_level = _malignant_level(scored.malignant_probability, thresholds)
    # A melanoma is malignant, too: at `high` the malignant score names no other cancer.
    if RANK[malignant_level] > RANK[level] or malignant_level is level is RiskLevel.MODERATE:
        level = malignant_level
        reasons.add(Reason.OTHER_MALIGNANCY)
    if opinions_disagree(scored, policy):
        level = RiskLevel.MODERATE if level is RiskLevel.LOW else RiskLevel.HIGH
        reasons.add(Reason.DISAGREEMENT)
    if doubt := _domain_doubt(scored, policy):
        level = forbid_low(level)
        reasons.add(doubt)
    return level, frozenset(reasons)


def _count_doubt(photo: PhotoFindings) -> Reason | None:
    """Why the number of lesions forbids `low`."""
    if (photo.lesion_count or 0) > len(photo.lesions):
        return Reason.MANY_LESIONS
    return Reason.SEVERAL_LESIONS if len(photo.lesions) > 1 and not photo.is_picked else None


def opinions_disagree(scored: ScoredSubject, policy: Policy) -> bool:
    """Whether the two opinions lie further apart than the pair's validation allows."""
    scores = [opinion.probability for opinion in scored.opinions]
    return (
        len(scores) > 1 and max(scores) - min(scores) > policy.for_domain(scored.domain).max_gap_probability
    )


def find_highest_probability(photo: PhotoFindings) -> float:
    """The highest melanoma score that counts for a photo's level; 0 if it has none."""
    lesions = () if photo.is_picked else photo.lesions
    scores = [photo.probability, *(lesion.probability for lesion in lesions)]
    return max((score for score in scores if score is not None), default=0.0)


def _score_level(probability: float, thresholds: Thresholds) -> tuple[RiskLevel, Reason]:
    if probability >= thresholds.high:
        return RiskLevel.HIGH, Reason.SCORE_HIGH
    if probability >= thresholds.moderate:
        return RiskLevel.MODERATE, Reason.SCORE_MODERATE
    return RiskLevel.LOW, Reason.SCORE_LOW


def _malignant_level(probability: float, thresholds: Thresholds) -> RiskLevel:
    if probability >= thresholds.malignant_high:
        return RiskLevel.HIGH
    return RiskLevel.MODERATE if probability >= thresholds.malignant_moderate else RiskLevel.LOW


def _domain_doubt(scored: ScoredSubject, policy: Policy) -> Reason | None:
    if scored.domain is Domain.CLINICAL:
        return Reason.CLINICAL_PHOTO
    sure = scored.domain_probabilities.get(Domain.DERMOSCOPIC, 0.0)
    if scored.domain is not Domain.DERMOSCOPIC or sure < policy.domain.dermoscopic_min:
        return Reason.DOMAIN_UNCERTAIN
    return None


def find_highest(*levels: RiskLevel) -> RiskLevel:
    """The highest of some levels."""
    return max(levels, key=RANK.__getitem__)


def forbid_low(level: RiskLevel) -> RiskLevel:
    """`moderate` instead of `low`; any other level as it is."""
    return RiskLevel.MODERATE if level is RiskLevel.LOW else level
