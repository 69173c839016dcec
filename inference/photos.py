"""Bytes to an upright RGB photo without metadata and borders, or an error that says what is wrong.

The format is recognised by content, never by a name, and only the one decoder that fits is tried. Size,
pixels and memory are checked before anything is decoded. `open_upright` loads Pillow alone, so that the
decoding process stays small; run it there (see `inference.decoding`), since the bytes may be hostile.
`finish_photo` then cuts off borders: its result, a `DecodedPhoto`, is what everything after the reader sees.
"""

import importlib
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageFile

from inference.colour_tags import find_profile
from inference.colours import to_srgb
from inference.decoding_cost import estimate_bytes, measure_webp
from inference.photo_errors import (
    DamagedPhotoError,
    DicomError,
    HdrPhotoError,
    OtherFormatError,
    PhotoError,
    RawPhotoError,
    TooLargeHereError,
    TooManyBytesError,
    TooManyPixelsError,
    UnsupportedFormatError,
)
from inference.photo_formats import check_jpeg_end, detect_format, find_first_segment
from inference.photo_parts import Part
from inference.tiff_headers import is_from_camera
from inference.working_size import MAX_SIDE_PX, WORKING_SIDE_PX, decode_smaller, shrink

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "MAX_SIDE_PX",
    "WORKING_SIDE_PX",
    "DamagedPhotoError",
    "DecodedPhoto",
    "DicomError",
    "HdrPhotoError",
    "OtherFormatError",
    "PhotoError",
    "RawPhotoError",
    "TooLargeHereError",
    "TooManyBytesError",
    "TooManyPixelsError",
    "UnsupportedFormatError",
    "detect_format",
    "read_part",
    "read_photo",
]

MAX_BYTES = 20 * 1024 * 1024  # what Telegram lets a bot download
MAX_PIXELS = 64 * 1024 * 1024  # the sensors that are sold as 64 megapixels have up to 64.5 million
_ORIENTATION_TAG = 0x0112
# EXIF orientation to what undoes it
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# One class a format, and no search through others: fewer decoders for hostile bytes to reach, and a quick
# start
_READERS = {
    "JPEG": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "WEBP": ("inference.webp", "SparingWebPFile"),
    "HEIF": ("pillow_heif.as_plugin", "HeifImageFile"),
    "AVIF": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "TIFF": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
}


Admit = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class UprightPhoto:
    """A photo as Pillow holds it: RGB, at most `MAX_DECODED_PIXELS`, and its size in the file."""

    image: Image.Image
    width_px: int  # upright, in the file
    height_px: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedPhoto:
    """An upright sRGB photo without borders, as numbers, and the size of that part in the file."""

    pixels: "NDArray[np.uint8]"  # (H, W, 3) upright RGB, longest side at most `MAX_SIDE_PX`
    width_px: int  # upright, in the file
    height_px: int
    left_px: int = 0  # of a border that was cut off, in the file
    top_px: int = 0


def read_photo(data: bytes) -> DecodedPhoto:
    """Decode in this process: an upright sRGB photo without borders.

    For trusted files: training, evaluation, tests.

    Raises:
        PhotoError: the bytes cannot be read as a photo.
    """
    import numpy as np

    upright = open_upright(data)
    pixels = np.asarray(upright.image, dtype=np.uint8)
    return finish_photo(pixels, width_px=upright.width_px, height_px=upright.height_px)


def read_part(data: bytes, part: Part) -> "NDArray[np.uint8]":
    """Decode a part of a photo in this process: (H, W, 3) upright sRGB. For trusted files.

    Raises:
        PhotoError: the bytes cannot be read as a photo.
    """
    import numpy as np

    return np.asarray(open_upright(data, part=part).image, dtype=np.uint8)


