"""Writes a classifier as an ONNX graph with small weights, checked against torch, or leaves no file."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from inference.evaluation.metrics import area_under_roc
from models.networks.classifier import Classifier, Outputs
from models.networks.efficientnet_lite import EfficientNetLite, find_norm_pairs
from models.networks.quantise import quantise_convolutions, quantise_linears

OPSET = 18
INPUT_NAME = "photos"
_BATCH = 32  # photos that are scored alone and in company
_SMALLEST = 2048  # values in an initialiser below which storing it smaller is not worth two more nodes

# float16, int8: how weights are kept, while the graph computes in float32. static_int8: most layers compute
# in integers (models/networks/quantise.py); mixed_int8: these without the first blocks'
# MLP layers, whose inputs have the widest ranges.
Storage = Literal["float16", "int8", "static_int8", "mixed_int8"]
INTEGERS: tuple[Storage, ...] = ("static_int8", "mixed_int8")
_WIDEST = tuple(f"layer.{block}.mlp.{layer}" for block in range(3) for layer in ("fc1", "fc2"))


class ExportError(RuntimeError):
    """A graph or pair is not fit to be released, and was not written; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """How far graph and torch are apart on the photos of the check."""

    photos: int
    largest_logit_gap: float
    largest_probability_gap: float
    label_agreement: float  # of melanoma at a logit of 0, 0 to 1
    batch_identical: bool  # a photo's outputs are the same bits alone and in company
    auc_lost: float | None = None  # melanoma against the rest, torch's less the graph's; None without labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Photos that a graph is compared with torch on, and what passes."""

    photos: NDArray[np.uint8]  # (N, S, S, 3), prepared by the network's spec; more than one
    melanoma: NDArray[np.bool_] | None = None  # (N,) their truth, both classes in it
    probability: float = 0.03
    agreement: float = 0.99
    auc: float = 0.002


def export_classifier(
    network: Classifier,
    path: Path,
    *,
    storage: Storage,
    check: Check,
    ranges: NDArray[np.uint8] | None = None,
) -> Parity:
    """Write `path` and measure how close it is to torch.

    Args:
        network: trained, its domain probe filled.
        path: the file to write.
        storage: how weights are kept and linear layers computed.
        check: beyond its tolerances there is no file.
        ranges: (N, S, S, 3), prepared; photos that fix the activations' ranges, for `INTEGERS` alone.

    Raises:
        ExportError: names, shapes, finiteness or values differ.
    """
    part, whole = path.with_suffix(".part"), path.with_suffix(".whole")
    try:
        graph = build_graph(network, check.photos)
        if storage in INTEGERS:
            onnx.save(graph, str(whole))
            measured = check.photos if ranges is None else ranges
            if isinstance(network.backbone, EfficientNetLite):
                quantise_convolutions(whole, part, measured)
            else:
                in_float = _WIDEST if storage == "mixed_int8" else ()
                quantise_linears(whole, part, measured, in_float=in_float)
        else:
            shrink_weights(graph, storage)
            onnx.checker.check_model(graph, full_check=True)
            onnx.save(graph, str(part))
        parity = check_parity(network, part, check)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        whole.unlink(missing_ok=True)
    part.replace(path)
    return parity


def build_graph(network: Classifier, photos: NDArray[np.uint8]) -> onnx.ModelProto:
    """The graph in float32, its batch axis free."""
    return trace_graph(fuse_norms(network.eval()), photos[:2], Outputs._fields)


def trace_graph(network: nn.Module, photos: NDArray[np.uint8], outputs: Sequence[str]) -> onnx.ModelProto:
    """A network's graph in float32, its batch axis free.

    Args:
        network: in evaluation mode.
        photos: (2, S, S, 3); two, so that the number stays open.
        outputs: names, in the order in which the network returns them.

    Raises:
        ExportError: torch gave no graph.
    """
    program = torch.onnx.export(
        network,
        (torch.from_numpy(photos),),
        dynamo=True,
        input_names=[INPUT_NAME],
        output_names=list(outputs),
        dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=256)},),
        opset_version=OPSET,
        optimize=True,
        verbose=False,
    )
    if program is None:  # only when asked to write a file itself
        raise ExportError("torch gave no graph")
    model: onnx.ModelProto = program.model_proto
    model.producer_name, model.doc_string = "nevus", ""
    # Forget where the exporter's machine kept its sources.
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    values = [*model.graph.value_info, *model.graph.input, *model.graph.output, model.graph, model]
    for value in values:
        del value.metadata_props[:]
    return model


def shrink_weights(model: onnx.ModelProto, storage: Storage) -> None:
    """Keep large weights as `storage`, with nodes that ONNX Runtime folds into float32 when it loads."""
    graph, nodes, initialisers = model.graph, [], []
    axes = _channel_axes(graph)
    for item in graph.initializer:
        array = numpy_helper.to_array(item)
        if array.dtype != np.float32 or array.size < _SMALLEST or item.name not in axes:
            initialisers.append(item)
            continue
        stored, steps = _shrink(item.name, array, axes[item.name], storage)
        initialisers.extend(stored)
        nodes.extend(steps)
    _replace(graph.initializer, initialisers)
    _replace(graph.node, [*nodes, *graph.node])


