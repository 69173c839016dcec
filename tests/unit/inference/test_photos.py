"""Any photo becomes upright RGB; anything else a clear error."""

import contextlib
import io

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from inference.photos import (
    MAX_BYTES,
    MAX_SIDE_PX,
    WORKING_SIDE_PX,
    DamagedPhotoError,
    PhotoError,
    TooManyBytesError,
    TooManyPixelsError,
    UnsupportedFormatError,
    read_photo,
)

pillow_heif.register_heif_opener()
FORMATS = ["JPEG", "PNG", "WEBP", "HEIF", "TIFF", "BMP", "GIF"]
ORIENTATION = 0x0112


def corners(width=64, height=48):
    """Red, green, blue and white quarters: which way is up can be told from any format."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = (220, 30, 30)
    picture[: height // 2, width // 2 :] = (30, 200, 30)
    picture[height // 2 :, : width // 2] = (30, 30, 220)
    picture[height // 2 :, width // 2 :] = 255
    return Image.fromarray(picture)


def encode(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def quarters(pixels):
    height, width = pixels.shape[:2]
    spots = ((1, 1), (1, 3), (3, 1), (3, 3))
    return [tuple(int(value) for value in pixels[height * y // 4, width * x // 4]) for y, x in spots]


def assert_upright(pixels, *, tolerance=25):
    expected = [(220, 30, 30), (30, 200, 30), (30, 30, 220), (255, 255, 255)]
    assert np.abs(np.subtract(quarters(pixels), expected)).max() <= tolerance


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_is_read_by_its_content(kind):
    photo = read_photo(encode(corners(), kind))
    assert photo.pixels.shape == (48, 64, 3)
    assert photo.pixels.dtype == np.uint8
    assert (photo.width_px, photo.height_px) == (64, 48)
    assert_upright(photo.pixels, tolerance=60)  # a GIF has few colours


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
def test_every_orientation_ends_upright(kind, orientation):
    # stored is what a camera held so would store: the inverse of what the tag asks for
    inverse = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    same = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        7: Image.Transpose.TRANSVERSE,
    }
    move = {**inverse, **same}.get(orientation)
    stored = corners() if move is None else corners().transpose(move)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    options = {"tiffinfo": {ORIENTATION: orientation}} if kind == "TIFF" else {"exif": exif.tobytes()}
    photo = read_photo(encode(stored, kind, **options))
    assert (photo.width_px, photo.height_px) == (64, 48)
    assert photo.pixels.shape == (48, 64, 3)
    assert_upright(photo.pixels)


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        (corners().convert("CMYK"), "JPEG"),
        (corners().convert("CMYK"), "TIFF"),
        (corners().convert("P"), "PNG"),
        (corners().convert("RGBA"), "PNG"),
        (corners().convert("YCbCr"), "TIFF"),
    ],
)
def test_other_colour_models_become_rgb(image, kind):
    assert_upright(read_photo(encode(image, kind)).pixels, tolerance=60)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_what_is_transparent_lies_on_white(kind):
    image = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    image.paste((200, 0, 0, 255), (0, 0, 16, 32))
    options = {"lossless": True} if kind == "WEBP" else {}
    pixels = read_photo(encode(image, kind, **options)).pixels
    assert tuple(pixels[16, 4]) == (200, 0, 0)
    assert tuple(pixels[16, 28]) == (255, 255, 255)


def test_a_palette_with_a_transparent_colour_lies_on_white():
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 10, 20, 30])
    pixels = read_photo(encode(image, "PNG", transparency=1)).pixels
    assert tuple(pixels[4, 4]) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_keeps_its_brightness(kind):
    ramp = np.linspace(0, 65535, 256, dtype=np.uint16)[None].repeat(16, axis=0)
    pixels = read_photo(encode(Image.fromarray(ramp), kind)).pixels
    assert np.abs(pixels[8, :, 0].astype(int) - np.arange(256)).max() <= 1


def test_floating_point_pixels_are_refused_as_unsupported():
    image = Image.fromarray(np.ones((8, 8), np.float32))
    with pytest.raises(UnsupportedFormatError):
        read_photo(encode(image, "TIFF"))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_an_animation_is_its_first_frame(kind):
    frames = [corners(), Image.new("RGB", (64, 48)), Image.new("RGB", (64, 48), (9, 9, 9))]
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:])
    assert_upright(read_photo(data).pixels, tolerance=60)


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((1280, 960), (480, 640)),  # as Telegram sends a photo
        ((4000, 3000), (750, 1000)),  # as a phone keeps one: 1/4, since 1/6 is no factor of the library's
        ((5121, 3415), (427, 641)),
        ((1279, 959), (959, 1279)),  # half of it would be too small
    ],
)
def test_a_large_jpeg_is_decoded_at_working_size_and_tells_its_own(size, shape):
    photo = read_photo(encode(corners(*size), "JPEG"))
    assert photo.pixels.shape == (*shape, 3)
    assert (photo.width_px, photo.height_px) == size
    assert_upright(photo.pixels)


@pytest.mark.parametrize(
    ("mode", "size", "shape"), [("RGB", (4000, 3000), (500, 667)), ("RGBA", (1500, 2001), (667, 500))]
)
def test_other_large_photos_shrink_by_a_whole_factor(mode, size, shape):
    photo = read_photo(encode(corners(*size).convert(mode), "PNG"))
    assert photo.pixels.shape == (*shape, 3)
    assert (photo.width_px, photo.height_px) == size
    assert_upright(photo.pixels)


@given(st.integers(1, 9000), st.integers(1, 5000))
@settings(max_examples=40, deadline=None)
def test_nothing_larger_than_the_working_size_allows_comes_out(width, height):
    photo = read_photo(encode(Image.new("RGB", (width, height)), "JPEG"))
    longest = max(photo.pixels.shape[:2])
    assert min(max(width, height), WORKING_SIDE_PX) <= longest <= MAX_SIDE_PX


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_strip_of_one_pixel_is_read(kind):
    photo = read_photo(encode(Image.new("RGB", (5000, 1), (200, 100, 50)), kind))
    assert photo.pixels.shape[0] == 1
    assert WORKING_SIDE_PX <= photo.pixels.shape[1] <= MAX_SIDE_PX


def test_the_same_bytes_give_the_same_pixels():
    data = encode(corners(1999, 1501), "JPEG")
    assert np.array_equal(read_photo(data).pixels, read_photo(data).pixels)


def test_colours_with_another_profile_are_converted():
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    image = Image.new("RGB", (8, 8), (200, 30, 30))
    # a profile that does not fit the pixels is ignored
    assert tuple(read_photo(encode(image, "PNG", icc_profile=swapped)).pixels[4, 4]) == (200, 30, 30)
    # and one that is garbage too
    assert tuple(read_photo(encode(image, "PNG", icc_profile=b"x" * 500)).pixels[4, 4]) == (200, 30, 30)


def test_what_stands_behind_a_jpeg_is_dropped():
    photo = read_photo(encode(corners(), "JPEG") + b"PK\x03\x04" + b"\xff\xda" * 99)
    assert_upright(photo.pixels)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", DamagedPhotoError),
        (bytes(1000), DamagedPhotoError),
        (b"\xff\xd8\xff", DamagedPhotoError),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 100, DamagedPhotoError),
        (b"II*\x00" + b"\xff" * 100, DamagedPhotoError),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", UnsupportedFormatError),
        (b"%PDF-1.7\n", UnsupportedFormatError),
        (b"PK\x03\x04" + bytes(50), UnsupportedFormatError),
        (b"\x00\x00\x00\x18ftypisom" + bytes(50), UnsupportedFormatError),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", UnsupportedFormatError),
        (b"just text", UnsupportedFormatError),
        (bytes(MAX_BYTES + 1), TooManyBytesError),
    ],
    ids=lambda value: repr(value[:12]) if isinstance(value, bytes) else value.code,
)
def test_what_is_no_photo_is_refused_by_kind(data, error):
    with pytest.raises(error):
        read_photo(data)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("kept", [0.05, 0.3, 0.7, 0.98])
def test_a_truncated_file_is_refused_and_never_half_read(kind, kept):
    noise = np.random.default_rng(0).integers(0, 255, (120, 160, 3), dtype=np.uint8)
    data = encode(Image.fromarray(noise), kind)
    with pytest.raises(DamagedPhotoError):
        read_photo(data[: int(len(data) * kept)])


def test_a_progressive_jpeg_cut_between_its_scans_is_refused():
    noise = np.random.default_rng(0).integers(0, 255, (120, 160, 3), dtype=np.uint8)
    data = encode(Image.fromarray(noise), "JPEG", progressive=True)
    cut = data.rfind(b"\xff\xda")
    with pytest.raises(DamagedPhotoError):
        read_photo(data[:cut])


@pytest.mark.parametrize("side", [(75_000, 900), (8_200, 8_200)])
def test_more_than_64_megapixels_are_refused_by_the_header(side):
    # a PNG's header alone: nothing there to decode
    import struct
    import zlib

    chunk = b"IHDR" + struct.pack(">IIBBBBB", *side, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    body = b"IDAT" + zlib.compress(b"")
    data += struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    with pytest.raises(TooManyPixelsError):
        read_photo(data)


@pytest.mark.parametrize("size", [(8160, 6144), (8192, 6144), (9248, 6944)])
def test_the_largest_photos_of_phones_are_read(size):
    photo = read_photo(encode(Image.new("L", size, 128), "JPEG", quality=20))
    assert (photo.width_px, photo.height_px) == size


def test_codes_are_stable_and_different():
    kinds = [TooManyBytesError, TooManyPixelsError, UnsupportedFormatError, DamagedPhotoError]
    codes = [kind.code for kind in kinds]
    assert codes == ["too_many_bytes", "too_many_pixels", "unsupported_format", "damaged"]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FORMATS), st.data())
def test_any_alteration_ends_in_a_photo_or_a_photo_error(kind, data):
    original = bytearray(encode(corners(), kind))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(original) - 1))
        original[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(PhotoError):
        assert read_photo(bytes(original)).pixels.shape[2] == 3


@given(st.binary(max_size=200))
def test_random_bytes_are_never_a_crash(data):
    with pytest.raises(PhotoError):
        read_photo(data)
