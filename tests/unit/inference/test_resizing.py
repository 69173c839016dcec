"""Photos at another size, whatever does it on this machine."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference import resizing
from inference.resizing import name_pillow, resize, resize_with_pillow

sides = st.integers(1, 200)
shares = st.tuples(st.floats(0, 0.9), st.floats(0.05, 1))


def draw_noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def place_part(size, share):
    """A part of a side that is not empty and does not reach beyond it."""
    start = share[0] * size
    return start, min(size, start + max(share[1] * size, 0.01))


@settings(max_examples=300, deadline=None)
@given(size=st.tuples(sides, sides), wanted=st.tuples(sides, sides), across=shares, down=shares)
def test_any_part_is_what_pillow_makes_of_it(size, wanted, across, down):
    """Within one level, also where a part ends at the photo's edge."""
    photo = draw_noise(size[1], size[0])
    (left, right), (top, bottom) = place_part(size[0], across), place_part(size[1], down)
    box = (left, top, right, bottom)
    given_back = resize(photo, wanted, box=box)
    assert given_back.shape == (wanted[1], wanted[0], 3)
    assert np.abs(given_back.astype(int) - resize_with_pillow(photo, wanted, box)).max() <= 1


@pytest.mark.parametrize("has_resizer", [True, False])
def test_the_photo_is_left_as_it_was(monkeypatch, has_resizer):
    if has_resizer and not resizing.HAS_RESIZER:
        pytest.skip("the quick resizer is not built for this machine")
    monkeypatch.setattr(resizing, "HAS_RESIZER", has_resizer)
    photo = draw_noise(40, 60)
    before = photo.copy()
    for size in ((60, 40), (30, 30)):
        resize(photo, size)[:] = 9
    assert np.array_equal(photo, before)
    assert ("resizer" in name_pillow()) == has_resizer


def test_threads_do_not_disturb_one_another():
    photos = [draw_noise(300, 400, seed) for seed in range(4)]
    wanted = [resize(photo, (150, 120)) for photo in photos]

    def is_steady(index):
        return all(np.array_equal(resize(photos[index], (150, 120)), wanted[index]) for _ in range(50))

    with ThreadPoolExecutor(len(photos)) as pool:
        assert all(pool.map(is_steady, range(len(photos))))
