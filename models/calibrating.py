"""`nevus models calibrate`: pair.json and the cards' figures, from the exported graphs on held-out photos."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from inference.release import load_release
from models import figures
from models.calibration import CLOSEUP_GOALS, ThresholdGoals
from models.exporting import DOMAINS_FILE
from models.finder_release import describe_finder
from models.fusion import fit_fusion
from models.networks import NAMES, NetworkName
from models.pair import (
    Decisions,
    GateGoals,
    choose_gate,
    decide_kind,
    describe_pair,
    read_decisions,
)
from models.photos import Kind, LabelledPhoto, Source, read_photos, split_photos
from models.reference import add_reference
from models.release import add_metrics, check_version, write_json, write_pair
from models.report import describe_scores, describe_sources
from models.scoring import PairScorer, Scored

_CLOSEUPS = (Source.MILK_CLOSEUP.value, Source.PAD.value)
CHOSEN_ON = (
    "lesion crops of fold 0 (grouped by lesion and near-duplicate), of 10 for the sources ham and isic and "
    "of 6 for milk and acral: scales, shares and thresholds of the levels, for dermoscopic photos and "
    "close-ups apart; thresholds of the domain by the dermoscopic ones; its temperature by crops of training "
    "and validation, their logits out of fold"
)
REPORTED_ON = (
    "old_archive (ISIC 2017/2018 task 1 and ISIC 2018 task 3 validation) and pad (smartphone photos): never "
    "trained on, no scale and no threshold chosen on them (what pasted marks did on 300 photos, 100 of them "
    "of the old archive, was the reason to erase them from the heads); shots that training has, too "
    "(models/twins.csv), are in no figure; the figures of the other sources are of the photos that chose the "
    "thresholds, so they flatter"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateConfig:
    """How the held-out photos were split off, and how much of them the slower parts look at."""

    folds: int = 10
    seed: int = 20
    counterfactual_photos: int = 20  # of each class and source at most
    photos: Path | None = None  # folder of the photos that the crops were made from; None: no crops, photos


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """The labelled photos by the part they play."""

    train: list[LabelledPhoto]
    lesions: list[LabelledPhoto]  # of validation
    held: list[LabelledPhoto]  # the old archive
    bare: list[LabelledPhoto]  # without a lesion, of training and validation


def calibrate_release(
    data: Path, runs: dict[NetworkName, Path] | None, out: Path, *, version: str, config: CalibrateConfig
) -> None:
    """Write pair.json beside the graphs in `out`, and figures on both cards.

    Args:
        data: the labelled photos.
        runs: both; `export` left the scenes' domain logits there. None: the gate in pair.json stays.
        out: where the graphs and cards are.
        version: of the pair.
        config: as it says.

    Raises:
        ExportError: `version` is the name of another pair.
        FileNotFoundError: `export` has not been run, or there is no pair.json whose gate could stay.
    """
    check_version(out, version, graphs_stay=True)
    parts = _read_parts(data, config)
    scorer = PairScorer(out)
    scored = scorer.score(parts.lesions)
    dermoscopic = scored.take(scored.kinds == Kind.DERMOSCOPIC)
    if runs is None:
        kept = json.loads((out / "pair.json").read_text(encoding="utf-8"))
        gate, scenes_counted = read_decisions(kept).gate, kept["metrics"]["domain"]["scenes"]
    else:
        scenes = [_load_scenes(runs[name]) for name in NAMES]
        logits, domains = [scene["logits"] for scene in scenes], scenes[0]["domain"]
        gate = choose_gate(logits, domains, dermoscopic, GateGoals())
    decisions = Decisions(
        dermoscopic=decide_kind(dermoscopic, ThresholdGoals()),
        closeup=decide_kind(scored.take(np.isin(scored.sources, _CLOSEUPS)), CLOSEUP_GOALS),
        gate=gate,
    )
    described = {"version": version, **describe_pair(scored, decisions), **describe_finder(out)}
    if runs is not None:
        scenes_counted = figures.count_scenes(logits, domains, read_decisions(described))
    metrics = _measure(parts, scorer, scored=scored, described=described, config=config)
    metrics["domain"] = {"scenes": scenes_counted, **metrics["domain"]}
    fusion, metrics["fusion"] = fit_fusion(scored, read_decisions(described))
    for name in NAMES:
        add_metrics(name, out, {source: values[name] for source, values in metrics["sources"].items()})
    write_pair(out, {**described, "fusion": fusion, "metrics": metrics, **_provenance(parts)})
    photos = parts.lesions
    if config.photos is not None:  # as they were before they were cropped: what the drift monitor sees
        photos = [replace(photo, path=config.photos / photo.name) for photo in photos]
    add_reference(out, photos)


def renew_metrics(data: Path, out: Path, *, config: CalibrateConfig) -> int:
    """Only `metrics` in the pair.json of `out`, by its decisions; no run is needed.

    What the gate makes of built scenes stays as it was: their out-of-fold logits are in the runs. The cards
    stay too, since pair.json holds their hashes.

    Returns:
        How many photos with a lesion the figures rest on.

    Raises:
        DataError: the photos' table is missing, empty or not what it should be.
        ReleaseError: the pair is incomplete or altered.
    """
    pair = dict(load_release(out).pair)
    parts = _read_parts(data, config)
    scorer = PairScorer(out)
    scored = scorer.score(parts.lesions)
    metrics = _measure(parts, scorer, scored=scored, described=pair, config=config)
    if (scenes := pair["metrics"].get("domain", {}).get("scenes")) is not None:
        metrics["domain"] = {"scenes": scenes, **metrics["domain"]}
    if (fusion := pair["metrics"].get("fusion")) is not None:
        metrics["fusion"] = fusion
    write_json(out / "pair.json", {**pair, "metrics": metrics})
    return len(parts.lesions) + len(parts.held)


def renew_reference(data: Path, out: Path, *, config: CalibrateConfig) -> int:
    """Only the drift monitor's reference in the pair.json of `out`; on how many photos it rests."""
    return add_reference(out, _read_parts(data, config).lesions)


