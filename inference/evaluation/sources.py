"""One source's photos described: its scores, levels, refusals and kinds of photo, each with an interval."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.figures import FigureConfig, describe_score
from inference.evaluation.labelled import BENIGN, LABELS, MELANOMA, OTHER_MALIGNANT
from inference.evaluation.low_shares import describe_low_shares
from inference.evaluation.metrics import share_with_interval
from inference.evaluation.pairs import describe_pairs
from inference.evaluation.scoring import ScoredPhoto
from inference.evaluation.subgroups import describe_subgroups
from inference.judging import opinions_disagree
from inference.policy import CLASSIFIERS, Policy
from inference.readings import Domain, QualityFault, Reason, RiskLevel

SCORES = (*CLASSIFIERS, "pair")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationConfig:
    """How much is measured, and how."""

    counterfactual_photos: int = 100  # of each source and class at most; 0 skips them
    rounds: int = 1000  # of the bootstrap
    seed: int = 20


def describe_source(
    photos: Sequence[ScoredPhoto], policy: Policy, config: EvaluationConfig, *, is_pooled: bool = False
) -> dict[str, Any]:
    """Every figure of one source, as docs/evaluation.md explains them; pooled sources have no subgroups."""
    lesions = [photo for photo in photos if photo.row.label in {MELANOMA, BENIGN}]
    truth = np.array([photo.row.label == MELANOMA for photo in lesions], dtype=bool)
    has_both = bool(len(truth)) and bool(truth.any()) and not truth.all()
    labels = [label for label in LABELS if any(photo.row.label == label for photo in photos)]
    by_label = {label: [photo for photo in photos if photo.row.label == label] for label in labels}
    figures = FigureConfig(
        cuts={"moderate": policy.thresholds.moderate, "half": 0.5, "high": policy.thresholds.high},
        prevalences=policy.prevalences,
        rounds=config.rounds,
        seed=config.seed,
    )
    scores, low_shares = {}, {}
    if has_both:
        groups = np.array([photo.row.group for photo in lesions])
        for name in SCORES:
            scores[name] = describe_score(truth, probabilities_of(lesions, name), groups, figures)
        low_shares = describe_low_shares(truth, probabilities_of(lesions, "pair"), groups)
    return {
        "n": len(photos),
        "labels": {label: len(by_label[label]) for label in labels},
        "splits": dict(sorted(Counter(photo.row.split for photo in photos).items())),
        "groups": len({photo.row.group for photo in photos}),
        "prevalence": round(float(truth.mean()), 4) if len(truth) else None,
        "scores": scores,
        "malignant": _describe_malignant(photos, policy, config),
        "pairs": describe_pairs(photos, policy, figures),
        "subgroups": {} if is_pooled else describe_subgroups(photos, figures),
        "lesions_found": {label: _count_found(part) for label, part in by_label.items()},
        "levels": {
            label: {str(level): _share(photo.level is level for photo in part) for level in RiskLevel}
            for label, part in by_label.items()
        },
        "low_at_two_percent": low_shares,
        "refusals": {label: _count_refusals(part) for label, part in by_label.items()},
        "domains": {
            label: {str(kind): _share(photo.findings.domain is kind for photo in part) for kind in Domain}
            for label, part in by_label.items()
        },
        "disagreements": {
            label: _share(opinions_disagree(photo.findings, policy) for photo in part)
            for label, part in by_label.items()
        },
    }


def _describe_malignant(
    photos: Sequence[ScoredPhoto], policy: Policy, config: EvaluationConfig
) -> dict[str, Any]:
    """The malignant score on melanomas, BCC and SCC (the positives) against benign lesions."""
    known = [photo for photo in photos if photo.row.label in {MELANOMA, BENIGN, OTHER_MALIGNANT}]
    truth = np.array([photo.row.label != BENIGN for photo in known], dtype=bool)
    if not len(truth) or truth.all() or not truth.any():
        return {}
    cuts = {"moderate": policy.thresholds.malignant_moderate, "high": policy.thresholds.malignant_high}
    figures = FigureConfig(cuts=cuts, prevalences=policy.prevalences, rounds=config.rounds, seed=config.seed)
    scores = np.array([photo.findings.malignant_probability for photo in known], dtype=np.float64)
    return describe_score(truth, scores, np.array([photo.row.group for photo in known]), figures)


def _count_found(photos: Sequence[ScoredPhoto]) -> dict[str, int]:
    """Photos by how many lesions were found in each; empty if the networks read whole photos."""
    counts = Counter(photo.findings.lesion_count for photo in photos)
    return {str(count): number for count, number in sorted(counts.items(), key=str) if count is not None}


def _count_refusals(photos: Sequence[ScoredPhoto]) -> dict[str, Any]:
    refused = {str(each): _share(each in photo.findings.gate for photo in photos) for each in _GATES}
    faults = {
        str(each): _share(each in photo.findings.quality.faults for photo in photos) for each in _FAULTS
    }
    return {"any": _share(bool(photo.findings.gate) for photo in photos), **refused, "faults": faults}


_GATES = (Reason.NO_LESION, Reason.FEW_PIXELS, Reason.QUALITY)
_FAULTS = tuple(QualityFault)


def _share(hits: Iterable[bool]) -> dict[str, Any]:
    found = list(hits)
    return share_with_interval(sum(found), len(found)).to_dict()


def probabilities_of(photos: Sequence[ScoredPhoto], score: str) -> NDArray[np.float64]:
    """(N,) melanoma probabilities of `cnn`, `vit` or `pair`, at 50 % prevalence; refused photos too."""
    if score == "pair":
        found = [photo.findings.probability for photo in photos]
    else:
        at = CLASSIFIERS.index(score)
        found = [photo.findings.opinions[at].probability for photo in photos]
    return np.array(found, dtype=np.float64)
