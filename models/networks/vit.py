"""The Vision Transformer: the first blocks of transformers' `Dinov2Model`, photos to patch features."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import Dinov2Config, Dinov2Model

from models.networks.vit_weights import bake_positions, read_state

_SUMMARY_LAYERS = (2, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class VitConfig:
    """ViT-S/14 cut after `layers` blocks, for photos of `size_px`."""

    size_px: int = 154
    layers: int = 7
    channels: int = 384
    heads: int = 6
    patch_px: int = 14
    seen_radius: float = (
        0.93  # of half the side: patches that lie outside are dropped, the aperture blanks them anyway
    )


class VisionTransformer(nn.Module):
    """The backbone without a classifier. The grid of positions is baked for one size."""

    seen: Tensor
    places: Tensor

    def __init__(self, config: VitConfig) -> None:
        super().__init__()
        if config.size_px % config.patch_px:
            raise ValueError(f"{config.size_px} px is not a multiple of the {config.patch_px} px patch")
        self.grid = config.size_px // config.patch_px
        seen = find_seen(self.grid, config.seen_radius)
        places = torch.full((self.grid * self.grid,), int(seen.sum()))
        places[seen] = torch.arange(int(seen.sum()))
        self.register_buffer("seen", seen.nonzero()[:, 0], persistent=False)
        self.register_buffer("places", places, persistent=False)
        self.channels = config.channels
        self.summary_channels = config.channels * (len(_SUMMARY_LAYERS) + 3)
        self.trunk = Dinov2Model(
            Dinov2Config(
                hidden_size=config.channels,
                num_attention_heads=config.heads,
                num_hidden_layers=config.layers,
                image_size=config.size_px,
                patch_size=config.patch_px,
                use_mask_token=False,
            )
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features of normalised photos, (N, 3, S, S).

        Returns:
            (N, 384, S / 14, S / 14), one place a patch, 0 where it is not seen; and (N, summary_channels):
            means at several depths and the class token, since what kind of photo it is shows early and is
            forgotten late, and the maximum over all patches, since a lesion may be small.
        """
        tokens = self._embed(x)  # (N, 1 + seen, C)
        means = []
        for index, layer in enumerate(self.trunk.encoder.layer):
            tokens = layer(tokens)
            if index in _SUMMARY_LAYERS:
                means.append(tokens[:, 1:].mean(dim=1))
        tokens = self.trunk.layernorm(tokens)
        seen = tokens[:, 1:]
        summary = torch.cat([*means, tokens[:, 0], seen.mean(dim=1), seen.amax(dim=1)], dim=1)
        patches = functional.pad(tokens[:, 1:], (0, 0, 0, 1))[:, self.places]  # (N, grid * grid, C)
        return patches.transpose(1, 2).reshape(-1, self.channels, self.grid, self.grid), summary

    def _embed(self, x: Tensor) -> Tensor:
        # not `trunk.embeddings(x)`: whenever it is traced it interpolates the grid, even to its own size
        parts = self.trunk.embeddings
        patches = parts.patch_embeddings.projection(x).flatten(2).transpose(1, 2)
        token = parts.cls_token.expand(x.shape[0], -1, -1)
        positions = parts.position_embeddings
        return torch.cat([token + positions[:, :1], (patches + positions[:, 1:])[:, self.seen]], dim=1)


def find_seen(grid: int, radius: float) -> Tensor:
    """(grid * grid,), true for patches that a disc of `radius` (of half the side) reaches into."""
    centres = (torch.arange(grid) + 0.5) / grid * 2 - 1
    near = (centres.abs() - 1 / grid).clamp(min=0)  # of the patch's nearest edge to the middle
    return (torch.hypot(near[:, None], near[None, :]) < radius).flatten()


def load_pretrained(network: VisionTransformer) -> None:
    """Fill the trunk; the final norm starts at the identity.

    Raises:
        ModuleNotFoundError: the package with the weights is not installed.
        RuntimeError: a name or shape does not match.
    """
    state = read_state(len(network.trunk.encoder.layer))
    state["embeddings.position_embeddings"] = bake_positions(
        state["embeddings.position_embeddings"], network.grid
    )
    state |= {f"layernorm.{name}": value for name, value in network.trunk.layernorm.state_dict().items()}
    network.trunk.load_state_dict(state)
