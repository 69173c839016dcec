"""Fits how a close-up and a dermoscopic photo of one lesion are read together, on validation pairs."""

from typing import Any, Final

import numpy as np

from inference.evaluation.metrics import area_under_roc
from inference.evaluation.scaling import Bools, Floats, fit_affine
from models.release.calibration import log_loss
from models.release.pair import Decisions
from models.release.scoring import Scored
from models.training.photos import Source

_WEIGHTS: Final = np.arange(0.3, 0.701, 0.05)  # of the dermoscopic photo
_SPECIFICITY: Final = 0.95  # benign pairs below `high`
_SMALLEST: Final = 1e-6  # as in `inference.fusion`


def fit_fusion(scored: Scored, decisions: Decisions) -> tuple[dict[str, Any], dict[str, Any]]:
    """`fusion` of pair.json, and its figures on the pairs that chose it.

    Args:
        scored: validation photos; those of one group are of one lesion.
        decisions: scales of single photos.

    Raises:
        ValueError: the pairs lack melanomas or benign lesions.
    """
    first, second, truth = _pair_logits(scored, decisions)
    balance = np.where(truth, 0.5 / truth.sum(), 0.5 / (~truth).sum())

    def loss(weight: float) -> float:
        mean = weight * first + (1 - weight) * second
        return log_loss(fit_affine(mean, truth, balance)(mean), truth, balance)

    weight = round(float(min(_WEIGHTS, key=loss)), 2)
    mean = weight * first + (1 - weight) * second
    scale = fit_affine(mean, truth, balance)
    fused = 1 / (1 + np.exp(-scale(mean)))
    high = max(float(np.quantile(fused[~truth], _SPECIFICITY)), 0.5)
    fusion = {
        "weights": {"dermoscopic": weight, "clinical": round(1 - weight, 2)},
        "scale": round(scale.scale, 5),
        "bias": round(scale.bias, 5),
        "thresholds": {"moderate": round(high, 5), "high": round(high, 5)},  # a close-up is never low
    }
    areas = {"dermoscopic": first, "clinical": second, "fused": fused}
    figures = {name: round(float(area_under_roc(truth, values)), 4) for name, values in areas.items()}
    counts = {"pairs": len(truth), "melanomas": int(truth.sum())}
    return fusion, {**counts, **{f"auc_{name}": value for name, value in figures.items()}}


def _pair_logits(scored: Scored, decisions: Decisions) -> tuple[Floats, Floats, Bools]:
    """Logits of the dermoscopic photo and the close-up of each lesion, and whether it is a melanoma."""
    chances = np.clip(decisions.probabilities(scored.outputs)["pair"], _SMALLEST, 1 - _SMALLEST)
    logits = np.log(chances / (1 - chances))
    sides: dict[Source, dict[str, int]] = {Source.MILK_DERMOSCOPIC: {}, Source.MILK_CLOSEUP: {}}
    for index, photo in enumerate(scored.photos):
        if photo.source in sides and photo.label in ("benign", "melanoma"):
            sides[photo.source][photo.group] = index
    dermoscopic, near = sides.values()
    groups = sorted(dermoscopic.keys() & near.keys())
    truth = np.array([scored.photos[near[group]].melanoma for group in groups], np.bool_)
    if not truth.any() or truth.all():
        raise ValueError("the validation pairs lack melanomas or benign lesions")
    return (
        logits[[dermoscopic[group] for group in groups]],
        logits[[near[group] for group in groups]],
        truth,
    )
