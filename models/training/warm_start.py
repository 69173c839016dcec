"""Weights to start a run from: a checkpoint's, or those in a released graph.

A run's checkpoint does not last, the released graph does. Its batch norms were folded into the convolutions;
they are taken apart again on photos, so that the network computes the same and can be trained as before.
"""

import math
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from models.networks import efficientnet_lite
from models.networks import finder as lesion_finder
from models.networks.classifier import Classifier
from models.networks.efficientnet_lite import EfficientNetLite
from models.networks.finder import Finder
from models.networks.quantise import dequantised_weights
from models.networks.vit_weights import bake_positions


class WarmStartError(RuntimeError):
    """The file holds no weights for the network, or not for a part of it."""


def read_average(checkpoint: Path) -> dict[str, Tensor]:
    """The averaged weights in a run's checkpoint.

    Raises:
        FileNotFoundError: there is no such file.
        WarmStartError: it is not a checkpoint.
    """
    try:
        state = torch.load(checkpoint, weights_only=True, map_location="cpu")
        weights: dict[str, Tensor] = state["average"]
    except (pickle.UnpicklingError, EOFError, KeyError, RuntimeError, TypeError) as error:
        raise WarmStartError(
            f"{checkpoint} is not a checkpoint: name a run's last.pt or a pair's folder with --from"
        ) from error
    return weights


def fill_network(network: Classifier, weights: Mapping[str, Tensor], source: Path) -> None:
    """Fill the network with another one's weights, which may be of another size.

    The aperture stays as it is; a transformer's grid of positions is brought to the network's size.

    Raises:
        WarmStartError: the weights are of another network; the text names `source`.
    """
    own = network.state_dict()
    kept = {name: value for name, value in own.items() if name.startswith("aperture.")}
    try:
        network.load_state_dict({**resize_positions(weights, network), **kept})
    except RuntimeError as error:
        raise WarmStartError(
            f"{source} holds weights of another network: name one of the same kind with --from"
        ) from error


def resize_positions(weights: Mapping[str, Tensor], network: Classifier) -> dict[str, Tensor]:
    """The weights, a transformer's grid of positions brought to the size of `network`'s."""
    own = network.state_dict()
    return {
        name: bake_positions(value, math.isqrt(own[name].shape[1] - 1))
        if name.endswith("position_embeddings") and name in own and value.shape != own[name].shape
        else value
        for name, value in weights.items()
    }


def load_released(network: Classifier, graph: Path, *, photos: NDArray[np.uint8]) -> None:
    """Fill the network from a released graph; the domain layer is fitted after every training.

    Args:
        network: from `build_network`, pretrained: a norm keeps the scale of its convolution's weights.
        graph: written by `export_classifier`, with weights of any storage.
        photos: (N, S, S, 3), prepared; a few hundred, by which norms are measured.

    Raises:
        WarmStartError: a weight is missing or has another shape.
    """
    weights = resize_positions(read_weights(graph), network)
    if isinstance(network.backbone, EfficientNetLite):
        seen = torch.from_numpy(photos)
        pairs = efficientnet_lite.find_norm_pairs(network.backbone)
        _load_folded(network, pairs, weights, look=lambda: network.summary(seen))
        rest = {"head"}
    else:
        rest = {"head", "backbone"}
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.split(".")[0] in rest:
                parameter.copy_(_find(weights, name, like=parameter))


def load_released_finder(network: Finder, graph: Path, *, canvases: NDArray[np.uint8]) -> None:
    """Fill the lesion finder from a released graph.

    Args:
        network: pretrained, as for `load_released`.
        graph: written by `export_finder`.
        canvases: (N, 192, 192, 3), photos as the finder takes them; a few hundred.

    Raises:
        WarmStartError: a weight is missing or has another shape.
    """
    weights = read_weights(graph)
    pairs = lesion_finder.find_norm_pairs(network)
    folded = {id(getattr(owner, name)) for owner, *names in pairs for name in names}
    with torch.no_grad():
        for name, module in network.named_modules():
            for part, parameter in () if id(module) in folded else module.named_parameters(recurse=False):
                parameter.copy_(_find(weights, f"{name}.{part}", like=parameter))
    _load_folded(network, pairs, weights, look=lambda: network(torch.from_numpy(canvases)))