def finish_photo(pixels: "NDArray[np.uint8]", *, width_px: int, height_px: int) -> DecodedPhoto:
    """Cut off borders and bring the rest to working size.

    Args:
        pixels: (H, W, 3) upright sRGB, as `open_upright` leaves them.
        width_px: of the whole photo in its file.
        height_px: likewise.
    """
    import numpy as np

    from inference.borders import find_content

    height, width = pixels.shape[:2]
    box = find_content(pixels)
    content = pixels[box.top : box.bottom, box.left : box.right]
    factor = -(-max(box.size) // MAX_SIDE_PX)
    if factor > 1:
        content = np.asarray(Image.fromarray(content).reduce(factor))
    return DecodedPhoto(
        pixels=np.ascontiguousarray(content),
        width_px=max(1, round(box.size[0] * width_px / width)),
        height_px=max(1, round(box.size[1] * height_px / height)),
        left_px=round(box.left * width_px / width),
        top_px=round(box.top * height_px / height),
    )


def open_upright(data: bytes, admit: Admit | None = None, *, part: Part | None = None) -> UprightPhoto:
    """Decode one photo: first frame, upright, on white, sRGB by the colours that the file names.

    Args:
        data: the file.
        admit: called before decoding with the bytes of memory that it will take; may refuse by raising.
        part: decode this part alone, as finely as it says; the whole photo at working size if None.

    Raises:
        PhotoError: the bytes cannot be read as a photo.
    """
    check_size(data)
    kind = detect_format(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # hostile metadata warns; what matters raises
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _decode(data, kind, admit or (lambda _: None), part)
        except PhotoError:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise TooManyPixelsError("the photo would unpack to far too many pixels") from error
        except MemoryError as error:
            raise TooLargeHereError from error
        except Exception as error:  # decoders raise what they like on hostile bytes
            if kind == "TIFF" and is_from_camera(data):
                raise RawPhotoError from error
            raise DamagedPhotoError from error


def check_size(data: bytes) -> None:
    """Refuse what is too long or empty, before anything looks into it.

    Raises:
        TooManyBytesError: more than `MAX_BYTES`.
        DamagedPhotoError: no bytes at all.
    """
    if len(data) > MAX_BYTES:
        raise TooManyBytesError
    if not data:
        raise DamagedPhotoError("the file is empty")


def _decode(data: bytes, kind: str, admit: Admit, part: Part | None) -> UprightPhoto:
    if kind == "JPEG":
        check_jpeg_end(data)
    if kind == "WEBP":  # opening one sets aside all its memory
        size = measure_webp(data)
        _check_pixels(size)
        admit(estimate_bytes(kind, size))
    with _open_file(data, kind) as photo:
        _check_pixels(photo.size)
        if kind != "WEBP":
            admit(estimate_bytes(kind, photo.size, photo))
        profile = find_profile(photo, data, kind)
        size = photo.size
        if kind == "JPEG":
            decode_smaller(photo, None if part is None else part.factor)
        photo.load()
        if kind != "JPEG":  # TIFF is turned while it loads, HEIC may find another size
            size = photo.size
            _check_pixels(size)
        orientation = _read_orientation(photo)
        file_mode = photo.mode
        turned = None if part is None else part.turn(orientation, size)
        small = shrink(photo) if turned is None else turned.cut(photo, full_width_px=size[0])
    upright = to_srgb(small, profile, file_mode=file_mode)
    if orientation in _UPRIGHT:
        upright = upright.transpose(_UPRIGHT[orientation])
    width, height = reversed(size) if orientation >= 5 else size
    return UprightPhoto(image=upright, width_px=width, height_px=height)


def _open_file(data: bytes, kind: str) -> ImageFile.ImageFile:
    """Only the header is read here. A decoder is loaded when its format first comes."""
    module, name = _READERS[kind]
    plugin = importlib.import_module(module)
    if kind == "AVIF":
        plugin.DEFAULT_MAX_THREADS = 1  # type: ignore[attr-defined]  # else as many as the machine has cores
    if kind == "JPEG":
        first = find_first_segment(data) or 2
        data = (
            data if first == 2 else data[:2] + data[first:]
        )  # Pillow takes no bytes before the first segment
    reader: type[ImageFile.ImageFile] = getattr(plugin, name)
    return reader(io.BytesIO(data))


def _check_pixels(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise TooManyPixelsError
    if min(size) < 1:
        raise DamagedPhotoError("the photo has no pixels")


def _read_orientation(photo: Image.Image) -> int:
    try:
        value = photo.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001 - hostile EXIF breaks the reader in many ways, and upright is then unknown
        return 1
    return value if isinstance(value, int) else 1
