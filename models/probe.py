"""The domain probe: dermoscopic, clinical close-up or no lesion; linear, on a trained network's summaries.

The classes are built from the training photos, so what is measured on them is an estimate: real clinical
close-ups are missing here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from inference.preprocess import PreprocessSpec, prepare
from models.artefacts import Photo
from models.augment import AugmentConfig, augment
from models.classifier import Classifier
from models.clinical import build_closeup
from models.domains import CLINICAL, DERMOSCOPIC, OTHER
from models.photos import LabelledPhoto, Source, load_rgb

SCENE_PX = 224


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeConfig:
    """How the probe's photos are built and how it is fitted."""

    lesions: int = 1400
    closeups: int = 1400
    crops: int = 4  # of each photo without a lesion
    folds: int = 5
    ridge: float = 3e-3
    seed: int = 20


class Scene(NamedTuple):
    """One photo of the probe."""

    pixels: Photo
    domain: int
    group: str  # scenes of one group share a photo


def build_scenes(photos: list[LabelledPhoto], config: ProbeConfig) -> list[Scene]:
    """All three domains from labelled photos; the same scenes for the same seed."""
    rng = np.random.default_rng(config.seed)
    lesions = [photo for photo in photos if photo.label != "no_lesion"]
    others = [photo for photo in photos if photo.label == "no_lesion"]
    skins = [photo for photo in others if photo.source is Source.SKIN]
    return [
        *_dermoscopic(_draw(lesions, config.lesions, rng), rng),
        *_closeups(_draw(lesions, config.closeups, rng), skins, rng),
        *_without_lesion(others, config.crops, rng),
    ]


def summarise(network: Classifier, spec: PreprocessSpec, scenes: list[Scene], batch: int = 16) -> Tensor:
    """(N, summary_channels) of the scenes, as serving would see them."""
    parts = []
    with torch.inference_mode():
        for at in range(0, len(scenes), batch):
            pixels = np.stack([prepare(scene.pixels, spec) for scene in scenes[at : at + batch]])
            parts.append(network.summary(torch.from_numpy(pixels)))
    return torch.cat(parts)


def fit_probe(summaries: Tensor, domains: Tensor, ridge: float) -> tuple[Tensor, Tensor]:
    """Weights (3, C) and bias (3,) of a ridge-penalised softmax regression, each domain counting the same."""
    mean, std = summaries.mean(dim=0), summaries.std(dim=0).clamp(min=1e-4)
    x = (summaries - mean) / std
    weight = torch.zeros(3, x.shape[1], requires_grad=True)
    bias = torch.zeros(3, requires_grad=True)
    balance = 1 / torch.bincount(domains, minlength=3).clamp(min=1).float()
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        logits = x @ weight.T + bias
        loss = functional.cross_entropy(logits, domains, weight=balance) + ridge * weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        folded = weight / std
        return folded, bias - folded @ mean


def predict_out_of_fold(summaries: Tensor, scenes: list[Scene], config: ProbeConfig) -> NDArray[np.float64]:
    """(N, 3) logits of each scene by a probe that saw no scene of its group."""
    groups = sorted({scene.group for scene in scenes})
    rng = np.random.default_rng(config.seed)
    fold_of = dict(zip(groups, rng.integers(config.folds, size=len(groups)), strict=True))
    folds = torch.tensor([int(fold_of[scene.group]) for scene in scenes])
    domains = torch.tensor([scene.domain for scene in scenes])
    logits = torch.zeros(len(scenes), 3)
    for fold in range(config.folds):
        weight, bias = fit_probe(summaries[folds != fold], domains[folds != fold], config.ridge)
        logits[folds == fold] = summaries[folds == fold] @ weight.T + bias
    return logits.double().numpy()


def _dermoscopic(photos: list[LabelledPhoto], rng: Generator) -> Iterator[Scene]:
    views = AugmentConfig()
    for index, photo in enumerate(photos):
        pixels = load_rgb(photo.path)
        seen = augment(pixels, SCENE_PX, views, rng) if index % 3 == 0 else pixels
        yield Scene(seen, DERMOSCOPIC, photo.group)


def _closeups(photos: list[LabelledPhoto], skins: list[LabelledPhoto], rng: Generator) -> Iterator[Scene]:
    pixels = [load_rgb(skin.path) for skin in skins]
    for photo in photos:
        index = int(rng.integers(len(skins)))
        scene = build_closeup(load_rgb(photo.path), pixels[index], SCENE_PX, rng)
        # the skin is the scarcer half: folds follow it
        yield Scene(scene, CLINICAL, skins[index].group)


def _without_lesion(photos: list[LabelledPhoto], crops: int, rng: Generator) -> Iterator[Scene]:
    mild = AugmentConfig(corners=0.05, ruler=0, ink=0, hairs=0.05, bubbles=0, one_corner=0)
    for photo in photos:
        pixels = load_rgb(photo.path)
        yield Scene(pixels, OTHER, photo.group)
        for _ in range(crops - 1):
            yield Scene(augment(_crop(pixels, rng), SCENE_PX, mild, rng), OTHER, photo.group)


def _crop(pixels: Photo, rng: Generator) -> Photo:
    height, width = pixels.shape[:2]
    side = int(min(height, width) * rng.uniform(0.5, 1.0))
    top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
    return np.ascontiguousarray(pixels[top : top + side, left : left + side])


def _draw(photos: list[LabelledPhoto], count: int, rng: Generator) -> list[LabelledPhoto]:
    return [photos[index] for index in rng.permutation(len(photos))[:count]]
