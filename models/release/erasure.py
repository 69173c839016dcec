"""Takes the lesion's size and marks out of a classifier's score, after training and without a gradient.

The same benign lesion at half and at twice its size, or with ink, hairs, a ruler or bubbles on it, moves the
pooled features by a few mean directions; the heads are changed as little as their scores on ordinary photos
allow, so that these directions say nothing any more (as in LEACE, Belrose 2023, arXiv:2306.03819, for a
concept that is a shift). One direction for each source, change and part of the scores' range, since lesions
that look harmless move otherwise than others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from inference.evaluation.metrics import area_under_roc
from inference.preprocess import PreprocessSpec, prepare
from models.networks.classifier import Classifier
from models.release.artefacts import Photo, draw_bubbles, draw_hairs, draw_ink, draw_ruler
from models.release.rescaling import rescale
from models.training.photos import LabelledPhoto, Source, load_rgb

Floats = NDArray[np.float64]
Mark = Callable[[Photo, Generator], Photo]
_BATCH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureConfig:
    """On how many photos, and how far."""

    photos: int = 80  # of each source and class at most
    zooms: tuple[float, ...] = (0.75, 1.35)  # what is left of the finder's error in size
    marks: tuple[Mark, ...] = (draw_ink, draw_hairs, draw_ruler, draw_bubbles)
    parts: tuple[int, ...] = (3, 2, 1)  # of the scores' range, the first that keeps the AUC
    auc_lost: float = 0.002  # on the photos themselves, sources counting the same
    ridge: float = 0.3  # of the features' mean variance, added to each
    seed: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Pooled features of one source's training photos."""

    benign: Floats  # (N, C)
    melanoma: Floats  # (M, C)
    moved: tuple[Floats, ...]  # (N, C) a change: how the benign ones' features move


def erase_changes(
    network: Classifier, spec: PreprocessSpec, train: list[LabelledPhoto], config: ErasureConfig
) -> int:
    """Change both heads of `network` in place; biases stay.

    Args:
        network: trained.
        spec: its photos.
        train: its training photos; all is measured on them. A source without both classes is left out.
        config: as it says.

    Returns:
        Into how many parts the scores' range was split; 0 if nothing was erased.
    """
    shown = [
        _show(network, spec, train, source=source, config=config)
        for source in (Source.HAM, Source.ISIC, Source.MILK_CLOSEUP)
        if all(_pick(train, source, label, 1) for label in ("benign", "melanoma"))
    ]
    if not shown:
        return 0
    heads = network.head.weight.detach().double().numpy()  # (2, C)
    parts, erased = choose_erasure(heads, shown, config)
    with torch.no_grad():
        network.head.weight.copy_(torch.from_numpy(erased))
    return parts


def choose_erasure(heads: Floats, shown: list[Shown], config: ErasureConfig) -> tuple[int, Floats]:
    """The parts and (2, C) heads of the finest erasure that keeps the melanoma's AUC; else 0 and `heads`."""
    before = _mean_auc(heads[0], shown)
    for parts in config.parts:
        erased = np.stack([erase(head, shown, parts=parts, ridge=config.ridge) for head in heads])
        if _mean_auc(erased[0], shown) >= before - config.auc_lost:
            return parts, erased
    return 0, heads


def erase(head: Floats, shown: list[Shown], *, parts: int, ridge: float) -> Floats:
    """The (C,) head that no change moves, nearest to it in what it says of ordinary photos."""
    found = []
    for each in shown:
        scores = each.benign @ head
        part = np.digitize(scores, np.quantile(scores, np.arange(1, parts) / parts))
        found += [moved[part == which].mean(axis=0) for moved in each.moved for which in range(parts)]
    directions = np.stack(found).T  # (C, K)
    features = np.concatenate([values for each in shown for values in (each.benign, each.melanoma)])
    spread = np.cov(features.T)
    spread[np.diag_indices_from(spread)] += ridge * np.trace(spread) / len(spread)
    reach = np.linalg.solve(spread, directions)
    share, *_ = np.linalg.lstsq(directions.T @ reach, directions.T @ head, rcond=None)
    erased: Floats = head - reach @ share
    return erased


def _mean_auc(head: Floats, shown: list[Shown]) -> float:
    areas = []
    for each in shown:
        truth = np.repeat([True, False], [len(each.melanoma), len(each.benign)])
        areas.append(area_under_roc(truth, np.concatenate([each.melanoma @ head, each.benign @ head])))
    return float(np.mean(areas))


def _show(
    network: Classifier,
    spec: PreprocessSpec,
    train: list[LabelledPhoto],
    *,
    source: Source,
    config: ErasureConfig,
) -> Shown:
    rng = np.random.default_rng(config.seed)
    picked = {label: _pick(train, source, label, config.photos) for label in ("benign", "melanoma")}
    photos = {label: [load_rgb(photo.path) for photo in chosen] for label, chosen in picked.items()}
    plain = {
        label: _pool(network, np.stack([prepare(photo, spec) for photo in loaded]))
        for label, loaded in photos.items()
    }
    changes: list[Mark] = [partial(_zoom, factor=factor) for factor in config.zooms]
    moved = []
    for change in [*changes, *config.marks]:
        views = [prepare(change(photo, rng), spec) for photo in photos["benign"]]
        moved.append(_pool(network, np.stack(views)) - plain["benign"])
    return Shown(benign=plain["benign"], melanoma=plain["melanoma"], moved=tuple(moved))


def _zoom(photo: Photo, rng: Generator, *, factor: float) -> Photo:
    return rescale(photo, photo.shape[0], factor, rng)


@torch.no_grad()
def _pool(network: Classifier, photos: NDArray[np.uint8]) -> Floats:
    network.eval()
    parts: list[Tensor] = []
    for at in range(0, len(photos), _BATCH):
        features, _ = network.backbone(network.aperture(torch.from_numpy(photos[at : at + _BATCH])))
        parts.append(features.mean(dim=(2, 3)))
    pooled: Floats = torch.cat(parts).double().numpy()
    return pooled


def _pick(train: list[LabelledPhoto], source: Source, label: str, count: int) -> list[LabelledPhoto]:
    found = [photo for photo in train if photo.source is source and photo.label == label]
    return found[:: max(len(found) // count, 1)][:count]
