"""The mapping of the published transformer onto ours, against the published graph itself."""

from importlib.util import find_spec

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from models.networks.vit import VisionTransformer, VitConfig, load_pretrained
from models.networks.vit_weights import WEIGHTS_PACKAGE, weights_path

pytestmark = [
    pytest.mark.weights,
    pytest.mark.skipif(find_spec(WEIGHTS_PACKAGE) is None, reason=f"{WEIGHTS_PACKAGE} is not installed"),
]
LAYERS = 7


def test_our_blocks_give_what_the_published_graph_gives() -> None:
    """After seven blocks at its own size, every patch, to 1e-3 of values of about 1."""
    graph = onnx.load(str(weights_path()))
    node = f"/backbone/encoder/layer.{LAYERS}/norm1/"
    entering = next(item.input[0] for item in graph.graph.node if item.name.startswith(node))
    graph.graph.output.append(onnx.helper.make_tensor_value_info(entering, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    photo = np.random.default_rng(0).normal(0, 1, (1, 3, 224, 224)).astype(np.float32)
    expected = session.run([entering], {session.get_inputs()[0].name: photo})[0]
    ours = VisionTransformer(VitConfig(size_px=224, layers=LAYERS, seen_radius=9)).eval()
    load_pretrained(ours)
    with torch.no_grad():
        tokens = ours._embed(torch.from_numpy(photo))
        for layer in ours.trunk.encoder.layer:
            tokens = layer(tokens)
    assert tokens.shape == expected.shape
    assert np.abs(tokens.numpy() - expected).max() < 1e-3 * np.abs(expected).max()
