"""The domain probe: dermoscopic, clinical close-up or no lesion; linear, on a trained network's summaries.

Real close-ups are from one university and one kind of camera, so what is measured on them is an estimate.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from inference.preprocess import PreprocessSpec, prepare
from models.networks.classifier import Classifier
from models.release.artefacts import Photo
from models.release.domains import CLINICAL, DERMOSCOPIC, OTHER
from models.training.photos import Kind, LabelledPhoto, load_rgb

_DOMAINS: Final = {Kind.DERMOSCOPIC: DERMOSCOPIC, Kind.CLINICAL: CLINICAL, Kind.OTHER: OTHER}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeConfig:
    """How many crops the probe learns from and how it is fitted."""

    photos: int = 800  # of each kind at most
    folds: int = 5
    ridge: float = 3e-3
    seed: int = 20


class Scene(NamedTuple):
    """One photo of the probe."""

    pixels: Photo
    domain: int
    group: str  # scenes of one group share a photo


def build_scenes(photos: list[LabelledPhoto], config: ProbeConfig) -> list[Scene]:
    """Lesion crops of all three kinds; the same scenes for the same seed."""
    rng = np.random.default_rng(config.seed)
    scenes = []
    for kind, domain in _DOMAINS.items():
        found = [photo for photo in photos if photo.kind is kind]
        chosen = [found[index] for index in rng.permutation(len(found))[: config.photos]]
        scenes += [Scene(load_rgb(photo.path), domain, photo.group) for photo in chosen]
    return scenes


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
