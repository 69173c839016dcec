"""The lesion's size changes, and around it lies skin of its photo's tone."""

import numpy as np
import pytest

from models.release.rescaling import rescale, skin_around


def dark_share(photo: np.ndarray) -> float:
    """How much of the frame the drawn lesion takes."""
    return float((photo.mean(axis=2) < 110).mean())


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_rescaling_changes_the_lesions_share_of_the_frame(factor: float, lesion: np.ndarray) -> None:
    """By the square of the factor; beyond the photo lies skin of its tone."""
    view = rescale(lesion, 96, factor, np.random.default_rng(0))
    assert dark_share(view) == pytest.approx(dark_share(lesion) * factor**2, rel=0.1)
    assert np.abs(view[2, 2].astype(int) - (225, 185, 160)).max() < 30


def test_dark_corners_do_not_count_as_skin(lesion: np.ndarray) -> None:
    """The skin grown around a photo with black corners is still skin."""
    axis = np.linspace(-1, 1, 96)
    cornered = lesion.copy()
    cornered[np.hypot(axis[:, None], axis[None, :]) > 0.95] = 0
    tone = skin_around(cornered, 32, np.random.default_rng(0)).mean(axis=(0, 1))
    assert np.abs(tone - (225, 185, 160)).max() < 20
