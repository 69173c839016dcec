"""A small convolutional network whose later stages compute in integers: close to torch, and read back."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from inference.preprocess import PreprocessSpec
from models.networks.classifier import Classifier
from models.networks.efficientnet_lite import EfficientNetLite, EfficientNetLiteConfig, Stage
from models.release.export import Check, export_classifier
from models.training.warm_start import read_weights

pytestmark = pytest.mark.filterwarnings("ignore")  # the exporter's own, about its parts


def build_network(spec: PreprocessSpec) -> Classifier:
    """17 convolutions: the first 12 stay as they are."""
    torch.manual_seed(1)
    stages = (Stage(1, 3, 1, 1, 8), Stage(2, 3, 2, 2, 8), Stage(2, 3, 2, 2, 16), Stage(1, 3, 1, 2, 16))
    config = EfficientNetLiteConfig(stem_channels=8, head_channels=32, stages=(*stages, Stage(1, 3, 1, 2, 8)))
    network = Classifier(EfficientNetLite(config), spec).train()
    torch.nn.init.normal_(network.head.weight, std=0.5)
    with torch.no_grad():
        for _ in range(30):
            network.training_outputs(torch.from_numpy(photos(16, 4)))
    return network.eval()


def photos(count: int, seed: int) -> np.ndarray:
    """Each of another colour, with noise."""
    rng = np.random.default_rng(seed)
    tones = rng.uniform(0, 200, (count, 1, 1, 3))
    return (tones + rng.uniform(0, 55, (count, 32, 32, 3))).astype(np.uint8)


@pytest.fixture(scope="module")
def exported(spec: PreprocessSpec, tmp_path_factory: pytest.TempPathFactory) -> tuple[Classifier, Path]:
    """Made once: it takes seconds."""
    network, path = build_network(spec), tmp_path_factory.mktemp("exported") / "cnn.onnx"
    check = Check(photos=photos(12, 2), probability=0.1, agreement=0.8)
    ranges = photos(16, 1)
    export_classifier(network, path, storage="static_int8", check=check, ranges=ranges)
    assert list(path.parent.iterdir()) == [path]
    return network, path


def test_later_convolutions_are_integers_and_the_first_and_the_heads_are_not(
    exported: tuple[Classifier, Path],
) -> None:
    graph = onnx.load(str(exported[1])).graph
    arrays = {item.name: onnx.numpy_helper.to_array(item) for item in graph.initializer}
    small = {name for name, array in arrays.items() if array.dtype == np.int8 and array.ndim == 4}
    convolutions = sum(node.op_type == "Conv" for node in graph.node)
    assert convolutions > 14
    assert len(small) == convolutions - 12
    assert not any("conv_stem" in name for name in small)
    assert all(np.abs(arrays[name].astype(int)).max() <= 64 for name in small)  # 7 bits: no sum overflows
    assert arrays["head.weight"].dtype == np.float32


def test_weights_come_back_under_torchs_names(exported: tuple[Classifier, Path]) -> None:
    """Norms are folded, so each filter is compared by its direction."""
    network, path = exported
    weights = read_weights(path)
    for name, parameter in network.named_parameters():
        if parameter.ndim == 4:
            one, other = parameter.detach().flatten(1), weights[name].flatten(1)
            assert torch.nn.functional.cosine_similarity(one, other).min() > 0.99, name
