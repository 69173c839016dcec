"""Figures of both classifiers and the pair, source by source, with intervals."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.figures import FigureConfig, describe_score
from inference.evaluation.metrics import Estimate, sensitivity, specificity
from inference.evaluation.scaling import Bools, Floats
from inference.policy import Thresholds

_MEASURES = ("auc", "specificity_at_95_sensitivity", "ece")


def describe_scores(
    truth: Bools, probabilities: Floats, groups: NDArray[np.str_], *, thresholds: Thresholds | None = None
) -> dict[str, Any]:
    """Figures of one score on one source's melanomas against its other photos, each with an interval.

    AUC, ECE and the specificity at 95 % sensitivity are the evaluation's, by a bootstrap over whole groups
    that finds the threshold of 95 % for each sample; ECE at the photos' own prevalence.

    Args:
        truth: (N,) melanoma.
        probabilities: (N,) calibrated at 50 % prevalence.
        groups: (N,) photos of one lesion, and near-duplicates, share a name.
        thresholds: the pair's; None for a classifier alone, which has none.
    """
    cuts = {} if thresholds is None else {"moderate": thresholds.moderate, "high": thresholds.high}
    shares = {
        "sensitivity_at_half": sensitivity(truth, probabilities, 0.5),
        "specificity_at_half": specificity(truth, probabilities, 0.5),
    }
    for name, cut in cuts.items():
        shares[f"melanomas_at_or_above_{name}"] = sensitivity(truth, probabilities, cut)
        shares[f"others_below_{name}"] = specificity(truth, probabilities, cut)
    if truth.any() and not truth.all():
        described = describe_score(truth, probabilities, groups, FigureConfig(cuts={}, prevalences=()))
        compared = {name: described[name] for name in _MEASURES}
    else:
        nan = float("nan")
        compared = {"auc": Estimate(value=nan, low=nan, high=nan, n=len(truth)).to_dict()}
    return {
        "n": len(truth),
        "melanomas": int(truth.sum()),
        **compared,
        **{name: share.to_dict() for name, share in shares.items()},
    }


def describe_sources(
    labels: Any, sources: Any, scores: Mapping[str, Floats], *, groups: Any, thresholds: Thresholds
) -> dict[str, dict[str, Any]]:
    """For every source, melanoma against benign, each of `scores` ("cnn", "vit", "pair")."""
    described: dict[str, dict[str, Any]] = {}
    for source in np.unique(sources):
        chosen = (sources == source) & np.isin(labels, ["melanoma", "benign"])
        if not chosen.any():
            continue
        truth, members = labels[chosen] == "melanoma", groups[chosen]
        described[str(source)] = {
            name: describe_scores(
                truth, values[chosen], members, thresholds=thresholds if name == "pair" else None
            )
            for name, values in scores.items()
        }
    return described
