"""Pairs of a close-up and a dermoscopic photo of one lesion: each alone and both together."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from inference.evaluation.figures import FigureConfig, describe_score
from inference.evaluation.labelled import BENIGN, MELANOMA
from inference.evaluation.scoring import ScoredPhoto
from inference.fusion import fuse_photos
from inference.policy import Policy


def describe_pairs(photos: Sequence[ScoredPhoto], policy: Policy, figures: FigureConfig) -> dict[str, Any]:
    """The figures of the best close-up, the best dermoscopic photo and both together, over the same groups.

    Args:
        photos: of one source; photos with one `group` show one lesion.
        policy: with a fusion; without one nothing is described.
        figures: how intervals are found, and for which cuts.

    Returns:
        Scores `dermoscopic`, `clinical` and `fused` as in a source; empty unless groups of both classes have
        a readable photo of each kind.
    """
    groups: dict[str, list[ScoredPhoto]] = {}
    for photo in photos:
        if photo.row.label in {MELANOMA, BENIGN}:
            groups.setdefault(photo.row.group, []).append(photo)
    pairs = [
        (group, fused)
        for group in groups.values()
        if policy.fusion is not None
        and (fused := fuse_photos([photo.findings for photo in group], policy.fusion)) is not None
    ]
    truth = np.array([group[0].row.label == MELANOMA for group, _ in pairs], dtype=bool)
    if policy.fusion is None or not len(truth) or truth.all() or not truth.any():
        return {}
    names = np.array([group[0].row.group for group, _ in pairs])
    scores = {
        "dermoscopic": [group[fused.dermoscopic].findings.probability for group, fused in pairs],
        "clinical": [group[fused.clinical].findings.probability for group, fused in pairs],
        "fused": [fused.probability for _, fused in pairs],
    }
    return {
        name: describe_score(truth, np.array(values, dtype=np.float64), names, figures)
        for name, values in scores.items()
    }
