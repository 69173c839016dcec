"""Shares a transformer's spread between activations and weights, so that both fit eight bits.

A few channels behind each norm are far larger than the rest, and one scale for all of them leaves little for
the others (SmoothQuant, Xiao 2023, arXiv:2211.10438). Each channel is divided by a factor in the norm and
multiplied by it in the layers that read it: what is computed stays the same.
"""

import copy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.networks.classifier import Classifier
from models.networks.vit import VisionTransformer

_SHARE = 0.5  # of the spread that weights take over; the paper's value


@torch.no_grad()
def balance_channels(network: Classifier, photos: NDArray[np.uint8]) -> Classifier:
    """A copy that computes the same; a network without a transformer as it is.

    Args:
        network: trained.
        photos: (N, S, S, 3), prepared; they show how large each channel gets.
    """
    balanced = copy.deepcopy(network).eval()
    if not isinstance(balanced.backbone, VisionTransformer):
        return network
    layer: Any  # transformers' own class; its parts are typed as any module
    for layer in balanced.backbone.trunk.encoder.layer:
        attention = layer.attention
        readers = [attention.q_proj, attention.k_proj, attention.v_proj]
        for outlet, inlets in ((layer.norm1, readers), (layer.norm2, [layer.mlp.fc1])):
            _move(outlet, inlets, _peaks(balanced, inlets[0], photos))
        # attention mixes places, never channels, so values can be scaled like a norm's
        _move(attention.v_proj, [attention.o_proj], _peaks(balanced, attention.o_proj, photos))
    return balanced


def _peaks(network: Classifier, layer: nn.Linear, photos: NDArray[np.uint8], batch: int = 16) -> Tensor:
    """(C,) the largest magnitude of each channel that reaches `layer`."""
    peaks: list[Tensor] = []
    hook = layer.register_forward_pre_hook(
        lambda _, inputs: peaks.append(inputs[0].abs().flatten(0, -2).amax(dim=0))
    )
    for at in range(0, len(photos), batch):
        network.summary(torch.from_numpy(photos[at : at + batch]))
    hook.remove()
    return torch.stack(peaks).amax(dim=0)


def _move(outlet: nn.LayerNorm | nn.Linear, inlets: list[nn.Linear], peaks: Tensor) -> None:
    columns = torch.stack([inlet.weight.abs().amax(dim=0) for inlet in inlets]).amax(dim=0)
    factors = (peaks.clamp(min=1e-5) ** _SHARE / columns.clamp(min=1e-5) ** (1 - _SHARE)).clamp(min=1e-3)
    outlet.weight.div_(factors if outlet.weight.ndim == 1 else factors[:, None])
    outlet.bias.div_(factors)
    for inlet in inlets:
        inlet.weight.mul_(factors)
