"""Photos are kept as Telegram keeps them."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.localchat.photos import NotAPhoto, drop_metadata, fit, measure, shrink


def encode(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def gradient(width: int, height: int) -> Image.Image:
    return Image.linear_gradient("L").resize((width, height)).convert("RGB")


def with_exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "Jane Doe"
    return exif


@pytest.mark.parametrize(
    ("size", "kept"), [((4000, 3000), (1280, 960)), ((300, 200), (300, 200)), ((10, 2000), (6, 1280))]
)
def test_the_longest_side_is_at_most_1280(size: tuple[int, int], kept: tuple[int, int]) -> None:
    photo = shrink(encode(gradient(*size)))
    assert (photo.width, photo.height) == kept == Image.open(io.BytesIO(photo.content)).size


@pytest.mark.parametrize("quality", [75, 95])
def test_no_metadata_is_left(quality: int) -> None:
    content = encode(gradient(64, 48), exif=with_exif(1), quality=quality, comment=b"Jane Doe")
    photo = shrink(content)
    assert b"Jane Doe" in content
    assert b"Jane Doe" not in photo.content
    assert not Image.open(io.BytesIO(photo.content)).getexif()


def test_a_photo_on_its_side_is_turned_upright() -> None:
    photo = shrink(encode(gradient(64, 48), exif=with_exif(6)))
    assert (photo.width, photo.height) == (48, 64)


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "CMYK", "I;16", "1", "LA"])
def test_any_kind_of_picture_becomes_a_plain_jpeg(mode: str) -> None:
    kind = "TIFF" if mode in {"CMYK", "I;16"} else "PNG"
    image = Image.new(mode, (20, 10))
    stored = Image.open(io.BytesIO(shrink(encode(image, kind)).content))
    assert (stored.format, stored.mode, stored.size) == ("JPEG", "RGB", (20, 10))


def test_transparency_becomes_white() -> None:
    stored = Image.open(io.BytesIO(shrink(encode(Image.new("RGBA", (20, 10), (0, 0, 0, 0)), "PNG")).content))
    assert min(stored.getpixel((5, 5))) > 250


@pytest.mark.parametrize("content", [b"", b"nonsense", encode(gradient(200, 200))[:900], b"GIF89a"])
def test_unreadable_bytes_are_not_a_photo(content: bytes) -> None:
    with pytest.raises(NotAPhoto):
        shrink(content)


def test_a_decompression_bomb_is_not_a_photo() -> None:
    # 40,000 x 40,000 in a header, hardly any data behind it.
    png = bytearray(encode(Image.new("L", (1, 1)), "PNG"))
    png[16:24] = (40_000).to_bytes(4, "big") * 2
    with pytest.raises(NotAPhoto):
        shrink(bytes(png))


def test_a_modest_jpeg_is_not_compressed_twice() -> None:
    content = encode(gradient(64, 48), quality=80)
    stored = shrink(content)
    assert Image.open(io.BytesIO(content)).tobytes() == Image.open(io.BytesIO(stored.content)).tobytes()


def test_dropping_metadata_leaves_the_picture() -> None:
    plain = encode(gradient(64, 48))
    tagged = encode(gradient(64, 48), exif=with_exif(1))
    assert drop_metadata(tagged) == drop_metadata(plain)
    assert measure(drop_metadata(tagged)) == (64, 48)


def test_fitting_never_enlarges() -> None:
    assert fit(100, 50, 320) == (100, 50)
    assert fit(640, 480, 320) == (320, 240)
    assert fit(5000, 1, 90) == (90, 1)
