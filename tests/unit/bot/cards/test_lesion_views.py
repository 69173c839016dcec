"""What a card and its maps show of a lesion."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.lesion_views import cut_to_lesion
from inference.boxes import Box
from inference.readings import LesionPicture

PREVIEW = np.arange(60 * 80, dtype=np.uint16).reshape(60, 80, 1).repeat(3, axis=2).astype(np.uint8)


def lesion(crop, evidence=None):
    outline = (
        (crop.left + 5, crop.top + 5),
        (crop.right - 5, crop.top + 5),
        (crop.left + 5, crop.bottom - 5),
    )
    maps = np.ones((4, 4), np.float32) if evidence is None else evidence
    return LesionPicture(crop=crop, outline=outline, evidence={"cnn": maps})


def test_the_photo_is_cut_to_what_the_networks_saw():
    view = cut_to_lesion(PREVIEW, lesion(Box(20, 10, 50, 40)))
    assert (view.preview == PREVIEW[10:40, 20:50]).all()
    assert view.outline[0] == (5, 5)


def test_what_lies_beyond_the_photo_is_left_out_with_its_evidence():
    """The right half of the map lies on the photo's left edge."""
    halves = np.repeat(np.array([[-1, -1, 1, 1]], np.float32), 4, axis=0)
    view = cut_to_lesion(PREVIEW, lesion(Box(-20, 10, 20, 50), halves))
    assert view.preview.shape == (40, 20, 3)
    assert (view.evidence["cnn"][:, 16:] == 1).all()
    assert view.outline[0] == (-15, 5)


@settings(max_examples=60, deadline=None)
@given(st.floats(-200, 200), st.floats(-200, 200), st.floats(1, 300))
def test_a_crop_of_any_place_gives_a_picture(left, top, side):
    view = cut_to_lesion(PREVIEW, lesion(Box(left, top, left + side, top + side)))
    assert min(view.preview.shape[:2]) >= 1
    assert view.evidence["cnn"].shape == (64, 64)
    assert np.isfinite(view.evidence["cnn"]).all()


@pytest.mark.parametrize("side", [0.5, 400.0])
def test_a_crop_smaller_or_larger_than_the_photo_is_shown(side):
    view = cut_to_lesion(PREVIEW, lesion(Box(40 - side / 2, 30 - side / 2, 40 + side / 2, 30 + side / 2)))
    assert view.preview.size > 0