def _read_parts(data: Path, config: CalibrateConfig) -> _Parts:
    train, validation, held = split_photos(read_photos(data), folds=config.folds, seed=config.seed)
    return _Parts(
        train=train,
        lesions=[photo for photo in validation if photo.label != "no_lesion"],
        held=held,
        bare=[photo for photo in [*train, *validation] if photo.label == "no_lesion"],
    )


def _load_scenes(run: Path) -> Any:
    path = run / DOMAINS_FILE
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: export first, or name the run with --cnn or --vit")
    return np.load(path)


def _measure(
    parts: _Parts,
    scorer: PairScorer,
    *,
    scored: Scored,
    described: Mapping[str, Any],
    config: CalibrateConfig,
) -> dict[str, Any]:
    """`metrics` of pair.json but for the built scenes, by the decisions as `described` rounds them.

    Those are what is served. `scored` is `parts.lesions`, which calibration has scored already.
    """
    decisions = read_decisions(described)
    elsewhere = scorer.score(parts.held)
    both = Scored(
        photos=[*scored.photos, *elsewhere.photos],
        outputs={name: scored.outputs[name].join(elsewhere.outputs[name]) for name in NAMES},
    )
    metrics = _describe_lesions(both, described, decisions)
    metrics["domain"] = {
        "validation": figures.count_domains(scored, decisions),
        "old_archive": figures.count_domains(elsewhere, decisions),
    }
    metrics["without_lesion"] = figures.count_bare(scorer.score(parts.bare), decisions)
    picked = figures.pick_evenly([*parts.lesions, *parts.held], config.counterfactual_photos)
    metrics["counterfactuals"] = figures.measure_counterfactuals(picked, scorer, decisions)
    return metrics


def _describe_lesions(scored: Scored, described: Mapping[str, Any], decisions: Decisions) -> dict[str, Any]:
    near = np.isin(scored.sources, _CLOSEUPS)
    parts = ((scored.take(~near), decisions.dermoscopic), (scored.take(near), decisions.closeup))
    sources: dict[str, Any] = {}
    sets: dict[str, Any] = {}
    for part, kind in parts:
        scores = decisions.probabilities(part.outputs)
        describe = partial(describe_sources, part.labels, groups=part.groups, thresholds=kind.thresholds)
        sources |= describe(part.sources, scores)
        published = np.array([f"{photo.published_in}/{photo.kind}" for photo in part.photos])
        sets |= describe(published, scores)
    return {
        "sources": sources,
        "malignant": _describe_malignant(scored, decisions),
        "sets": sets,
        "levels": figures.count_levels(scored, described),
    }


def _describe_malignant(scored: Scored, decisions: Decisions) -> dict[str, Any]:
    """By source, melanoma, BCC and SCC against benign by the pair's malignancy score."""
    known = scored.take(scored.labels != "indeterminate_AK")
    values = decisions.malignant_probabilities(known.outputs)
    malignant = known.labels != "benign"
    found = {}
    for source in np.unique(known.sources):
        chosen = known.sources == source
        if malignant[chosen].any() and not malignant[chosen].all():
            found[str(source)] = describe_scores(malignant[chosen], values[chosen], known.groups[chosen])
    return found


def _provenance(parts: _Parts) -> dict[str, Any]:
    counts: dict[str, dict[str, int]] = {}
    for name, photos in (("train", parts.train), ("validation", parts.lesions), ("held_out", parts.held)):
        keys = sorted(f"{photo.source.value}/{photo.label}" for photo in photos)
        counts[name] = {key: keys.count(key) for key in dict.fromkeys(keys)}
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": counts,
        "chosen_on": CHOSEN_ON,
        "reported_on": REPORTED_ON,
    }
