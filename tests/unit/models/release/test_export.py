"""A graph that does what torch does, or no file."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from models.networks.classifier import Classifier
from models.networks.efficientnet_lite import EfficientNetLite, EfficientNetLiteConfig, Stage
from models.networks.vit import bake_positions, find_seen
from models.release.export import Check, ExportError, export_classifier, fuse_norms, open_session
from models.release.probe import ProbeConfig, Scene, fit_probe, predict_out_of_fold

pytestmark = pytest.mark.filterwarnings("ignore")  # the exporter's own, about its parts


def photos(count: int = 5) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)


@pytest.mark.parametrize("storage", ["float16", "int8"])
def test_graph_and_torch_agree(classifier: Classifier, tmp_path: Path, storage: str) -> None:
    """Within the tolerance, for one photo and for many."""
    path = tmp_path / "net.onnx"
    check = Check(photos=photos(), probability=0.05, agreement=0.7)
    parity = export_classifier(classifier, path, storage=storage, check=check)
    assert parity.photos == 5
    assert parity.largest_probability_gap < 0.05
    outputs = open_session(path).run(None, {"photos": photos(1)})
    assert [value.shape for value in outputs] == [(1,), (1,), (1, 4, 4), (1, 3)]


def test_a_graph_too_far_from_torch_leaves_no_file(classifier: Classifier, tmp_path: Path) -> None:
    """Not even a partial one."""
    check = Check(photos=photos(), probability=-1)
    with pytest.raises(ExportError, match="too far"):
        export_classifier(classifier, tmp_path / "net.onnx", storage="int8", check=check)
    assert not list(tmp_path.iterdir())


def test_a_graph_that_ranks_worse_leaves_no_file(classifier: Classifier, tmp_path: Path) -> None:
    """However close the scores are: the order of melanomas and others counts."""
    truth = np.array([True, False, True, False, True])
    check = Check(photos=photos(), melanoma=truth, probability=1, agreement=0, auc=-0.5)
    with pytest.raises(ExportError, match="worse than torch"):
        export_classifier(classifier, tmp_path / "net.onnx", storage="int8", check=check)
    assert not list(tmp_path.iterdir())


def test_the_graph_tells_nothing_of_the_machine(classifier: Classifier, tmp_path: Path) -> None:
    """No path of a source file, no stack trace."""
    check = Check(photos=photos(), probability=1, agreement=0)
    export_classifier(classifier, tmp_path / "n.onnx", storage="float16", check=check)
    assert b".py" not in (tmp_path / "n.onnx").read_bytes()
    onnx.checker.check_model(str(tmp_path / "n.onnx"))


def test_folding_the_norms_changes_nothing(spec: object) -> None:
    """Convolution and norm become one convolution."""
    stages = (
        Stage(1, 3, 1, 1, 8),
        Stage(1, 3, 2, 2, 8),
        Stage(2, 5, 2, 2, 12),
        Stage(1, 3, 1, 2, 12),
        Stage(1, 3, 1, 2, 16),
    )
    torch.manual_seed(1)
    network = Classifier(EfficientNetLite(EfficientNetLiteConfig(stages=stages, head_channels=24)), spec)
    network.train()
    batch = torch.from_numpy(photos())
    network.training_outputs(batch)  # norms see something
    network.eval()
    torch.nn.init.normal_(network.head.weight)
    for before, after in zip(network(batch), fuse_norms(network)(batch), strict=True):
        assert torch.allclose(before, after, atol=1e-4)


def test_patches_outside_the_aperture_are_not_seen() -> None:
    """The corners of an 11 x 11 grid go, the middle and the edges' middles stay."""
    seen = find_seen(11, 0.93).reshape(11, 11)
    assert int(seen.sum()) == 101
    assert not seen[0, 0]
    assert seen[0, 5]
    assert seen[5, 5]
    assert torch.equal(seen, seen.T)


def test_positions_keep_the_class_tokens_own() -> None:
    """And interpolate the rest."""
    positions = torch.arange(1.0, 1 + 1 + 16).reshape(1, 17, 1)
    baked = bake_positions(positions, 2)
    assert baked.shape == (1, 5, 1)
    assert baked[0, 0, 0] == 1
    assert baked[0, 1:].mean() == pytest.approx(float(positions[0, 1:].mean()), rel=1e-5)


def test_the_probe_learns_domains_and_is_judged_out_of_fold() -> None:
    """Separable summaries are separated; groups decide the folds."""
    rng = np.random.default_rng(2)
    domains = rng.integers(3, size=240)
    summaries = torch.from_numpy(
        np.eye(3)[domains] @ rng.normal(0, 3, (3, 8)) + rng.normal(0, 0.5, (240, 8))
    ).float()
    scenes = [Scene(np.zeros((1, 1, 3), np.uint8), int(d), f"g{at // 2}") for at, d in enumerate(domains)]
    weight, bias = fit_probe(summaries, torch.from_numpy(domains), 1e-3)
    assert ((summaries @ weight.T + bias).argmax(dim=1).numpy() == domains).mean() > 0.97
    held_out = predict_out_of_fold(summaries, scenes, ProbeConfig(ridge=1e-3))
    assert (held_out.argmax(axis=1) == domains).mean() > 0.9
