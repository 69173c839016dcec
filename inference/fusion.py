"""A close-up and a dermoscopic photo of one lesion, read together (pure functions).

The fused score is a weighted mean of both photos' calibrated logits, calibrated once more. It can only raise
a level: each photo keeps its own score and level.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from inference.readings import Domain, PhotoFindings

_KINDS: Final = (Domain.DERMOSCOPIC, Domain.CLINICAL)
_SMALLEST: Final = 1e-6  # probabilities are kept this far from 0 and 1, so that their logits are finite


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionPolicy:
    """How two photos of one lesion become one score: pair.json's `fusion`."""

    dermoscopic_weight: float  # of the dermoscopic photo's logit; the close-up's is 1 less this
    scale: float  # calibrated logit = scale * mean + bias
    bias: float
    moderate: float  # where a level starts, as probabilities at 50 % prevalence
    high: float

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The policy in pair.json.

        Raises:
            KeyError: a key is missing.
            TypeError: a value is of another kind.
            ValueError: a value is out of range.
        """
        weights = [float(values["weights"][str(kind)]) for kind in _KINDS]
        thresholds = values["thresholds"]
        found = cls(
            dermoscopic_weight=weights[0] / sum(weights) if sum(weights) > 0 else math.nan,
            scale=float(values["scale"]),
            bias=float(values["bias"]),
            moderate=float(thresholds["moderate"]),
            high=float(thresholds["high"]),
        )
        if min(weights) < 0 or not math.isfinite(found.dermoscopic_weight + found.bias + found.scale):
            raise ValueError("fusion: a weight, scale or bias is not a usable number")
        if found.scale <= 0 or not 0 <= found.moderate <= found.high <= 1:
            raise ValueError("fusion: scale is above 0, and 0 <= moderate <= high <= 1")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedScore:
    """Both photos' score together."""

    dermoscopic: int  # index of the photo
    clinical: int
    probability: float  # of melanoma, at 50 % prevalence


def fuse_photos(photos: Sequence[PhotoFindings], policy: FusionPolicy) -> FusedScore | None:
    """The best close-up and the best dermoscopic photo read together; None if one of them is missing.

    The best is the one with most pixels on the lesion, of equals the sharpest. A photo that was refused, or
    that shows several lesions of which none was picked, takes no part: it may show another lesion.
    """
    places = [_find_best(photos, kind) for kind in _KINDS]
    if None in places:
        return None
    dermoscopic, clinical = (place for place in places if place is not None)
    probability = fuse_scores(
        photos[dermoscopic].probability or 0.0, photos[clinical].probability or 0.0, policy
    )
    return FusedScore(dermoscopic=dermoscopic, clinical=clinical, probability=probability)


def fuse_scores(dermoscopic: float, clinical: float, policy: FusionPolicy) -> float:
    """The fused probability of two calibrated probabilities, at 50 % prevalence."""
    weight = policy.dermoscopic_weight
    mean = weight * _logit(dermoscopic) + (1 - weight) * _logit(clinical)
    return 1 / (1 + math.exp(-(policy.scale * mean + policy.bias)))


def _find_best(photos: Sequence[PhotoFindings], kind: Domain) -> int | None:
    def quality(place: int) -> tuple[float, float]:
        photo = photos[place]
        whole_px = min(photo.quality.width_px, photo.quality.height_px)
        size_px = photo.lesions[photo.chosen].size_px if photo.lesions else whole_px
        return size_px, photo.quality.sharpness

    fitting = [
        place
        for place, photo in enumerate(photos)
        if photo.domain is kind
        and not photo.gate
        and photo.probability is not None
        and (photo.is_picked or len(photo.lesions) <= 1)
    ]
    return max(fitting, key=quality, default=None)


def _logit(probability: float) -> float:
    kept = min(max(probability, _SMALLEST), 1 - _SMALLEST)
    return math.log(kept / (1 - kept))
