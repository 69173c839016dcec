"""The released networks' evidence: made by the weights, and it tells what counts."""

import csv
import itertools
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper
from PIL import Image

from bot.cards.evidence import leave_out_shared
from inference.classifiers import OnnxClassifier
from inference.crops import crop_lesion
from inference.evaluation.faithfulness import measure_curves
from inference.finder import OnnxFinder
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


def crop(photo: np.ndarray, *more: np.ndarray) -> list[np.ndarray]:
    """What the networks see of the lesion nearest to the middle, and the same part of other pictures."""
    release = load_release()
    finder = OnnxFinder.load(find_directory() / "finder.onnx", release.finder.preprocess)
    found = finder(photo, release.policy.finder)
    assert found
    fill = release.policy.finder.fill
    return [crop_lesion(each, found[0].box, fill=fill, side_px=300) for each in (photo, *more)]


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
    assert np.mean(on_lesions) > 1.1 * np.mean(everywhere)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_card_paints_for_melanoma_is_densest_on_the_lesion(networks, name):
    """On its crop, which has 5 or 8 places a side: on average one and a half times as dense as its area."""
    densities = []
    for seed in range(24):
        lesion, _, cover = draw_lesion_and_bare_skin(seed, size_px=300, kind="melanoma")
        outline = np.repeat((255 * (cover > 0.5)).astype(np.uint8)[..., None], 3, axis=2)
        seen, covered = crop(lesion, outline)
        on_it = covered[..., 0] > 127
        painted = Image.fromarray(np.maximum(leave_out_shared(networks[name](seen).evidence), 0))
        strength = np.asarray(painted.resize((300, 300), Image.Resampling.NEAREST))
        densities.append(strength[on_it].sum() / strength.sum() / on_it.mean())
    assert np.mean(densities) > 1.5


@pytest.mark.parametrize("name", NAMES)
def test_shuffled_weights_change_the_map(networks, name, tmp_path):
    """A map that survives other weights would be a picture of the photo, not of the network."""
    shuffled = tmp_path / f"{name}.onnx"
    _shuffle_head(find_directory() / f"{name}.onnx", shuffled)
    spec = load_release().cards[name].preprocess
    (photo,) = crop(draw_lesion(1, size_px=300, kind="melanoma"))
    before = networks[name](photo).evidence
    after = OnnxClassifier.load(shuffled, spec)(photo).evidence
    assert np.abs(before - after).mean() > 0.3 * np.abs(before).mean()


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the photos beside the checkout are missing: ../shared/data")
@pytest.mark.parametrize("name", NAMES)
def test_hiding_what_the_map_names_costs_more_than_hiding_by_chance(networks, name):
    """Deletion and insertion, over melanomas spread over the table."""
    rng = np.random.default_rng(20)
    curves = [measure_curves(crop(photo)[0], networks[name], rng, chances=1) for photo in _melanomas()]
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
