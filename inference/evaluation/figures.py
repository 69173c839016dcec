"""Every figure of one score on one set of photos, each with a 95 % interval.

Shares have Wilson's interval. AUC, ECE, Brier and the specificity at 95 % sensitivity have a bootstrap over
whole groups, groups with a melanoma and groups without drawn apart. Predictive values have an interval from
Beta draws (Jeffreys) of sensitivity and specificity, which stays honest even if no case was missed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from inference.evaluation.curves import trace_reliability, trace_risk_coverage, trace_roc
from inference.evaluation.metrics import (
    Estimate,
    area_under_roc,
    brier_score,
    calibration_error,
    predictive_values,
    sensitivity,
    share_with_interval,
    shift_prevalence,
    specificity,
    threshold_at_sensitivity,
)

_Floats = NDArray[np.floating]
_Truth = NDArray[np.bool_]

_DRAWS = 4000  # of predictive values
_MEASURES = ("auc", "specificity_at_95_sensitivity", "ece", "brier")


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureConfig:
    """What the figures depend on besides the scores."""

    cuts: Mapping[str, float] = field(default_factory=dict)  # the pair's thresholds by name, and half
    prevalences: Sequence[float] = ()
    rounds: int = 1000
    seed: int = 20


def describe_score(
    truth: _Truth, probabilities: _Floats, groups: NDArray[np.str_], config: FigureConfig
) -> dict[str, Any]:
    """The figures of one score.

    Args:
        truth: (N,) melanoma; both classes are there.
        probabilities: (N,) calibrated at 50 % prevalence.
        groups: (N,) photos of one lesion share a name.
        config: as it says.
    """
    prior = float(truth.mean())
    shifted = shift_prevalence(probabilities, prior)
    values = [
        _measure(truth[index], probabilities[index], prior)
        for index in draw_groups(truth, groups, config.rounds, config.seed)
    ]
    low, high = np.nanquantile(np.array(values), [0.025, 0.975], axis=0)
    found = _measure(truth, probabilities, prior)
    intervals = {
        name: Estimate(value=found[at], low=float(low[at]), high=float(high[at]), n=len(truth)).to_dict()
        for at, name in enumerate(_MEASURES)
    }
    return {
        "n": len(truth),
        "melanomas": int(truth.sum()),
        **intervals,
        "cuts": {name: _describe_cut(truth, probabilities, cut, config) for name, cut in config.cuts.items()},
        "roc": trace_roc(truth, probabilities),
        "reliability": trace_reliability(truth, shifted),
        "risk_coverage": trace_risk_coverage(truth, probabilities),
    }


def draw_groups(
    truth: _Truth, groups: NDArray[np.str_], rounds: int, seed: int
) -> Iterator[NDArray[np.int64]]:
    """Bootstrap samples: indices of photos of groups drawn with replacement."""
    _, member = np.unique(groups, return_inverse=True)
    order = np.argsort(member, kind="stable")
    sizes = np.bincount(member)
    starts = np.append([0], sizes.cumsum()[:-1])
    with_melanoma = np.bincount(member, weights=truth) > 0
    strata = [np.flatnonzero(with_melanoma), np.flatnonzero(~with_melanoma)]
    rng = np.random.default_rng(seed)
    for _ in range(rounds):
        drawn = np.concatenate([rng.choice(each, len(each)) for each in strata if len(each)])
        counts = sizes[drawn]
        first = np.repeat(starts[drawn] - np.append([0], counts.cumsum()[:-1]), counts)
        yield order[np.arange(counts.sum()) + first]


def _measure(truth: _Truth, probabilities: _Floats, prior: float) -> list[float]:
    """In the order of `_MEASURES`."""
    shifted = shift_prevalence(probabilities, prior)
    at_95 = threshold_at_sensitivity(truth, probabilities, 0.95)
    return [
        area_under_roc(truth, probabilities),
        float((probabilities[~truth] < at_95).mean()),
        calibration_error(truth, shifted),
        brier_score(truth, shifted),
    ]


def _describe_cut(truth: _Truth, probabilities: _Floats, cut: float, config: FigureConfig) -> dict[str, Any]:
    right = int(((probabilities >= cut) == truth).sum())
    caught, cleared = sensitivity(truth, probabilities, cut), specificity(truth, probabilities, cut)
    return {
        "threshold": cut,
        "sensitivity": caught.to_dict(),
        "specificity": cleared.to_dict(),
        "accuracy": share_with_interval(right, len(truth)).to_dict(),
        "predictive_values": {
            f"{prevalence:g}": _predict(caught, cleared, prevalence, np.random.default_rng(config.seed))
            for prevalence in config.prevalences
        },
    }


def _predict(caught: Estimate, cleared: Estimate, prevalence: float, rng: Generator) -> dict[str, Any]:
    drawn = np.array(
        [
            predictive_values(a, b, prevalence)
            for a, b in zip(_jeffreys(caught, rng), _jeffreys(cleared, rng), strict=True)
        ]
    )
    found = predictive_values(caught.value, cleared.value, prevalence)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    n = caught.n + cleared.n
    return {
        name: Estimate(
            value=found[at],
            low=min(float(low[at]), found[at]),  # the draws never reach 0 or 1, the figure may
            high=max(float(high[at]), found[at]),
            n=n,
        ).to_dict()
        for at, name in enumerate(("ppv", "npv"))
    }


def _jeffreys(share: Estimate, rng: Generator) -> _Floats:
    hits = round(share.value * share.n)
    return rng.beta(hits + 0.5, share.n - hits + 0.5, _DRAWS)
