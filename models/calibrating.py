"""`nevus models calibrate`: pair.json and the cards' figures, from the exported graphs on held-out photos."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from models import figures
from models.exporting import DOMAINS_FILE
from models.networks import NAMES, NetworkName
from models.pair import Decisions, GateGoals, calibrate_pair, choose_gate, choose_levels, describe_pair
from models.photos import LabelledPhoto, read_photos, split_photos
from models.reference import add_reference
from models.release import add_metrics, write_pair
from models.report import describe_sources
from models.scoring import PairScorer, RawOutputs, Scored

CHOSEN_ON = (
    "fold 0 of 10 (grouped by lesion and near-duplicate) of the sources ham and isic: scales, shares, "
    "thresholds of the levels and of the domain; scenes built from training and validation photos, their "
    "logits out of fold: temperature of the domain, and its thresholds for other and clinical as far as the "
    "lesions allow"
)
REPORTED_ON = (
    "old_archive (ISIC 2017/2018 task 1 and ISIC 2018 task 3 validation): never trained on, no scale and no "
    "threshold chosen on it (what pasted marks did on 300 photos, 100 of them its own, was the reason to "
    "erase them from the heads); the figures of ham and isic are of the photos that chose the thresholds, "
    "so they flatter"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateConfig:
    """How the held-out photos were split off, and how much of them the slower parts look at."""

    folds: int = 10
    seed: int = 20
    counterfactual_photos: int = 120  # of each class and source at most


def calibrate_release(
    data: Path, runs: dict[NetworkName, Path], out: Path, *, version: str, config: CalibrateConfig
) -> None:
    """Write pair.json beside the graphs in `out`, and figures on both cards.

    Args:
        data: the labelled photos.
        runs: both; `export` left the scenes' domain logits there.
        out: where the graphs and cards are.
        version: of the pair.
        config: as it says.

    Raises:
        FileNotFoundError: `export` has not been run.
    """
    train, validation, held = split_photos(read_photos(data), folds=config.folds, seed=config.seed)
    lesions = [photo for photo in validation if photo.label != "no_lesion"]
    scenes = [np.load(runs[name] / DOMAINS_FILE) for name in NAMES]
    logits, domains = [scene["logits"] for scene in scenes], scenes[0]["domain"]
    scorer = PairScorer(out)
    scored = scorer.score(lesions)
    calibration = calibrate_pair(scored)
    decisions = Decisions(
        calibration=calibration,
        gate=choose_gate(logits, domains, scored, GateGoals()),
        thresholds=choose_levels(scored, calibration),
    )
    described = {"version": version, **describe_pair(scored, decisions)}
    elsewhere = scorer.score(held)
    metrics = _describe_lesions(_join(scored, elsewhere), described, decisions)
    metrics["domain"] = {
        "scenes": figures.count_scenes(logits, domains, decisions),
        "validation": figures.count_domains(scored, decisions),
        "old_archive": figures.count_domains(elsewhere, decisions),
    }
    metrics["without_lesion"] = figures.count_bare(_score_bare([*train, *validation], scorer), decisions)
    picked = figures.pick_evenly([*lesions, *held], config.counterfactual_photos)
    metrics["counterfactuals"] = figures.measure_counterfactuals(picked, scorer, decisions)
    for name in NAMES:
        add_metrics(name, out, {source: values[name] for source, values in metrics["sources"].items()})
    write_pair(out, {**described, "metrics": metrics, **_provenance(train, lesions, held)})
    add_reference(out, lesions)


def renew_reference(data: Path, out: Path, *, config: CalibrateConfig) -> int:
    """Only the drift monitor's reference in the pair.json of `out`; on how many photos it rests."""
    _, validation, _ = split_photos(read_photos(data), folds=config.folds, seed=config.seed)
    return add_reference(out, [photo for photo in validation if photo.label != "no_lesion"])


def _describe_lesions(scored: Scored, described: dict[str, Any], decisions: Decisions) -> dict[str, Any]:
    scores = decisions.calibration.probabilities(scored.outputs)
    published = np.array([photo.published_in for photo in scored.photos])
    return {
        "sources": describe_sources(scored.labels, scored.sources, scores, decisions.thresholds),
        "sets": describe_sources(scored.labels, published, scores, decisions.thresholds),
        "levels": figures.count_levels(scored, described),
    }


def _provenance(
    train: list[LabelledPhoto], validation: list[LabelledPhoto], held: list[LabelledPhoto]
) -> dict[str, Any]:
    counts: dict[str, dict[str, int]] = {}
    for name, photos in (("train", train), ("validation", validation), ("held_out", held)):
        keys = sorted(f"{photo.source.value}/{photo.label}" for photo in photos)
        counts[name] = {key: keys.count(key) for key in dict.fromkeys(keys)}
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": counts,
        "chosen_on": CHOSEN_ON,
        "reported_on": REPORTED_ON,
    }


def _score_bare(photos: list[LabelledPhoto], scorer: PairScorer) -> Scored:
    return scorer.score([photo for photo in photos if photo.label == "no_lesion"])


def _join(first: Scored, second: Scored) -> Scored:
    outputs = {}
    for name in NAMES:
        parts = first.outputs[name], second.outputs[name]
        outputs[name] = RawOutputs(
            melanoma=np.concatenate([part.melanoma for part in parts]),
            malignant=np.concatenate([part.malignant for part in parts]),
            domain=np.concatenate([part.domain for part in parts]),
        )
    return Scored(photos=[*first.photos, *second.photos], outputs=outputs)
