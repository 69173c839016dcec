"""Marks: each changes the photo where it should, leaves the rest, and is the same each time."""

import numpy as np
import pytest

from inference.boxes import Box
from inference.evaluation.counterfactuals import MARKS, change_photo, look_nearer
from inference.photos import DecodedPhoto
from tests.support.drawn import draw_lesion

SIZE = 160
PASTED = ("black_corners", "ruler", "ink", "hairs", "gel_bubbles")


@pytest.fixture(scope="module")
def lesion():
    return draw_lesion(3, size_px=SIZE, hairs=0)


@pytest.mark.parametrize("name", MARKS)
def test_a_mark_is_drawn_the_same_each_time_and_leaves_the_photo_it_was_given(lesion, name):
    before = lesion.copy()
    first, second = MARKS[name](lesion), MARKS[name](lesion)
    assert np.array_equal(first, second)
    assert np.array_equal(lesion, before)
    assert first.dtype == np.uint8
    assert not np.array_equal(first.shape, lesion.shape) or not np.array_equal(first, lesion)


@pytest.mark.parametrize("name", [name for name in MARKS if name != "corners_cut_off"])
@pytest.mark.parametrize("shape", [(120, 200, 3), (201, 121, 3)])
def test_any_shape_of_photo_keeps_its_shape(name, shape):
    photo = np.full(shape, 180, np.uint8)
    assert MARKS[name](photo).shape == shape


@pytest.mark.parametrize("name", PASTED)
def test_a_pasted_mark_covers_a_small_part(lesion, name):
    changed = (np.abs(MARKS[name](lesion).astype(int) - lesion) > 20).any(axis=2)
    assert 0.005 < changed.mean() < 0.3


def test_black_corners_are_black_and_leave_the_middle(lesion):
    framed = MARKS["black_corners"](lesion)
    assert framed[:5, :5].max() < 15
    middle = slice(SIZE // 4, -SIZE // 4)
    assert np.array_equal(framed[middle, middle], lesion[middle, middle])


@pytest.mark.parametrize("middle", [(150, 110), (40, 40), (265, 190)])
def test_a_nearer_look_shows_the_lesion_at_twice_its_size(middle):
    """Also at an edge of the photo, on one that is smaller than its file and had a border."""
    x, y = middle
    skin = np.full((240, 320, 3), (210, 160, 140), np.uint8)
    skin[y - 30 : y + 30, x - 40 : x + 40] = (70, 40, 30)
    photo = DecodedPhoto(pixels=skin, width_px=640, height_px=480, left_px=20, top_px=10)
    box = Box(2 * x - 80 + 20, 2 * y - 60 + 10, 2 * x + 80 + 20, 2 * y + 60 + 10)
    near = look_nearer(photo, box)
    dark = near.pixels[..., 0] < 140
    assert dark.any(axis=0).sum() == pytest.approx(160, abs=2)
    assert dark.any(axis=1).sum() == pytest.approx(120, abs=2)
    assert (near.pixels.shape, near.width_px) == (skin.shape, 640)


def test_cutting_the_corners_off_leaves_none_of_a_round_frame(lesion):
    cut = MARKS["corners_cut_off"](MARKS["black_corners"](lesion))
    assert cut.shape[0] == pytest.approx(SIZE / np.sqrt(2), abs=2)
    assert cut.min() >= lesion.min()
    assert cut[0, 0].mean() > 60


def test_a_changed_photo_keeps_its_size_in_the_file(lesion):
    photo = DecodedPhoto(pixels=lesion, width_px=3000, height_px=3000)
    changed = change_photo(photo, MARKS["corners_cut_off"])
    assert (changed.width_px, changed.height_px) == (3000, 3000)
