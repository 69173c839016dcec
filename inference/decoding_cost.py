"""How much memory decoding a photo takes at its peak, from its header alone.

Measured with 49 megapixels (Pillow 13, pillow-heif 1.8, Linux), as the growth of the process while decoding;
see `docs/performance.md`.
"""

from typing import Final

from PIL import Image

from inference.photo_errors import DamagedPhotoError
from inference.working_size import find_factor

_BYTES_A_PIXEL: Final = {"PNG": 5, "WEBP": 13, "HEIF": 8, "AVIF": 12, "TIFF": 9, "BMP": 5, "GIF": 3}
_DEEP_HEIF: Final = 14  # more than 8 bits a channel
_JPEG_COEFFICIENTS: Final = 6.5  # of a progressive JPEG without subsampling, all kept until its last scan
_WORKING_BYTES: Final = 8  # a pixel of a JPEG as decoded: it and its copies
_ALWAYS: Final = 8_000_000  # what a decoder needs for any photo


def estimate_bytes(kind: str, size: tuple[int, int], photo: Image.Image | None = None) -> int:
    """Memory in bytes that decoding takes.

    Args:
        kind: the format, as `inference.photo_formats.detect_format` names it.
        size: width and height in the file.
        photo: opened, not loaded; what it says beyond its size counts if it is there.
    """
    pixels = size[0] * size[1]
    info = {} if photo is None else photo.info
    if kind == "JPEG":
        factor = next((each for each in (8, 4, 2) if find_factor(size) >= each), 1)
        coefficients = _JPEG_COEFFICIENTS if info.get("progressive") else 0
        return _ALWAYS + int(pixels * (_WORKING_BYTES / factor**2 + coefficients))
    is_deep = kind == "HEIF" and info.get("bit_depth", 8) > 8
    return _ALWAYS + pixels * (_DEEP_HEIF if is_deep else _BYTES_A_PIXEL[kind])


def measure_webp(data: bytes) -> tuple[int, int]:
    """Width and height by the header (RFC 9649): Pillow's reader sets memory aside before it shows them.

    Raises:
        DamagedPhotoError: there is no such header.
    """
    chunk, body = data[12:16], data[20:30]
    if chunk == b"VP8X" and len(body) == 10:
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if chunk == b"VP8 " and len(body) == 10:
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    if chunk == b"VP8L" and len(body) >= 5:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise DamagedPhotoError
