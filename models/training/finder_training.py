"""Trains the lesion finder in two rounds: on outlines and pasted lesions, then also on its own marks.

The collections have no outlines. In the second round the first finder's probabilities replace them: those of
the lesion next to the middle of a training photo, and only where the finder is sure. So boxes stay where they
were, and the classifiers see what they learnt on. Of a dermoscopic photo on which it
marks nothing the middle is lesion, and the rest is not known: lesions that fill the frame are of this kind.
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
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from inference.ink import measure_ink
from inference.lesions import label_regions
from inference.letterbox import letterbox
from models.networks.finder import SIZE_PX, SPEC, STRIDE, Finder
from models.training.finder_marks import darken_rim, spoil
from models.training.finder_pasting import paste_lesions
from models.training.finder_photos import OutlinedPhotos, Skins, load_sized
from models.training.finder_scenes import Scenes, join_scenes, show_marked, show_nothing, show_outlined
from models.training.photos import Kind, LabelledPhoto, Source
from models.training.trainer import Precision, choose_precision
from models.training.warm_start import WarmStartError, load_released_finder

FINDER_WEIGHTS: Final = "finder.pt"  # in the folder of a run
_REPORT_STEPS: Final = 25
_NORM_PHOTOS: Final = 256  # that the norms of a released finder are measured on
_SMOOTH: Final = 4.0  # cells added to both sides of the overlap
# Size of the photos, how near the middle the lesion is, how close it is looked at, share of a batch
_MARKED: Final[dict[Source, tuple[tuple[int, int], float, float, float]]] = {
    Source.MILK_CLOSEUP: ((320, 240), 0.16, 1.3, 0.28),
    Source.MILK_DERMOSCOPIC: ((192, 144), 0.16, 0.6, 0.10),
    Source.ACRAL: ((192, 144), 0.3, 0.6, 0.10),
}
_FAINT: Final = 0.5  # a photo without a cell of this probability is one on which nothing is marked
_INKED: Final = 0.3  # share of ink from which a mark is not learnt from
_MIDDLE: Final = 0.18  # of the shorter side: radius of what is lesion where nothing is marked


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


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedPhotos:
    """Photos of a collection that an earlier finder marked."""

    pixels: NDArray[np.uint8]  # (N, H, W, 3)
    masks: NDArray[np.float32]  # (N, H, W) probabilities of the lesion in the middle, 0 elsewhere
    sure: NDArray[np.bool_]  # (N, H, W)
    zoom: float
    share: float  # of a batch


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
            index = self.rng.integers(len(photos.pixels), size=round(count * photos.share))
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
    marked = (_mark_collection(first, photos, source, config) for source in _MARKED)
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
    canvases = np.stack(
        [letterbox(Image.open(photos[index].path).convert("RGB"), SPEC) for index in sorted(chosen)]
    )
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


def _mark_collection(
    network: Finder, photos: Sequence[LabelledPhoto], source: Source, config: FinderConfig
) -> MarkedPhotos | None:
    """The photos of one collection on which the network is sure of the lesion in the middle; None if none."""
    size, reach, zoom, share = _MARKED[source]
    kept = []
    for photo in photos:
        if photo.source is source:
            pixels = load_sized(photo.path, size)
            probabilities = _look(network, pixels)
            marked = _find_middle(probabilities, reach=reach, sure=config.sure, nothing=config.nothing)
            if marked is not None and _is_ink(pixels, marked, probabilities < config.nothing):
                continue
            if marked is not None:
                kept.append(
                    (pixels, np.where(marked, probabilities, 0), marked | (probabilities < config.nothing))
                )
            elif photo.kind is Kind.DERMOSCOPIC and probabilities.max() < _FAINT:
                middle = _draw_middle(pixels.shape[:2])
                kept.append((pixels, middle.astype(np.float32), middle))
    print(f"finder: marked {len(kept)} photos of {source}", flush=True)
    if not kept:
        return None
    pixels, masks, sure = (np.stack(column) for column in zip(*kept, strict=True))
    return MarkedPhotos(pixels=pixels, masks=masks, sure=sure, zoom=zoom, share=share)


@torch.no_grad()
def _look(network: Finder, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W) probabilities of a photo."""
    canvas = torch.from_numpy(letterbox(Image.fromarray(pixels), SPEC))[None]
    cells = torch.sigmoid(network(canvas))[:, None]
    whole = functional.interpolate(cells, size=(SIZE_PX, SIZE_PX), mode="bilinear", align_corners=False)
    height, width = pixels.shape[:2]
    high, wide = round(SIZE_PX * height / max(height, width)), round(SIZE_PX * width / max(height, width))
    top, left = (SIZE_PX - high) // 2, (SIZE_PX - wide) // 2
    part = whole[:, :, top : top + high, left : left + wide]
    fitted = functional.interpolate(part, size=(height, width), mode="bilinear", align_corners=False)
    probabilities: NDArray[np.float32] = fitted[0, 0].numpy()
    return probabilities


def _find_middle(
    probabilities: NDArray[np.float32], *, reach: float, sure: float, nothing: float
) -> NDArray[np.bool_] | None:
    """The region next to the middle down to `nothing`, if it is near enough and its peak is high enough."""
    labels = label_regions(probabilities > 0.5)
    if not labels.any():
        return None
    rows, columns = np.nonzero(labels)
    height, width = labels.shape
    distances = np.hypot(rows - (height - 1) / 2, columns - (width - 1) / 2)
    nearest = int(distances.argmin())
    region = labels == labels[rows[nearest], columns[nearest]]
    near = distances[nearest] / width < reach
    if not near or probabilities[region].max() <= sure:
        return None
    wider = label_regions(probabilities >= nothing)
    mark: NDArray[np.bool_] = wider == wider[rows[nearest], columns[nearest]]
    return mark


def _is_ink(pixels: NDArray[np.uint8], mark: NDArray[np.bool_], skin: NDArray[np.bool_]) -> bool:
    """Whether a mark on a photo (H, W, 3) is in the colour of a pen."""
    return measure_ink(pixels[mark], pixels[skin])[0] >= _INKED


def _draw_middle(size: tuple[int, int]) -> NDArray[np.bool_]:
    """(H, W): a disc in the middle of a photo."""
    down, across = (np.arange(length) - (length - 1) / 2 for length in size)
    disc: NDArray[np.bool_] = np.hypot(down[:, None], across[None]) < _MIDDLE * min(size)
    return disc
