"""A part of a photo, decoded a second time with more pixels. Pillow alone: it runs in the decoding process.

A small lesion on a large photo has few pixels at working size. Its part of the file is then decoded at the
smallest scale that gives the networks what they take.
"""

from dataclasses import dataclass
from typing import Final, Self

from PIL import Image

from inference.working_size import MAX_DECODED_PIXELS, cut_out

ALIGNMENT: Final = (
    8  # edges of a part are multiples of it: a JPEG is decoded in blocks of 1, 2, 4 or 8 pixels
)


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle of the upright photo in pixels of its file, and how fine it is wanted."""

    left: int
    top: int
    right: int
    bottom: int
    factor: int  # pixels of the file to one of the part, each way, at least 1

    def turn(self, orientation: int, size: tuple[int, int]) -> Self:
        """The same rectangle in the file.

        Args:
            orientation: the file's, by EXIF.
            size: width and height of the file's pixels as they are stored.
        """
        left, top, right, bottom = self.left, self.top, self.right, self.bottom
        if orientation in {5, 6, 7, 8}:  # what runs down in the file runs across in the upright photo
            left, top, right, bottom = top, left, bottom, right
        if orientation in {2, 3, 7, 8}:
            left, right = size[0] - right, size[0] - left
        if orientation in {3, 4, 6, 7}:
            top, bottom = size[1] - bottom, size[1] - top
        return type(self)(left, top, right, bottom, self.factor)

    def cut(self, photo: Image.Image, *, full_width_px: int) -> Image.Image:
        """This part of a photo that lies as in its file: RGB, or CMYK, which needs its profile first.

        Args:
            photo: as decoded, perhaps at a half, a quarter or an eighth.
            full_width_px: of the photo in its file.
        """
        width, height = photo.size
        smaller = max(1, round(full_width_px / width))
        left, top = (min(max(edge // smaller, 0), most - 1) for edge, most in
                     ((self.left, width), (self.top, height)))  # fmt: skip
        right = min(max(-(-self.right // smaller), left + 1), width)
        bottom = min(max(-(-self.bottom // smaller), top + 1), height)
        factor = max(1, self.factor // smaller)
        while (right - left) * (bottom - top) > factor**2 * MAX_DECODED_PIXELS / 2:
            factor += 1
        return cut_out(photo, (left, top, right, bottom), factor)
