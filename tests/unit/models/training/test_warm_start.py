"""A network read back from its exported graph computes what the graph computes, and can go on learning."""

from pathlib import Path

import numpy as np
import pytest
import torch

from models.networks.classifier import Classifier
from models.networks.efficientnet_lite import EfficientNetLite, EfficientNetLiteConfig, Stage
from models.release.export import Check, export_classifier
from models.training.warm_start import WarmStartError, load_released, read_weights

pytestmark = pytest.mark.filterwarnings("ignore")  # the exporter's own, about its parts


def small_lite(spec: object, seed: int) -> Classifier:
    stages = (Stage(1, 3, 1, 1, 8), Stage(1, 3, 2, 2, 8), Stage(1, 3, 2, 2, 8), Stage(2, 3, 1, 2, 8))
    config = EfficientNetLiteConfig(stem_channels=8, head_channels=16, stages=(*stages, Stage(1, 3, 1, 2, 8)))
    torch.manual_seed(seed)
    network = Classifier(EfficientNetLite(config), spec)
    torch.nn.init.normal_(network.head.weight, std=0.5)
    torch.nn.init.normal_(network.head.bias)
    return network


def photos(count: int = 24) -> np.ndarray:
    """Each of another colour, with noise."""
    rng = np.random.default_rng(0)
    tones = rng.uniform(0, 200, (count, 1, 1, 3))
    return (tones + rng.uniform(0, 55, (count, 32, 32, 3))).astype(np.uint8)


@pytest.fixture(scope="module")
def graph(spec: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that has seen photos, exported."""
    network = small_lite(spec, 1).train()
    with torch.no_grad():
        for _ in range(40):
            network.training_outputs(torch.from_numpy(photos()))
    path = tmp_path_factory.mktemp("graph") / "net.onnx"
    export_classifier(network.eval(), path, storage="float16", check=Check(photos=photos(4)))
    return path


def test_the_network_computes_what_the_graph_computes(spec: object, graph: Path) -> None:
    """Other weights before, the graph's scores after."""
    import onnxruntime

    network = small_lite(spec, 2)
    load_released(network, graph, photos=photos())
    with torch.no_grad():
        got = network.eval()(torch.from_numpy(photos(6)))[0].numpy()
    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    expected = session.run(None, {"photos": photos(6)})[0]
    assert np.ptp(expected) > 0.01
    assert np.abs(got - expected).max() < 1e-4


def test_norms_stand_where_training_would_have_left_them(spec: object, graph: Path) -> None:
    """In training mode, on the photos that measured them, the score hardly differs."""
    network = small_lite(spec, 2)
    load_released(network, graph, photos=photos())
    network.dropout.p = 0.0
    with torch.no_grad():
        still = network.eval().training_outputs(torch.from_numpy(photos()))[0]
        moving = network.train().training_outputs(torch.from_numpy(photos()))[0]
    assert (still - moving).abs().max() < 0.05 * np.ptp(still.numpy())


def test_another_network_is_refused(graph: Path, classifier: Classifier) -> None:
    """The sentence names the part that the graph lacks."""
    with pytest.raises(WarmStartError, match=r"backbone\.conv\.weight"):
        load_released(classifier, graph, photos=photos())


def test_linear_layers_come_back_in_torchs_layout(classifier: Classifier, tmp_path: Path) -> None:
    """Exported as int8 and read back: within a step of the scale."""
    path = tmp_path / "net.onnx"
    check = Check(photos=photos(3), probability=0.5, agreement=0.0)
    export_classifier(classifier, path, storage="int8", check=check)
    weight = read_weights(path)["head.weight"]
    assert weight.shape == classifier.head.weight.shape
    assert torch.allclose(weight, classifier.head.weight, atol=0.05)
