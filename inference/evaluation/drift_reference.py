"""What photos were like when the pair was calibrated: the measures of a photo, and how they were spread.

pair.json keeps for each measure a histogram of the melanomas and one of the other validation photos. Apart,
because a practice sends a far smaller share of melanomas than a validation set holds: that alone must not
look like a change of the photos.
"""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.readings import Domain, PhotoFindings

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

KEY: Final = "drift"  # in pair.json
QUALITIES: Final = ("sharpness", "brightness", "contrast", "glare")
SCORES: Final = ("cnn", "vit", "pair")
# By fixed steps where most photos lie at one end, and small steps there mean nothing; others by quantiles.
CUTS: Final = dict.fromkeys(map(str, Domain), (0.05, 0.2, 0.5, 0.8, 0.95)) | {"glare": (0.01, 0.05, 0.2)}
QUANTILE_BINS: Final = 10
SMALLEST_BIN: Final = 0.005  # of the reference; smaller neighbours join


class DriftReferenceError(ValueError):
    """pair.json holds a reference that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureReference:
    """How one measure was spread."""

    cuts: Floats  # (B - 1,) ascending; bin k holds cuts[k - 1] <= value < cuts[k]
    counts: Counts  # (K, B), one row a group of photos

    def count(self, values: Iterable[float]) -> Counts:
        """(B,) how many values fall into each bin."""
        places = np.searchsorted(self.cuts, np.fromiter(values, np.float64), side="right")
        return np.bincount(places, minlength=len(self.cuts) + 1).astype(np.int64)


Reference = Mapping[str, MeasureReference]


def measure_photo(findings: PhotoFindings) -> dict[str, float]:
    """A photo's measures by name; a photo that a gate refused has no scores."""
    measures = {name: float(getattr(findings.quality, name)) for name in QUALITIES}
    measures |= {str(domain): findings.domain_probabilities[domain] for domain in Domain}
    measures |= {str(opinion.classifier): opinion.probability for opinion in findings.opinions}
    if findings.probability is not None:
        measures["pair"] = findings.probability
    return measures


def describe_reference(photos: Iterable[tuple[PhotoFindings, bool]]) -> dict[str, Any]:
    """pair.json's `drift` from validation photos, each with whether it is a melanoma."""
    measured = [(measure_photo(findings), is_melanoma) for findings, is_melanoma in photos]
    names = (*SCORES, *map(str, Domain), *QUALITIES)
    described: dict[str, Any] = {}
    for name in names:
        values = np.array([measures[name] for measures, _ in measured if name in measures])
        truth = np.array([is_melanoma for measures, is_melanoma in measured if name in measures])
        if name in CUTS:
            cuts = np.array(CUTS[name])
        else:
            shares = np.linspace(0, 1, QUANTILE_BINS + 1)[1:-1]
            cuts = np.unique(np.round(np.quantile(values, shares), 4))
        reference = MeasureReference(cuts=cuts, counts=np.zeros((0, len(cuts) + 1), np.int64))
        groups = {"melanoma": values[truth], "other": values[~truth]}
        described[name] = {
            "cuts": [float(cut) for cut in cuts],
            "counts": {group: reference.count(found).tolist() for group, found in groups.items()},
        }
    return {"photos": len(measured), "measures": described}


def read_reference(pair: Mapping[str, Any]) -> Reference:
    """The reference in pair.json; of a pair without one, the histograms it was released with.

    Empty if it has neither.

    Raises:
        DriftReferenceError: it is there and cannot be used.
    """
    try:
        if KEY in pair:
            measures = pair[KEY]["measures"]
            return {name: _read(value["cuts"], value["counts"].values()) for name, value in measures.items()}
        old = pair.get("reference", {})
        flat = {name: old[name] for name in SCORES if name in old} | dict(old.get("domain", {}))
        return {name: _read(value["edges"][1:-1], [value["counts"]]) for name, value in flat.items()}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DriftReferenceError(f"pair.json holds a reference that cannot be used ({error})") from error


def _read(cuts: Iterable[Any], counts: Iterable[Any]) -> MeasureReference:
    edges = np.array(list(cuts), np.float64)
    rows = np.array([row for row in counts if sum(row)], np.int64)
    if rows.ndim != 2 or rows.shape[1] != len(edges) + 1 or rows.min() < 0 or (np.diff(edges) <= 0).any():
        raise ValueError("counts and cuts do not fit")
    return _merge_small(edges, rows)


def _merge_small(cuts: Floats, counts: Counts) -> MeasureReference:
    """Join neighbours that hold too little of the reference, with each other and never with a large one.

    So a place where the reference has nothing stays a bin: that is where changed photos show.
    """
    shares = (counts / counts.sum(axis=1, keepdims=True)).mean(axis=0)
    starts, held = [0], float(shares[0])
    for place, share in enumerate(shares[1:], start=1):
        if held >= SMALLEST_BIN or share >= SMALLEST_BIN:
            starts.append(place)
            held = 0.0
        held += share
    edges = itertools.pairwise([*starts, counts.shape[1]])
    merged = [counts[:, start:end].sum(axis=1) for start, end in edges]
    return MeasureReference(cuts=cuts[[start - 1 for start in starts[1:]]], counts=np.stack(merged, axis=1))
