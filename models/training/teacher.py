"""Trained networks as the teachers of another one (distillation, Hinton et al. 2015, arXiv:1503.02531).

The scores of a network that has seen many views say more of a view than its label, and waver less.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import torch
from torch import Tensor
from torch.nn import functional

from models.networks.build import load_trained
from models.networks.classifier import Classifier
from models.training.sampling import Batch
from models.training.warm_start import WarmStartError


class Teacher:
    """Says what a view's targets are, together with its label. Of several networks, the mean logit counts."""

    def __init__(self, networks: Sequence[tuple[Classifier, int]], *, share: float) -> None:
        """Take networks with the side in pixels that each sees.

        Args:
            networks: one or more.
            share: of their scores in the targets, 0 to 1; the rest is the label.
        """
        self.networks, self.share = [(network.eval(), side) for network, side in networks], share
        self.size_px = max(side for _, side in networks)

    @classmethod
    def load(cls, runs: Sequence[Path], *, share: float) -> Self:
        """The averaged weights of runs.

        Raises:
            FileNotFoundError: a folder holds no run, or the run has no checkpoint.
            WarmStartError: the run is not of a classifier.
        """
        networks = []
        for run in runs:
            try:
                name = json.loads(_read_config(run))["network"]
                network, spec = load_trained(name, run)
            except (ValueError, KeyError, TypeError, RuntimeError) as error:
                raise WarmStartError(f"{run} holds no classifier's run: name one with --teacher") from error
            networks.append((network, spec.size_px))
        return cls(networks, share=share)

    @torch.no_grad()
    def teach(self, batch: Batch, size_px: int) -> Batch:
        """The batch with mixed targets, its views brought to another side.

        Args:
            batch: views of the largest side that a network or the pupil sees; what is not known stays so.
            size_px: side of the views that the pupil sees.
        """
        logits = [
            network.to(batch.pixels.device).training_outputs(_resize(batch.pixels, side))[0].float()
            for network, side in self.networks
        ]
        targets = torch.lerp(batch.targets, torch.sigmoid(torch.stack(logits).mean(dim=0)), self.share)
        return Batch(_resize(batch.pixels, size_px), targets, batch.weights)


def _read_config(run: Path) -> str:
    path = run / "config.json"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: name a run's folder with --teacher")
    return path.read_text(encoding="utf-8")


def _resize(pixels: Tensor, size_px: int) -> Tensor:
    """(N, S, S, 3) at another side."""
    if pixels.shape[1] == size_px:
        return pixels
    views = functional.interpolate(
        pixels.permute(0, 3, 1, 2),
        size=(size_px, size_px),
        mode="bilinear",
        antialias=True,
        align_corners=False,
    )
    return views.permute(0, 2, 3, 1).contiguous()
