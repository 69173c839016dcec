"""The released pair measured on labelled photos, source by source: one JSON object (docs/evaluation.md)."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.counterfactuals import MARKS, change_photo
from inference.evaluation.figures import FigureConfig
from inference.evaluation.kinds import describe_kinds
from inference.evaluation.labelled import BENIGN, MELANOMA, LabelledFile, find_missing, pick_evenly
from inference.evaluation.metrics import share_with_interval
from inference.evaluation.scoring import PhotoScorer, ScoredPhoto, UnreadPhoto
from inference.evaluation.sources import EvaluationConfig, describe_source, probabilities_of
from inference.policy import CLASSIFIERS, Policy
from inference.readings import RiskLevel
from inference.release import Release
from inference.resizing import name_pillow
from inference.versions import find_kernel_class

SCHEMA = 1
# What pair.json decides; with the hashes, it shows which release a report describes
DECISIONS = (
    *("combination", "temperatures", "malignant", "thresholds", "disagreement", "domain", "quality"),
    *("finder", "fusion"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What came out: `report` holds numbers alone; the photos are for a contact sheet on the user's disk."""

    report: dict[str, Any]
    photos: list[ScoredPhoto]
    missing: list[LabelledFile]
    unread: list[UnreadPhoto]


ReportProgress = Callable[[str, int, int], None]  # what is being done, photos done, photos in all


def evaluate(
    rows: Sequence[LabelledFile],
    root: Path,
    scorer: PhotoScorer,
    config: EvaluationConfig,
    *,
    report_progress: ReportProgress,
) -> Evaluation:
    """Score every photo that is there and describe what came out.

    Args:
        rows: the labelled photos.
        root: folder that their paths are relative to.
        scorer: the released pair.
        config: as it says.
        report_progress: called after each photo.
    """
    missing = find_missing(rows, root)
    absent = {row.file for row in missing}
    present = [row for row in rows if row.file not in absent]
    photos: list[ScoredPhoto] = []
    unread: list[UnreadPhoto] = []
    for done, result in enumerate(scorer.score_files(present, root), 1):
        if isinstance(result, ScoredPhoto):
            photos.append(result)
        else:
            unread.append(result)
        report_progress("photos", done, len(present))
    policy = scorer.release.policy
    counterfactuals = _measure_marks(photos, root, scorer, config, report_progress=report_progress)
    report = {
        "schema": SCHEMA,
        "release": describe_release(scorer.release),
        "made_with": {name: version(name) for name in ("onnxruntime", "numpy")}
        | {"pillow": name_pillow(), "kernel_class": find_kernel_class()},
        "settings": {"bootstrap_rounds": config.rounds, "seed": config.seed},
        "photos": {
            "listed": len(rows),
            "read": len(photos),
            "missing": len(missing),
            "unread": dict(sorted(Counter(each.code for each in unread).items())),
        },
        "sources": {
            name: describe_source([photo for photo in photos if photo.row.source == name], policy, config)
            for name in sorted({photo.row.source for photo in photos})
        },
        "overall": describe_source(photos, policy, config, is_pooled=True),
        "kinds": describe_kinds(photos, FigureConfig(rounds=config.rounds, seed=config.seed)),
        "counterfactuals": counterfactuals,
    }
    return Evaluation(report=report, photos=photos, missing=missing, unread=unread)


def describe_release(release: Release) -> dict[str, Any]:
    """What a reader must know of the pair, from pair.json and both cards."""
    pair, networks = release.pair, {}
    for name in CLASSIFIERS:
        card = release.cards[name].raw
        wanted = ("architecture", "pretrained", "licence", "data", "bytes", "intended_use", "limits")
        spec = release.cards[name].preprocess
        networks[name] = {"size_px": spec.size_px, "middle": spec.middle}
        networks[name] |= {key: card[key] for key in wanted if key in card}
    return {
        "version": release.version,
        "created": pair.get("created"),
        "sha256": dict(release.hashes),
        "decisions": {key: pair[key] for key in DECISIONS if key in pair},
        "prevalences": list(release.policy.prevalences),
        "chosen_on": pair.get("chosen_on"),
        "reported_on": pair.get("reported_on"),
        "data": pair.get("data"),
        "built_scenes": pair.get("metrics", {}).get("domain", {}).get("scenes"),
        "networks": networks,
    }


def _measure_marks(
    photos: Sequence[ScoredPhoto],
    root: Path,
    scorer: PhotoScorer,
    config: EvaluationConfig,
    *,
    report_progress: ReportProgress,
) -> dict[str, Any] | None:
    """By how many points of 100 each mark moves the share of photos above a threshold; None if skipped."""
    lesions = [photo for photo in photos if photo.row.label in {MELANOMA, BENIGN}]
    most = config.counterfactual_photos
    chosen = {row.file for row in pick_evenly([photo.row for photo in lesions], most)} if most else set()
    before = [photo for photo in lesions if photo.row.file in chosen]
    if not before:
        return None
    rows, measured, done = [photo.row for photo in before], {}, 0
    for name, mark in MARKS.items():
        after = []
        for result in scorer.score_files(rows, root, partial(change_photo, mark=mark)):
            after.append(result)
            done += 1
            report_progress("counterfactuals", done, len(rows) * len(MARKS))
        pairs = [(a, b) for a, b in zip(before, after, strict=True) if isinstance(b, ScoredPhoto)]
        measured[name] = _describe_mark(pairs, scorer.release.policy)
    return measured


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


def to_json(report: Mapping[str, Any]) -> str:
    """The report as a file: an object a line block, but each list of numbers and each figure on one line."""
    text = json.dumps(report, indent=1, allow_nan=False)
    return _SMALL.sub(lambda found: " ".join(found[0].split()), text) + "\n"


_SMALL = re.compile(
    r'[\[{][^\[\]{}"]*[\]}]|\{(?:\s*"(?:value|low|high|n|points|predicted)": [^{}\[\],]*,?)+\s*\}'
)
