"""The finder's graph on drawn photos."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from inference.finder import OnnxFinder
from inference.graphs import OnnxGraph
from inference.policy import Policy
from inference.raw_opinions import ClassifierError
from inference.release import load_release
from tests.support.tiny_release import tiny_pair, write_tiny_release


@pytest.fixture(scope="module")
def finder(tmp_path_factory):
    directory = tmp_path_factory.mktemp("release")
    write_tiny_release(directory, finder=True)
    release = load_release(directory)
    assert release.finder is not None
    return OnnxFinder.load(release.graph_path("finder"), release.finder.preprocess)


def find(finder, photo):
    policy = Policy.from_dict(tiny_pair(finder=True)).finder
    assert policy is not None
    return finder(np.asarray(photo), policy)


def skin(width, height, *boxes):
    photo = Image.new("RGB", (width, height), (220, 170, 150))
    for box in boxes:
        ImageDraw.Draw(photo).ellipse(box, fill=(80, 50, 40))
    return photo


@pytest.mark.parametrize(("width", "height"), [(640, 480), (480, 640), (1200, 1200), (150, 100)])
def test_a_lesion_is_found_where_it_is(finder, width, height):
    box = (width * 0.2, height * 0.3, width * 0.5, height * 0.7)
    (lesion,) = find(finder, skin(width, height, box))
    found = (lesion.box.left, lesion.box.top, lesion.box.right, lesion.box.bottom)
    assert np.abs(np.subtract(found, box)).max() < 0.02 * max(width, height)


def test_several_lesions_and_none(finder):
    photo = skin(600, 400, (40, 40, 120, 120), (280, 180, 340, 240), (480, 280, 560, 360))
    found = find(finder, photo)
    assert len(found) == 3
    assert found[0].box.centre == pytest.approx((310, 210), abs=5)
    assert find(finder, skin(600, 400)) == ()


def test_a_graph_of_another_contract_is_refused(tmp_path):
    write_tiny_release(tmp_path, finder=True)
    with pytest.raises(ClassifierError, match="lesion_logits"):
        OnnxGraph.open(tmp_path / "cnn.onnx", size_px=64, outputs=("lesion_logits",))
