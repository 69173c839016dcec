"""Figures of both classifiers and the pair, source by source, with intervals."""

from typing import Any

import numpy as np

from inference.metrics import (
    area_with_interval,
    calibration_error,
    sensitivity,
    shift_prevalence,
    specificity,
    threshold_at_sensitivity,
)
from models.calibration import Bools, Floats, Thresholds


def describe_scores(
    truth: Bools, probabilities: Floats, *, thresholds: Thresholds | None = None
) -> dict[str, Any]:
    """Figures of one score on one source's melanomas against its other photos.

    Args:
        truth: (N,) melanoma.
        probabilities: (N,) calibrated at 50 % prevalence.
        thresholds: the pair's; None for a classifier alone, which has none of its own.
    """
    cut = 0.5
    figures: dict[str, Any] = {
        "n": len(truth),
        "melanomas": int(truth.sum()),
        "auc": area_with_interval(truth, probabilities).to_dict(),
        "sensitivity_at_half": sensitivity(truth, probabilities, cut).to_dict(),
        "specificity_at_half": specificity(truth, probabilities, cut).to_dict(),
    }
    if truth.any() and not truth.all():
        at_95 = threshold_at_sensitivity(truth, probabilities, 0.95)
        figures["specificity_at_95_sensitivity"] = specificity(truth, probabilities, at_95).to_dict()
        prior = float(truth.mean())
        figures["ece_at_own_prevalence"] = round(
            calibration_error(truth, shift_prevalence(probabilities, prior)), 4
        )
    if thresholds is not None:
        figures["melanomas_at_or_above_moderate"] = sensitivity(
            truth, probabilities, thresholds.moderate
        ).to_dict()
        figures["others_below_moderate"] = specificity(truth, probabilities, thresholds.moderate).to_dict()
        figures["melanomas_at_or_above_high"] = sensitivity(truth, probabilities, thresholds.high).to_dict()
        figures["others_below_high"] = specificity(truth, probabilities, thresholds.high).to_dict()
    return figures


def describe_sources(
    labels: Any, sources: Any, scores: dict[str, Floats], thresholds: Thresholds
) -> dict[str, dict[str, Any]]:
    """For every source, melanoma against benign, each of `scores` ("cnn", "vit", "pair")."""
    described: dict[str, dict[str, Any]] = {}
    for source in np.unique(sources):
        chosen = (sources == source) & np.isin(labels, ["melanoma", "benign"])
        if not chosen.any():
            continue
        truth = labels[chosen] == "melanoma"
        described[str(source)] = {
            name: describe_scores(truth, values[chosen], thresholds=thresholds if name == "pair" else None)
            for name, values in scores.items()
        }
    return described
