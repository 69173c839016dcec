"""A small lesion on a large photo is cropped from the file's own pixels, in a second decode."""

import io
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inference.boxes import Box
from inference.crops import crop_lesion
from inference.decoding import DecodePool
from inference.details import find_part, look_closer
from inference.photo_errors import TooLargeHereError
from inference.photo_parts import Part
from inference.photos import DecodedPhoto, finish_photo, read_part, read_photo

FILL, SIDE = 0.7, 200
SIZE = (3000, 2000)


def draw_photo() -> Image.Image:
    """Smooth skin with a lesion at (1900, 500) whose pattern has detail of some pixels."""
    rng = np.random.default_rng(1)
    ground = Image.fromarray(rng.integers(120, 220, (8, 12, 3)).astype(np.uint8)).resize(SIZE)
    detail = Image.fromarray(rng.integers(0, 255, (40, 40, 3)).astype(np.uint8)).resize((160, 160))
    ground.paste(detail, (1820, 420))
    return ground


PHOTO = draw_photo()
LESION = Box(1820, 420, 1980, 580)  # in the file
# EXIF orientation and what makes such a file of an upright photo
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def encode(photo: Image.Image, kind: str = "JPEG", orientation: int = 1) -> bytes:
    turn = STORED[orientation]
    stored = photo if turn is None else photo.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    stored.save(buffer, kind, exif=exif, **options)
    return buffer.getvalue()


def crop_of(data: bytes, decode_part=None):
    photo = read_photo(data)
    scale = photo.pixels.shape[1] / SIZE[0]
    box = LESION.scaled(scale, scale)
    sight = look_closer(photo, box, decode_part or partial(read_part, data), fill=FILL, side_px=SIDE)
    return crop_lesion(sight.pixels, sight.box, fill=FILL, side_px=SIDE).astype(int)


WANTED = crop_lesion(np.asarray(PHOTO), LESION, fill=FILL, side_px=SIDE).astype(int)


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_crop_has_the_files_detail_however_the_photo_is_stored(kind, orientation):
    off = np.abs(crop_of(encode(PHOTO, kind, orientation)) - WANTED).mean()
    coarse = read_photo(encode(PHOTO))
    scale = coarse.pixels.shape[1] / SIZE[0]
    blurred = crop_lesion(coarse.pixels, LESION.scaled(scale, scale), fill=FILL, side_px=SIDE)
    assert off < (0.1 if kind != "JPEG" else 4)
    assert np.abs(blurred - WANTED).mean() > 2 * off, "the photo at working size has lost it"


def test_a_worker_gives_the_same_part():
    data = encode(PHOTO, orientation=6)
    part = Part(1648, 400, 2104, 600, 2)
    pool = DecodePool(workers=1)
    try:
        assert (pool.decode_part(data, part) == read_part(data, part)).all()
        assert pool.decode(data).width_px == SIZE[0], "the next photo is whole again"
    finally:
        pool.stop()


def test_the_smallest_scale_that_is_enough_is_decoded():
    photo = read_photo(encode(PHOTO))
    scale = photo.pixels.shape[1] / SIZE[0]
    part = find_part(photo, LESION.scaled(scale, scale), fill=FILL, side_px=100)
    assert part is not None
    assert part.factor == 2, "160 px of lesion are a crop of 228 px in the file"


@pytest.mark.parametrize("box", [Box(0, 0, 1500, 1500), Box(500, 500, 1400, 1400)])
def test_a_lesion_that_is_large_enough_is_not_decoded_again(box):
    photo = read_photo(encode(PHOTO))
    scale = photo.pixels.shape[1] / SIZE[0]
    assert find_part(photo, box.scaled(scale, scale), fill=FILL, side_px=SIDE) is None


def test_a_file_without_more_pixels_is_not_decoded_again():
    small = read_photo(encode(PHOTO.resize((1000, 667))))
    assert find_part(small, Box(600, 140, 660, 190), fill=FILL, side_px=SIDE) is None


def test_a_border_that_was_cut_off_moves_no_crop():
    framed = Image.new("RGB", (SIZE[0] + 600, SIZE[1] + 200), (255, 255, 255))
    framed.paste(PHOTO, (500, 150))
    data = encode(framed, "PNG")
    photo = read_photo(data)
    assert (photo.left_px, photo.top_px) == pytest.approx((500, 150), abs=6)
    scale = photo.pixels.shape[1] / photo.width_px
    box = LESION.moved(500 - photo.left_px, 150 - photo.top_px).scaled(scale, scale)
    sight = look_closer(photo, box, partial(read_part, data), fill=FILL, side_px=SIDE)
    crop = crop_lesion(sight.pixels, sight.box, fill=FILL, side_px=SIDE)
    assert np.abs(crop - WANTED).mean() < 6


def test_where_the_part_cannot_be_decoded_the_photo_is_cropped():
    def refuse(_):
        raise TooLargeHereError

    data = encode(PHOTO)
    photo = read_photo(data)
    scale = photo.pixels.shape[1] / SIZE[0]
    box = LESION.scaled(scale, scale)
    sight = look_closer(photo, box, refuse, fill=FILL, side_px=SIDE)
    assert (sight.box, sight.pixels.shape) == (box, photo.pixels.shape)


def test_a_lesion_at_the_edge_is_mirrored_there():
    """The part ends with the photo, so that nothing but the photo is mirrored."""
    data = encode(PHOTO)
    photo = read_photo(data)
    scale = photo.pixels.shape[1] / SIZE[0]
    box = Box(0, 0, 160, 160)
    sight = look_closer(photo, box.scaled(scale, scale), partial(read_part, data), fill=FILL, side_px=SIDE)
    crop = crop_lesion(sight.pixels, sight.box, fill=FILL, side_px=SIDE).astype(int)
    assert np.abs(crop - crop_lesion(np.asarray(PHOTO), box, fill=FILL, side_px=SIDE)).mean() < 4


shares = st.floats(-0.2, 1.2)


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.integers(1, 3000), st.integers(1, 3000)),
    scale=st.integers(1, 6),
    corner=st.tuples(shares, shares),
    extent=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_a_part_lies_on_its_photo(size, scale, corner, extent):
    width, height = (max(1, side // scale) for side in size)
    photo = DecodedPhoto(pixels=np.zeros((height, width, 3), np.uint8), width_px=size[0], height_px=size[1])
    left, top = corner[0] * width, corner[1] * height
    box = Box(left, top, left + extent[0] * width, top + extent[1] * height)
    part = find_part(photo, box, fill=FILL, side_px=SIDE)
    if part is not None:
        assert 0 <= part.left < part.right <= size[0]
        assert 0 <= part.top < part.bottom <= size[1]
        assert part.factor >= 1


def test_a_photo_without_borders_knows_its_size():
    photo = finish_photo(np.asarray(PHOTO.resize((900, 600))), width_px=3000, height_px=2000)
    assert (photo.left_px, photo.top_px, photo.width_px) == (0, 0, 3000)