def read_weights(graph: Path) -> dict[str, Tensor]:
    """Every parameter in an exported graph as float32, under torch's names and in torch's layout."""
    model = onnx.load(str(graph)).graph
    arrays = {item.name: numpy_helper.to_array(item) for item in model.initializer}
    weights = {name: _expand(name, array, arrays) for name, array in arrays.items()}
    weights |= dequantised_weights(model, arrays)
    named = {_torch_name(name): array for name, array in weights.items()}
    named |= _linears(model, named)
    return {name: torch.from_numpy(np.array(array)) for name, array in named.items()}


def _torch_name(name: str) -> str:
    """Without the way of keeping it, and without what a graph of two looks had around the network."""
    for end in (".half", ".int8", "_DequantizeLinear_Output"):
        name = name.removesuffix(end)
    return name.removeprefix("classifier.")


def _expand(name: str, array: NDArray[Any], arrays: dict[str, NDArray[Any]]) -> NDArray[Any]:
    if name.endswith(".int8"):
        scaled: NDArray[np.float32] = array.astype(np.float32) * arrays[f"{name.removesuffix('.int8')}.scale"]
        return scaled
    return array.astype(np.float32) if array.dtype == np.float16 else array


def _linears(graph: Any, arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Linear weights lie transposed under any name; the bias that is added next identifies their layer."""
    products = {node.output[0]: _torch_name(node.input[1]) for node in graph.node if node.op_type == "MatMul"}
    for node in graph.node:  # in integer graphs a product is rounded before the bias is added
        if node.op_type in {"QuantizeLinear", "DequantizeLinear"} and node.input[0] in products:
            products[node.output[0]] = products[node.input[0]]
    found = {}
    for node in graph.node:
        if node.op_type != "Add":
            continue
        for product, bias in (node.input, reversed(node.input)):
            weight = products.get(product)
            if weight in arrays and bias.endswith(".bias"):
                found[f"{_torch_name(bias).removesuffix('.bias')}.weight"] = arrays[weight].T
    return found


def _load_folded(
    network: nn.Module,
    pairs: Sequence[tuple[nn.Module, str, str]],
    weights: dict[str, Tensor],
    *,
    look: Callable[[], Tensor],
) -> None:
    """Fill convolutions and their norms. Args: look: runs photos through the network."""
    names = {id(module): name for name, module in network.named_modules()}
    folded = []
    for owner, conv_name, norm_name in pairs:
        conv, norm = getattr(owner, conv_name), getattr(owner, norm_name)
        name = names[id(conv)]
        weight = _find(weights, f"{name}.weight", like=conv.weight)
        # The exporter names the bias that a norm leaves after the layer, or after its weight.
        bias = weights.get(f"{name}.bias", weights.get(f"{name}.weight_bias"))
        if bias is None or bias.shape != norm.bias.shape:
            raise WarmStartError(f"the graph has no {name}.bias of shape {tuple(norm.bias.shape)}")
        length = weight.flatten(1).norm(dim=1).clamp(min=1e-6)
        grow = conv.weight.detach().flatten(1).norm(dim=1).clamp(min=1e-3) / length  # as long as it was
        with torch.no_grad():
            conv.weight.copy_(weight * grow[:, None, None, None])
        folded.append((conv, norm, grow, bias))
    _measure_norms(network, folded, look=look)


@torch.no_grad()
def _measure_norms(network: nn.Module, folded: list[Any], *, look: Callable[[], Tensor]) -> None:
    """Give each norm the mean and spread of what reaches it, and a scale and shift that undo both."""

    def measure(norm: nn.BatchNorm2d, values: Tensor, *, grow: Tensor, bias: Tensor) -> Tensor:
        mean = values.mean(dim=(0, 2, 3))
        spread = values.var(dim=(0, 2, 3)).clamp(min=1e-5)
        norm.running_mean.copy_(mean)  # type: ignore[union-attr]
        norm.running_var.copy_(spread)  # type: ignore[union-attr]
        norm.weight.copy_((spread + norm.eps).sqrt() / grow)
        norm.bias.copy_(bias + mean / grow)
        return values / grow[:, None, None] + bias[:, None, None]

    hooks = [
        norm.register_forward_hook(
            lambda norm, inputs, _, grow=grow, bias=bias: measure(norm, inputs[0], grow=grow, bias=bias)
        )
        for _, norm, grow, bias in folded
    ]
    network.eval()
    look()
    for hook in hooks:
        hook.remove()


def _find(weights: dict[str, Tensor], name: str, *, like: Tensor) -> Tensor:
    found = weights.get(name)
    if found is None or found.shape != like.shape:
        raise WarmStartError(f"the graph has no {name} of shape {tuple(like.shape)}")
    return found
