"""`nevus models export`: trained classifiers with their domain probes, as graphs and cards."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.networks.build import NetworkName, load_checkpoint, load_trained
from models.networks.classifier import Classifier
from models.release.balancing import balance_channels
from models.release.export import Check, ExportError, Parity, Storage, export_classifier
from models.release.files import Exported, check_version, write_card
from models.release.probe import ProbeConfig, Scene, build_scenes, fit_probe, predict_out_of_fold, summarise
from models.training.photos import LabelledPhoto, read_photos, split_photos
from models.training.runs import read_plain_config
from models.training.soup import read_mixture
from models.training.validation import load_prepared

DOMAINS_FILE = "domains.npz"
# Tried in this order: the first that keeps to its check is released
STORAGES: dict[NetworkName, tuple[Storage, ...]] = {
    "cnn": ("float16",),  # in integers it loses too many labels (EXPERIMENTS.md)
    "vit": ("mixed_int8", "int8"),
}
_CHECKED = 500  # validation photos on which graph and torch are compared
_PEAK_PHOTOS = 64  # that show how large channels get
_STATIC_PROBABILITY = 0.15  # of one photo; labels and AUC are held by `Check`'s own limits


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportConfig:
    """What an export depends on besides the runs."""

    folds: int = 10
    seed: int = 20
    range_photos: int = 960  # training photos that fix the ranges of integer layers
    probe: ProbeConfig = field(default_factory=ProbeConfig)


def export_runs(
    data: Path, runs: dict[NetworkName, Path], out: Path, *, version: str, config: ExportConfig
) -> None:
    """Write each run's graph and card to `out`, and for `calibrate` out-of-fold domain logits into the run.

    Raises:
        ExportError: a graph does not do what torch does, or `out` holds a pair of this version.
        FileNotFoundError: a run has no checkpoint.
    """
    check_version(out, version, graphs_stay=False)
    out.mkdir(parents=True, exist_ok=True)
    train, validation, _ = split_photos(read_photos(data), folds=config.folds, seed=config.seed)
    scenes = build_scenes([*train, *validation], config.probe)
    for name, run in runs.items():
        network, spec = load_trained(name, run)
        held_out = fit_domain(network, summarise(network, spec, scenes), scenes, config.probe)
        np.savez(run / DOMAINS_FILE, logits=held_out, domain=[scene.domain for scene in scenes])
        ranges = load_prepared(_spread(_lesions(train), config.range_photos), spec)
        balanced = balance_channels(network, ranges[:_PEAK_PHOTOS])
        photos = _spread(_lesions(validation), _CHECKED)
        truth = np.array([photo.melanoma for photo in photos])
        check = Check(photos=load_prepared(photos, spec), melanoma=truth)
        storage, parity = _export_smallest(balanced, out / f"{name}.onnx", check=check, ranges=ranges)
        print(name, storage, parity, flush=True)
        exported = Exported(
            spec=spec,
            parity=parity,
            storage=storage,
            run={
                "config": read_plain_config(run),
                **read_mixture(run),
                "progress": load_checkpoint(run)["progress"],
                "exported": datetime.now(UTC).isoformat(timespec="seconds"),
            },
            version=version,
        )
        write_card(name, out, exported)


def _export_smallest(
    network: Classifier, path: Path, *, check: Check, ranges: NDArray[np.uint8]
) -> tuple[Storage, Parity]:
    """Write the graph in the first storage that keeps to the check.

    Raises:
        ExportError: none does.
    """
    *first, last = STORAGES["cnn" if path.stem == "cnn" else "vit"]
    for storage in first:
        try:
            wide = replace(check, probability=_STATIC_PROBABILITY)
            return storage, export_classifier(network, path, storage=storage, check=wide, ranges=ranges)
        except ExportError as error:
            print(f"{path.stem}: {storage} falls short: {error}", flush=True)
    return last, export_classifier(network, path, storage=last, check=check)


def _lesions(photos: list[LabelledPhoto]) -> list[LabelledPhoto]:
    return [photo for photo in photos if photo.label != "no_lesion"]


def fit_domain(
    network: Classifier, summaries: torch.Tensor, scenes: list[Scene], config: ProbeConfig
) -> NDArray[np.float64]:
    """Fill the network's domain layer, and return (N, 3) out-of-fold logits of the scenes."""
    domains = torch.tensor([scene.domain for scene in scenes])
    weight, bias = fit_probe(summaries, domains, config.ridge)
    with torch.no_grad():
        network.domain.weight.copy_(weight)
        network.domain.bias.copy_(bias)
    return predict_out_of_fold(summaries, scenes, config)


def _spread(photos: list[LabelledPhoto], count: int) -> list[LabelledPhoto]:
    step = max(len(photos) // count, 1)
    return photos[::step][:count]
