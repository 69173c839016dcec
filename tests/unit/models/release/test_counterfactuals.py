"""Each change gives another photo, and what it moves is counted by photo."""

import numpy as np
import pytest

from models.release.counterfactuals import CHANGES, compare_calls, cut_corners


@pytest.mark.parametrize("name", list(CHANGES))
def test_every_counterfactual_gives_a_photo(name: str, lesion: np.ndarray) -> None:
    """Of three channels, differing from the original."""
    changed = CHANGES[name](lesion, np.random.default_rng(0))
    assert changed.shape[2] == 3
    assert changed.dtype == np.uint8
    assert changed.shape != lesion.shape or not np.array_equal(changed, lesion)


def test_cutting_the_corners_off_leaves_no_round_mask(lesion: np.ndarray) -> None:
    """What a round mask blackened is gone, the lesion stays."""
    axis = np.linspace(-1, 1, 96)
    masked = lesion.copy()
    masked[np.hypot(axis[:, None], axis[None, :]) > 1.0] = 0
    cut = cut_corners(masked, np.random.default_rng(0))
    assert (cut.sum(axis=2) > 0).all()
    assert (cut.mean(axis=2) < 110).mean() > (lesion.mean(axis=2) < 110).mean()


def test_points_moved_are_paired_by_photo() -> None:
    """One of four photos newly called is 25 points."""
    before, after = np.array([0.1, 0.2, 0.7, 0.9]), np.array([0.6, 0.2, 0.7, 0.9])
    shift = compare_calls(before, after, 0.5)
    assert (shift["points"], shift["n"]) == (25, 4)
    assert shift["low"] < 25 < shift["high"]


def test_that_no_photo_moved_is_not_certainty() -> None:
    """Nothing among 360 photos leaves room for one in a hundred."""
    scores = np.linspace(0, 1, 360)
    shift = compare_calls(scores, scores, 0.5)
    assert shift["points"] == 0
    assert -1.5 < shift["low"] < -0.5
    assert 0.5 < shift["high"] < 1.5
