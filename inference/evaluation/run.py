"""The released pair measured on labelled photos, source by source: one JSON object (docs/evaluation.md)."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from inference.evaluation.figures import FigureConfig
from inference.evaluation.kinds import describe_kinds
from inference.evaluation.labelled import LabelledFile, find_missing
from inference.evaluation.marks import ReportProgress, measure_marks
from inference.evaluation.scoring import PhotoScorer, ScoredPhoto, UnreadPhoto
from inference.evaluation.sources import EvaluationConfig, describe_source
from inference.policy import CLASSIFIERS
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
    counterfactuals = measure_marks(
        photos, root, scorer, config.counterfactual_photos, report_progress=report_progress
    )
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


def to_json(report: Mapping[str, Any]) -> str:
    """The report as a file: an object a line block, but each list of numbers and each figure on one line."""
    text = json.dumps(report, indent=1, allow_nan=False)
    return _SMALL.sub(lambda found: " ".join(found[0].split()), text) + "\n"


_SMALL = re.compile(
    r'[\[{][^\[\]{}"]*[\]}]|\{(?:\s*"(?:value|low|high|n|points|predicted)": [^{}\[\],]*,?)+\s*\}'
)
