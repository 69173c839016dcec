"""Melanomas and benign lesions of all sources by the kind of photo that the pair takes each for.

How far a probability can be taken at its word is stated twice: for the probabilities as they are, and out of
fold, with a scale that the other folds chose, of the form that a release has for that kind of photo.
"""

import zlib
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from inference.evaluation.figures import FigureConfig, draw_groups
from inference.evaluation.labelled import BENIGN, MELANOMA
from inference.evaluation.metrics import (
    Estimate,
    area_under_roc,
    calibration_error,
    share_with_interval,
    shift_prevalence,
)
from inference.evaluation.scaling import Bools, Floats, Words, balance_weights, fit_affine, fit_curve, sigmoid
from inference.evaluation.scoring import ScoredPhoto
from inference.policy import LogitScale
from inference.readings import Domain, RiskLevel

Fit = Callable[[Floats, Bools, Floats], LogitScale]

_FOLDS: Final = 5
_SMALLEST: Final = 1e-6  # a probability is not nearer to 0 or 1, so that its logit is finite
_MEASURES: Final = ("auc", "ece", "ece_out_of_fold")
_FITS: Final = {Domain.DERMOSCOPIC: fit_curve, Domain.CLINICAL: fit_affine}  # as a release is calibrated


def describe_kinds(photos: Sequence[ScoredPhoto], config: FigureConfig) -> dict[str, dict[str, Any]]:
    """The figures of dermoscopic photos and of close-ups, of each kind that has both classes.

    Args:
        photos: of all sources, refused ones included.
        config: how many rounds the intervals have.

    Returns:
        By kind: `n`, `melanomas`, the estimates `auc`, `ece` and `ece_out_of_fold` of the pair, and
        `melanoma_low`, `melanoma_high`, `benign_low`, `benign_high`, `refused`.
    """
    described = {}
    for kind in (Domain.DERMOSCOPIC, Domain.CLINICAL):
        part = [
            photo
            for photo in photos
            if photo.findings.domain is kind and photo.row.label in {MELANOMA, BENIGN}
        ]
        truth = np.array([photo.row.label == MELANOMA for photo in part], bool)
        if truth.any() and not truth.all():
            described[kind.value] = _describe_kind(part, truth, config, kind)
    return described


def scale_out_of_fold(truth: Bools, probabilities: Floats, groups: Words, fit: Fit) -> Floats:
    """(N,) probabilities at 50 % prevalence, each scaled as the other folds' photos say.

    Both classes count the same; `fit` gives the scale. A photo keeps its probability if the other folds lack
    a class, or if higher scores do not mean melanoma there.
    """
    logits = np.log(np.clip(probabilities, _SMALLEST, 1 - _SMALLEST))
    logits -= np.log(np.clip(1 - probabilities, _SMALLEST, 1 - _SMALLEST))
    folds = np.array([zlib.crc32(group.encode()) % _FOLDS for group in groups.tolist()])
    scaled = np.array(probabilities, np.float64)
    for fold in range(_FOLDS):
        inside = folds == fold
        known = truth[~inside]
        try:
            scale = fit(logits[~inside], known, balance_weights(known, np.full(len(known), "all")))
        except ValueError:
            continue
        scaled[inside] = sigmoid(scale(logits[inside]))
    return scaled


def _describe_kind(
    photos: Sequence[ScoredPhoto], truth: Bools, config: FigureConfig, kind: Domain
) -> dict[str, Any]:
    scores = np.array([photo.findings.probability for photo in photos], np.float64)
    groups = np.array([photo.row.group for photo in photos])
    scaled = scale_out_of_fold(truth, scores, groups, _FITS[kind])
    prior = float(truth.mean())

    def measure(index: Any) -> list[float]:
        return [
            area_under_roc(truth[index], scores[index]),
            *(
                calibration_error(truth[index], shift_prevalence(values[index], prior))
                for values in (scores, scaled)
            ),
        ]

    drawn = [measure(index) for index in draw_groups(truth, groups, config.rounds, config.seed)]
    low, high = np.nanquantile(np.array(drawn), [0.025, 0.975], axis=0).tolist()
    found = zip(_MEASURES, measure(slice(None)), low, high, strict=True)
    return {
        "n": len(photos),
        "melanomas": int(truth.sum()),
        **{
            name: Estimate(value=value, low=least, high=most, n=len(photos)).to_dict()
            for name, value, least, most in found
        },
        **{
            f"{label}_{level}": _share([photo.level is level for photo in photos if photo.row.label == label])
            for label in (MELANOMA, BENIGN)
            for level in (RiskLevel.LOW, RiskLevel.HIGH)
        },
        "refused": _share([bool(photo.findings.gate) for photo in photos]),
    }


def _share(hits: Sequence[bool]) -> dict[str, Any]:
    return share_with_interval(sum(hits), len(hits)).to_dict()


__all__ = ["describe_kinds", "scale_out_of_fold"]
