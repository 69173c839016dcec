"""`nevus models calibrate`: writes pair.json and the figures on the model cards, by held-out photos."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.finder_policy import FINDER
from inference.release import load_release
from models.networks.build import NAMES, NetworkName
from models.release import figures
from models.release.calibration import CLOSEUP_GOALS, ThresholdGoals
from models.release.exporting import DOMAINS_FILE
from models.release.files import add_metrics, check_version, write_json, write_pair
from models.release.finder_export import describe_finder
from models.release.fusion import fit_fusion
from models.release.pair import (
    Decisions,
    GateGoals,
    choose_gate,
    decide_kind,
    describe_pair,
    read_decisions,
)
from models.release.reference import add_reference
from models.release.report import describe_scores, describe_sources
from models.release.scoring import PairScorer, Scored
from models.training.crop_folder import read_marked
from models.training.photos import Kind, LabelledPhoto, Source, read_photos, split_photos

_CLOSEUPS = (Source.MILK_CLOSEUP.value, Source.PAD.value)
CHOSEN_ON = (
    "lesion crops of fold 0, grouped by lesion and near-duplicate (10 folds for the sources ham and isic, 6 "
    "for milk and acral). They chose the scales, shares and thresholds of the levels, separately for "
    "dermoscopic photos and close-ups. The domain's thresholds were chosen on the dermoscopic crops, its "
    "temperature on out-of-fold logits of the crops for training and validation"
)
REPORTED_ON = (
    "old_archive (ISIC 2017/2018 task 1 and ISIC 2018 task 3 validation) and pad (smartphone photos): no "
    "network was trained on them, and no scale or threshold was chosen on them (but the CNN started "
    "from heads that pasted marks had been erased from, because of their effect on 300 photos, 100 of them "
    "from the old archive). Photos that "
    "training has, too (models/training/twins.csv), are in no figure. The figures of the other sources "
    "flatter: their photos chose the thresholds"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateConfig:
    """How photos are split, and how many of them the slower measurements read."""

    folds: int = 10
    seed: int = 20
    counterfactual_photos: int = 20  # of each class and source at most
    photos: Path | None = None  # folder of the photos before they were cropped; None if they were not


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    """The labelled photos by what they are used for."""

    train: list[LabelledPhoto]
    lesions: list[LabelledPhoto]  # validation photos with a lesion
    archive: list[LabelledPhoto]  # the old archive, for reported figures only
    bare: list[LabelledPhoto]  # training and validation photos without a lesion


def calibrate_release(
    data: Path, runs: dict[NetworkName, Path] | None, out: Path, *, version: str, config: CalibrateConfig
) -> None:
    """Write pair.json beside the graphs in `out`, and figures on both cards.

    Args:
        data: folder of the labelled photos.
        runs: the training runs, in which `export` left the logits of built scenes. None: the domain gate of
            the present pair.json stays.
        out: folder of the graphs and cards.
        version: of the pair.
        config: how to split and measure.

    Raises:
        ExportError: `version` is the name of another pair.
        FileNotFoundError: `export` has not been run, or there is no pair.json whose gate could stay.
    """
    check_version(out, version, graphs_stay=True)
    split = _split_photos(data, config)
    scorer = PairScorer(out)
    scored = scorer.score(split.lesions)
    dermoscopic = scored.take(scored.kinds == Kind.DERMOSCOPIC)
    if runs is None:
        kept = json.loads((out / "pair.json").read_text(encoding="utf-8"))
        gate, scenes = read_decisions(kept).gate, _keep_scenes(kept, out)
    else:
        logits, domains = _load_scenes(runs)
        gate = choose_gate(logits, domains, dermoscopic, GateGoals())
    marked = read_marked(data)
    can_be_low = gate.is_dermoscopic([part.domain for part in dermoscopic.outputs.values()])
    if marked is not None:
        can_be_low &= np.array([photo.name in marked for photo in dermoscopic.photos])
    decisions = Decisions(
        dermoscopic=decide_kind(dermoscopic, ThresholdGoals(), can_be_low=can_be_low, is_curved=True),
        closeup=decide_kind(scored.take(np.isin(scored.sources, _CLOSEUPS)), CLOSEUP_GOALS),
        gate=gate,
    )
    described = {"version": version, **describe_pair(scored, decisions), **describe_finder(out)}
    served = read_decisions(described)  # rounded, as serving reads them
    if runs is not None:
        scenes = figures.count_scenes(logits, domains, served)
    metrics = _measure(split, scorer, scored=scored, described=described, config=config)
    if scenes is not None:
        metrics["domain"] = {"scenes": scenes, **metrics["domain"]}
    fusion, metrics["fusion"] = fit_fusion(scored, served)
    for name in NAMES:
        add_metrics(name, out, {source: values[name] for source, values in metrics["sources"].items()})
    write_pair(out, {**described, "fusion": fusion, "metrics": metrics, **_describe_origin(split)})
    photos = split.lesions
    if config.photos is not None:  # the drift monitor sees photos that are not cropped
        photos = [replace(photo, path=config.photos / photo.name) for photo in photos]
    add_reference(out, photos)


def _keep_scenes(kept: Mapping[str, Any], out: Path) -> Any:
    """What the gate made of the probe's crops; None if the networks see more or less of a crop by now."""
    before, now = (described.get(FINDER, {}).get("fill") for described in (kept, describe_finder(out)))
    if before != now:
        return None
    return kept["metrics"]["domain"].get("scenes")


