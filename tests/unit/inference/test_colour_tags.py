"""Colours are those that the file names, by whatever means; the same picture gives the same pixels."""

import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from inference.icc import D65, SRGB_CURVE, SRGB_PRIMARIES, Curve, Primaries, ToneTable, write_profile
from inference.photo_errors import HdrPhotoError
from inference.photos import read_photo

pillow_heif.register_heif_opener()
P3 = Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
BT2020 = Primaries((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
ADOBE = Primaries((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
BT709_CURVE = Curve(1 / 0.45, 0.099, 1 / 4.5, 0.081)
SKIN = [(226, 186, 162), (196, 146, 114), (122, 82, 62), (90, 48, 40), (200, 120, 110), (60, 40, 38)]


def to_xyz(primaries):
    """The matrix of a colour space, by its definition (independent of the product's)."""
    corners = np.array(
        [[x / y, 1, (1 - x - y) / y] for x, y in (primaries.red, primaries.green, primaries.blue)]
    ).T
    white = np.array(
        [primaries.white[0] / primaries.white[1], 1, (1 - sum(primaries.white)) / primaries.white[1]]
    )
    return corners * np.linalg.solve(corners, white)


def from_srgb(linear_to_code, primaries):
    """The skin colours as another space codes them (white D65)."""
    code = np.array(SKIN) / 255
    linear = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    there = linear @ (np.linalg.inv(to_xyz(primaries)) @ to_xyz(SRGB_PRIMARIES)).T
    return np.round(linear_to_code(np.clip(there, 0, 1)) * 255).astype(np.uint8)


def srgb_code(linear):
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def bt709_code(linear):
    return np.where(linear < 0.018, 4.5 * linear, 1.099 * linear**0.45 - 0.099)


def gamma_code(gamma):
    return lambda linear: linear ** (1 / gamma)


def picture(colours):
    """Six fields of 32 px."""
    return Image.fromarray(np.array(colours, np.uint8).reshape(2, 3, 3).repeat(32, 0).repeat(32, 1))


def encode(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def add_chunk(data, name, body):
    """A PNG with a chunk before its first IDAT."""
    chunk = struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    place = data.index(b"IDAT") - 4
    return data[:place] + chunk + data[place:]


def fields(data):
    pixels = read_photo(data).pixels
    return pixels[16::32, 16::32].reshape(6, 3).astype(int)


def assert_shows_skin(data, *, tolerance=3):
    assert np.abs(fields(data) - SKIN).max() <= tolerance


SPACES = {
    "display p3": (P3, SRGB_CURVE, srgb_code),
    "rec 2020": (BT2020, BT709_CURVE, bt709_code),
    "rec 709": (SRGB_PRIMARIES, BT709_CURVE, bt709_code),
    "adobe": (ADOBE, Curve(2.2), gamma_code(2.2)),
    "linear": (SRGB_PRIMARIES, Curve(1.0), gamma_code(1.0)),
}
EXACT = {
    "JPEG": {"quality": 100, "subsampling": 0},
    "PNG": {},
    "WEBP": {"lossless": True},
    "TIFF": {},
    "HEIF": {"quality": -1, "chroma": 444},
    "AVIF": {"quality": 100, "subsampling": "4:4:4"},
}


@pytest.mark.parametrize("kind", EXACT)
@pytest.mark.parametrize("space", SPACES)
def test_an_embedded_profile_is_followed_in_every_format(kind, space):
    primaries, curve, code = SPACES[space]
    image = picture(from_srgb(code, primaries))
    profile = write_profile(primaries, (curve,))
    # linear light in 8 bits is coarse in the dark
    assert_shows_skin(
        encode(image, kind, icc_profile=profile, **EXACT[kind]), tolerance=12 if space == "linear" else 3
    )


def test_a_profile_counts_by_its_colours_and_not_by_its_name():
    named = write_profile(P3, (SRGB_CURVE,)) + b"Display P3 Gamut with sRGB Transfer sRGB IEC61966-2.1"
    assert_shows_skin(encode(picture(from_srgb(srgb_code, P3)), "PNG", icc_profile=named))


@pytest.mark.parametrize("version", [2, 4])
def test_srgb_under_any_name_changes_no_pixel(version):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    if version == 4:
        profile = write_profile(SRGB_PRIMARIES, (SRGB_CURVE,))
    noise = np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    pixels = read_photo(encode(Image.fromarray(noise), "PNG", icc_profile=profile)).pixels
    assert np.array_equal(pixels, noise)


def test_a_lut_profile_is_followed():
    """A gamut of which only a table knows: red and blue change places."""
    lut = bytearray(b"mft1" + bytes(4) + bytes([3, 3, 2, 0]))
    lut += b"".join(struct.pack(">i", 65536 * (place % 4 == 0)) for place in range(9))
    lut += bytes(range(256)) * 3
    lab = {(0, 0, 0): (0, 128, 128), (1, 1, 1): (255, 128, 128)}
    for corner in np.ndindex(2, 2, 2):
        lut += bytes(lab.get(corner, (128, 60 + 120 * corner[2], 128)))
    lut += bytes(range(256)) * 3
    head = bytearray(write_profile(P3, (SRGB_CURVE,))[:128])
    head[16:24] = b"RGB Lab "
    head[8] = 2
    start = 132 + 12
    head[0:4] = struct.pack(">I", start + len(lut))
    profile = bytes(head) + struct.pack(">I4sII", 1, b"A2B0", start, len(lut)) + bytes(lut)
    image = Image.new("RGB", (32, 32), (0, 0, 255))
    plain = read_photo(encode(image, "PNG")).pixels[8, 8].astype(int)
    moved = read_photo(encode(image, "PNG", icc_profile=profile)).pixels[8, 8].astype(int)
    assert np.abs(moved - plain).max() > 60


def test_a_grey_profile_is_followed_for_grey_pixels_only():
    head = bytearray(write_profile(P3, (SRGB_CURVE,))[:128])
    head[16:24] = b"GRAY" + b"XYZ "
    curve, white = Curve(1.0).to_tag(), b"XYZ \x00\x00\x00\x00" + struct.pack(">iii", 63190, 65536, 54061)
    start = 132 + 24
    head[0:4] = struct.pack(">I", start + len(curve) + len(white))
    table = struct.pack(">I4sII4sII", 2, b"kTRC", start, len(curve), b"wtpt", start + len(curve), len(white))
    profile = bytes(head) + table + curve + white
    grey = read_photo(encode(Image.new("L", (32, 32), 55), "PNG", icc_profile=profile)).pixels
    assert abs(int(grey[4, 4, 0]) - 128) <= 3  # linear 55 / 255 is 128 / 255 in sRGB
    colour = read_photo(encode(Image.new("RGB", (32, 32), (55, 60, 70)), "PNG", icc_profile=profile)).pixels
    assert tuple(colour[4, 4]) == (55, 60, 70)


@pytest.mark.parametrize(
    ("points", "primaries", "code"),
    [
        ((12, 13), P3, srgb_code),
        ((9, 14), BT2020, bt709_code),
        ((9, 13), BT2020, srgb_code),
        ((1, 1), SRGB_PRIMARIES, bt709_code),
        ((1, 13), SRGB_PRIMARIES, srgb_code),
        ((2, 2), SRGB_PRIMARIES, srgb_code),
        ((1, 4), SRGB_PRIMARIES, gamma_code(2.2)),
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "HEIF", "AVIF"])
def test_code_points_are_followed(points, primaries, code, kind):
    image = picture(from_srgb(code, primaries))
    assert_shows_skin(encode_with_points(image, kind, points), tolerance=4)


@pytest.mark.parametrize("transfer", [16, 18])
@pytest.mark.parametrize("kind", ["PNG", "HEIF", "AVIF"])
def test_hdr_is_refused_by_its_name(kind, transfer):
    with pytest.raises(HdrPhotoError):
        read_photo(encode_with_points(picture(SKIN), kind, (9, transfer)))


def test_a_profile_that_says_hdr_is_refused():
    plain = write_profile(BT2020, (SRGB_CURVE,))
    count = int.from_bytes(plain[128:132])
    shifted = bytearray(plain[:128] + struct.pack(">I", count + 1))
    for place in range(132, 132 + 12 * count, 12):
        name, start, size = struct.unpack(">4sII", plain[place : place + 12])
        shifted += struct.pack(">4sII", name, start + 12, size)
    shifted += struct.pack(">4sII", b"cicp", len(plain) + 12, 12) + plain[132 + 12 * count :]
    shifted += b"cicp\x00\x00\x00\x00" + bytes([9, 16, 0, 1])
    shifted[0:4] = struct.pack(">I", len(shifted))
    with pytest.raises(HdrPhotoError):
        read_photo(encode(picture(SKIN), "JPEG", icc_profile=bytes(shifted)))


def encode_with_points(image, kind, points):
    primaries, transfer = points
    if kind == "PNG":
        return add_chunk(encode(image, "PNG"), b"cICP", bytes([primaries, transfer, 0, 1]))
    if kind == "HEIF":
        options = {
            "color_primaries": primaries,
            "transfer_characteristics": transfer,
            "matrix_coefficients": 6,
        }
        return encode(
            image, "HEIF", quality=-1, chroma=444, save_nclx_profile=True, full_range_flag=1, **options
        )
    data = encode(image, "AVIF", quality=100, subsampling="4:4:4")
    place = data.index(b"colrnclx") + 8
    return data[:place] + struct.pack(">HH", primaries, transfer) + data[place + 4 :]


def test_cicp_of_a_png_comes_before_its_profile():
    data = encode(picture(from_srgb(srgb_code, P3)), "PNG", icc_profile=write_profile(ADOBE, (Curve(2.2),)))
    assert_shows_skin(add_chunk(data, b"cICP", bytes([12, 13, 0, 1])))


def png_chunks(primaries, gamma):
    numbers = (*primaries.white, *primaries.red, *primaries.green, *primaries.blue)
    return struct.pack(">8I", *(round(value * 100_000) for value in numbers)), struct.pack(
        ">I", round(gamma * 100_000)
    )


def test_gama_and_chrm_of_a_png_are_followed():
    chroma, gamma = png_chunks(ADOBE, 1 / 2.2)
    data = encode(picture(from_srgb(gamma_code(2.2), ADOBE)), "PNG")
    assert_shows_skin(add_chunk(add_chunk(data, b"cHRM", chroma), b"gAMA", gamma))


def test_gama_alone_is_followed():
    data = encode(picture(from_srgb(gamma_code(1.8), SRGB_PRIMARIES)), "PNG")
    assert_shows_skin(add_chunk(data, b"gAMA", struct.pack(">I", 55_556)))


@pytest.mark.parametrize("with_srgb", [False, True])
def test_srgb_repeated_in_gama_and_chrm_changes_no_pixel(with_srgb):
    chroma, gamma = png_chunks(SRGB_PRIMARIES, 0.45455)
    data = add_chunk(add_chunk(encode(picture(SKIN), "PNG"), b"cHRM", chroma), b"gAMA", gamma)
    if with_srgb:
        data = add_chunk(data, b"sRGB", b"\x00")
    assert np.array_equal(fields(data), SKIN)


def test_colours_of_a_tiff_without_profile_are_followed():
    table = tuple(round(65535 * (place / 255) ** 2.2) for place in range(256))
    numbers = (*ADOBE.red, *ADOBE.green, *ADOBE.blue)
    tags = {318: D65, 319: numbers, 301: table * 3}
    assert_shows_skin(encode(picture(from_srgb(gamma_code(2.2), ADOBE)), "TIFF", tiffinfo=tags))


def test_a_jpeg_that_names_adobe_rgb_by_exif_alone_is_followed():
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA001] = 65535
    exif.get_ifd(0x8769)[0xA005] = {1: "R03", 2: b"0100"}
    image = picture(from_srgb(gamma_code(2.2), ADOBE))
    assert_shows_skin(encode(image, "JPEG", quality=100, subsampling=0, exif=exif.tobytes()), tolerance=4)


def test_a_table_is_a_curve_too():
    table = ToneTable(tuple(round(65535 * (place / 255) ** 2.2) for place in range(256)))
    profile = write_profile(ADOBE, (table, table, table))
    assert_shows_skin(encode(picture(from_srgb(gamma_code(2.2), ADOBE)), "PNG", icc_profile=profile))


@pytest.mark.parametrize("chunk", [(b"cICP", b"\x0c"), (b"cHRM", bytes(32)), (b"gAMA", bytes(4))])
def test_tags_without_sense_are_ignored(chunk):
    assert np.array_equal(fields(add_chunk(encode(picture(SKIN), "PNG"), *chunk)), SKIN)
