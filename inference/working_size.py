"""From a photo as opened to 8-bit pixels at working size, sparing time and memory. Pillow alone.

A photo is made smaller by whole factors only, and stays at least `WORKING_SIDE_PX` long: the card shows no
more of it, networks and gates need far less. Whole factors are cheap: a JPEG is decoded at 1/2, 1/4 or 1/8
at once. Long shapes, above all a phone's screenshot, keep at least `WORKING_SHORT_SIDE_PX` of their shorter
side, since most of the longer one may be borders.
"""

from typing import Final

from PIL import Image

from inference.colours import flatten
from inference.photo_errors import UnsupportedFormatError

WORKING_SIDE_PX: Final = 640
WORKING_SHORT_SIDE_PX: Final = 426  # of a 3:2 photo 640 px long
MAX_SIDE_PX: Final = 2 * WORKING_SIDE_PX - 1  # of a photo without borders
MAX_DECODED_SIDE_PX: Final = 4 * WORKING_SIDE_PX - 1  # with them: nothing longer leaves the decoder
# Nor anything larger: either the longer side is below 2 * 640 px or the shorter one below 2 * 426 px.
MAX_DECODED_PIXELS: Final = MAX_DECODED_SIDE_PX * 2 * WORKING_SHORT_SIDE_PX
_STRIP_PIXELS: Final = 2_000_000  # converted at a time, so that a large photo is held in memory once
_MODES: Final = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"} | {
    *("I;16", "I;16L", "I;16B", "I;16N")
}


def find_factor(size: tuple[int, int]) -> int:
    """The whole factor by which a photo of this size is made smaller."""
    longest, shortest = max(size), min(size)
    wanted = min(longest // WORKING_SIDE_PX, shortest // WORKING_SHORT_SIDE_PX)
    return max(1, wanted, -(-longest // MAX_DECODED_SIDE_PX))


def decode_smaller(photo: Image.Image, most: int | None = None) -> None:
    """Have the library decode a JPEG at 1/2, 1/4 or 1/8 if that is still large enough.

    Args:
        photo: not loaded yet.
        most: how many times as small it may become; to working size if None.
    """
    most = most or find_factor(photo.size)
    for factor in (8, 4, 2):
        if most >= factor:
            photo.draft(None, (max(1, photo.width // factor), max(1, photo.height // factor)))
            return


def shrink(photo: Image.Image) -> Image.Image:
    """RGB (or CMYK, which needs its profile first) at working size; strip by strip, to spare memory.

    Raises:
        UnsupportedFormatError: pixels of a kind that is not read here, such as floating point.
    """
    if photo.mode not in _MODES:
        raise UnsupportedFormatError("the photo's kind of pixels cannot be read")
    factor = find_factor(photo.size)
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


def cut_out(photo: Image.Image, box: tuple[int, int, int, int], factor: int) -> Image.Image:
    """A part of a photo, made smaller by a whole factor: RGB, or CMYK, which needs its profile first.

    Raises:
        UnsupportedFormatError: pixels of a kind that is not read here, such as floating point.
    """
    if photo.mode not in _MODES:
        raise UnsupportedFormatError("the photo's kind of pixels cannot be read")
    part = flatten(photo.crop(box))
    return part if factor == 1 else part.reduce(factor)
