"""Maps of networks that see the middle of a crop."""

import numpy as np
import pytest

from inference.evidence_maps import spread_map


def test_a_map_of_the_whole_crop_stays_as_it_is() -> None:
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert spread_map(values, 1.0) is values


def test_a_map_of_the_middle_has_nothing_around_it() -> None:
    """In its place, and its sum hardly changes."""
    values = np.full((5, 5), 0.25, np.float32)
    values[2, 2] = 2.0
    spread = spread_map(values, 0.8)
    assert spread.shape == (50, 50)
    assert spread.dtype == np.float32
    assert not spread[:5].any()
    assert not spread[:, 45:].any()
    assert (spread[5:45, 5:45] > 0).all()
    assert spread.sum() == pytest.approx(values.sum(), rel=0.02)
    assert np.unravel_index(spread.argmax(), spread.shape) in {(24, 24), (24, 25), (25, 24), (25, 25)}
