"""What a network gives about one photo, before calibration: the same from a graph here and from afar."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from inference.engine import EngineError
from inference.opinions import RawScores

INPUT: Final = "photos"  # (N, S, S, 3) uint8
OUTPUTS: Final = ("melanoma_logit", "malignant_logit", "evidence", "domain_logits")
FINDER_OUTPUTS: Final = ("lesion_logits",)  # (N, cells, cells) float32


class ClassifierError(EngineError):
    """A graph does not load, does not keep the contract, or gives something that is not a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawOpinion:
    """What one network says about one photo."""

    scores: RawScores
    evidence: NDArray[np.float32]  # (h, w) signed contributions to the melanoma logit


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
