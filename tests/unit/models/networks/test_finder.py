"""The finder's graph does what torch does, alone and in company, or no file is left."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from inference.letterbox import LetterboxSpec, letterbox
from models.networks.finder import SIZE_PX, SPEC, STRIDE, Finder
from models.release.export import ExportError, open_session
from models.release.files import hash_file
from models.release.finder_export import POLICY, export_finder, load_finder
from models.training.warm_start import load_released_finder

pytestmark = pytest.mark.filterwarnings("ignore")  # the exporter's own, about its parts


def draw_photos() -> list[Image.Image]:
    """Noise of several aspects."""
    rng = np.random.default_rng(0)
    shapes = [(120, 160, 3), (200, 100, 3), (64, 64, 3)]
    return [Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)) for shape in shapes]


def build_finder(bias: float) -> Finder:
    torch.manual_seed(1)
    network = Finder(pretrained=False)
    with torch.no_grad():
        network.head.bias.fill_(bias)
    return network.eval()


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finder that takes all for lesion."""
    folder = tmp_path_factory.mktemp("finder")
    export_finder(build_finder(6.0), folder, draw_photos(), run={"config": {"seed": 20}})
    return folder


def test_a_photo_becomes_a_grid_of_logits() -> None:
    network = build_finder(0.0)
    photos = torch.randint(0, 256, (2, SIZE_PX, SIZE_PX, 3), dtype=torch.uint8)
    with torch.no_grad():
        both, first = network(photos), network(photos[:1])
    assert both.shape == (2, SIZE_PX // STRIDE, SIZE_PX // STRIDE)
    assert torch.allclose(both[:1], first, atol=1e-4)


def test_it_starts_from_public_weights() -> None:
    """Two finders have the same backbone; only what is new differs."""
    first, second = (Finder().state_dict() for _ in range(2))
    same = {name for name, value in first.items() if torch.equal(value, second[name])}
    assert {"conv_stem.weight", "blocks.10.project_conv.weight"} <= same
    assert "laterals.0.weight" not in same


def test_the_graph_does_what_torch_does(released: Path) -> None:
    canvases = np.stack([letterbox(np.asarray(photo), SPEC) for photo in draw_photos()])
    given = open_session(released / "finder.onnx").run(None, {"photos": canvases})[0]
    with torch.no_grad():
        wanted = build_finder(6.0)(torch.from_numpy(canvases)).numpy()
    assert given == pytest.approx(wanted, abs=0.1)


def test_a_released_finder_is_read_back_and_can_go_on_learning(tmp_path: Path) -> None:
    """Other weights before, the graph's logits after; its norms stand where training would have left them."""
    canvases = np.stack([letterbox(np.asarray(photo), SPEC) for photo in draw_photos()])
    seen = torch.from_numpy(canvases)
    learned = build_finder(0.5).train()
    with torch.no_grad():
        learned.head.weight.mul_(20)
        for _ in range(40):
            learned(seen)  # as training does: the norms follow what they see
    export_finder(learned.eval(), tmp_path, draw_photos(), run={})
    torch.manual_seed(2)
    network = Finder()
    load_released_finder(network, tmp_path / "finder.onnx", canvases=canvases)
    with torch.no_grad():
        given, again = (part(seen).numpy() for part in (network.eval(), network.train()))
    wanted = open_session(tmp_path / "finder.onnx").run(None, {"photos": canvases})[0]
    assert np.ptp(wanted) > 0.1
    assert np.abs(given - wanted).max() < 0.01 * np.ptp(wanted)
    assert np.abs(again - wanted).max() < 0.05 * np.ptp(wanted)


def test_a_photos_outlines_do_not_depend_on_the_photos_beside_it(released: Path) -> None:
    """To the last bit."""
    session = open_session(released / "finder.onnx")
    canvases = np.stack([letterbox(np.asarray(photo), SPEC) for photo in draw_photos()])
    together = session.run(None, {"photos": canvases})[0]
    for canvas, expected in zip(canvases, together, strict=True):
        assert np.array_equal(session.run(None, {"photos": canvas[None]})[0][0], expected)


def test_the_card_says_what_serving_needs(released: Path) -> None:
    """Preprocessing, shapes, hash; nothing of the machine that it was made on."""
    card = json.loads((released / "finder.json").read_text())
    assert LetterboxSpec.from_dict(card["preprocess"]) == SPEC
    assert card["inputs"][0]["shape"] == ["N", 192, 192, 3]
    assert card["outputs"][0]["shape"] == ["N", 48, 48]
    assert card["sha256"] == hash_file(released / "finder.onnx")
    assert card["bytes"] == (released / "finder.onnx").stat().st_size
    assert card["training"] == {"config": {"seed": 20}}
    assert card["export"]["largest_logit_gap"] < 0.1
    assert b".py" not in (released / "finder.onnx").read_bytes()
    assert str(released) not in (released / "finder.json").read_text()


def test_a_released_finder_marks_photos(released: Path) -> None:
    """All of a photo is one lesion for this one, in the photo's own pixels."""
    find = load_finder(released)
    (lesion,) = find(Image.new("RGB", (400, 200), (120, 90, 80)))
    assert lesion.box.width == pytest.approx(400, rel=0.03)
    assert lesion.box.height == pytest.approx(200, rel=0.06)
    strict = load_finder(released, replace(POLICY, peak_min=1.0))
    assert strict(Image.new("RGB", (400, 200), (120, 90, 80))) == ()


def test_a_graph_without_finite_numbers_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="the finder's graph"):
        export_finder(build_finder(float("nan")), tmp_path, draw_photos()[:1], run={})
    assert not list(tmp_path.iterdir())
