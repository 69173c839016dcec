"""One source's photos by skin tone, site and age, each with its number and interval.

Scales of skin tone and names of sites differ from source to source, so subgroups are never pooled.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from inference.evaluation.figures import FigureConfig, draw_groups
from inference.evaluation.labelled import BENIGN, MELANOMA, SUBGROUPS
from inference.evaluation.metrics import Estimate, area_under_roc, share_with_interval
from inference.evaluation.scoring import ScoredPhoto
from inference.readings import RiskLevel

_AGE_EDGES = (30, 50, 70)  # years
_LEAST = 5  # melanomas, and benign lesions, that an AUC is stated of


def describe_subgroups(
    photos: Sequence[ScoredPhoto], config: FigureConfig
) -> dict[str, dict[str, dict[str, Any]]]:
    """For each kind of subgroup that the table of labels names: each value with its figures.

    Args:
        photos: of one source.
        config: how many rounds the interval of an AUC has.
    """
    described = {}
    for kind in SUBGROUPS:
        members: dict[str, list[ScoredPhoto]] = {}
        for photo in photos:
            value = photo.row.subgroups.get(kind, "")
            if value and photo.row.label in {MELANOMA, BENIGN}:
                members.setdefault(_band(value) if kind == "age" else value, []).append(photo)
        if members:
            described[kind] = {value: _describe(members[value], config) for value in sorted(members)}
    return described


def _describe(photos: Sequence[ScoredPhoto], config: FigureConfig) -> dict[str, Any]:
    parts = {label: [photo for photo in photos if photo.row.label == label] for label in (MELANOMA, BENIGN)}
    figures: dict[str, Any] = {"n": len(photos), "melanomas": len(parts[MELANOMA])}
    if min(map(len, parts.values())) >= _LEAST:
        figures["auc"] = _estimate_auc(photos, config)
    for label, part in parts.items():
        for level in (RiskLevel.LOW, RiskLevel.HIGH):
            hits = sum(photo.level is level for photo in part)
            figures[f"{label}_{level}"] = share_with_interval(hits, len(part)).to_dict()
    refused = sum(bool(photo.findings.gate) for photo in photos)
    return figures | {"refused": share_with_interval(refused, len(photos)).to_dict()}


def _estimate_auc(photos: Sequence[ScoredPhoto], config: FigureConfig) -> dict[str, Any]:
    truth = np.array([photo.row.label == MELANOMA for photo in photos])
    scores = np.array([photo.findings.probability for photo in photos], np.float64)
    groups = np.array([photo.row.group for photo in photos])
    drawn = [
        area_under_roc(truth[index], scores[index])
        for index in draw_groups(truth, groups, config.rounds, config.seed)
    ]
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    value = area_under_roc(truth, scores)
    return Estimate(value=value, low=float(low), high=float(high), n=len(photos)).to_dict()


def _band(years: str) -> str:
    """An age as a band, such as `50 to 69`; `LabelsError` was raised before if it is not a number."""
    age = float(years)
    if age < _AGE_EDGES[0]:
        return f"below {_AGE_EDGES[0]}"
    if age >= _AGE_EDGES[-1]:
        return f"from {_AGE_EDGES[-1]}"
    low, high = next(pair for pair in pairwise(_AGE_EDGES) if age < pair[1])
    return f"{low} to {high - 1}"


__all__ = ["describe_subgroups"]
