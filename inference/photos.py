"""Bytes to an upright RGB photo without metadata, or an error that says what is wrong with the file.

The type is told by content, never by a name, and only the one decoder that fits is tried. Size and pixels are
checked before anything is decoded. This module loads Pillow alone, so that the decoding process stays small;
run it there (see `inference.decoding`), since the bytes may be hostile.
"""

import importlib
import io
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from PIL import Image, ImageFile

from inference.colours import flatten, to_srgb

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_BYTES = 20 * 1024 * 1024  # what Telegram lets a bot download
MAX_PIXELS = 50_000_000
# A photo is made smaller by whole factors only, and stays at least this long: the card shows no more of it,
# networks and gates need far less. Whole factors are cheap: a JPEG is decoded at 1/2, 1/4 or 1/8 at once.
WORKING_SIDE_PX = 640
MAX_SIDE_PX = 2 * WORKING_SIDE_PX - 1  # nothing larger leaves the decoder
_STRIP_PIXELS = 2_000_000  # converted at a time, so that a large photo is held in memory once
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
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_MODES = {
    "1",
    "L",
    "LA",
    "P",
    "PA",
    "RGB",
    "RGBA",
    "RGBX",
    "CMYK",
    "YCbCr",
    "I;16",
    "I;16L",
    "I;16B",
    "I;16N",
}
# One class a format, and no search through others: fewer decoders for hostile bytes to reach, and a quick
# start
_READERS = {
    "JPEG": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "WEBP": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "HEIF": ("pillow_heif.as_plugin", "HeifImageFile"),
    "TIFF": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
}


class PhotoError(Exception):
    """The bytes are no photo that can be read. `code` is stable; the text holds no name and no data."""

    code: ClassVar[str] = "unreadable"


class TooManyBytesError(PhotoError):
    """The file is larger than `MAX_BYTES`."""

    code = "too_many_bytes"


class TooManyPixelsError(PhotoError):
    """The photo has more than `MAX_PIXELS`."""

    code = "too_many_pixels"


class UnsupportedFormatError(PhotoError):
    """The file is no photo of a kind that is read here."""

    code = "unsupported_format"


class DamagedPhotoError(PhotoError):
    """The file is cut short, altered, empty or made to break a decoder."""

    code = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class UprightPhoto:
    """A photo as Pillow holds it: RGB, longest side at most `MAX_SIDE_PX`, and its size in the file."""

    image: Image.Image
    width_px: int  # upright, in the file
    height_px: int


@dataclass(frozen=True, kw_only=True)
class DecodedPhoto:
    """A decoded photo as numbers, and its size in the file."""

    pixels: "NDArray[np.uint8]"  # (H, W, 3) upright RGB, longest side at most `MAX_SIDE_PX`
    width_px: int  # upright, in the file
    height_px: int

    @cached_property
    def picture(self) -> Image.Image:
        """The pixels as Pillow holds them: made once for the gate and both networks."""
        return Image.fromarray(self.pixels)


def read_photo(data: bytes) -> DecodedPhoto:
    """Decode in this process. For files one trusts: training, evaluation, tests.

    Raises:
        PhotoError: the bytes are no photo that can be read.
    """
    import numpy as np

    upright = open_upright(data)
    pixels = np.asarray(upright.image, dtype=np.uint8)
    return DecodedPhoto(pixels=pixels, width_px=upright.width_px, height_px=upright.height_px)


