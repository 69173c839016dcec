"""Measures of a score against the truth, with intervals. Pure numpy, shared by training, evaluation and the drift monitor."""

import numpy as np
from numpy.typing import NDArray


def area_under_roc(truth: NDArray[np.bool_], scores: NDArray[np.floating]) -> float:
    """Chance that a positive scores above a negative, ties counting half; nan when a class is missing."""
    positives, negatives = scores[truth], scores[~truth]
    if len(positives) == 0 or len(negatives) == 0:
        return float("nan")
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, "left")
    up_to = np.searchsorted(ordered, positives, "right")
    return float((below + up_to).mean() / 2 / len(negatives))
