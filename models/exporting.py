"""`nevus models export`: trained classifiers with their domain probes, as graphs and cards."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models.classifier import Classifier
from models.export import Storage, Tolerance, export_classifier
from models.networks import NetworkName, load_trained
from models.photos import LabelledPhoto, read_photos, split_photos
from models.probe import ProbeConfig, Scene, build_scenes, fit_probe, predict_out_of_fold, summarise
from models.release import Exported, write_card
from models.training import load_prepared

# Convolutions lose more to int8 (largest logit gap 0.22 with random heads) than the wide linear layers (0.02)
DOMAINS_FILE = "domains.npz"
STORAGE: dict[NetworkName, Storage] = {"cnn": "float16", "vit": "int8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportConfig:
    """What an export depends on besides the runs."""

    folds: int = 10
    seed: int = 20
    parity_photos: int = 200
    probe: ProbeConfig = field(default_factory=ProbeConfig)


def export_runs(
    data: Path, runs: dict[NetworkName, Path], out: Path, *, version: str, config: ExportConfig
) -> None:
    """Write each run's graph and card to `out`, and for `calibrate` out-of-fold domain logits into the run.

    Raises:
        ExportError: a graph does not do what torch does.
        FileNotFoundError: a run has no checkpoint.
    """
    out.mkdir(parents=True, exist_ok=True)
    train, validation, _ = split_photos(read_photos(data), folds=config.folds, seed=config.seed)
    scenes = build_scenes([*train, *validation], config.probe)
    for name, run in runs.items():
        network, spec = load_trained(name, run)
        held_out = fit_domain(network, summarise(network, spec, scenes), scenes, config.probe)
        np.savez(run / DOMAINS_FILE, logits=held_out, domain=[scene.domain for scene in scenes])
        photos = _spread(validation, config.parity_photos)
        parity = export_classifier(
            network,
            load_prepared(photos, spec),
            out / f"{name}.onnx",
            storage=STORAGE[name],
            tolerance=Tolerance(),
        )
        print(name, parity, flush=True)
        exported = Exported(
            spec=spec,
            parity=parity,
            storage=STORAGE[name],
            run=_describe_run(run),
            version=version,
        )
        write_card(name, out, exported)


def fit_domain(
    network: Classifier, summaries: torch.Tensor, scenes: list[Scene], config: ProbeConfig
) -> NDArray[np.float64]:
    """Fill the network's domain layer; gives (N, 3) out-of-fold logits of the scenes."""
    domains = torch.tensor([scene.domain for scene in scenes])
    weight, bias = fit_probe(summaries, domains, config.ridge)
    with torch.no_grad():
        network.domain.weight.copy_(weight)
        network.domain.bias.copy_(bias)
    return predict_out_of_fold(summaries, scenes, config)


def _describe_run(run: Path) -> dict[str, Any]:
    config = json.loads((run / "config.json").read_text())
    progress = torch.load(run / "last.pt", weights_only=True)["progress"]
    return {
        "config": config,
        "progress": progress,
        "exported": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _spread(photos: list[LabelledPhoto], count: int) -> list[LabelledPhoto]:
    step = max(len(photos) // count, 1)
    return photos[::step][:count]
