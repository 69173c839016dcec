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

from inference.preprocess import PreprocessSpec
from models.networks.build import load_trained
from models.networks.classifier import Classifier
from models.training.sampling import Batch
from models.training.warm_start import WarmStartError


class Teacher:
    """Says what a view's targets are, together with its label. Of several networks, the mean logit counts."""

    def __init__(self, networks: Sequence[tuple[Classifier, PreprocessSpec]], *, share: float) -> None:
        """Take networks with what each sees.

        Args:
            networks: one or more.
            share: of their scores in the targets, 0 to 1; the rest is the label.
        """
        self.networks, self.share = [(network.eval(), spec) for network, spec in networks], share
        self.specs = [spec for _, spec in networks]

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
            networks.append((network, spec))
        return cls(networks, share=share)

    @torch.no_grad()
    def teach(self, batch: Batch, shown: float) -> Batch:
        """The batch with mixed targets.

        Args:
            batch: views that show at least what each network sees; what is not known stays so.
            shown: share of the crops' side that the views show.
        """
        logits = []
        for network, spec in self.networks:
            seen = show_middle(batch.pixels, spec, shown)
            logits.append(network.to(seen.device).training_outputs(seen)[0].float())
        targets = torch.lerp(batch.targets, torch.sigmoid(torch.stack(logits).mean(dim=0)), self.share)
        return batch._replace(targets=targets)


def _read_config(run: Path) -> str:
    path = run / "config.json"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: name a run's folder with --teacher")
    return path.read_text(encoding="utf-8")


def show_middle(pixels: Tensor, spec: PreprocessSpec, shown: float) -> Tensor:
    """What a network sees of views: their middle, at its side.

    Args:
        pixels: (N, S, S, 3).
        spec: the network's.
        shown: share of the crops' side that `pixels` show; at least the network's.

    Returns:
        (N, size_px, size_px, 3).
    """
    kept = round(pixels.shape[1] * spec.middle / shown)
    margin = (pixels.shape[1] - kept) // 2
    pixels = pixels[:, margin : margin + kept, margin : margin + kept]
    if kept == spec.size_px:
        return pixels
    views = functional.interpolate(
        pixels.permute(0, 3, 1, 2),
        size=(spec.size_px, spec.size_px),
        mode="bilinear",
        antialias=True,
        align_corners=False,
    )
    return views.permute(0, 2, 3, 1).contiguous()
