"""A small transformer's linear layers in integers: close to torch, and read back for more training."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from inference.preprocess import PreprocessSpec
from models.networks.classifier import Classifier
from models.networks.quantise import quantise_linears
from models.networks.vit import VisionTransformer, VitConfig
from models.release.balancing import balance_channels
from models.release.export import Check, Parity, build_graph, export_classifier
from models.training.warm_start import load_released

pytestmark = pytest.mark.filterwarnings("ignore")  # the exporter's own, about its parts
SIDE = 112


def build_transformer(spec: PreprocessSpec, seed: int) -> Classifier:
    torch.manual_seed(seed)
    config = VitConfig(size_px=spec.size_px, layers=5, channels=144, heads=4)
    network = Classifier(VisionTransformer(config), spec)
    torch.nn.init.normal_(network.head.weight, std=0.5)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim == 1:  # the exporter keeps one of equal vectors: trained ones differ
                parameter.add_(0.05 * torch.randn_like(parameter))
    return network.eval()


def photos(count: int, seed: int) -> np.ndarray:
    """Each of another colour, with noise."""
    rng = np.random.default_rng(seed)
    tones = rng.uniform(0, 200, (count, 1, 1, 3))
    return (tones + rng.uniform(0, 55, (count, SIDE, SIDE, 3))).astype(np.uint8)


@pytest.fixture
def transformer(spec: PreprocessSpec) -> Classifier:
    return build_transformer(replace(spec, size_px=SIDE), 1)


@pytest.fixture(scope="module")
def exported(spec: PreprocessSpec, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Parity]:
    """Made once: it takes seconds."""
    path = tmp_path_factory.mktemp("exported") / "vit.onnx"
    transformer = build_transformer(replace(spec, size_px=SIDE), 1)
    check = Check(photos=photos(8, 2), probability=0.1, agreement=0.8)
    parity = export_classifier(transformer, path, storage="static_int8", check=check, ranges=photos(8, 1))
    assert list(path.parent.iterdir()) == [path]
    return path, parity


def test_linear_layers_are_integers_and_heads_are_not(exported: tuple[Path, Parity]) -> None:
    """Every weight of a linear layer is kept in 8 bits; evidence adds up, so the heads stay in float32."""
    graph = onnx.load(str(exported[0])).graph
    types = {item.name: item.data_type for item in graph.initializer}
    assert sum(kind == onnx.TensorProto.INT8 for kind in types.values()) >= 5 * 6
    assert all(kind == onnx.TensorProto.FLOAT for name, kind in types.items() if name.startswith("head."))


def test_scores_stay_close(exported: tuple[Path, Parity]) -> None:
    """On photos that did not fix the ranges."""
    assert exported[1].largest_probability_gap < 0.1


def test_weights_take_seven_bits(exported: tuple[Path, Parity]) -> None:
    """So that no processor's 16-bit sums overflow: 255 * 64 * 2 is below 32,768."""
    graph = onnx.load(str(exported[0])).graph
    for item in graph.initializer:
        if item.data_type == onnx.TensorProto.INT8:
            assert np.abs(onnx.numpy_helper.to_array(item).astype(int)).max() <= 64


def test_training_can_go_on_from_the_integers(
    spec: PreprocessSpec, transformer: Classifier, exported: tuple[Path, Parity]
) -> None:
    """Each weight comes back within a step of its scale, under torch's name."""
    other = build_transformer(replace(spec, size_px=SIDE), 2)
    load_released(other, exported[0], photos=photos(2, 3))
    for name, parameter in transformer.named_parameters():
        if not name.startswith("domain."):
            step = parameter.abs().max() / 60
            assert (other.get_parameter(name) - parameter).abs().max() <= step, name


def test_balancing_evens_channels_out_and_changes_no_score(transformer: Classifier) -> None:
    """A channel a hundred times as large as the others is brought near them; what comes out stays."""
    with torch.no_grad():
        norm = transformer.backbone.trunk.encoder.layer[2].norm2
        norm.weight[3] *= 100
    balanced = balance_channels(transformer, photos(4, 1))
    evened = balanced.backbone.trunk.encoder.layer[2].norm2
    spread = [float(each.weight.abs().max() / each.weight.abs().median()) for each in (norm, evened)]
    assert spread[1] < spread[0] / 4
    with torch.no_grad():
        before, after = (network(torch.from_numpy(photos(3, 2))) for network in (transformer, balanced))
    for wanted, got in zip(before, after, strict=True):
        assert torch.allclose(wanted, got, atol=1e-3)


def test_layers_may_stay_in_float_by_their_names(
    exported: tuple[Path, Parity], transformer: Classifier, tmp_path: Path
) -> None:
    """The MLP layers of the first three blocks; all others are integers."""
    check = Check(photos=photos(8, 2), probability=0.1, agreement=0.8)
    mixed = tmp_path / "mixed_int8.onnx"
    export_classifier(transformer, mixed, storage="mixed_int8", check=check, ranges=photos(8, 1))
    assert (count_floats(exported[0]), count_floats(mixed)) == (0, 6)


def count_floats(path: Path) -> int:
    """Linear layers of a graph that are in float32."""
    graph = onnx.load(str(path)).graph
    arrays = {item.name: item for item in graph.initializer}
    return sum(
        node.op_type == "MatMul" and node.input[1] in arrays and arrays[node.input[1]].data_type == 1
        for node in graph.node
    )


def test_a_layer_that_is_to_stay_in_float_must_be_there(tmp_path: Path, transformer: Classifier) -> None:
    """Else a graph whose layers are named otherwise would be released as what it is not."""
    path = tmp_path / "whole.onnx"
    onnx.save(build_graph(transformer, photos(2, 1)), str(path))
    with pytest.raises(ValueError, match="1 layers"):
        quantise_linears(
            path, tmp_path / "vit.onnx", photos(2, 1), in_float=("layer.0.mlp.fc2", "layer.99.mlp.fc2")
        )
    assert not (tmp_path / "vit.onnx").exists()


def test_training_can_go_on_at_another_size(spec: PreprocessSpec, exported: tuple[Path, Parity]) -> None:
    """The grid of positions is brought to the new size; every other weight is the graph's."""
    larger = build_transformer(replace(spec, size_px=SIDE + 28), 2)
    load_released(larger, exported[0], photos=photos(2, 3))
    same = build_transformer(replace(spec, size_px=SIDE), 2)
    load_released(same, exported[0], photos=photos(2, 3))
    weights = same.state_dict()
    for name, parameter in larger.named_parameters():
        if name.endswith("position_embeddings"):
            assert parameter.shape[1] == (SIDE // 14 + 2) ** 2 + 1
        elif not name.startswith("domain."):
            assert torch.equal(parameter, weights[name]), name
