"""Pen marks differ from lesions by their colour."""

import numpy as np
import pytest

from inference.ink import measure_ink

SKIN = np.full((200, 3), (205, 160, 135), np.uint8)


def spots(*colour):
    return np.full((50, 3), colour, np.uint8)


@pytest.mark.parametrize(
    "colour",
    [(70, 45, 140), (35, 45, 150), (110, 80, 170), (30, 25, 60)],
    ids=["violet", "blue", "pale", "dark"],
)
def test_ink_is_recognised(colour):
    assert measure_ink(spots(*colour), SKIN) == (1, 0)


@pytest.mark.parametrize(
    "colour",
    [
        (90, 60, 45),
        (30, 25, 25),
        (8, 6, 12),
        (25, 22, 30),
        (40, 35, 48),
        (60, 55, 72),
        (0, 0, 1),
        (60, 75, 85),
    ],
    ids=["brown", "black", "bluish black", "dark grey", "grey", "lighter grey", "blackest", "blue-grey veil"],
)
def test_a_lesion_is_no_ink(colour):
    assert measure_ink(spots(*colour), SKIN)[0] == 0


@pytest.mark.parametrize("colour", [(190, 90, 85), (205, 160, 135)], ids=["red", "skin"])
def test_red_and_skin_are_no_ink(colour):
    assert measure_ink(spots(*colour), SKIN)[0] == 0


def test_a_mark_can_be_ink_and_lesion():
    both = np.concatenate([spots(70, 45, 140), spots(90, 60, 45), spots(205, 160, 135)])
    assert measure_ink(both, SKIN) == pytest.approx((1 / 3, 1 / 3))


def test_a_bluish_lamp_makes_no_ink():
    lamp = np.array([0.6, 0.7, 1.6])
    skin, mole = (np.clip(each * lamp, 0, 255).astype(np.uint8) for each in (SKIN, spots(120, 75, 60)))
    assert measure_ink(mole, SKIN)[0] == 1, "in usual light it would have the colour of ink"
    assert measure_ink(mole, skin) == (0, 1)


def test_dark_frames_are_not_taken_for_skin():
    frame = np.full((5_000, 3), (2, 2, 20), np.uint8)
    assert measure_ink(spots(70, 45, 140), np.concatenate([SKIN, frame])) == (1, 0)


def test_a_dim_photo_is_compared_with_its_own_skin():
    dim = np.full((200, 3), (30, 32, 42), np.uint8)
    assert measure_ink(spots(60, 55, 78), dim)[0] == 0
    assert measure_ink(spots(30, 28, 80), dim)[0] == 1


def test_without_any_skin_nothing_counts_as_ink():
    assert measure_ink(spots(70, 45, 140), SKIN[:0]) == (0, 1)
