"""Scores to probabilities, and where the levels start: pure functions on raw outputs of validation photos.

All at 50 % prevalence: each source and, within it, each class counts the same, however many photos it has.
"""

from dataclasses import asdict, dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.metrics import threshold_at_sensitivity
from inference.evaluation.scaling import Bools, Floats, Words, fit_affine
from inference.policy import Thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdGoals:
    """What the thresholds were chosen for, on validation photos."""

    missed: float = 0.012  # melanomas below `moderate`, sources counting the same: pooled, it stays below 2 %
    missed_in_source: float = 0.045  # the same in any one source: three of 68
    high_specificity: float = 0.95  # benign photos below `high`, sources counting the same
    low_carcinomas: float = 0.025  # BCC and SCC that stay below both `moderate` and `malignant_moderate`


# A plain close-up is never `low`, so its value is in `high` against `moderate`.
CLOSEUP_GOALS: Final = ThresholdGoals(high_specificity=0.9)
NEVER: Final = 1.0  # BCC and SCC are at least moderate; high is the melanoma score's


def log_loss(logits: Floats, truth: Bools, weights: Floats) -> float:
    """Weighted mean of the negative log likelihood, in nats."""
    signed = np.where(truth, logits, -logits)
    return float((weights * np.logaddexp(0, -signed)).sum())


def choose_weight(first: Floats, second: Floats, truth: Bools, weights: Floats) -> float:
    """The first classifier's share (0.3 to 0.7) in the mean of calibrated logits with the least log loss."""
    shares = np.arange(0.3, 0.701, 0.05)
    losses = []
    for share in shares:
        mean = share * first + (1 - share) * second
        losses.append(log_loss(fit_affine(mean, truth, weights)(mean), truth, weights))
    return round(float(shares[int(np.argmin(losses))]), 2)


class Known(NamedTuple):
    """What is known of the photos that choose thresholds, each (N,)."""

    labels: Words  # as in `LabelledPhoto.label`
    sources: Words
    can_be_low: Bools  # whether the product may rate it low: surely dermoscopic, with a lesion marked on it


def choose_thresholds(melanoma: Floats, malignant: Floats, known: Known, goals: ThresholdGoals) -> Thresholds:
    """The levels' starts.

    Args:
        melanoma: (N,) the pair's probabilities.
        malignant: (N,) the pair's probabilities.
        known: of the same photos. Melanomas that are never low count as found, whatever their score.
        goals: what to reach.
    """
    wanted = 1 - goals.missed_in_source
    labels, sources, judged = known
    cancers, benign = labels == "melanoma", labels == "benign"
    caught = np.where(judged, melanoma, 1.0)  # no threshold misses a melanoma that is never low
    in_each = [
        threshold_at_sensitivity(cancers[sources == source], caught[sources == source], wanted)
        for source in np.unique(sources[cancers])
    ]
    moderate = min(_quantile_over_sources(caught, cancers, sources, goals.missed), *in_each)
    quiet = np.sort(malignant[(labels == "other_malignant") & judged & (melanoma < moderate)])
    allowed = int(goals.low_carcinomas * (labels == "other_malignant").sum())
    return Thresholds(
        moderate=moderate,
        high=max(_quantile_over_sources(melanoma, benign, sources, goals.high_specificity), 0.5, moderate),
        malignant_moderate=float(quiet[allowed]) if allowed < len(quiet) else NEVER,
        malignant_high=NEVER,
    )


def choose_gap(first: Floats, second: Floats, share: float = 0.025) -> float:
    """The distance of two opinions' probabilities that only `share` of the photos exceed."""
    return float(np.quantile(np.abs(first - second), 1 - share))


def fit_temperature(logits: Floats, classes: NDArray[np.int64]) -> float:
    """The temperature (0.2 to 5) with the least log loss of (N, K) logits."""
    temperatures = np.exp(np.linspace(np.log(0.2), np.log(5), 60))
    rows = np.arange(len(classes))
    losses = [-np.log(softmax(logits / t)[rows, classes] + 1e-12).mean() for t in temperatures]
    return float(temperatures[int(np.argmin(losses))])


def softmax(logits: Floats) -> Floats:
    """(N, K) probabilities."""
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances: Floats = odds / odds.sum(axis=1, keepdims=True)
    return chances


def histogram(values: Floats, bins: int = 20) -> dict[str, list[float]]:
    """Counts of values between 0 and 1, and the bins' edges."""
    counts, edges = np.histogram(values, bins=bins, range=(0, 1))
    return {"counts": [int(count) for count in counts], "edges": [round(float(edge), 4) for edge in edges]}


def rounded(thresholds: Thresholds) -> dict[str, float]:
    """For JSON; rounded down, so that the photo that set a threshold still reaches it."""
    return {name: float(np.floor(value * 1e5) / 1e5) for name, value in asdict(thresholds).items()}


def _quantile_over_sources(scores: Floats, chosen: Bools, sources: Words, share: float) -> float:
    weights = np.zeros(len(scores))
    for source in np.unique(sources[chosen]):
        inside = chosen & (sources == source)
        weights[inside] = 1 / inside.sum()
    order = np.argsort(scores[chosen])
    reached = np.cumsum(weights[chosen][order]) / weights.sum()
    return float(scores[chosen][order][min(int(np.searchsorted(reached, share)), len(order) - 1)])
