"""The Vision Transformer: transformers' `Dinov2Model`, its first blocks, as photos to a map of patch features."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import Dinov2Config, Dinov2Model

from models.vit_weights import bake_positions, read_state


@dataclass(frozen=True, slots=True, kw_only=True)
class VitConfig:
    """ViT-S/14 cut after `layers` blocks, for photos of `size_px`."""

    size_px: int = 154
    layers: int = 8
    channels: int = 384
    heads: int = 6
    patch_px: int = 14


class VisionTransformer(nn.Module):
    """The backbone without a classifier. The grid of positions is baked for one size."""

    def __init__(self, config: VitConfig) -> None:
        super().__init__()
        assert config.size_px % config.patch_px == 0, "the size is no multiple of the patch"
        self.grid = config.size_px // config.patch_px
        self.channels = config.channels
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

    def forward(self, x: Tensor) -> Tensor:
        """Patch features of normalised photos, (N, 3, S, S) to (N, 384, S / 14, S / 14)."""
        tokens = self._embed(x)  # (N, 1 + grid * grid, C)
        for layer in self.trunk.encoder.layer:
            tokens = layer(tokens)
        patches = self.trunk.layernorm(tokens)[:, 1:]
        return patches.transpose(1, 2).unflatten(2, (self.grid, self.grid))

    def _embed(self, x: Tensor) -> Tensor:
        # not `trunk.embeddings(x)`: whenever it is traced it interpolates the grid, even to its own size
        parts = self.trunk.embeddings
        patches = parts.patch_embeddings.projection(x).flatten(2).transpose(1, 2)
        token = parts.cls_token.expand(x.shape[0], -1, -1)
        return torch.cat([token, patches], dim=1) + parts.position_embeddings


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
