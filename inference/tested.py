"""What the tests of a released pair say about an answer, read from pair.json's `data` and `metrics`.

A predictive value depends on where it was measured. So it is given only as a range over several sources of
photos that had no part in training and chose no threshold.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from inference.evaluation.metrics import predictive_values
from inference.readings import RiskLevel

MIN_SOURCES = 2
CLOSEUP_SOURCES = frozenset({"milk_closeup", "pad"})
MIN_MELANOMAS = 50  # of a source; with fewer, the 95 % interval of its sensitivity can span more than 0.27
UNUSED_SPLIT = "held_out"  # the part of `data` that trained nothing and chose no scale and no threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictiveRange:
    """Of 100 answers `high` by the score, how many were melanoma, from the worst to the best source.

    `fewest` is rounded down and `most` up (0 to 100); `prevalence` is the share of melanomas (0 to 1) among
    the patients that the values were computed for.
    """

    fewest: int
    most: int
    prevalence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MelanomaShare:
    """Which share (0 to 1) of a source's `melanomas` got a level by the models alone."""

    source: str
    share: float
    melanomas: int
    is_unused: bool  # the source trained nothing and chose no threshold

    @property
    def is_of_closeups(self) -> bool:
        """Whether the source's photos were taken without a dermatoscope."""
        return self.source in CLOSEUP_SOURCES


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFigures:
    """The figures that an answer may show; without any, it shows none."""

    high: PredictiveRange | None = None
    shares: Mapping[RiskLevel, tuple[MelanomaShare, ...]] = field(default_factory=dict)

    @classmethod
    def from_pair(cls, pair: Mapping[str, Any], prevalence: float) -> Self:
        """The figures in pair.json's content; `prevalence` as for `find_predictive_range`."""
        return cls(
            high=find_predictive_range(pair, prevalence),
            shares={level: find_melanoma_shares(pair, level) for level in RiskLevel},
        )


def find_predictive_range(pair: Mapping[str, Any], prevalence: float) -> PredictiveRange | None:
    """The range of the positive predictive value at the threshold of `high`.

    Args:
        pair: the content of pair.json.
        prevalence: the share of melanomas, above 0 and below 1.

    Returns:
        None with fewer than `MIN_SOURCES` unused sources of `MIN_MELANOMAS` melanomas each.
    """
    sources, unused = _mapping(_mapping(pair.get("metrics")).get("sources")), find_unused_sources(pair)
    values = [
        value
        for name, figures in sources.items()
        if name in unused
        and (value := _predictive_value(_mapping(_mapping(figures).get("pair")), prevalence)) is not None
    ]
    if len(values) < MIN_SOURCES:
        return None
    return PredictiveRange(
        fewest=math.floor(100 * min(values)), most=math.ceil(100 * max(values)), prevalence=prevalence
    )


def find_unused_sources(pair: Mapping[str, Any]) -> frozenset[str]:
    """The sources that trained nothing and chose neither scale nor threshold, by pair.json's `data`."""
    data = _mapping(pair.get("data"))
    used = {name for split, counts in data.items() if split != UNUSED_SPLIT for name in _sources_of(counts)}
    return frozenset(_sources_of(data.get(UNUSED_SPLIT))) - used


def find_melanoma_shares(pair: Mapping[str, Any], level: RiskLevel) -> tuple[MelanomaShare, ...]:
    """For each source with melanomas, the share of them that got `level`; unused sources first."""
    levels, unused = _mapping(_mapping(pair.get("metrics")).get("levels")), find_unused_sources(pair)
    shares = []
    for key, counted in levels.items():
        source, _, label = str(key).rpartition("/")
        share = _mapping(_mapping(counted).get(str(level)))
        if label == "melanoma" and _is_number(share.get("value")) and _is_number(share.get("n")):
            found = MelanomaShare(
                source=source, share=share["value"], melanomas=share["n"], is_unused=source in unused
            )
            shares.append(found)
    return tuple(sorted(shares, key=lambda each: not each.is_unused))


def _predictive_value(figures: Mapping[str, Any], prevalence: float) -> float | None:
    """The positive predictive value of one source; None if it has too few melanomas or lacks a figure."""
    sensitivity = _mapping(figures.get("melanomas_at_or_above_high"))
    specificity = _mapping(figures.get("others_below_high"))
    numbers = [sensitivity.get("n"), sensitivity.get("value"), specificity.get("value")]
    if not all(_is_number(number) for number in numbers) or sensitivity["n"] < MIN_MELANOMAS:
        return None
    value, _ = predictive_values(sensitivity["value"], specificity["value"], prevalence)
    return None if math.isnan(value) else value


def _sources_of(counts: Any) -> Iterable[str]:
    """The sources in one part of `data`, whose keys are SOURCE/LABEL."""
    return (str(key).rpartition("/")[0] for key in _mapping(counts))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
