"""How a photo becomes what the finder takes."""

import numpy as np
import pytest

from inference.letterbox import Frame, LetterboxError, LetterboxSpec, letterbox

SPEC = LetterboxSpec(size_px=192, stride=4, fill_value=127)


def test_a_spec_survives_json():
    assert LetterboxSpec.from_dict(SPEC.to_dict()) == SPEC
    assert SPEC.cells == 48


@pytest.mark.parametrize(
    "change",
    [{"size_px": 190}, {"size_px": 0}, {"stride": 0}, {"fill_value": 256}, {"more": 1}, {"stride": 4.0}],
)
def test_a_spec_that_no_graph_was_built_for_is_refused(change):
    with pytest.raises(LetterboxError):
        LetterboxSpec.from_dict(SPEC.to_dict() | change)


@pytest.mark.parametrize("key", list(SPEC.to_dict()))
def test_a_missing_key_is_named(key):
    values = SPEC.to_dict()
    del values[key]
    with pytest.raises(LetterboxError, match=key):
        LetterboxSpec.from_dict(values)


def test_a_wide_photo_is_centred_on_grey():
    canvas = letterbox(np.full((200, 400, 3), (10, 20, 30), np.uint8), SPEC)
    assert canvas.shape == (192, 192, 3)
    assert (canvas[:48] == 127).all()
    assert (canvas[48:144] == np.array([10, 20, 30])).all()
    assert (canvas[144:] == 127).all()


def test_an_extreme_aspect_keeps_a_pixel():
    canvas = letterbox(np.zeros((1000, 1, 3), np.uint8), SPEC)
    assert (canvas[:, 95] == 0).all()
    assert (canvas == 127).sum() == 191 * 192 * 3


@pytest.mark.parametrize(("width", "height"), [(640, 480), (480, 640), (96, 96), (1279, 500)])
def test_a_place_on_the_grid_is_the_same_place_on_the_photo(width, height):
    frame = Frame(spec=SPEC, width_px=width, height_px=height)
    middle, corner, beside = frame.to_photo(np.array([[24, 24], [48, 48], [-9, 24]], float)).tolist()
    assert middle == pytest.approx([width / 2, height / 2], abs=max(width, height) / 192)
    assert corner == [width, height]
    assert beside[0] == 0
