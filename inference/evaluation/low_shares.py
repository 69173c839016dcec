"""What share of photos would be low if 2 % of melanomas might be: each by the other folds' threshold."""

import zlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.labelled import BENIGN, MELANOMA
from inference.evaluation.metrics import share_with_interval, threshold_at_sensitivity

MISSED: Final = 0.02  # of the melanomas that choose a threshold may lie below it
_FOLDS: Final = 5


def describe_low_shares(
    truth: NDArray[np.bool_], probabilities: NDArray[np.floating], groups: NDArray[np.str_]
) -> dict[str, Any]:
    """Shares of melanomas and of benign photos that would be low, whatever else forbids it.

    Args:
        truth: (N,) melanoma; both classes are there.
        probabilities: (N,) of melanoma.
        groups: (N,) photos of one lesion share a name, and so a fold.
    """
    folds = np.array([zlib.crc32(group.encode()) % _FOLDS for group in groups.tolist()])
    is_low, is_judged = np.zeros(len(truth), bool), np.zeros(len(truth), bool)
    for fold in range(_FOLDS):
        inside = folds == fold
        if truth[~inside].any():
            threshold = threshold_at_sensitivity(truth[~inside], probabilities[~inside], 1 - MISSED)
            is_low[inside] = probabilities[inside] < threshold
            is_judged[inside] = True
    return {
        label: share_with_interval(int(is_low[chosen].sum()), int(chosen.sum())).to_dict()
        for label, chosen in ((MELANOMA, is_judged & truth), (BENIGN, is_judged & ~truth))
    }
