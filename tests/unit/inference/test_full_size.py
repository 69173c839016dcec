"""A photo for people is shown as large as its file is, up to a limit."""

import numpy as np
import pytest

from inference.decoding import DecodePool
from inference.full_size import MAX_SHOWN_SIDE_PX, decode_full
from inference.photo_errors import DamagedPhotoError
from tests.support.drawn import draw_lesion, jpeg_bytes


@pytest.fixture(scope="module")
def decoders():
    pool = DecodePool(workers=1)
    yield pool
    pool.stop()


@pytest.mark.parametrize(("side_px", "shown_px"), [(300, 300), (1_280, 1_280), (3_000, 1_500)])
def test_a_photo_keeps_its_pixels_up_to_the_limit(decoders: DecodePool, side_px: int, shown_px: int) -> None:
    data = jpeg_bytes(draw_lesion(2, size_px=side_px))
    pixels = decode_full(data, decoders)
    assert pixels.dtype == np.uint8
    assert max(pixels.shape[:2]) == pytest.approx(shown_px, abs=8)
    assert max(pixels.shape[:2]) <= MAX_SHOWN_SIDE_PX


def test_bands_fit_together(decoders: DecodePool) -> None:
    data = jpeg_bytes(draw_lesion(2, size_px=1_280))
    full, small = decode_full(data, decoders), decoders.decode(data).pixels
    factor = full.shape[0] // small.shape[0]
    assert factor == 2
    halved = full.reshape(small.shape[0], factor, small.shape[1], factor, 3).mean(axis=(1, 3))
    assert np.abs(halved - small).mean() < 4, "no band is missing, doubled or moved"


def test_what_is_no_photo_is_refused(decoders: DecodePool) -> None:
    with pytest.raises(DamagedPhotoError):
        decode_full(b"\xff\xd8\xff\xe0 broken", decoders)
