"""What a network gives about one photo, before calibration: the same from a graph here and from afar."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.engine import EngineError
from inference.opinions import RawScores

INPUT: Final = "photos"  # (N, S, S, 3) uint8
OUTPUTS: Final = ("melanoma_logit", "malignant_logit", "evidence", "domain_logits")
FINDER_OUTPUTS: Final = ("lesion_logits",)  # (N, cells, cells) float32
_FINE: Final = 8  # parts of a side of a map's cell, where a network sees the middle of a crop only


class ClassifierError(EngineError):
    """A graph does not load, does not keep the contract, or gives something that is not a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawOpinion:
    """What one network says about one photo."""

    scores: RawScores
    evidence: NDArray[np.float32]  # (h, w) signed contributions to the melanoma logit

    def spread(self, middle: float) -> Self:
        """The same with a map of the whole crop; the network saw `middle` of its side."""
        return replace(self, evidence=spread_map(self.evidence, middle))


def spread_map(values: NDArray[np.float32], middle: float) -> NDArray[np.float32]:
    """A map of a crop's middle as a finer one of the whole crop, 0 around it; the sum hardly changes.

    Args:
        values: (h, w).
        middle: share of the crop's side that the map covers, above 0; at 1 the map stays as it is.
    """
    if middle == 1:
        return values
    height, width = values.shape
    size = (width * _FINE, height * _FINE)
    fine = np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BICUBIC)) / _FINE**2
    around = (1 / middle - 1) / 2
    margins = [(round(side * around),) * 2 for side in fine.shape]
    return np.pad(fine.astype(np.float32), margins)


def read_outputs(outputs: Sequence[NDArray[np.float32]]) -> RawOpinion:
    """The opinion in the outputs of a pass over one photo.

    Args:
        outputs: in the order of `OUTPUTS`: (1,), (1,), (1, h, w), (1, 3).

    Raises:
        ClassifierError: something in them is not a number.
    """
    melanoma, malignant, evidence, domain = outputs
    first, second, third = (float(value) for value in domain[0])
    scores = RawScores(
        melanoma_logit=float(melanoma[0]),
        malignant_logit=float(malignant[0]),
        domain_logits=(first, second, third),
    )
    values = (scores.melanoma_logit, scores.malignant_logit, *scores.domain_logits)
    if not all(math.isfinite(value) for value in values) or not np.isfinite(evidence).all():
        raise ClassifierError("a network gave something that is not a number")
    return RawOpinion(scores=scores, evidence=evidence[0].astype(np.float32, copy=False))
