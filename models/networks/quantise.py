"""Integer arithmetic for a transformer's linear layers, and for a convolutional network's later stages.

Static and per channel (docs/decisions/0004): what scales an activation is fixed on photos here, so that a
photo's score never depends on its company. Heads stay in float32, since evidence must add up to the logit;
attention and the patch embedding too, since they cost little; and a CNN's first stages, where eight bits lose
the fine shades that the score lives on (models/EXPERIMENTS.md).
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

_KEPT_IN_FLOAT = ("Conv", "Gemm")
# convolutions of EfficientNet-Lite0 before the stages at an eighth of the photo's side and coarser (22 x 22
# places of 176 px)
_FIRST_STAGES = 12


class _Photos(CalibrationDataReader):  # type: ignore[misc]
    """Hands out photos one by one, as serving does."""

    def __init__(self, photos: NDArray[np.uint8], input_name: str) -> None:
        self._photos, self._input_name, self._next = photos, input_name, 0

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """The next photo as a batch of its own; None when there is none left."""
        if self._next >= len(self._photos):
            return None
        self._next += 1
        return {self._input_name: self._photos[self._next - 1 : self._next]}


def quantise_linears(
    source: Path, target: Path, photos: NDArray[np.uint8], *, in_float: tuple[str, ...] = ()
) -> None:
    """Write `target`: the graph in `source` with its linear layers in int8 weights and uint8 activations.

    Weights take 7 of their 8 bits: on processors without VNNI, sums of 8-bit products overflow 16 bits.

    Args:
        source: a float32 graph.
        target: the file to write.
        photos: (N, S, S, 3), prepared; the range of each activation is taken from them, so they must not be
            photos that judge the result.
        in_float: layers that stay in float32, by how their torch names end.

    Raises:
        ValueError: the graph does not hold each of `in_float` once.
    """
    graph = onnx.load(str(source)).graph
    kept = [node.name for node in graph.node if node.op_type in _KEPT_IN_FLOAT]
    products = _products_of(graph, tuple(f"{layer}.bias" for layer in in_float))
    if len(products) != len(in_float):
        raise ValueError(f"{len(products)} layers of the graph are named {in_float}, not {len(in_float)}")
    kept += products
    # sums leave the product as floats: rounded too, they cost half a point of agreeing labels
    options = {"MatMulConstBOnly": True, "OpTypesToExcludeOutputQuantization": ["MatMul"]}
    plan = {"op_types_to_quantize": ["MatMul"], "nodes_to_exclude": kept, "extra_options": options}
    _quantise(source, target, _Photos(photos, graph.input[0].name), plan)


def _products_of(graph: Any, biases: tuple[str, ...]) -> list[str]:
    """Linear layers lose their names on export; the bias that is added next still has its own."""
    products = {node.output[0]: node.name for node in graph.node if node.op_type == "MatMul"}
    return [
        products[value]
        for node in graph.node
        if node.op_type == "Add" and any(each.endswith(biases) for each in node.input)
        for value in node.input
        if value in products
    ]


def quantise_convolutions(source: Path, target: Path, photos: NDArray[np.uint8]) -> None:
    """Write `target`: the graph in `source` with all convolutions but the first stages' in integers.

    Arguments as for `quantise_linears`; weights take 7 bits for the same reason.
    """
    graph = onnx.load(str(source)).graph
    convolutions = [node.name for node in graph.node if node.op_type == "Conv"]
    # with what lies between convolutions, so that nothing goes back to floats on the way
    plan = {
        "op_types_to_quantize": ["Conv", "Add", "Clip"],
        "nodes_to_exclude": convolutions[:_FIRST_STAGES],
    }
    _quantise(source, target, _Photos(photos, graph.input[0].name), plan)


def _quantise(source: Path, target: Path, photos: _Photos, plan: dict[str, Any]) -> None:
    quantize_static(
        str(source),
        str(target),
        photos,
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        activation_type=QuantType.QUInt8,
        **plan,
    )


def dequantised_weights(graph: Any, arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
    """What each weight that a graph keeps as integers stands for, under the name that its layer reads."""
    found = {}
    for node in graph.node:
        if node.op_type != "DequantizeLinear" or node.input[0] not in arrays:
            continue
        steps, scale = arrays[node.input[0]], arrays[node.input[1]]
        if scale.ndim == 1 and scale.size > 1:
            axis = next((item.i for item in node.attribute if item.name == "axis"), 1)
            shape = [1] * steps.ndim
            shape[axis] = -1
            scale = scale.reshape(shape)
        found[node.output[0]] = (steps.astype(np.float32) * scale).astype(np.float32)  # zero points are 0
    return found
