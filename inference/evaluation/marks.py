"""What a mark on a photo, or the lesion's size in it, does to its scores and level."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.boxes import Box
from inference.evaluation.counterfactuals import MARKS, Mark, change_photo, look_nearer
from inference.evaluation.labelled import BENIGN, MELANOMA, LabelledFile, pick_evenly
from inference.evaluation.metrics import share_with_interval
from inference.evaluation.scoring import PhotoScorer, ScoredPhoto
from inference.evaluation.sources import probabilities_of
from inference.photos import DecodedPhoto
from inference.policy import Policy
from inference.readings import RiskLevel

HALF_SIZE: Final = "lesion_half_size"
_SMALL_SHARE: Final = 0.42  # of the photo's shorter side: the lesion fits at twice its size, with skin around
_SMALL_LESIONS: Final = 100  # of each source and class at most
ReportProgress = Callable[[str, int, int], None]  # what is being done, photos done, photos in all


def measure_marks(
    photos: Sequence[ScoredPhoto],
    root: Path,
    scorer: PhotoScorer,
    most: int,
    *,
    report_progress: ReportProgress,
) -> dict[str, Any] | None:
    """By how many points of 100 each mark moves the share of photos above a threshold.

    Args:
        photos: as they are.
        root: what their paths start from.
        scorer: the pair that read them.
        most: photos with marks of each source and class.
        report_progress: called after each photo.

    Returns:
        Numbers of the report by mark and class; None if there are no photos to draw on, or `most` is 0.
    """
    lesions = [photo for photo in photos if photo.row.label in {MELANOMA, BENIGN}]
    chosen = {row.file for row in pick_evenly([photo.row for photo in lesions], most)} if most else set()
    before = [photo for photo in lesions if photo.row.file in chosen]
    if not before:
        return None
    rows, measured, done = [photo.row for photo in before], {}, 0
    for name, mark in MARKS.items():
        after = []
        for result in scorer.score_files(rows, root, partial(_draw_mark, mark=mark)):
            after.append(result)
            done += 1
            report_progress("counterfactuals", done, len(rows) * len(MARKS))
        pairs = [(a, b) for a, b in zip(before, after, strict=True) if isinstance(b, ScoredPhoto)]
        measured[name] = _describe_mark(pairs, scorer.release.policy)
    if pairs := _pair_near_and_far(lesions, root, scorer):
        measured[HALF_SIZE] = _describe_mark(pairs, scorer.release.policy)
    return measured


def _draw_mark(photo: DecodedPhoto, _row: LabelledFile, *, mark: Mark) -> DecodedPhoto:
    return change_photo(photo, mark)


def _pair_near_and_far(
    photos: Sequence[ScoredPhoto], root: Path, scorer: PhotoScorer
) -> list[tuple[ScoredPhoto, ScoredPhoto]]:
    """Photos of one small lesion: each seen from half as far, and as it is, its lesion half as large."""
    boxes = {photo.row.file: box for photo in photos if (box := _find_small_lesion(photo)) is not None}
    chosen = {row.file for row in pick_evenly([p.row for p in photos if p.row.file in boxes], _SMALL_LESIONS)}
    far = [photo for photo in photos if photo.row.file in chosen]

    def look(photo: DecodedPhoto, row: LabelledFile) -> DecodedPhoto:
        return look_nearer(photo, boxes[row.file])

    near = scorer.score_files([photo.row for photo in far], root, look)
    return [(a, b) for a, b in zip(near, far, strict=True) if isinstance(a, ScoredPhoto)]


def _find_small_lesion(photo: ScoredPhoto) -> Box | None:
    """The box of a photo's only lesion, if it fits the photo at twice its size with skin around it."""
    findings = photo.findings
    if len(findings.lesions) != 1:
        return None
    box = findings.lesions[0].box
    side = min(findings.quality.width_px, findings.quality.height_px)
    return box if box.long_side <= _SMALL_SHARE * side else None


def _describe_mark(pairs: Sequence[tuple[ScoredPhoto, ScoredPhoto]], policy: Policy) -> dict[str, Any]:
    described = {}
    for label in (BENIGN, MELANOMA):
        before = [a for a, _ in pairs if a.row.label == label]
        after = [b for a, b in pairs if a.row.label == label]
        if before:
            old, new = probabilities_of(before, "pair"), probabilities_of(after, "pair")
            cuts = {"moderate": policy.thresholds.moderate, "half": 0.5, "high": policy.thresholds.high}
            moves = {name: (new >= cut).astype(float) - (old >= cut) for name, cut in cuts.items()}
            moves["not_low"] = _is_not_low(after) - _is_not_low(before)
            moves["refused"] = _is_refused(after) - _is_refused(before)
            described[label] = {"n": len(before)} | {
                name: describe_move(move) for name, move in moves.items()
            }
    return described


def describe_move(move: NDArray[np.float64]) -> dict[str, float]:
    """Points of 100 of photos that went up less those that went down, with an interval that is never empty.

    It joins Wilson's intervals of the two shares (MOVER), so that no photo moved is not taken for certainty.
    """
    up = share_with_interval(int((move > 0).sum()), len(move))
    down = share_with_interval(int((move < 0).sum()), len(move))
    shift = up.value - down.value
    points = {
        "points": shift,
        "low": shift - np.hypot(up.value - up.low, down.high - down.value),
        "high": shift + np.hypot(up.high - up.value, down.value - down.low),
    }
    return {key: round(float(value) * 100, 2) for key, value in points.items()}


def _is_not_low(photos: Sequence[ScoredPhoto]) -> NDArray[np.float64]:
    return np.array([photo.level is not RiskLevel.LOW for photo in photos], dtype=np.float64)


def _is_refused(photos: Sequence[ScoredPhoto]) -> NDArray[np.float64]:
    return np.array([bool(photo.findings.gate) for photo in photos], dtype=np.float64)
