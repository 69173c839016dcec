"""A trained CNN as the teacher of another network (distillation, Hinton et al. 2015, arXiv:1503.02531).

The scores of a teacher that has seen many views say more of a view than its label, and waver less.
"""

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
    """Says what a view's targets are, together with its label."""

    def __init__(self, network: Classifier, size_px: int, *, share: float) -> None:
        """Args: share: of its scores in the targets, 0 to 1; the rest is the label."""
        self.network, self.size_px, self.share = network.eval(), size_px, share

    @classmethod
    def load(cls, run: Path, *, share: float) -> Self:
        """The averaged weights of a CNN's run.

        Raises:
            FileNotFoundError: the run has no checkpoint.
            WarmStartError: it is of another network.
        """
        try:
            network, spec = load_trained("cnn", run)
        except RuntimeError as error:
            raise WarmStartError(f"{run} is not a CNN's run: name one with --teacher") from error
        return cls(network, spec.size_px, share=share)

    @torch.no_grad()
    def teach(self, batch: Batch, size_px: int) -> Batch:
        """The batch with mixed targets, its views brought to another side.

        Args:
            batch: views of the teacher's own side; what is not known stays unknown.
            size_px: side of the views that the pupil sees.
        """
        network = self.network.to(batch.pixels.device)
        logits, _ = network.training_outputs(batch.pixels)
        targets = torch.lerp(batch.targets, torch.sigmoid(logits), self.share)
        return Batch(_resize(batch.pixels, size_px), targets, batch.weights)


def _resize(pixels: Tensor, size_px: int) -> Tensor:
    """(N, S, S, 3) at another side."""
    views = functional.interpolate(
        pixels.permute(0, 3, 1, 2),
        size=(size_px, size_px),
        mode="bilinear",
        antialias=True,
        align_corners=False,
    )
    return views.permute(0, 2, 3, 1).contiguous()
