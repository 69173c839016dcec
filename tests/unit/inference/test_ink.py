"""Pen marks are told from lesions by their colour."""

import numpy as np
import pytest

from inference.ink import measure_ink

SKIN = np.full((200, 3), (205, 160, 135), np.uint8)


def spots(*colour):
    return np.full((50, 3), colour, np.uint8)


@pytest.mark.parametrize(
    "colour", [(70, 45, 140), (35, 45, 150), (110, 80, 170)], ids=["violet", "blue", "pale"]
)
def test_ink_is_told(colour):
    assert measure_ink(spots(*colour), SKIN) == 1


@pytest.mark.parametrize(
    "colour",
    [(90, 60, 45), (30, 25, 25), (60, 75, 85), (190, 90, 85), (205, 160, 135)],
    ids=["brown", "black", "blue-grey veil", "red", "skin"],
)
def test_a_lesion_is_no_ink(colour):
    assert measure_ink(spots(*colour), SKIN) == 0


def test_a_half_inked_mark_is_half_ink():
    assert measure_ink(np.concatenate([spots(70, 45, 140), spots(90, 60, 45)]), SKIN) == pytest.approx(0.5)


def test_a_bluish_lamp_makes_no_ink():
    lamp = np.array([0.6, 0.7, 1.6])
    skin, mole = (np.clip(each * lamp, 0, 255).astype(np.uint8) for each in (SKIN, spots(120, 75, 60)))
    assert measure_ink(mole, SKIN) == 1, "its colour alone is that of ink"
    assert measure_ink(mole, skin) == 0


def test_dark_frames_are_not_taken_for_skin():
    frame = np.full((5_000, 3), (2, 2, 20), np.uint8)
    assert measure_ink(spots(70, 45, 140), np.concatenate([SKIN, frame])) == 1
    assert measure_ink(spots(70, 45, 140), frame) == 1
    assert measure_ink(spots(70, 45, 140), frame[:0]) == 1
