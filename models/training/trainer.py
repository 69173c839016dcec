"""Trains one classifier on a stated number of views of lesion crops: data, network, loop, checkpoints.

The schedule follows the views, so that a run can end with one working day and go on with the next.
"""

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from inference.preprocess import PreprocessSpec
from models.networks.build import LearningRates, NetworkName, build_network, load_checkpoint, parameter_groups
from models.training.crop_folder import CropFolder
from models.training.sampling import Batch, Sampler, SamplingConfig
from models.training.teacher import Teacher, show_middle
from models.training.validation import describe_by_source, predict_melanoma
from models.training.views import ViewConfig
from models.training.warm_start import fill_network, load_released, read_average

_MEASURED: Final = 256  # photos by which norms are taken apart again
_REPORT_STEPS: Final = 25
_CHECKPOINT: Final = "last.pt"


Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Everything a run depends on. It is saved with the run."""

    network: NetworkName
    views: int  # of the whole schedule
    size_px: int  # side of the views; the ViT takes multiples of 14
    batch: int = 64
    rates: LearningRates
    weight_decay: float = 0.02
    warmup_steps: int = 150
    rate_floor: float = 0.0  # share of the peak rate that is left at the end
    smoothing: float = 0.025
    ema_decay: float = 0.9985
    precision: Precision = "float32"
    malignant_weight: float = 1.0
    mixing: float = 0.0  # spread of the shares of two views that are laid over each other; 0: none are
    teachers: tuple[str, ...] = ()  # folders of the runs whose networks teach this one
    teacher_share: float = 0.7  # of their scores in the targets
    seed: int = 20
    folds: int = 10  # see `models.training.photos.is_validation`
    start: str = "pretrained"  # or where the weights came from
    start_view: int = 0  # of the schedule
    evaluate_every: int = 16_000  # views
    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    drawing: ViewConfig = field(default_factory=ViewConfig)


RECIPES: Final[dict[NetworkName, dict[str, Any]]] = {
    "cnn": {
        "size_px": 128,
        "rates": LearningRates(backbone=6e-4, head=6e-4),
        "precision": "bfloat16",  # 1.8 times as fast where the processor computes in it
    },
    "vit": {
        "size_px": 112,
        "rates": LearningRates(backbone=5e-5, head=1e-3, layer_decay=0.8),  # 2e-4 undoes what it knew
        "precision": "bfloat16",  # 1.5 times as fast there
    },
}


def choose_precision(wanted: Precision, device: str) -> Precision:
    """`float32` on a processor that only emulates bfloat16 (x86 without AVX-512), many times slower."""
    emulates = device == "cpu" and not torch.ops.mkldnn._is_mkldnn_bf16_supported()  # noqa: SLF001
    return "float32" if emulates else wanted


@dataclass(slots=True)
class Progress:
    """How far a run is. It is part of the checkpoint."""

    views: int = 0
    elapsed_s: float = 0.0
    loss: float = 0.7


class Trainer:
    """One run in one folder. A second `Trainer` on the folder goes on where the first one stopped."""

    def __init__(
        self,
        config: TrainConfig,
        train: CropFolder,
        validation: CropFolder,
        out: Path,
        *,
        device: str = "cpu",
    ) -> None:
        self.config, self.out, self.device = config, out, torch.device(device)
        teachers = [Path(run) for run in config.teachers]
        self.teacher = Teacher.load(teachers, share=config.teacher_share) if teachers else None
        torch.manual_seed(config.seed)
        self.network, self.spec = build_network(config.network, size_px=config.size_px)
        self.average, _ = build_network(config.network, size_px=config.size_px)
        specs = [self.spec, *(self.teacher.specs if self.teacher is not None else ())]
        middle = max(spec.middle for spec in specs)
        side = max(round(spec.size_px * middle / spec.middle) for spec in specs)
        drawing = replace(config.drawing, middle=middle)
        self.sampler = Sampler(train, side, config.sampling, drawing, device=device)
        self.train_store, self.validation = train, validation
        self.progress = Progress(views=config.start_view)
        self.optimizer = self._prepare_weights()

    def start_from(self, source: Path) -> None:
        """Fill the network with a checkpoint's averaged weights, or with those of a released pair's folder.

        Raises:
            FileNotFoundError: there is no such file.
            WarmStartError: it holds no weights of this network.
        """
        if source.is_dir():
            network, spec = build_network(self.config.network, size_px=self.config.size_px)
            load_released(
                network, source / f"{self.config.network}.onnx", photos=self._measuring_photos(spec)
            )
            weights = network.state_dict()
        else:
            weights = read_average(source)
        fill_network(self.network, weights, source)
        self.optimizer = self._prepare_weights()

    def run(self, *, resume: bool, stop: Callable[[], bool] = lambda: False) -> None:
        """Train to the end of the schedule or until `stop`; leave a checkpoint in the folder.

        Args:
            resume: go on from the folder's checkpoint.
            stop: asked after each step.

        Raises:
            FileNotFoundError: there is no checkpoint to go on from.
        """
        self.out.mkdir(parents=True, exist_ok=True)
        if resume:
            self.load()
        else:
            (self.out / "config.json").write_text(json.dumps(asdict(self.config), indent=2))
        evaluated = self.progress.views
        while self.progress.views < self.config.views and not stop():
            self._step()
            if self.progress.views - evaluated >= self.config.evaluate_every:
                evaluated = self.progress.views
                self.save()
                self.evaluate()
        self.save()
        self.evaluate()

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
        part.replace(self.out / _CHECKPOINT)

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

    def evaluate(self) -> dict[str, float]:
        """AUC of melanoma against benign by source, on validation crops, by the averaged weights."""
        pixels = np.stack(list(self.validation.views(self.spec)))
        scores = predict_melanoma(self.average, pixels, device=self.device)
        figures = describe_by_source(self.validation.photos, scores)
        shown = ", ".join(f"{name} {value:.4f}" for name, value in figures.items())
        line = f"{self.progress.views} views, {self.progress.elapsed_s / 60:.0f} min: {shown}"
        print(f"== {self.config.network} {line}", flush=True)
        with (self.out / "evaluations.txt").open("a") as file:
            file.write(line + "\n")
        return figures

    def _prepare_weights(self) -> torch.optim.AdamW:
        """Move the weights to the device, start their average, and hand them to an optimiser."""
        self.network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average.to(self.device).load_state_dict(self.network.state_dict())
        self.average.eval()
        groups = parameter_groups(self.network, self.config.rates)
        return torch.optim.AdamW(groups, weight_decay=self.config.weight_decay)

    def _measuring_photos(self, spec: PreprocessSpec) -> NDArray[np.uint8]:
        crops = np.stack(list(self.train_store.views(spec)))
        lesions = [index for index, photo in enumerate(self.train_store.photos) if photo.label != "no_lesion"]
        return crops[lesions[:: max(len(lesions) // _MEASURED, 1)][:_MEASURED]]

    def _step(self) -> None:
        started = time.perf_counter()
        number = self.progress.views // self.config.batch
        batch = self.sampler.draw(self.config.batch, number)
        if self.config.mixing > 0:
            batch = self.sampler.mix(batch, number, self.config.mixing)
        if self.teacher is not None:
            with self._autocast():
                batch = self.teacher.teach(batch, self.sampler.views.middle)
        batch = batch._replace(pixels=show_middle(batch.pixels, self.spec, self.sampler.views.middle))
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * rate_share(number, self.config)
        torch.manual_seed(self.config.seed + number)  # of the dropout: a resumed run draws what it would have
        self.network.train()
        with self._autocast():
            logits, _ = self.network.training_outputs(batch.pixels)
        loss = batch_loss(logits.float(), batch, self.config)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self._follow(number)
        self._count(float(loss.detach()), time.perf_counter() - started)

    def _autocast(self) -> torch.autocast:
        enabled = self.config.precision == "bfloat16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=enabled)

    def _count(self, loss: float, took_s: float) -> None:
        progress = self.progress
        progress.views += self.config.batch
        progress.elapsed_s += took_s
        progress.loss += 0.02 * (loss - progress.loss)
        if progress.views // self.config.batch % _REPORT_STEPS == 0:
            speed = self.config.batch / took_s
            print(
                f"{self.config.network} {progress.views}/{self.config.views} views  "
                f"loss {progress.loss:.4f}  {speed:.1f}/s",
                flush=True,
            )

    @torch.no_grad()
    def _follow(self, number: int) -> None:
        """Move the averaged weights towards the present ones."""
        steps = number - self.config.start_view // self.config.batch
        decay = min(self.config.ema_decay, (1 + steps) / (20 + steps))
        current = self.network.state_dict()
        for name, value in self.average.state_dict().items():
            if value.dtype.is_floating_point:
                value.lerp_(current[name], 1 - decay)
            else:
                value.copy_(current[name])


def batch_loss(logits: Tensor, batch: Batch, config: TrainConfig) -> Tensor:
    """Weighted binary cross-entropy of both heads with smoothed labels; a scalar.

    Args:
        logits: (N, 2) melanoma and malignant.
        batch: what they were computed from.
        config: how much each counts.
    """
    targets = batch.targets * (1 - 2 * config.smoothing) + config.smoothing
    losses = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none") * batch.weights
    shares = torch.tensor([1.0, config.malignant_weight], device=losses.device)
    total: Tensor = (losses * shares).sum(dim=1).mean()
    return total


def rate_share(step: int, config: TrainConfig) -> float:
    """Of the peak learning rate at a step: linear up from where the run began, cosine down to the floor."""
    begun = step - config.start_view // config.batch
    warm = min(1.0, (begun + 1) / config.warmup_steps)
    cosine = 0.5 + 0.5 * math.cos(math.pi * min(step * config.batch / config.views, 1))
    return warm * (config.rate_floor + (1 - config.rate_floor) * cosine) + 1e-3