def open_upright(data: bytes) -> UprightPhoto:
    """Decode one photo: first frame, upright, on white, sRGB where the file says its colours.

    Raises:
        PhotoError: the bytes are no photo that can be read.
    """
    check_size(data)
    kind = tell_format(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # hostile metadata warns; what matters raises
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _decode(data, kind)
        except PhotoError:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise TooManyPixelsError("the photo would unpack to far too many pixels") from error
        except Exception as error:  # decoders raise what they like on hostile bytes
            raise DamagedPhotoError("the photo is damaged or incomplete") from error


def check_size(data: bytes) -> None:
    """Refuse what is too long or empty, before anything looks into it.

    Raises:
        TooManyBytesError: more than `MAX_BYTES`.
        DamagedPhotoError: no bytes at all.
    """
    if len(data) > MAX_BYTES:
        raise TooManyBytesError(f"the file is larger than {MAX_BYTES // 1024 // 1024} MB")
    if not data:
        raise DamagedPhotoError("the file is empty")


def tell_format(data: bytes) -> str:
    """Pillow's name of the format, by the first bytes.

    Raises:
        UnsupportedFormatError: it is none that is read here.
        DamagedPhotoError: nothing but zeros.
    """
    head = data[:16]
    for magic, kind in (
        (b"\xff\xd8\xff", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"GIF87a", "GIF"),
        (b"GIF89a", "GIF"),
        (b"II*\x00", "TIFF"),
        (b"MM\x00*", "TIFF"),
        (b"BM", "BMP"),
    ):
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "HEIF"
    if not any(head):
        raise DamagedPhotoError("the file holds no photo")
    raise UnsupportedFormatError("the file is not a JPEG, PNG, WebP, HEIC, TIFF, BMP or GIF photo")


def _decode(data: bytes, kind: str) -> UprightPhoto:
    if kind == "JPEG":
        _check_jpeg_end(data)
    with _open_file(data, kind) as photo:
        size = photo.size
        _check_pixels(size)
        if kind == "JPEG":
            _decode_smaller(photo)
        photo.load()
        if kind != "JPEG":  # TIFF is turned while it loads, HEIC may find another size
            size = photo.size
            _check_pixels(size)
        orientation = _read_orientation(photo)
        profile = photo.info.get("icc_profile")
        small = _shrink(photo)
    upright = to_srgb(small, profile)
    if orientation in _UPRIGHT:
        upright = upright.transpose(_UPRIGHT[orientation])
    width, height = reversed(size) if orientation >= 5 else size
    return UprightPhoto(image=upright, width_px=width, height_px=height)


def _open_file(data: bytes, kind: str) -> ImageFile.ImageFile:
    """Only the header is read here. A decoder is loaded when its format first comes."""
    module, name = _READERS[kind]
    reader: type[ImageFile.ImageFile] = getattr(importlib.import_module(module), name)
    return reader(io.BytesIO(data))


def _check_pixels(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise TooManyPixelsError(f"the photo has more than {MAX_PIXELS // 1_000_000} megapixels")
    if min(size) < 1:
        raise DamagedPhotoError("the photo has no pixels")


def _check_jpeg_end(data: bytes) -> None:
    """Refuse a JPEG without its end mark: the library would fill the missing part with grey."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xDA:  # start of scan: from here the end mark can be nothing else
            if data.find(b"\xff\xd9", place) < 0:
                raise DamagedPhotoError("the photo is incomplete")
            return
        if marker in {0xFF, 0x01} or 0xD0 <= marker <= 0xD8:  # filling, or a mark without a length
            place += 1 if marker == 0xFF else 2
        else:
            place += 2 + int.from_bytes(data[place + 2 : place + 4])
    raise DamagedPhotoError("the photo is damaged or incomplete")


def _read_orientation(photo: Image.Image) -> int:
    try:
        value = photo.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001 - hostile EXIF breaks the reader in many ways, and upright is then unknown
        return 1
    return value if isinstance(value, int) else 1


def _decode_smaller(photo: Image.Image) -> None:
    """Have the library decode a JPEG at 1/2, 1/4 or 1/8 where that is still large enough."""
    longest = max(photo.size)
    for factor in (8, 4, 2):
        if longest >= factor * WORKING_SIDE_PX:
            photo.draft(None, (max(1, photo.width // factor), max(1, photo.height // factor)))
            return


def _shrink(photo: Image.Image) -> Image.Image:
    """RGB (or CMYK, which needs its profile first) at working size; strip by strip, to spare memory."""
    if photo.mode not in _MODES:
        raise UnsupportedFormatError("the photo's kind of pixels cannot be read")
    factor = max(1, max(photo.size) // WORKING_SIDE_PX)
    if photo.mode == "RGB" and not photo.has_transparency_data:
        return photo.copy() if factor == 1 else photo.reduce(factor)
    width, height = photo.size
    mode = "CMYK" if photo.mode == "CMYK" else "RGB"
    small = Image.new(mode, (-(-width // factor), -(-height // factor)))
    rows = max(1, _STRIP_PIXELS // width // factor) * factor
    for top in range(0, height, rows):
        strip = photo.crop((0, top, width, min(top + rows, height)))
        small.paste(flatten(strip).reduce(factor), (0, top // factor))
    return small
