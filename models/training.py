"""Fine-tunes one classifier in a stated number of minutes: config, data, network, loop, checkpoints.

The schedule follows the clock, not the steps: it is finished when the time is, however busy the machine was.
"""

import json
import math
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from inference.evaluation.metrics import area_under_roc
from inference.preprocess import PreprocessSpec, prepare
from models.classifier import Classifier
from models.domains import DERMOSCOPIC
from models.networks import LearningRates, NetworkName, build_network, load_checkpoint, parameter_groups
from models.photos import LabelledPhoto, Source, load_rgb, read_photos, split_photos
from models.sampling import Batch, Sampler, SamplingConfig
from models.teacher import Teacher
from models.warm_start import load_released

_MEASURED = 256  # photos by which norms are taken apart again
_DOMAIN_BALANCE = (1.0, 3.0, 3.0)  # close-ups and photos without a lesion are rare in a batch


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Everything a run depends on; saved with it."""

    network: NetworkName
    minutes: float
    seed: int = 20
    folds: int = 10  # fold 0 is validation
    batch: int = 24
    rates: LearningRates
    weight_decay: float = 0.03
    warmup: float = 0.04  # of the time
    settle: float = 0.6  # of the time, after which views are milder
    smoothing: float = 0.03
    ema_decay: float = 0.998
    precision: Literal["float32", "bfloat16"] = "float32"
    malignant_weight: float = 0.3
    domain_weight: float = 0.1
    agreement_weight: float = 0.0  # of the squared distance of melanoma logits; for 2 `views` and more alone
    teacher: str | None = None  # version of the released pair whose CNN is listened to
    teacher_share: float = 0.5  # of the targets of melanoma and malignant, when there is a teacher
    start: str = "pretrained"  # or the version of the released pair that it goes on from
    evaluate_every_min: float = 12
    sampling: SamplingConfig = field(default_factory=SamplingConfig)


RECIPES: dict[NetworkName, dict[str, Any]] = {
    "cnn": {"batch": 32, "rates": LearningRates(backbone=4e-4, head=1e-3)},
    "vit": {
        "batch": 24,
        "rates": LearningRates(backbone=1.6e-4, head=1e-3, layer_decay=0.8, frozen_blocks=1),
        "precision": "bfloat16",  # 1.5 times as fast here; the CNN gains nothing from it
    },
}

# From released weights. The CNN at half the rate: at the full one a short run lost what it knew.
GOING_ON: dict[NetworkName, dict[str, Any]] = {
    "cnn": RECIPES["cnn"] | {"rates": LearningRates(backbone=2e-4, head=5e-4)},
    "vit": RECIPES["vit"],
}


@dataclass(slots=True)
class Progress:
    """How far a run is; part of its checkpoint."""

    step: int = 0
    seen: int = 0
    elapsed_s: float = 0.0
    loss: float = 0.7


class Trainer:
    """One run in one folder. `run` trains until the time is up; a second `Trainer` on the folder goes on."""

    def __init__(
        self,
        config: TrainConfig,
        data: Path,
        out: Path,
        *,
        released: Path | None = None,
        teacher: Teacher | None = None,
    ) -> None:
        self.config, self.out, self.teacher = config, out, teacher
        torch.manual_seed(config.seed)
        self.network, self.spec = build_network(config.network)
        train, validation, _ = split_photos(read_photos(data), folds=config.folds, seed=config.seed)
        if released is not None:
            measured = measuring_photos(train, self.spec)
            load_released(self.network, released / f"{config.network}.onnx", photos=measured)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average, _ = build_network(config.network)
        self.average.load_state_dict(self.network.state_dict())
        groups = parameter_groups(self.network, config.rates)
        self.optimizer = torch.optim.AdamW(groups, weight_decay=config.weight_decay)
        self.progress = Progress()
        self.validation = _thin([photo for photo in validation if photo.label != "no_lesion"], 800)
        self.sampler = Sampler(train, self.spec.size_px, config.sampling, cache=out.parent / "cache")

    def run(self, *, resume: bool) -> None:
        """Train, evaluate now and then, leave `last.pt` in the folder.

        Args:
            resume: go on from the folder's checkpoint; its config.json stays what the run was begun with.

        Raises:
            FileNotFoundError: there is no checkpoint to go on from.
        """
        self.out.mkdir(parents=True, exist_ok=True)
        if resume:
            self.load()
        else:
            (self.out / "config.json").write_text(json.dumps(asdict(self.config), indent=2))
        pixels = load_prepared(self.validation, self.spec)
        evaluated_s, budget_s = self.progress.elapsed_s, self.config.minutes * 60
        while self.progress.elapsed_s < budget_s:
            self._step(budget_s)
            if self.progress.elapsed_s - evaluated_s > self.config.evaluate_every_min * 60:
                evaluated_s = self.progress.elapsed_s
                self.save()
                self._evaluate(pixels)
        self.save()
        self._evaluate(pixels)

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "progress": asdict(self.progress),
        }
        part = self.out / "last.part"
        torch.save(state, part)
        part.replace(self.out / "last.pt")

    def load(self) -> None:
        """Go on from the folder's checkpoint.

        Raises:
            FileNotFoundError: there is none.
        """
        state = load_checkpoint(self.out)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.progress = Progress(**state["progress"])
        self.sampler.skip_to(self.progress.seen)

    def _step(self, budget_s: float) -> None:
        started = time.perf_counter()
        if self.progress.elapsed_s > self.config.settle * budget_s:
            self.sampler.settle()
        batch = self.sampler.draw(self.config.batch)
        if self.teacher is not None:
            batch = self.teacher.soften(batch, share=self.config.teacher_share)
        drawn = time.perf_counter()
        self._set_rates(self.progress.elapsed_s / budget_s)
        self.network.train()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.config.precision == "bfloat16"):
            logits, domains = self.network.training_outputs(batch.pixels)
        loss = batch_loss(logits.float(), domains.float(), batch=batch, config=self.config)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self._follow()
        self._count(len(batch.pixels), float(loss.detach()), started, drawn)

    def _count(self, photos: int, loss: float, started: float, drawn: float) -> None:
        now, progress = time.perf_counter(), self.progress
        progress.step += 1
        progress.seen += photos
        progress.elapsed_s += now - started
        progress.loss += 0.02 * (loss - progress.loss)
        if progress.step % 50 == 0:
            minutes, speed = progress.elapsed_s / 60, photos / (now - started)
            drawing = (drawn - started) / (now - started)
            print(
                f"{self.config.network} {minutes:5.1f}/{self.config.minutes:.0f} min  step {progress.step}  "
                f"photos {progress.seen}  loss {progress.loss:.4f}  {speed:.1f}/s  drawing {drawing:.0%}",
                flush=True,
            )

    def _set_rates(self, done: float) -> None:
        share = rate_share(done, self.config.warmup)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * share

    @torch.no_grad()
    def _follow(self) -> None:
        decay = min(self.config.ema_decay, (1 + self.progress.step) / (10 + self.progress.step))
        current = self.network.state_dict()
        for name, value in self.average.state_dict().items():
            if value.dtype.is_floating_point:
                value.lerp_(current[name], 1 - decay)
            else:
                value.copy_(current[name])

    def _evaluate(self, pixels: NDArray[np.uint8]) -> None:
        scores = predict_melanoma(self.average, pixels)
        parts = []
        for source in (Source.HAM, Source.ISIC):
            chosen = np.array([photo.source is source for photo in self.validation])
            truth = np.array([photo.melanoma for photo in self.validation])[chosen]
            parts.append(f"{source} AUC {area_under_roc(truth, scores[chosen]):.4f}")
        line = f"{self.progress.elapsed_s / 60:.1f} min, {self.progress.seen} photos: " + ", ".join(parts)
        print(f"== {self.config.network} {line}", flush=True)
        with (self.out / "evaluations.txt").open("a") as file:
            file.write(line + "\n")


def batch_loss(logits: Tensor, domains: Tensor, *, batch: Batch, config: TrainConfig) -> Tensor:
    """What training makes small; a scalar.

    Weighted binary cross-entropy of both heads, with smoothed labels; cross-entropy of the domain; and, where
    a batch holds several views of each photo, the distance of a dermoscopic photo's melanoma logits.

    Args:
        logits: (N, 2) melanoma and malignant.
        domains: (N, 3) logits.
        batch: what they were computed from.
        config: how much each counts.
    """
    targets = batch.targets * (1 - 2 * config.smoothing) + config.smoothing
    losses = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none") * batch.weights
    melanoma, malignant = (losses.sum(dim=0) / batch.weights.sum(dim=0).clamp(min=1)).unbind()
    domain = functional.cross_entropy(domains, batch.domains, weight=torch.tensor(_DOMAIN_BALANCE))
    total: Tensor = melanoma + config.malignant_weight * malignant + config.domain_weight * domain
    return total + config.agreement_weight * _distance_of_views(
        logits[:, 0], batch, views=config.sampling.views
    )


def _distance_of_views(logits: Tensor, batch: Batch, *, views: int) -> Tensor:
    """Mean squared distance of each view's logit from the mean of its photo's; close-ups show too little."""
    grouped = logits.reshape(-1, views)
    seen = (batch.domains.reshape(-1, views) == DERMOSCOPIC).float()
    distances = (grouped - grouped.mean(dim=1, keepdim=True)).square() * seen
    return distances.sum() / seen.sum().clamp(min=1)


def rate_share(done: float, warmup: float) -> float:
    """Of the peak learning rate, when `done` of the time has passed: linear up, cosine down to 1 %."""
    if done < warmup:
        return max(done / warmup, 0.01)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min((done - warmup) / (1 - warmup), 1)))


def measuring_photos(train: list[LabelledPhoto], spec: PreprocessSpec) -> NDArray[np.uint8]:
    """(N, S, S, 3): the training photos by which norms are taken apart again."""
    return load_prepared(_thin([photo for photo in train if photo.label != "no_lesion"], _MEASURED), spec)


def load_prepared(photos: list[LabelledPhoto], spec: PreprocessSpec) -> NDArray[np.uint8]:
    """(N, S, S, 3): the photos exactly as serving would hand them to the graph."""
    return np.stack([prepare(load_rgb(photo.path), spec) for photo in photos])


@torch.no_grad()
def predict_melanoma(network: Classifier, pixels: NDArray[np.uint8], batch: int = 32) -> NDArray[np.float64]:
    """(N,) melanoma logits."""
    network.eval()
    parts = [network(torch.from_numpy(pixels[at : at + batch]))[0] for at in range(0, len(pixels), batch)]
    return torch.cat(parts).double().numpy()


def _thin(photos: list[LabelledPhoto], most: int) -> list[LabelledPhoto]:
    step = max(len(photos) / most, 1)
    return [photos[int(index * step)] for index in range(int(len(photos) / step))]
