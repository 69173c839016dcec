"""The released networks' evidence: made by the weights, and it tells what counts."""

import csv
import itertools
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper
from PIL import Image, ImageFilter

from bot.cards.evidence import leave_out_shared
from inference.classifiers import OnnxClassifier
from inference.evaluation.faithfulness import measure_curves
from inference.photos import read_photo
from inference.release import find_directory, load_release
from tests.support.drawn import draw_lesion, draw_lesion_and_bare_skin

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
NAMES = ("cnn", "vit")
PHOTOS = 12

pytestmark = pytest.mark.weights


@pytest.fixture(scope="module")
def networks() -> dict[str, OnnxClassifier]:
    release = load_release()
    return {
        name: OnnxClassifier.load(release.graph_path(name), release.cards[name].preprocess) for name in NAMES
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_map_changes_most_where_the_lesion_lies(networks, name):
    """What drawn melanomas at nine places add to the map of the same skin is densest on them."""
    on_lesions, everywhere = [], []
    for seed, place in enumerate(itertools.product((0.36, 0.5, 0.64), repeat=2)):
        lesion, bare, cover = draw_lesion_and_bare_skin(seed, size_px=300, kind="melanoma", place=place)
        added = np.abs(networks[name](lesion).evidence - networks[name](bare).evidence)
        size = (added.shape[1], added.shape[0])
        share = np.asarray(Image.fromarray(cover).resize(size, Image.Resampling.BOX))
        on_lesions.append((added * share).sum() / share.sum())
        everywhere.append(added.mean())
    assert np.mean(on_lesions) > 1.2 * np.mean(everywhere)


@pytest.mark.parametrize("name", NAMES)
def test_most_of_what_a_card_paints_for_melanoma_lies_on_the_lesion(networks, name):
    """Within half a place of it: a map has 6 or 11 places a side."""
    shares, areas = [], []
    for seed in range(8):
        lesion, _, cover = draw_lesion_and_bare_skin(seed, size_px=300, kind="melanoma")
        evidence = networks[name](lesion).evidence
        half = 2 * (300 // len(evidence) // 2) + 1
        outline = Image.fromarray(cover > 0.5).convert("L").filter(ImageFilter.MaxFilter(half))
        painted = Image.fromarray(np.maximum(leave_out_shared(evidence), 0))
        strength = np.asarray(painted.resize((300, 300), Image.Resampling.NEAREST))
        on_it = np.asarray(outline) > 0
        shares.append(strength[on_it].sum() / strength.sum())
        areas.append(on_it.mean())
    assert np.mean(areas) < 0.5
    assert min(shares) > 0.5


@pytest.mark.parametrize("name", NAMES)
def test_shuffled_weights_change_the_map(networks, name, tmp_path):
    """A map that survives other weights would be a picture of the photo, not of the network."""
    shuffled = tmp_path / f"{name}.onnx"
    _shuffle_head(find_directory() / f"{name}.onnx", shuffled)
    spec = load_release().cards[name].preprocess
    photo = draw_lesion(1, size_px=300, kind="melanoma")
    before = networks[name](photo).evidence
    after = OnnxClassifier.load(shuffled, spec)(photo).evidence
    likeness = np.corrcoef(before.ravel(), after.ravel())[0, 1]
    assert likeness < 0.7


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the photos beside the checkout are missing: ../shared/data")
@pytest.mark.parametrize("name", NAMES)
def test_hiding_what_the_map_names_costs_more_than_hiding_by_chance(networks, name):
    """Deletion and insertion, over melanomas spread over the table."""
    rng = np.random.default_rng(20)
    curves = [measure_curves(photo, networks[name], rng, chances=1) for photo in _melanomas()]
    assert np.mean([each.random_deletion - each.deletion for each in curves]) > 0
    assert np.mean([each.insertion - each.random_insertion for each in curves]) > 0


def _melanomas() -> list[np.ndarray]:
    with (SHARED / "labels.csv").open(newline="") as file:
        files = sorted(row["file"] for row in csv.DictReader(file) if row["label"] == "melanoma")
    assert len(files) >= PHOTOS
    return [
        read_photo((SHARED / file).read_bytes()).pixels for file in files[:: len(files) // PHOTOS][:PHOTOS]
    ]


def _shuffle_head(source: Path, target: Path) -> None:
    """The melanoma head's weights in another order, wherever the graph keeps them."""
    model = onnx.load(str(source))
    rng = np.random.default_rng(0)
    heads = [item for item in model.graph.initializer if item.name.startswith(("head.weight", "select"))]
    assert heads
    for item in heads:
        array = numpy_helper.to_array(item)
        mixed = rng.permuted(array, axis=-1)
        item.CopyFrom(numpy_helper.from_array(mixed, item.name))
    onnx.save(model, str(target))
    assert onnxruntime.InferenceSession(str(target), providers=["CPUExecutionProvider"])
