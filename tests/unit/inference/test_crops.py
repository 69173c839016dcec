"""What both networks see of a lesion."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inference.boxes import Box
from inference.crops import crop_lesion, find_crop


def enlarge(pixels, size, how):
    return np.asarray(Image.fromarray(np.asarray(pixels, np.uint8)).resize(size, how))


def marked_photo(width, height, box, *, ground=200, mark=40):
    pixels = np.full((height, width, 3), ground, np.uint8)
    pixels[box[1] : box[3], box[0] : box[2]] = mark
    return pixels


def test_the_crop_is_a_square_around_the_boxs_centre():
    assert find_crop(Box(20, 30, 90, 65), fill=0.7) == pytest.approx(Box(5, -2.5, 105, 97.5))


@pytest.mark.parametrize("box", [(100, 80, 170, 150), (500, 300, 570, 370), (300, 200, 342, 270)])
def test_the_lesion_fills_the_same_share_wherever_it_is(box):
    crop = crop_lesion(marked_photo(640, 480, box), Box(*box), fill=0.7, side_px=100)
    dark = (crop[..., 0] < 120).any(axis=1)
    assert abs(int(dark.sum()) - 70) <= 1
    assert abs(np.flatnonzero(dark).mean() - 49.5) <= 0.5


def test_a_larger_photo_of_the_same_scene_gives_the_same_crop():
    rng = np.random.default_rng(4)
    small = enlarge(rng.integers(0, 255, (6, 8, 3)), (320, 240), Image.Resampling.BICUBIC)
    large = enlarge(small, (1280, 960), Image.Resampling.BILINEAR)
    one = crop_lesion(small, Box(150, 90, 220, 160), fill=0.7, side_px=64).astype(int)
    other = crop_lesion(large, Box(600, 360, 880, 640), fill=0.7, side_px=64).astype(int)
    assert np.abs(one - other).max() <= 3


def test_beyond_the_edge_the_photo_is_mirrored():
    """A gradient that rises from the edge falls again beyond it, at the same steps."""
    pixels = np.repeat(np.arange(0, 200, 2, dtype=np.uint8)[None, :, None], 100, axis=0).repeat(3, axis=2)
    crop = crop_lesion(pixels, Box(-10, 40, 10, 60), fill=0.5, side_px=40)
    inside, outside = crop[20, 20:, 0].astype(int), crop[20, :20, 0].astype(int)
    assert (inside == np.arange(0, 40, 2)).all()
    assert (outside == inside[::-1]).all()


def test_a_frame_that_the_lesion_fills_has_no_other_border():
    photo = np.full((90, 120, 3), (150, 90, 80), np.uint8)
    crop = crop_lesion(photo, Box(0, 0, 120, 90), fill=0.7, side_px=48)
    assert (crop == np.array([150, 90, 80])).all()


def test_a_large_mirrored_crop_shows_what_a_small_one_shows():
    """Reducing by a whole factor before mirroring moves nothing."""
    rng = np.random.default_rng(5)
    small = enlarge(rng.integers(0, 255, (5, 5, 3)), (100, 100), Image.Resampling.BICUBIC)
    large = enlarge(small, (1200, 1200), Image.Resampling.BILINEAR)
    one = crop_lesion(small, Box(60, 60, 100, 100), fill=0.5, side_px=60).astype(int)
    other = crop_lesion(large, Box(720, 720, 1200, 1200), fill=0.5, side_px=60).astype(int)
    assert np.abs(one - other).max() <= 6


places = st.floats(-2000, 3000, allow_nan=False)


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    corner=st.tuples(places, places),
    extent=st.tuples(st.floats(0, 600), st.floats(0, 600)),
    fill=st.floats(0.3, 1),
    side_px=st.integers(1, 64),
)
def test_a_crop_never_fails(size, corner, extent, fill, side_px):
    box = Box(*corner, corner[0] + extent[0], corner[1] + extent[1])
    colour = (10, 120, 230)
    crop = crop_lesion(np.full((*size, 3), colour, np.uint8), box, fill=fill, side_px=side_px)
    assert crop.shape == (side_px, side_px, 3)
    assert crop.dtype == np.uint8
    off = np.abs(crop.astype(int) - np.array(colour))
    assert off.max() <= 1, "nothing but the photo is in a crop (Pillow rounds a mean of many pixels down)"
