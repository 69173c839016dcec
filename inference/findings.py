"""Raw opinions and quality of one photo to its findings: calibration, domain and gates (pure)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypedDict

from inference.boxes import Box
from inference.finder_policy import FinderPolicy
from inference.lesions import FoundLesion
from inference.opinions import RawScores, choose_domain, combine_domains, combine_scores
from inference.policy import Policy
from inference.readings import (
    ClassifierName,
    Domain,
    LesionFindings,
    OpinionFindings,
    PhotoFindings,
    Quality,
    QualityFault,
    Reason,
)

# The melanoma score from which no photo is refused as "no lesion". With pair 0.8.0 it was below 0.48 on all
# 331 refused photos of objects and bare skin, and above 0.61 on three refused melanomas. Since 0.14.0 it is
# at most 0.46 on such photos, and no melanoma of validation is refused so.
_LIKELY: Final = 0.5
RawPair = Mapping[ClassifierName, RawScores]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredLesion:
    """A lesion that was found, and both networks' scores of its crop."""

    found: FoundLesion  # in pixels of the upright photo, as it is in the file
    raw: RawPair


class _Scores(TypedDict):
    domain: Domain
    domain_probabilities: dict[Domain, float]
    opinions: tuple[OpinionFindings, ...]
    probability: float | None
    malignant_probability: float | None


def make_findings(quality: Quality, raw: RawPair, policy: Policy, *, gate: bool = True) -> PhotoFindings:
    """All numbers about a photo that the networks read whole.

    Args:
        quality: with its faults.
        raw: both networks' scores.
        policy: of the pair that gave them.
        gate: when False, a refused photo keeps its scores beside the refusal.
    """
    scores = _score(raw, policy)
    refusals = _refuse(quality, has_lesion=scores["domain"] is not Domain.OTHER)
    if gate and refusals:
        scores = _silence(scores)
    return PhotoFindings(quality=quality, gate=refusals, **scores)


def make_lesion_findings(
    quality: Quality, lesions: Sequence[ScoredLesion], count: int, policy: Policy, *, gate: bool = True
) -> PhotoFindings:
    """All numbers about a photo whose lesions were read.

    Args:
        quality: with its faults.
        lesions: those that were read, the nearest to the middle first; at least one.
        count: how many were found.
        policy: of the networks that gave the scores; with a finder.
        gate: when False, a refused photo or lesion keeps its scores beside the refusal.
    """
    faults = _refuse_quality(quality)
    described = tuple(_describe(each, policy, is_silent=gate and bool(faults), gate=gate) for each in lesions)
    readable = [index for index, lesion in enumerate(described) if not lesion.gate]
    refusals = () if readable else (Reason.FEW_PIXELS,)
    whole = PhotoFindings(
        quality=quality,
        gate=(*refusals, *faults),
        lesions=described,
        lesion_count=count,
        **_scores_of(described[0]),
    )
    return choose_lesion(whole, readable[0] if readable else 0)


def make_empty_findings(
    quality: Quality, middle: RawPair, policy: Policy, *, gate: bool = True
) -> PhotoFindings:
    """All numbers about a photo in which the finder marked no lesion.

    Nothing is marked on one close-up of a lesion in twenty, most often on pale skin cancers. So the photo is
    refused only if the networks, too, see something else than a lesion in its middle, and no melanoma either
    (decision 29).

    Args:
        quality: with its faults.
        middle: both networks' scores of the photo's middle.
        policy: of the networks that gave them.
        gate: when False, the scores are kept beside the refusal.
    """
    scores = _score(middle, policy)
    is_alarming = (scores["probability"] or 0.0) >= _LIKELY
    refusals = _refuse(quality, has_lesion=is_alarming or scores["domain"] is not Domain.OTHER)
    return PhotoFindings(
        quality=quality,
        gate=refusals,
        lesion_count=0,
        **(_silence(scores) if gate and refusals else scores),
    )


def choose_lesion(findings: PhotoFindings, index: int, *, is_picked: bool = False) -> PhotoFindings:
    """The findings with another lesion's scores as the photo's.

    Args:
        findings: of a photo whose lesions were read.
        index: in `findings.lesions`.
        is_picked: whether the sender picked it, so that the case is about this lesion alone.

    Raises:
        IndexError: there is no such lesion.
    """
    lesion = findings.lesions[index]
    gate = findings.gate
    if is_picked:
        gate = (*lesion.gate, *(reason for reason in gate if reason is not Reason.FEW_PIXELS))
    scores = _scores_of(lesion)
    return replace(findings, chosen=index, is_picked=is_picked, gate=gate, **scores)


def _describe(scored: ScoredLesion, policy: Policy, *, is_silent: bool, gate: bool) -> LesionFindings:
    box = scored.found.box
    factor = _find_closer_factor(box.long_side, policy.finder)
    scores = _score(scored.raw, policy)
    if is_silent or (gate and factor > 1):
        scores = _silence(scores)
    return LesionFindings(
        box=Box(*(round(edge, 1) for edge in (box.left, box.top, box.right, box.bottom))),
        outline=tuple((round(x, 1), round(y, 1)) for x, y in scored.found.outline),
        gate=(Reason.FEW_PIXELS,) if factor > 1 else (),
        closer_factor=factor,
        **scores,
    )


def _find_closer_factor(size_px: float, policy: FinderPolicy | None) -> float:
    """How many times as large a lesion has to be, in tenths rounded up; 1 when it is large enough."""
    least = policy.min_lesion_px if policy is not None else 0
    return 1.0 if size_px >= least else math.ceil(10 * least / max(size_px, 1)) / 10


def _score(raw: RawPair, policy: Policy) -> _Scores:
    domains = combine_domains(raw, policy.domain)
    domain = choose_domain(domains, policy.domain)
    scores = combine_scores(raw, policy.for_domain(domain))
    return _Scores(
        domain=domain,
        domain_probabilities=domains,
        opinions=scores.opinions,
        probability=scores.probability,
        malignant_probability=scores.malignant_probability,
    )


def _scores_of(lesion: LesionFindings) -> _Scores:
    return _Scores(
        domain=lesion.domain,
        domain_probabilities=lesion.domain_probabilities,
        opinions=lesion.opinions,
        probability=lesion.probability,
        malignant_probability=lesion.malignant_probability,
    )


def _silence(scores: _Scores) -> _Scores:
    return {**scores, "opinions": (), "probability": None, "malignant_probability": None}


def _refuse(quality: Quality, *, has_lesion: bool) -> tuple[Reason, ...]:
    """Why a photo is refused. A photo without colour is not said to be without a lesion, too."""
    is_lost = not has_lesion and QualityFault.NO_COLOUR not in quality.faults
    return ((Reason.NO_LESION,) if is_lost else ()) + _refuse_quality(quality)


def _refuse_quality(quality: Quality) -> tuple[Reason, ...]:
    return (Reason.QUALITY,) if quality.faults else ()
