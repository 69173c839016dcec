"""A release of two tiny networks with the real contract, built in milliseconds: no training, no download.

What they say is simple on purpose, so that a test can draw a photo for any answer:

- the darker the centre, the higher the melanoma score (CNN: all channels alike; ViT: red most, so that a red
  centre on a pale photo makes them disagree);
- a reddish photo (skin) is dermoscopic, a greenish one clinical, a bluish one neither (refused: no lesion);
- with a finder, what is darker than `FINDER_EDGE` is a lesion, and the networks see its crop.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZES = {"cnn": 64, "vit": 56}
CHANNEL_WEIGHTS = {"cnn": (1 / 3, 1 / 3, 1 / 3), "vit": (0.5, 0.25, 0.25)}
GRIDS = {"cnn": 4, "vit": 7}
# logit = GAIN * (MIDDLE - mean of the centre), channels in [0, 1]: 0.2 -> +3.5, 0.4 -> -0.5, 0.6 -> -4.5
GAIN, MIDDLE = 20.0, 0.375
# lesion logit = FINDER_GAIN * (FINDER_EDGE - mean of the cell); the canvas's grey, 0.498, is no lesion
FINDER_GAIN, FINDER_EDGE = 100.0, 0.47
FINDER_POLICY = {
    "lesion_min": 0.5,
    "peak_min": 0.6,
    "min_area_cells": 2,
    "relative_area_min": 0.05,
    "fill": 0.7,
    "min_lesion_px": 40,
    "max_read": 5,
}
# rows: red, green, blue; columns: dermoscopic, clinical, other
DOMAIN = np.array([[30.0, -15.0, -15.0], [-15.0, 30.0, -15.0], [-15.0, -15.0, 30.0]], np.float32)


def write_tiny_release(
    directory: Path,
    *,
    graphs: Mapping[str, onnx.ModelProto] | None = None,
    finder: bool = False,
    cnn_middle: float | None = None,
    closer_middle: float = 0.0,
    **changes: Any,
) -> None:
    """Write the graphs, a card each and pair.json; `changes` replace top keys of pair.json.

    The CNN sees `cnn_middle` of a crop's side; None is a card that does not say. `closer_middle` is the
    finder's; with 0 a photo without a found lesion is read once.
    """
    directory.mkdir(parents=True, exist_ok=True)
    names = ("cnn", "vit", "finder") if finder else ("cnn", "vit")
    for name in names:
        made = (graphs or {}).get(name) or (tiny_finder() if name == "finder" else tiny_graph(name))
        onnx.save(made, str(directory / f"{name}.onnx"))
        card = tiny_finder_card() if name == "finder" else tiny_card(name)
        if name == "cnn" and cnn_middle is not None:
            card["preprocess"]["middle"] = cnn_middle
        (directory / f"{name}.json").write_text(json.dumps(card))
    files = [f"{name}.{kind}" for name in names for kind in ("onnx", "json")]
    hashes = {file: hashlib.sha256((directory / file).read_bytes()).hexdigest() for file in files}
    pair = tiny_pair(finder=finder) | {"sha256": hashes} | changes
    if closer_middle:
        pair["finder"] |= {"closer_middle": closer_middle}
    (directory / "pair.json").write_text(json.dumps(pair))


def tiny_pair(*, finder: bool = False) -> dict[str, Any]:
    """pair.json without its hashes."""
    pair = _tiny_pair_of_classifiers()
    return pair | {"schema": 2, "finder": dict(FINDER_POLICY)} if finder else pair


def _tiny_pair_of_classifiers() -> dict[str, Any]:
    straight = {"scale": 1.0, "bias": 0.0}
    return {
        "schema": 1,
        "version": "tiny-1",
        "combination": {"method": "mean_logit", "weights": {"cnn": 0.5, "vit": 0.5}},
        "temperatures": {"cnn": straight, "vit": straight, "pair": straight},
        "malignant": {"cnn": straight, "vit": straight},
        "prevalence_calibrated": 0.5,
        "thresholds": {
            "moderate": 0.2,
            "high": 0.6,
            "malignant_moderate": 0.4,
            "malignant_high": 0.8,
        },
        "disagreement": {"max_gap_probability": 0.5},
        "domain": {
            "temperatures": {"cnn": 1.0, "vit": 1.0},
            "weights": {"cnn": 0.5, "vit": 0.5},
            "other_min": 0.5,
            "clinical_min": 0.5,
        },
        "prevalences": [0.03, 0.05, 0.08],
        "reference": {},
        "metrics": {},
    }


def tiny_card(name: str) -> dict[str, Any]:
    """A network's card, as far as serving reads it."""
    return {
        "schema": 1,
        "name": name,
        "version": f"tiny-{name}-1",
        "labels": ["melanoma", "malignant"],
        "preprocess": {
            "size_px": SIZES[name],
            "resize": "squash",
            "interpolation": "bilinear",
            "mean": [0.5, 0.5, 0.5],
            "std": [0.5, 0.5, 0.5],
            "aperture_radius": 1.0,
            "aperture_softness": 0.1,
        },
    }