def check_parity(network: Classifier, path: Path, check: Check) -> Parity:
    """Compare the file with torch, photo by photo and in one batch.

    Raises:
        ExportError: the first thing that differs.
    """
    session, photos = open_session(path), check.photos
    names = [output.name for output in session.get_outputs()]
    if [item.name for item in session.get_inputs()] != [INPUT_NAME] or names != list(Outputs._fields):
        raise ExportError(f"inputs or outputs are not the contract's: {names}")
    alone = [session.run(None, {INPUT_NAME: photos[at : at + 1]}) for at in range(len(photos))]
    got = [np.concatenate(column) for column in zip(*alone, strict=True)]
    with torch.no_grad():
        parts = [network(torch.from_numpy(photos[at : at + _BATCH])) for at in range(0, len(photos), _BATCH)]
    expected = [torch.cat(column).numpy() for column in zip(*parts, strict=True)]
    for name, here, there in zip(names, got, expected, strict=True):
        if here.shape != there.shape:
            raise ExportError(f"{name} has shape {here.shape}, torch {there.shape}")
        if not np.isfinite(here).all():
            raise ExportError(f"{name} is not finite")
    together = session.run(None, {INPUT_NAME: photos[:_BATCH]})
    identical = all(np.array_equal(many, one[:_BATCH]) for many, one in zip(together, got, strict=True))
    logits, wanted, melanoma = got[0], expected[0], check.melanoma
    chances = [1 / (1 + np.exp(-each.astype(np.float64))) for each in (logits, wanted)]
    parity = Parity(
        photos=len(logits),
        largest_logit_gap=float(np.abs(logits - wanted).max()),
        largest_probability_gap=float(np.abs(chances[0] - chances[1]).max()),
        label_agreement=float(((logits > 0) == (wanted > 0)).mean()),
        batch_identical=identical,
        auc_lost=None
        if melanoma is None
        else float(area_under_roc(melanoma, wanted) - area_under_roc(melanoma, logits)),
    )
    if parity.largest_probability_gap > check.probability or parity.label_agreement < check.agreement:
        raise ExportError(f"the graph's scores are too far from torch's: {parity}")
    if parity.auc_lost is not None and parity.auc_lost > check.auc:
        raise ExportError(f"the graph distinguishes melanomas too much worse than torch: {parity}")
    return parity


def open_session(path: Path, threads: int = 1) -> Any:
    """An ONNX Runtime session on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def fuse_norms(network: Classifier) -> Classifier:
    """The same function with batch norms folded into the convolutions; the transformer as it is."""
    fused = copy.deepcopy(network)
    backbone = fused.backbone
    if not isinstance(backbone, EfficientNetLite):
        return network
    for owner, conv, norm in find_norm_pairs(backbone):
        setattr(owner, conv, fuse_conv_bn_eval(getattr(owner, conv), getattr(owner, norm)))
        setattr(owner, norm, nn.Identity())
    return fused


def _shrink(
    name: str, array: NDArray[np.float32], axis: int, storage: Storage
) -> tuple[list[onnx.TensorProto], list[onnx.NodeProto]]:
    if storage == "float16":
        half = numpy_helper.from_array(array.astype(np.float16), f"{name}.half")
        return [half], [helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT)]
    rest = tuple(index for index in range(array.ndim) if index != axis)
    scale = np.maximum(np.abs(array).max(axis=rest, keepdims=True), 1e-12) / 127
    steps = np.clip(np.rint(array / scale), -127, 127).astype(np.int8)
    stored = [
        numpy_helper.from_array(steps, f"{name}.int8"),
        numpy_helper.from_array(scale.astype(np.float32), f"{name}.scale"),
    ]
    cast = helper.make_node("Cast", [f"{name}.int8"], [f"{name}.steps"], to=TensorProto.FLOAT)
    return stored, [cast, helper.make_node("Mul", [f"{name}.steps", f"{name}.scale"], [name])]


def _channel_axes(graph: Any) -> dict[str, int]:
    """The output axis of every weight of a convolution or linear layer, by name."""
    axes = {}
    for node in graph.node:
        if node.op_type == "Conv":
            axes[node.input[1]] = 0
        elif node.op_type == "MatMul":
            axes[node.input[1]] = 1
        elif node.op_type == "Gemm":
            flags = {item.name: item.i for item in node.attribute}
            axes[node.input[1]] = 0 if flags.get("transB") else 1
    return axes


def _replace(field: Any, values: list[Any]) -> None:
    kept = [type(value).FromString(value.SerializeToString()) for value in values]
    del field[:]
    field.extend(kept)
