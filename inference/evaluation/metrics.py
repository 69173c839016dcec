"""Measures of a score against the truth, with intervals; numpy alone, shared by training and serving.

Truth is an array of bool, scores are any ordering (probabilities where a measure says so), one a photo.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.floating]
_Truth = NDArray[np.bool_]

_Z_95 = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure, its 95 % interval and its number of photos; nan without photos."""

    value: float
    low: float
    high: float
    n: int

    def to_dict(self) -> dict[str, float | int | None]:
        """JSON values; nan becomes null."""
        bounds = {"value": self.value, "low": self.low, "high": self.high}
        return {key: None if np.isnan(number) else round(number, 4) for key, number in bounds.items()} | {
            "n": self.n
        }


def area_under_roc(truth: _Truth, scores: _Floats) -> float:
    """Chance that a positive scores above a negative, ties counting half; nan when a class is missing."""
    positives, negatives = scores[truth], scores[~truth]
    if len(positives) == 0 or len(negatives) == 0:
        return float("nan")
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, "left")
    up_to = np.searchsorted(ordered, positives, "right")
    return float((below + up_to).mean() / 2 / len(negatives))


def share_with_interval(hits: int, n: int) -> Estimate:
    """`hits` of `n` with Wilson's interval."""
    if n == 0:
        return Estimate(value=float("nan"), low=float("nan"), high=float("nan"), n=0)
    share, spread = hits / n, _Z_95**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half = _Z_95 / (1 + spread) * float(np.sqrt(share * (1 - share) / n + spread / (4 * n)))
    return Estimate(value=share, low=max(middle - half, 0.0), high=min(middle + half, 1.0), n=n)


def sensitivity(truth: _Truth, scores: _Floats, threshold: float) -> Estimate:
    """Share of positives at or above `threshold`."""
    return share_with_interval(int((scores[truth] >= threshold).sum()), int(truth.sum()))


def specificity(truth: _Truth, scores: _Floats, threshold: float) -> Estimate:
    """Share of negatives below `threshold`."""
    return share_with_interval(int((scores[~truth] < threshold).sum()), int((~truth).sum()))


def threshold_at_sensitivity(truth: _Truth, scores: _Floats, wanted: float) -> float:
    """The highest threshold that at least `wanted` (0 to 1) of the positives reach.

    Raises:
        ValueError: there are no positives.
    """
    positives = np.sort(scores[truth])
    if len(positives) == 0:
        raise ValueError("no positives")
    missed = int(np.floor((1 - wanted) * len(positives) + 1e-9))
    return float(positives[min(missed, len(positives) - 1)])


def calibration_error(truth: _Truth, probabilities: _Floats, *, bins: int = 10) -> float:
    """Expected calibration error over bins of equally many photos, 0 to 1; nan without photos."""
    if len(truth) == 0:
        return float("nan")
    order = np.argsort(probabilities, kind="stable")
    gaps = (probabilities - truth)[order]
    sums = [part.sum() for part in np.array_split(gaps, bins)]
    return float(np.abs(sums).sum() / len(truth))


def brier_score(truth: _Truth, probabilities: _Floats) -> float:
    """Mean squared distance of probability and truth, 0 to 1."""
    return float(np.mean((probabilities - truth) ** 2))


def shift_prevalence(probabilities: _Floats, to: float, *, calibrated_at: float = 0.5) -> NDArray[np.float64]:
    """The probabilities at a prevalence of `to` instead of `calibrated_at` (Bayes)."""
    odds_ratio = (to / (1 - to)) / (calibrated_at / (1 - calibrated_at))
    p = np.clip(np.asarray(probabilities, dtype=np.float64), 1e-12, 1 - 1e-12)
    odds = p / (1 - p) * odds_ratio
    shifted: NDArray[np.float64] = odds / (1 + odds)
    return shifted


def predictive_values(sensitivity: float, specificity: float, prevalence: float) -> tuple[float, float]:
    """Positive and negative predictive value at a prevalence; nan if nothing is called that."""
    called = sensitivity * prevalence + (1 - specificity) * (1 - prevalence)
    cleared = specificity * (1 - prevalence) + (1 - sensitivity) * prevalence
    positive = sensitivity * prevalence / called if called else float("nan")
    return positive, specificity * (1 - prevalence) / cleared if cleared else float("nan")
