"""Photos as Telegram keeps them: JPEG, at most 1280 px, without metadata, in several sizes.

The functions block: call them in a thread.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageOps

MAX_SIDE_PX = 1280
THUMB_SIDES_PX = (90, 320, 800)  # Telegram's sizes s, m and x
_QUALITY = 87
_MAX_PIXELS = 120_000_000  # far above any phone: a decompression bomb
# Sum of the luminance table at quality 87, measured with Pillow (961). A lower sum means a higher quality.
_TABLE_SUM = 950
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
    MemoryError,
)


class NotAPhoto(Exception):  # noqa: N818 - an answer, not a crash
    """The bytes cannot be read as a picture."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A JPEG without metadata; width and height in pixels."""

    content: bytes
    width: int
    height: int


def measure(content: bytes) -> tuple[int, int]:
    """Width and height in pixels, as stored, before any rotation.

    Raises:
        NotAPhoto: it is not a picture.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            return image.size
    except _BROKEN as error:
        raise NotAPhoto from error


def shrink(content: bytes, max_side_px: int = MAX_SIDE_PX) -> Photo:
    """The photo as Telegram keeps it.

    Raises:
        NotAPhoto: it is not a picture, or it is damaged.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise NotAPhoto
            # The end marker is there: a truncated photo has to be decoded to be noticed.
            if content.endswith(b"\xff\xd9") and _may_stay(image, max_side_px):
                return Photo(drop_metadata(content), *image.size)
            return _recompress(image, max_side_px)
    except _BROKEN as error:
        raise NotAPhoto from error


def fit(width: int, height: int, side_px: int) -> tuple[int, int]:
    """Width and height after shrinking the longest side to `side_px`; a smaller photo stays as it is."""
    scale = min(1.0, side_px / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def drop_metadata(jpeg: bytes) -> bytes:
    """A JPEG without its APP1 to APP15 segments and comments; the picture stays as it is."""
    kept, position = bytearray(jpeg[:2]), 2
    while position + 4 <= len(jpeg) and jpeg[position] == 0xFF and jpeg[position + 1] != 0xDA:
        end = position + 2 + int.from_bytes(jpeg[position + 2 : position + 4], "big")
        if not (0xE1 <= jpeg[position + 1] <= 0xEF or jpeg[position + 1] == 0xFE):
            kept += jpeg[position:end]
        position = end
    return bytes(kept + jpeg[position:])


def _may_stay(image: Image.Image, max_side_px: int) -> bool:
    if image.format != "JPEG" or image.mode not in {"RGB", "L"} or max(image.size) > max_side_px:
        return False
    if image.getexif().get(0x0112, 1) != 1 or image.info.get("icc_profile") or image.info.get("adobe"):
        return False
    tables = getattr(image, "quantization", {})
    return bool(tables) and sum(tables[min(tables)]) >= _TABLE_SUM


def _recompress(image: Image.Image, max_side_px: int) -> Photo:
    if image.format == "JPEG":
        image.draft("RGB", fit(image.width, image.height, max_side_px))
    upright = ImageOps.exif_transpose(image)
    if "A" in upright.getbands() or "transparency" in upright.info:
        seen = upright.convert("RGBA")
        flat = Image.new("RGB", seen.size, "white")
        flat.paste(seen, mask=seen.getchannel("A"))
    else:
        flat = upright.convert("RGB")
    size = fit(flat.width, flat.height, max_side_px)
    if size != flat.size:
        flat = flat.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    flat.info = {}  # Pillow would write a comment back
    buffer = io.BytesIO()
    flat.save(buffer, "JPEG", quality=_QUALITY)
    return Photo(buffer.getvalue(), *flat.size)
