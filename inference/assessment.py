"""Findings and context to a risk level with reasons: pure functions, no I/O, nothing that lowers a level.

The rules are those of the answer: the case takes the highest level over its readable photos; what both
networks say alone is the pair's floor, and a disagreement between them raises the level by one; a photo or a
patient that the networks were not trained on is never `low`; checklists and red flags raise it to what their
guidelines say, from `not assessable` too (NICE NG12 for the 7 points; the reading of ABCDE is ours).
"""

from collections.abc import Collection, Sequence
from typing import Literal

from inference.judging import (
    RANK,
    find_highest,
    find_highest_probability,
    forbid_low,
    judge_lesions,
    judge_photo,
    judge_together,
)
from inference.policy import Policy
from inference.readings import (
    Abcde,
    Assessment,
    Context,
    PhotoFindings,
    Reason,
    RiskLevel,
    SevenPoint,
)

# NICE NG12, weighted 7-point checklist: three major features count 2, four minor ones 1.
SEVEN_POINT_WEIGHTS: dict[SevenPoint, int] = {
    SevenPoint.CHANGE_IN_SIZE: 2,
    SevenPoint.IRREGULAR_SHAPE: 2,
    SevenPoint.IRREGULAR_COLOUR: 2,
    SevenPoint.DIAMETER_7_MM: 1,
    SevenPoint.INFLAMMATION: 1,
    SevenPoint.OOZING: 1,
    SevenPoint.CHANGE_IN_SENSATION: 1,
}
SEVEN_POINT_REFERRAL = 3  # NICE NG12: suspected cancer pathway from here

# Most important first: what makes a level `high`, what raises by one, what forbids `low`, then the rest.
_ORDER = (
    Reason.RED_FLAG,
    Reason.SEVEN_POINT,
    Reason.SCORE_HIGH,
    Reason.ABCDE,
    Reason.OTHER_MALIGNANCY,
    Reason.DISAGREEMENT,
    Reason.BOTH_PHOTOS,
    Reason.SCORE_MODERATE,
    Reason.NO_LESION,
    Reason.FEW_PIXELS,
    Reason.QUALITY,
    Reason.SKIN_TYPE,
    Reason.UNDER_18,
    Reason.SITE,
    Reason.MANY_LESIONS,
    Reason.SEVERAL_LESIONS,
    Reason.CLINICAL_PHOTO,
    Reason.DOMAIN_UNCERTAIN,
    Reason.OUTLINE_UNCERTAIN,
    Reason.SCORE_LOW,
)


def assess(photos: Sequence[PhotoFindings], context: Context, policy: Policy) -> Assessment:
    """What a case comes to.

    Args:
        photos: findings of the case's photos, in order; at least one.
        context: what the clinician answered about patient and lesion.
        policy: thresholds of the pair that made the findings.

    Raises:
        ValueError: there is no photo.
    """
    if not photos:
        raise ValueError("a case has at least one photo")
    judged = [judge_photo(photo, policy) for photo in photos]
    single_level = find_highest(*(level for level, _ in judged))
    model_level = find_highest(single_level, judge_together(photos, policy))
    forbidding = _reasons_against_low(context)
    is_raised = bool(forbidding) or context.raised_by is not None
    photo_levels = tuple(forbid_low(level) if is_raised else level for level, _ in judged)
    context_level, context_reasons = _judge_context(context)
    level = find_highest(*photo_levels, model_level, context_level)
    together = {Reason.BOTH_PHOTOS} if model_level is not single_level else set()
    weights = [
        (RANK[each], find_highest_probability(photo))
        for photo, each in zip(photos, photo_levels, strict=True)
    ]
    leading = weights.index(max(weights))  # the first of equals
    return Assessment(
        level=level,
        model_level=model_level,
        reasons=tuple(
            sorted({*judged[leading][1], *together, *forbidding, *context_reasons}, key=_ORDER.index)
        ),
        photo_levels=photo_levels,
        leading_photo=leading,
        unanswered=_unanswered(context) if level is RiskLevel.LOW else (),
        lesion_levels=tuple(judge_lesions(photo, policy) for photo in photos),
    )


# The reason that the melanoma score itself gives for a level.
SCORE_REASONS: dict[RiskLevel, Reason] = {
    RiskLevel.LOW: Reason.SCORE_LOW,
    RiskLevel.MODERATE: Reason.SCORE_MODERATE,
    RiskLevel.HIGH: Reason.SCORE_HIGH,
}


def is_score_decisive(assessment: Assessment) -> bool:
    """Whether the melanoma score alone gives the level of the case.

    False when anything raised the level above the score: another skin cancer, a disagreement, the kind of
    photo, the patient or what the clinician found. What the models say of melanoma then reassures beside
    an alarm, so an answer leaves it out. It is False for a case without a score, too.
    """
    return SCORE_REASONS.get(assessment.level) in assessment.reasons


def seven_point_score(features: Collection[SevenPoint]) -> int:
    """NICE NG12's weighted score, 0 to 10; 3 or more means the suspected cancer pathway."""
    return sum(SEVEN_POINT_WEIGHTS[feature] for feature in set(features))


def _reasons_against_low(context: Context) -> set[Reason]:
    reasons = set()
    if context.has_dark_skin:
        reasons.add(Reason.SKIN_TYPE)
    if context.under_18:
        reasons.add(Reason.UNDER_18)
    if context.sites:
        reasons.add(Reason.SITE)
    return reasons


def _judge_context(context: Context) -> tuple[RiskLevel, set[Reason]]:
    level, reasons = RiskLevel.NOT_ASSESSABLE, set()
    if context.red_flags:
        level = RiskLevel.HIGH
        reasons.add(Reason.RED_FLAG)
    if seven_point_score(context.seven_point or ()) >= SEVEN_POINT_REFERRAL:
        level = RiskLevel.HIGH
        reasons.add(Reason.SEVEN_POINT)
    if context.abcde:
        level = find_highest(level, abcde_level(context.abcde))
        reasons.add(Reason.ABCDE)
    return level, reasons


def abcde_level(letters: Collection[Abcde]) -> RiskLevel:
    """The least level that these letters ask for (our rule: ABCDE has no official score).

    Evolution, the "vilain petit canard" or any two letters: high; one letter: moderate; none: not assessable.
    """
    found = set(letters)
    if len(found) >= 2 or found & {Abcde.EVOLUTION, Abcde.UGLY_DUCKLING}:
        return RiskLevel.HIGH
    return RiskLevel.MODERATE if found else RiskLevel.NOT_ASSESSABLE


def _unanswered(context: Context) -> tuple[Literal["skin_type", "site"], ...]:
    missing: list[Literal["skin_type", "site"]] = []
    if context.skin_type is None:
        missing.append("skin_type")
    if context.sites is None:
        missing.append("site")
    return tuple(missing)