def renew_metrics(data: Path, out: Path, *, config: CalibrateConfig) -> int:
    """Measure again by the decisions of the pair.json in `out`, and replace its `metrics`. Needs no run.

    The figures of built scenes stay, because their out-of-fold logits are in the runs. The cards stay,
    because pair.json holds their hashes.

    Returns:
        The number of photos with a lesion that were measured.

    Raises:
        DataError: the table of the photos is missing, empty or malformed.
        ReleaseError: the pair is incomplete or altered.
    """
    pair = dict(load_release(out).pair)
    split = _split_photos(data, config)
    scorer = PairScorer(out)
    scored = scorer.score(split.lesions)
    metrics = _measure(split, scorer, scored=scored, described=pair, config=config)
    if (scenes := pair["metrics"].get("domain", {}).get("scenes")) is not None:
        metrics["domain"] = {"scenes": scenes, **metrics["domain"]}
    if (fusion := pair["metrics"].get("fusion")) is not None:
        metrics["fusion"] = fusion
    write_json(out / "pair.json", {**pair, "metrics": metrics})
    return len(split.lesions) + len(split.archive)


def renew_reference(data: Path, out: Path, *, config: CalibrateConfig) -> int:
    """Replace the drift monitor's reference in the pair.json of `out`; how many photos it rests on."""
    return add_reference(out, _split_photos(data, config).lesions)


def _split_photos(data: Path, config: CalibrateConfig) -> _Split:
    train, validation, archive = split_photos(read_photos(data), folds=config.folds, seed=config.seed)
    return _Split(
        train=train,
        lesions=[photo for photo in validation if photo.label != "no_lesion"],
        archive=archive,
        bare=[photo for photo in [*train, *validation] if photo.label == "no_lesion"],
    )


def _load_scenes(
    runs: Mapping[NetworkName, Path],
) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
    """Each network's out-of-fold domain logits (N, 3) of built scenes, and what each scene is (N,)."""
    files = [runs[name] / DOMAINS_FILE for name in NAMES]
    for path in files:
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing: export first, or name the run with --cnn or --vit")
    scenes = [np.load(path) for path in files]
    return [scene["logits"] for scene in scenes], scenes[0]["domain"]


def _measure(
    split: _Split,
    scorer: PairScorer,
    *,
    scored: Scored,
    described: Mapping[str, Any],
    config: CalibrateConfig,
) -> dict[str, Any]:
    """The `metrics` of pair.json, without those of built scenes.

    Args:
        split: the photos to measure on.
        scorer: of the pair in question.
        scored: `split.lesions`, scored.
        described: the pair, with its decisions rounded as they are served.
        config: how many photos get marks.
    """
    decisions = read_decisions(described)
    archive = scorer.score(split.archive)
    both = Scored(
        photos=[*scored.photos, *archive.photos],
        outputs={name: scored.outputs[name].join(archive.outputs[name]) for name in NAMES},
    )
    metrics = _describe_lesions(both, described, decisions)
    metrics["domain"] = {
        "validation": figures.count_domains(scored, decisions),
        "old_archive": figures.count_domains(archive, decisions),
    }
    metrics["without_lesion"] = figures.count_bare(scorer.score(split.bare), decisions)
    picked = figures.pick_evenly([*split.lesions, *split.archive], config.counterfactual_photos)
    metrics["counterfactuals"] = figures.measure_counterfactuals(picked, scorer, decisions)
    return metrics


def _describe_lesions(scored: Scored, described: Mapping[str, Any], decisions: Decisions) -> dict[str, Any]:
    is_closeup = np.isin(scored.sources, _CLOSEUPS)
    kinds = (
        (scored.take(~is_closeup), decisions.dermoscopic),
        (scored.take(is_closeup), decisions.closeup),
    )
    sources: dict[str, Any] = {}
    sets: dict[str, Any] = {}
    for part, kind in kinds:
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
    """How well the malignancy score separates melanoma, BCC and SCC from benign lesions, by source."""
    known = scored.take(scored.labels != "indeterminate_AK")
    values = decisions.malignant_probabilities(known.outputs)
    malignant = known.labels != "benign"
    found = {}
    for source in np.unique(known.sources):
        chosen = known.sources == source
        if malignant[chosen].any() and not malignant[chosen].all():
            found[str(source)] = describe_scores(malignant[chosen], values[chosen], known.groups[chosen])
    return found


def _describe_origin(split: _Split) -> dict[str, Any]:
    """When pair.json was written, and on which photos it is based."""
    counts: dict[str, dict[str, int]] = {}
    for name, photos in (("train", split.train), ("validation", split.lesions), ("held_out", split.archive)):
        keys = sorted(f"{photo.source.value}/{photo.label}" for photo in photos)
        counts[name] = {key: keys.count(key) for key in dict.fromkeys(keys)}
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": counts,
        "chosen_on": CHOSEN_ON,
        "reported_on": REPORTED_ON,
    }
