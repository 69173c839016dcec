"""A classifier: uint8 photos in; melanoma and malignancy logits, evidence map and domain logits out."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from inference.preprocess import PreprocessSpec


class Outputs(NamedTuple):
    """What the exported graph returns, in this order."""

    melanoma_logit: Tensor  # (N,)
    malignant_logit: Tensor  # (N,): melanoma, BCC or SCC
    evidence: Tensor  # (N, h, w): contributions whose sum plus the head's bias is the melanoma logit
    domain_logits: Tensor  # (N, 3): dermoscopic, clinical, other


class Aperture(nn.Module):
    """Normalises photos and blanks what lies outside a disc.

    Corners, frames and margins reveal the source of a photo, never the lesion. What the disc hides takes the
    mean colour of what it shows, so nothing outside it reaches the network.
    """

    disc: Tensor
    share: Tensor
    scale: Tensor
    shift: Tensor

    def __init__(self, spec: PreprocessSpec) -> None:
        super().__init__()
        disc = draw_disc(spec.size_px, spec.aperture_radius, spec.aperture_softness)
        mean, std = torch.tensor(spec.mean), torch.tensor(spec.std)
        self.register_buffer("disc", disc[None, None])  # (1, 1, S, S), 1 inside
        self.register_buffer("share", (disc / disc.sum())[None, None])
        self.register_buffer("scale", (1 / (255 * std))[None, :, None, None])
        self.register_buffer("shift", (-mean / std)[None, :, None, None])

    def forward(self, photos: Tensor) -> Tensor:
        """(N, S, S, 3) RGB, 0 to 255, to (N, 3, S, S) normalised."""
        x = photos.permute(0, 3, 1, 2).float() * self.scale + self.shift
        inside = (x * self.share).sum(dim=(2, 3), keepdim=True)  # (N, 3, 1, 1)
        return inside + (x - inside) * self.disc


class Backbone(Protocol):
    """What a classifier builds on: normalised photos to a feature map and a summary of all depths."""

    channels: int
    summary_channels: int

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, S, S) to (N, channels, h, w) and (N, summary_channels)."""
        ...


class Classifier(nn.Module):
    """A backbone and two linear heads read at every place of its last feature map."""

    def __init__(self, backbone: Backbone, spec: PreprocessSpec) -> None:
        super().__init__()
        self.aperture = Aperture(spec)
        self.backbone = backbone
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(backbone.channels, 2)  # melanoma, malignant
        self.domain = nn.Linear(backbone.summary_channels, 3)  # fitted after training, by a probe
        for layer in (self.head, self.domain):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def training_outputs(self, photos: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 2) melanoma and malignant logits, with dropout on the pooled features; (N, 3) domain logits."""
        features, summary = self.backbone(self.aperture(photos))
        logits: Tensor = self.head(self.dropout(features.float().mean(dim=(2, 3))))
        return logits, self.domain(summary.float())

    def summary(self, photos: Tensor) -> Tensor:
        """(N, summary_channels): what the domain probe learns from."""
        return self.backbone(self.aperture(photos))[1].float()

    def forward(self, photos: Tensor) -> Outputs:
        """(N, S, S, 3) uint8 RGB to the graph's outputs."""
        features, summary = self.backbone(self.aperture(photos))
        places = features.shape[2] * features.shape[3]
        evidence = torch.einsum("nchw,c->nhw", features, self.head.weight[0]) / places
        logits = self.head(features.mean(dim=(2, 3)))
        return Outputs(logits[:, 0], logits[:, 1], evidence, self.domain(summary))


def draw_disc(size_px: int, radius: float, softness: float) -> Tensor:
    """(S, S), 1 inside the disc, 0 outside, a linear ramp of `softness` between (both of half the side)."""
    centres = (torch.arange(size_px) + 0.5) / size_px * 2 - 1
    distance = torch.hypot(centres[:, None], centres[None, :])
    return ((radius - distance) / softness + 0.5).clamp(0, 1)
