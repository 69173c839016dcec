"""Have the photos changed since the pair was calibrated? Pure functions over measures, see `drift_reference`.

For each measure the share of recent photos in each bin is set against the mixture of the reference's groups
(melanomas, others) that comes closest to it. How far apart they are is the population stability index, read
as credit scoring reads it (below 0.1 alike, above 0.25 apart); how often chance alone comes so far, with so
few photos and so small a reference, is found by drawing both again (parametric bootstrap).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.drift_reference import Counts, Floats, MeasureReference, Reference

FEWEST: Final = 50  # photos; fewer say nothing
WATCH_FROM: Final = 0.1
DRIFTED_FROM: Final = 0.25
CHANCE: Final = 0.01  # of calling anything moved when nothing did, over all measures together
DRAWS: Final = 1999
MIXTURES: Final = np.linspace(0, 1, 51)
AT_ONCE: Final = 250  # draws, so that a look takes a few megabytes
SEED: Final = 20  # the same photos give the same answer


class DriftState(StrEnum):
    """What is said of one measure, or of all."""

    TOO_FEW = "too_few"
    STEADY = "steady"
    WATCH = "watch"  # moved, by little
    DRIFTED = "drifted"


RANK: Final = (DriftState.TOO_FEW, DriftState.STEADY, DriftState.WATCH, DriftState.DRIFTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureDrift:
    """One measure, compared."""

    measure: str
    photos: int
    psi: float | None  # None: too few photos
    p_value: float | None
    state: DriftState
    median: float | None  # of the recent photos


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """All measures, compared."""

    photos: int
    measures: tuple[MeasureDrift, ...]

    @property
    def state(self) -> DriftState:
        """The most that is said of any measure."""
        return max((each.state for each in self.measures), key=RANK.index, default=DriftState.TOO_FEW)


def compare(reference: Reference, photos: Sequence[Mapping[str, float]]) -> DriftReport:
    """Recent photos' measures against the reference; what it does not know is passed over."""
    chance = CHANCE / max(len(reference), 1)
    measures = tuple(
        _compare_one(name, known, [photo[name] for photo in photos if name in photo], chance)
        for name, known in reference.items()
    )
    return DriftReport(photos=len(photos), measures=measures)


def find_psi(observed: Counts, expected: Floats) -> Floats:
    """Population stability index.

    Args:
        observed: (..., B) counts.
        expected: (..., B) shares, each row adding up to 1, none 0.
    """
    weight = 0.5 * observed.shape[-1]  # as if half a photo more a bin had been seen, spread as expected
    shares = (observed + weight * expected) / (observed.sum(axis=-1, keepdims=True) + weight)
    index: Floats = ((shares - expected) * np.log(shares / expected)).sum(axis=-1)
    return index


def _compare_one(
    name: str, reference: MeasureReference, values: Sequence[float], chance: float
) -> MeasureDrift:
    median = float(np.median(values)) if values else None
    if len(values) < FEWEST:
        state = DriftState.TOO_FEW
        return MeasureDrift(
            measure=name, photos=len(values), psi=None, p_value=None, state=state, median=median
        )
    observed = reference.count(values)
    groups = _smooth(reference.counts)
    expected = _fit_mixture(observed[None], groups[None])[0]
    psi = float(find_psi(observed, expected))
    p_value = _find_chance(psi, len(values), reference.counts, expected)
    if p_value > chance or psi < WATCH_FROM:
        state = DriftState.STEADY
    else:
        state = DriftState.DRIFTED if psi >= DRIFTED_FROM else DriftState.WATCH
    return MeasureDrift(
        measure=name,
        photos=len(values),
        psi=psi,
        p_value=p_value,
        state=state,
        median=median,
    )


def _smooth(counts: NDArray[np.int64]) -> Floats:
    """Shares without a zero."""
    smoothed: Floats = (counts + 0.5) / (counts.sum(axis=-1, keepdims=True) + 0.5 * counts.shape[-1])
    return smoothed


def _fit_mixture(observed: Counts, groups: Floats) -> Floats:
    """(R, B): of the mixtures of each (K, B) the one under which its (B,) counts are likeliest.

    Args:
        observed: (R, B) counts.
        groups: (R, K, B) shares, K 1 or 2.
    """
    if groups.shape[1] == 1:
        return groups[:, 0]
    if len(observed) > AT_ONCE:
        pieces = range(0, len(observed), AT_ONCE)
        return np.concatenate(
            [_fit_mixture(observed[at : at + AT_ONCE], groups[at : at + AT_ONCE]) for at in pieces]
        )
    weights = MIXTURES[None, :, None]
    mixtures = weights * groups[:, None, 0] + (1 - weights) * groups[:, None, 1]  # (R, W, B)
    likelihood = (observed[:, None] * np.log(mixtures)).sum(axis=-1)
    best: Floats = mixtures[np.arange(len(observed)), likelihood.argmax(axis=1)]
    return best


def _find_chance(psi: float, photos: int, counts: Counts, expected: Floats) -> float:
    """How often as many photos drawn from the reference come as far from a redrawn reference."""
    chance = np.random.default_rng(SEED)
    observed = chance.multinomial(photos, expected / expected.sum(), size=DRAWS)
    shares = _smooth(counts)
    drawn = [
        chance.multinomial(row.sum(), share, size=DRAWS) for row, share in zip(counts, shares, strict=True)
    ]
    groups = _smooth(np.stack(drawn, axis=1))
    reached = find_psi(observed, _fit_mixture(observed, groups)) >= psi
    return float((reached.sum() + 1) / (DRAWS + 1))
