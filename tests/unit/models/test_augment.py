"""Random views and marks, on drawn lesions."""

import numpy as np
import pytest

from models import artefacts
from models.augment import MILD, AugmentConfig, augment, rescale, skin_around
from models.clinical import build_closeup
from models.counterfactuals import CHANGES, compare_calls, cut_corners

MARKS = [
    artefacts.draw_corners,
    artefacts.draw_one_corner,
    artefacts.draw_vignette,
    artefacts.draw_ruler,
    artefacts.draw_ink,
    artefacts.draw_hairs,
    artefacts.draw_bubbles,
]
NOTHING = AugmentConfig(
    scale_spread=0, shift=0, aspect=0, free_turn=0, colour=0, corners=0, one_corner=0, vignette=0,
    ruler=0, ink=0, hairs=0, bubbles=0, blur=0, noise=0, recompress=0,
)  # fmt: skip


def dark_share(photo: np.ndarray) -> float:
    """How much of the frame the drawn lesion takes."""
    return float((photo.mean(axis=2) < 110).mean())


@pytest.mark.parametrize("draw", MARKS)
def test_a_mark_changes_the_photo_and_spares_the_original(draw: object, lesion: np.ndarray) -> None:
    """Each of ten draws gives a photo of the same shape; most are visibly different."""
    kept, changed = lesion.copy(), 0
    for seed in range(10):
        marked = draw(lesion, np.random.default_rng(seed))
        assert marked.shape == lesion.shape
        assert marked.dtype == np.uint8
        changed += not np.array_equal(marked, lesion)
    assert changed >= 8
    assert np.array_equal(lesion, kept)


def test_the_same_seed_draws_the_same_view(lesion: np.ndarray) -> None:
    """A resumed run sees what it would have seen."""
    views = [augment(lesion, 64, AugmentConfig(), np.random.default_rng(5)) for _ in range(2)]
    assert np.array_equal(*views)


@pytest.mark.parametrize("config", [AugmentConfig(), MILD])
def test_views_are_photos_of_the_asked_size(config: AugmentConfig, lesion: np.ndarray) -> None:
    """Whatever was drawn."""
    for seed in range(40):
        view = augment(lesion, 48, config, np.random.default_rng(seed))
        assert view.shape == (48, 48, 3)
        assert view.dtype == np.uint8


def test_without_chances_only_turns_and_flips_are_left(lesion: np.ndarray) -> None:
    """The lesion keeps its size."""
    for seed in range(8):
        view = augment(lesion, 96, NOTHING, np.random.default_rng(seed))
        assert dark_share(view) == pytest.approx(dark_share(lesion), rel=0.1)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_rescaling_changes_the_lesions_share_of_the_frame(factor: float, lesion: np.ndarray) -> None:
    """By the square of the factor; beyond the photo lies skin of its tone."""
    view = rescale(lesion, 96, factor, np.random.default_rng(0))
    assert dark_share(view) == pytest.approx(dark_share(lesion) * factor**2, rel=0.1)
    assert np.abs(view[2, 2].astype(int) - (225, 185, 160)).max() < 30


def test_lesion_scale_spreads_both_ways(lesion: np.ndarray) -> None:
    """Half as large and twice as large both occur."""
    shares = [dark_share(augment(lesion, 64, NOTHING_BUT_SCALE, np.random.default_rng(s))) for s in range(60)]
    assert min(shares) < dark_share(lesion) / 2
    assert max(shares) > dark_share(lesion) * 2


NOTHING_BUT_SCALE = AugmentConfig(
    shift=0, aspect=0, free_turn=0, colour=0, corners=0, one_corner=0, vignette=0,
    ruler=0, ink=0, hairs=0, bubbles=0, blur=0, noise=0, recompress=0,
)  # fmt: skip


def test_dark_corners_do_not_count_as_skin(lesion: np.ndarray) -> None:
    """The skin grown around a photo with black corners is still skin."""
    axis = np.linspace(-1, 1, 96)
    cornered = lesion.copy()
    cornered[np.hypot(axis[:, None], axis[None, :]) > 0.95] = 0
    tone = skin_around(cornered, 32, np.random.default_rng(0)).mean(axis=(0, 1))
    assert np.abs(tone - (225, 185, 160)).max() < 20


def test_a_closeup_shows_a_small_lesion_on_the_given_skin(lesion: np.ndarray) -> None:
    """Darker somewhere, plain skin mostly."""
    skin = np.full((120, 80, 3), (190, 140, 110), np.uint8)
    photo = build_closeup(lesion, skin, 96, np.random.default_rng(1))
    assert photo.shape == (96, 96, 3)
    brightness = photo.mean(axis=2)
    assert brightness.min() < np.median(brightness) * 0.7
    assert (brightness < np.median(brightness) * 0.7).mean() < 0.35


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
    assert dark_share(cut) > dark_share(lesion)


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
