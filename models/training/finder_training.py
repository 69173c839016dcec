"""Trains the lesion finder in two rounds: on outlines and pasted lesions, then also on its own marks.

The collections have no outlines. In the second round the first finder's own marks replace them
(`models.training.finder_own_marks`).
"""

import copy
import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.nn import functional

from inference.letterbox import letterbox
from models.networks.finder import SPEC, STRIDE, Finder
from models.training.finder_marks import darken_rim, spoil
from models.training.finder_own_marks import MARKED_SOURCES, MarkedPhotos, mark_collection
from models.training.finder_pasting import paste_lesions
from models.training.finder_photos import OutlinedPhotos, Skins
from models.training.finder_scenes import Scenes, join_scenes, show_marked, show_nothing, show_outlined
from models.training.photos import LabelledPhoto, load_rgb
from models.training.trainer import Precision, choose_precision
from models.training.warm_start import WarmStartError, load_released_finder

FINDER_WEIGHTS: Final = "finder.pt"  # in the folder of a run
_REPORT_STEPS: Final = 25
_NORM_PHOTOS: Final = 256  # that the norms of a released finder are measured on
_SMOOTH: Final = 4.0  # cells added to both sides of the overlap


@dataclass(frozen=True, slots=True, kw_only=True)
class FinderConfig:
    """Everything a run depends on. It is saved with the run."""

    first_steps: int = 700
    second_steps: int = 420
    batch: int = 32
    first_rate: float = 1.5e-3
    second_rate: float = 7e-4
    weight_decay: float = 0.02
    warmup_steps: int = 60
    ema_decay: float = 0.995
    overlap_weight: float = 0.7
    sure: float = 0.7  # least peak of a mark that the second round learns from
    nothing: float = 0.25  # probability below which the second round learns "no lesion"
    precision: Precision = "bfloat16"  # twice as fast where the processor computes in it
    seed: int = 20


@dataclass(slots=True, kw_only=True)
class _Drawing:
    """What batches are drawn from."""

    outlined: OutlinedPhotos
    skins: Skins
    rng: Generator
    marked: Sequence[MarkedPhotos] = ()

    def batch(self, count: int) -> Scenes:
        """Half pasted, a third outlined, the rest without a lesion; marked photos first."""
        parts = []
        for photos in self.marked:
            index = photos.draw(round(count * photos.share), self.rng)
            marks = (photos.masks[index], photos.sure[index])
            parts.append(show_marked(photos.pixels[index], marks, self.rng, photos.zoom))
        rest = count - sum(len(part.photos) for part in parts)
        near, pasted = round(rest * 0.34), round(rest * 0.48)
        parts.append(darken_rim(show_outlined(self.outlined, near, self.rng), self.rng, 0.2))
        parts.append(paste_lesions(self.outlined, self.skins, pasted, self.rng))
        parts.append(darken_rim(show_nothing(self.skins, rest - near - pasted, self.rng), self.rng, 0.1))
        return spoil(join_scenes(parts), self.rng)


def train_finder(
    photos: Sequence[LabelledPhoto], data: Path, out: Path, config: FinderConfig, *, start: Path | None = None
) -> Finder:
    """Train on the photos of the training part and leave `finder.pt` in a run's folder.

    Args:
        photos: of the training part, and those without a lesion.
        data: folder with the outlines.
        out: the run's folder.
        config: as it says.
        start: folder of a released pair, whose finder takes the place of the first round's.

    Raises:
        WarmStartError: the folder's graph is not a finder's.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.json").write_text(json.dumps(asdict(config), indent=2))
    torch.manual_seed(config.seed)
    outlined, skins = OutlinedPhotos.load(photos, data), Skins.load(photos)
    rng = np.random.default_rng(config.seed)
    drawing = _Drawing(outlined=outlined, skins=skins, rng=rng)
    if start is None:
        first = _train(Finder(), drawing, config, steps=config.first_steps, rate=config.first_rate)
    else:
        first = _read_released(start, photos, rng)
    marked = (
        mark_collection(first, photos, source, sure=config.sure, nothing=config.nothing)
        for source in MARKED_SOURCES
    )
    drawing.marked = [each for each in marked if each is not None]
    second = _train(first, drawing, config, steps=config.second_steps, rate=config.second_rate)
    torch.save(second.state_dict(), out / FINDER_WEIGHTS)
    return second


def _read_released(folder: Path, photos: Sequence[LabelledPhoto], rng: Generator) -> Finder:
    graph = folder / "finder.onnx"
    if not graph.is_file():
        raise WarmStartError(f"{folder} holds no finder.onnx: name a released pair's folder with --from")
    network = Finder()
    chosen = rng.choice(len(photos), size=min(_NORM_PHOTOS, len(photos)), replace=False)
    canvases = np.stack([letterbox(load_rgb(photos[index].path), SPEC) for index in sorted(chosen)])
    load_released_finder(network, graph, canvases=canvases)
    return network.eval()


def load_trained_finder(run: Path) -> Finder:
    """The finder that a run left, in evaluation mode.

    Raises:
        FileNotFoundError: there is none.
    """
    network = Finder(pretrained=False)
    network.load_state_dict(torch.load(run / FINDER_WEIGHTS, weights_only=True))
    return network.eval()


def _train(start: Finder, drawing: _Drawing, config: FinderConfig, *, steps: int, rate: float) -> Finder:
    """The averaged weights after so many steps from the weights of `start`."""
    network = copy.deepcopy(start).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(start).eval()
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=config.weight_decay)
    mixed = choose_precision(config.precision, "cpu") == "bfloat16"
    started, shown = time.perf_counter(), 1.0
    for step in range(steps):
        share = min(1, (step + 1) / config.warmup_steps) * (0.5 + 0.5 * math.cos(math.pi * step / steps))
        for group in optimizer.param_groups:
            group["lr"] = rate * (share + 1e-3)
        network.train()
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            loss = finder_loss(network, drawing.batch(config.batch), config.overlap_weight)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        _follow(average, network, min(config.ema_decay, (step + 1) / (step + 20)))
        shown += 0.03 * (float(loss.detach()) - shown)
        if (step + 1) % _REPORT_STEPS == 0:
            speed = (step + 1) * config.batch / (time.perf_counter() - started)
            print(f"finder {step + 1}/{steps} steps  loss {shown:.4f}  {speed:.1f}/s", flush=True)
    return average


def finder_loss(network: Finder, scenes: Scenes, overlap_weight: float) -> Tensor:
    """Weighted cross-entropy of the cells, and how far mask and marks are from overlapping; a scalar."""
    logits = network(scenes.photos.permute(0, 2, 3, 1)).float()[:, None]
    truth = functional.avg_pool2d(scenes.masks, STRIDE)
    weights = functional.avg_pool2d(scenes.weights, STRIDE)
    losses = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none") * weights
    marks, wanted = torch.sigmoid(logits) * weights, truth * weights
    both = (marks * wanted).sum(dim=(1, 2, 3))
    either = marks.square().sum(dim=(1, 2, 3)) + wanted.square().sum(dim=(1, 2, 3))
    overlap = (2 * both + _SMOOTH) / (either + _SMOOTH)
    total: Tensor = 2 * losses.sum() / weights.sum() + overlap_weight * (1 - overlap).mean()
    return total


@torch.no_grad()
def _follow(average: Finder, network: Finder, decay: float) -> None:
    current = network.state_dict()
    for name, value in average.state_dict().items():
        if value.dtype.is_floating_point:
            value.lerp_(current[name], 1 - decay)
        else:
            value.copy_(current[name])
