"""Points of the three curves that a report draws; numbers alone, thinned so that a file stays small."""

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.metrics import share_with_interval

_Floats = NDArray[np.floating]
_Truth = NDArray[np.bool_]

_MOST_POINTS = 60
_BINS = 10


def trace_roc(truth: _Truth, scores: _Floats) -> list[list[float]]:
    """(1 - specificity, sensitivity) from (0, 0) to (1, 1), both classes present."""
    order = np.argsort(-scores, kind="stable")
    last_of_equals = np.append(np.diff(scores[order]) != 0, [True])
    hits = np.cumsum(truth[order])[last_of_equals] / truth.sum()
    alarms = np.cumsum(~truth[order])[last_of_equals] / (~truth).sum()
    points = np.column_stack([np.append([0.0], alarms), np.append([0.0], hits)])
    way = np.append([0.0], np.abs(np.diff(points, axis=0)).sum(axis=1).cumsum())
    return _to_lists(points[_spread(way)])


def trace_reliability(truth: _Truth, probabilities: _Floats) -> list[dict[str, float | int | None]]:
    """By bins of equal width with photos in them: mean probability, observed share, its interval and n."""
    bins = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    rows = []
    for at in np.unique(bins):
        inside = bins == at
        observed = share_with_interval(int(truth[inside].sum()), int(inside.sum()))
        rows.append({"predicted": round(float(probabilities[inside].mean()), 4), **observed.to_dict()})
    return rows


def trace_risk_coverage(truth: _Truth, probabilities: _Floats) -> list[list[float]]:
    """(share answered, share of wrong answers among them), the surest first.

    An answer is "melanoma" from a probability of 0.5, and the further from 0.5, the surer.
    """
    order = np.argsort(-np.abs(probabilities - 0.5), kind="stable")
    wrong = ((probabilities >= 0.5) != truth)[order]
    answered = np.arange(1, len(truth) + 1)
    points = np.column_stack([answered / len(truth), np.cumsum(wrong) / answered])
    settled = points[min(len(points) - 1, 19) :]  # the share of a handful says nothing
    return _to_lists(settled[_spread(settled[:, 0])])


def _spread(way: _Floats) -> NDArray[np.int64]:
    """Places of at most `_MOST_POINTS` points, evenly along `way`, first and last among them."""
    wanted = np.linspace(way[0], way[-1], _MOST_POINTS)
    return np.unique(np.append(np.searchsorted(way, wanted).clip(0, len(way) - 1), [0, len(way) - 1]))


def _to_lists(points: _Floats) -> list[list[float]]:
    return [[round(float(x), 4), round(float(y), 4)] for x, y in points]
