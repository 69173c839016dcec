"""Between a run and the pair it started from."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from inference.preprocess import prepare
from models.export import Check, export_classifier
from models.networks import build_network
from models.soup import mix_run

pytestmark = pytest.mark.filterwarnings("ignore")  # the exporter's own, about its parts


def test_weights_lie_between_the_pair_and_the_run(data: Path, lesion: np.ndarray) -> None:
    """A quarter of the way from the released transformer to the run's, and written as a run of its own."""
    start, spec = build_network("vit")
    with torch.no_grad():
        start.head.bias.copy_(torch.tensor([0.3, -0.2]))
    photos = np.stack([prepare(np.roll(lesion, shift, axis=0), spec) for shift in (0, 9)])
    check = Check(photos=photos, probability=1, agreement=0)
    export_classifier(start, data / "vit.onnx", storage="float16", check=check)
    trained, _ = build_network("vit")
    with torch.no_grad():
        for parameter in trained.parameters():
            parameter.add_(0.1)
    run = data / "runs" / "vit"
    run.mkdir(parents=True)
    (run / "config.json").write_text("{}")
    torch.save({"average": trained.state_dict(), "progress": {"seen": 7}}, run / "last.pt")
    out = mix_run("vit", run, data, data=data, share=0.25)
    mixed = torch.load(out / "last.pt", weights_only=True)
    assert mixed["progress"] == {"seen": 7}
    assert json.loads((out / "config.json").read_text()) == {"share_of_run": 0.25}
    for name in ("head.bias", "backbone.trunk.encoder.layer.3.mlp.fc1.weight"):
        expected = 0.75 * start.state_dict()[name] + 0.25 * trained.state_dict()[name]
        assert torch.allclose(mixed["average"][name], expected, atol=2e-3)


def test_a_share_beyond_both_is_refused(data: Path) -> None:
    """Nothing is read or written."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        mix_run("vit", data / "none", data, data=data, share=1.5)
