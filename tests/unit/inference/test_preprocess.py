"""How a photo becomes what the networks take."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.preprocess import PreprocessError, PreprocessSpec, prepare

SPEC = PreprocessSpec(
    size_px=32,
    resize="squash",
    interpolation="bilinear",
    mean=(0.5, 0.4, 0.3),
    std=(0.2, 0.2, 0.2),
    aperture_radius=0.93,
    aperture_softness=0.08,
)


def test_a_spec_survives_json() -> None:
    """What is saved beside the weights is read back the same."""
    assert PreprocessSpec.from_dict(SPEC.to_dict()) == SPEC


@pytest.mark.parametrize("key", [key for key in SPEC.to_dict() if key != "middle"])
def test_a_forgotten_key_is_an_error(key: str) -> None:
    """No key of every card has a default."""
    values = SPEC.to_dict()
    del values[key]
    with pytest.raises(PreprocessError, match=key):
        PreprocessSpec.from_dict(values)


@pytest.mark.parametrize(
    "change",
    [
        {"unheard_of": 1},
        {"size_px": 0},
        {"resize": "crop"},
        {"interpolation": "nearest"},
        {"std": [0.2, 0.0, 0.2]},
        {"mean": [0.2, 0.1]},
        {"middle": 0.0},
        {"middle": 1.5},
    ],
)
def test_a_spec_that_no_graph_was_built_for_is_refused(change: dict[str, object]) -> None:
    """Unknown keys and values out of range stop the start."""
    with pytest.raises(PreprocessError):
        PreprocessSpec.from_dict(SPEC.to_dict() | change)


def test_a_card_from_before_networks_saw_parts_means_the_whole() -> None:
    values = SPEC.to_dict()
    del values["middle"]
    assert PreprocessSpec.from_dict(values).middle == 1


def test_a_network_may_see_the_middle_alone() -> None:
    """Pixel by pixel, if its side fits."""
    photo = np.random.default_rng(1).integers(0, 256, (40, 40, 3), np.uint8)
    assert np.array_equal(prepare(photo, replace(SPEC, middle=0.8)), photo[4:36, 4:36])
    larger = np.repeat(np.repeat(photo, 3, axis=0), 3, axis=1)
    assert prepare(larger, replace(SPEC, middle=0.5)).shape == (32, 32, 3)


@settings(max_examples=25, deadline=None)
@given(height=st.integers(1, 90), width=st.integers(1, 90))
def test_any_aspect_becomes_the_square(height: int, width: int) -> None:
    """The whole photo is squashed; a plain colour stays what it is."""
    photo = np.full((height, width, 3), (200, 120, 40), np.uint8)
    prepared = prepare(photo, SPEC)
    assert prepared.shape == (32, 32, 3)
    assert prepared.dtype == np.uint8
    assert (prepared == (200, 120, 40)).all()


def test_shrinking_is_antialiased() -> None:
    """A fine chequerboard becomes grey, not a coarser chequerboard."""
    board = np.indices((320, 320)).sum(axis=0) % 2 * 255
    photo = np.repeat(board[..., None], 3, axis=2).astype(np.uint8)
    assert abs(prepare(photo, SPEC).astype(int) - 127).max() <= 2


def test_the_photo_is_left_as_it_was() -> None:
    """The result is a new array, even at the same size."""
    photo = np.zeros((32, 32, 3), np.uint8)
    prepare(photo, SPEC)[:] = 9
    assert not photo.any()


@pytest.mark.parametrize(
    "photo",
    [
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((8, 8, 3), np.float32),
        np.zeros((0, 8, 3), np.uint8),
    ],
)
def test_what_is_no_rgb_photo_is_refused(photo: np.ndarray) -> None:
    """Shape and type are checked before it is resized."""
    with pytest.raises(PreprocessError):
        prepare(photo, SPEC)
