"""What the baselines see: the frame and the background tell nothing of the lesion's inside."""

import numpy as np
import pytest

from models.training.baseline_features import (
    FEATURES,
    SIDE_PX,
    describe_background,
    describe_frame,
    find_lesion,
    shrink,
)
from models.training.baseline_network import score_with_network
from tests.support.drawn import draw_lesion


def make_disc(*, radius=0.4, lesion=60, skin=200, corners=None):
    axis = (np.arange(SIDE_PX) + 0.5) / SIDE_PX * 2 - 1
    distance = np.hypot(axis[:, None], axis[None, :])
    photo = np.full((SIDE_PX, SIDE_PX, 3), skin, np.uint8)
    photo[distance < radius] = lesion
    if corners is not None:
        photo[distance > 1.05] = corners
    return photo


def test_the_lesion_is_found_on_its_skin():
    found = find_lesion(shrink(draw_lesion(2, size_px=200, hairs=0)))
    assert found[SIDE_PX // 2, SIDE_PX // 2]
    assert not found[:3].any()


@pytest.mark.parametrize("radius", [0.3, 0.5])
def test_its_share_is_that_of_the_frame(radius):
    widened = radius + 2 / (SIDE_PX / 2)
    share = find_lesion(make_disc(radius=radius)).mean()
    assert share == pytest.approx(np.pi * widened**2 / 4, abs=0.03)


def test_black_corners_are_no_lesion():
    assert find_lesion(make_disc(corners=0)).mean() == pytest.approx(
        find_lesion(make_disc()).mean(), abs=0.01
    )
    assert max(describe_frame(make_disc(corners=0))[:4]) < 5


@pytest.mark.parametrize("describe", [describe_background, describe_frame])
def test_what_lies_inside_the_lesion_does_not_show(describe):
    speckled = make_disc(lesion=60)
    rng = np.random.default_rng(0)
    middle = slice(SIDE_PX // 2 - 4, SIDE_PX // 2 + 4)
    speckled[middle, middle] = rng.integers(20, 100, (8, 8, 3))
    assert np.allclose(describe(speckled), describe(make_disc(lesion=60)), atol=1e-6)


@pytest.mark.parametrize("name", FEATURES)
def test_features_are_finite_on_a_plain_photo(name):
    assert np.isfinite(FEATURES[name](np.full((SIDE_PX, SIDE_PX, 3), 128, np.uint8))).all()


def test_the_small_network_gives_a_probability_for_each_photo():
    photos = np.stack([make_disc(lesion=tone) for tone in (20, 40, 120, 140)])
    truth = np.array([True, True, False, False])
    scores = score_with_network(photos, photos[:3], truth, minutes=0.001, seed=1)
    assert scores.shape == (3,)
    assert ((scores > 0) & (scores < 1)).all()