def tiny_finder_card() -> dict[str, Any]:
    """The finder's card, as far as serving reads it."""
    preprocess = {"size_px": 192, "stride": 4, "fill_value": 127}
    return {"schema": 1, "name": "finder", "version": "tiny-finder-1", "preprocess": preprocess}


def tiny_finder() -> onnx.ModelProto:
    """Photos (N, 192, 192, 3) uint8 to lesion_logits (N, 48, 48)."""
    nodes = [
        helper.make_node("Cast", ["photos"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["floats", "one_255th"], ["scaled"]),
        helper.make_node("Transpose", ["scaled"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["planes"], ["pooled"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("ReduceMean", ["pooled", "channel"], ["grey"], keepdims=0),
        helper.make_node("Sub", ["edge", "grey"], ["darkness"]),
        helper.make_node("Mul", ["darkness", "gain"], ["lesion_logits"]),
    ]
    constants = {
        "one_255th": np.float32(1 / 255),
        "channel": np.array([1]),
        "edge": np.float32(FINDER_EDGE),
        "gain": np.float32(FINDER_GAIN),
    }
    graph = helper.make_graph(
        nodes,
        "tiny_finder",
        [helper.make_tensor_value_info("photos", TensorProto.UINT8, ["N", 192, 192, 3])],
        [helper.make_tensor_value_info("lesion_logits", TensorProto.FLOAT, ["N", 48, 48])],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()],
    )
    return _make_model(graph)


def tiny_graph(name: str) -> onnx.ModelProto:
    """Photos (N, S, S, 3) uint8 to melanoma_logit, malignant_logit, evidence, domain_logits."""
    size, grid = SIZES[name], GRIDS[name]
    nodes = [
        helper.make_node("Cast", ["photos"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["floats", "one_255th"], ["scaled"]),
        helper.make_node("Slice", ["scaled", "start", "end", "axes"], ["centre"]),
        helper.make_node("ReduceMean", ["centre", "axes"], ["centre_rgb"], keepdims=0),
        helper.make_node("MatMul", ["centre_rgb", "channels"], ["centre_grey"]),
        helper.make_node("Squeeze", ["centre_grey", "last"], ["centre_flat"]),
        helper.make_node("Sub", ["middle", "centre_flat"], ["darkness"]),
        helper.make_node("Mul", ["darkness", "gain"], ["melanoma_logit"]),
        helper.make_node("Sub", ["melanoma_logit", "one"], ["malignant_logit"]),
        helper.make_node("Transpose", ["scaled"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node(
            "AveragePool", ["planes"], ["pooled"], kernel_shape=[size // grid] * 2, strides=[size // grid] * 2
        ),
        helper.make_node("ReduceMean", ["pooled", "plane"], ["pooled_grey"], keepdims=0),
        helper.make_node("Sub", ["middle", "pooled_grey"], ["evidence"]),
        helper.make_node("ReduceMean", ["scaled", "axes"], ["rgb"], keepdims=0),
        helper.make_node("MatMul", ["rgb", "domain"], ["domain_logits"]),
    ]
    constants = {
        "one_255th": np.float32(1 / 255),
        "start": np.array([size * 3 // 8] * 2),
        "end": np.array([size * 5 // 8] * 2),
        "axes": np.array([1, 2]),
        "channels": np.array(CHANNEL_WEIGHTS[name], np.float32)[:, None],
        "last": np.array([1]),
        "middle": np.float32(MIDDLE),
        "gain": np.float32(GAIN),
        "one": np.float32(1),
        "plane": np.array([1]),
        "domain": DOMAIN,
    }
    graph = helper.make_graph(
        nodes,
        f"tiny_{name}",
        [helper.make_tensor_value_info("photos", TensorProto.UINT8, ["N", size, size, 3])],
        [
            helper.make_tensor_value_info("melanoma_logit", TensorProto.FLOAT, ["N"]),
            helper.make_tensor_value_info("malignant_logit", TensorProto.FLOAT, ["N"]),
            helper.make_tensor_value_info("evidence", TensorProto.FLOAT, ["N", grid, grid]),
            helper.make_tensor_value_info("domain_logits", TensorProto.FLOAT, ["N", 3]),
        ],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()],
    )
    return _make_model(graph)


def _make_model(graph: onnx.GraphProto) -> onnx.ModelProto:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 9
    onnx.checker.check_model(model)
    return model
