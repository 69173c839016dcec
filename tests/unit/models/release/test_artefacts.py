"""Marks are drawn on a copy, and the same seed draws the same mark."""

import numpy as np
import pytest

from models.release import artefacts

MARKS = [artefacts.draw_ruler, artefacts.draw_ink, artefacts.draw_hairs, artefacts.draw_bubbles]


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


@pytest.mark.parametrize("draw", MARKS)
def test_the_same_seed_draws_the_same_mark(draw: object, lesion: np.ndarray) -> None:
    """So that a counterfactual can be repeated."""
    first, second, other = (draw(lesion, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
