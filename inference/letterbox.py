"""How a photo becomes what the lesion finder takes, and how a place on its grid is a place on the photo."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from inference.resizing import resize


class LetterboxError(ValueError):
    """A specification that no finder was built for; the text names the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterboxSpec:
    """What the finder's graph takes and gives. No defaults, so that a missing key is an error."""

    size_px: int  # side of the square canvas that it takes
    stride: int  # canvas pixels a side that one cell of its output covers
    fill_value: int  # grey of the canvas beside the photo, 0 to 255

    @property
    def cells(self) -> int:
        """Cells a side of the grid that it gives."""
        return self.size_px // self.stride

    def to_dict(self) -> dict[str, int]:
        """Plain JSON values under the field names."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The specification that `to_dict` wrote.

        Raises:
            LetterboxError: a key is missing or unknown, or a value is out of range.
        """
        expected, given = {field.name for field in fields(cls)}, set(values)
        if expected != given:
            raise LetterboxError(f"missing {sorted(expected - given)}, unknown {sorted(given - expected)}")
        if any(not isinstance(value, int) for value in values.values()):
            raise LetterboxError("a value is not a whole number")
        spec = cls(**values)
        if spec.size_px < 1 or spec.stride < 1 or spec.size_px % spec.stride:
            raise LetterboxError(f"size_px {spec.size_px} is not a multiple of stride {spec.stride}")
        if not 0 <= spec.fill_value <= 255:
            raise LetterboxError(f"fill_value {spec.fill_value} is not between 0 and 255")
        return spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where a photo lies on the canvas."""

    spec: LetterboxSpec
    width_px: int  # of the photo
    height_px: int

    @property
    def inner_size(self) -> tuple[int, int]:
        """Width and height of the photo on the canvas; the longer one is the canvas's side."""
        scale = self.spec.size_px / max(self.width_px, self.height_px)
        return max(1, round(self.width_px * scale)), max(1, round(self.height_px * scale))

    @property
    def corner(self) -> tuple[int, int]:
        """Canvas pixels to the left of the photo and above it."""
        width, height = self.inner_size
        return (self.spec.size_px - width) // 2, (self.spec.size_px - height) // 2

    def to_photo(self, points_cells: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places on the photo, in its pixels; a place beside the photo is moved to its edge.

        Args:
            points_cells: (N, 2) x and y from the grid's upper left corner; its first cell's middle is at 0.5.
        """
        size = np.array([self.width_px, self.height_px], np.float64)
        places = (points_cells * self.spec.stride - self.corner) * (size / self.inner_size)
        return np.clip(places, 0, size)


def letterbox(pixels: NDArray[np.uint8], spec: LetterboxSpec) -> NDArray[np.uint8]:
    """A photo as the finder takes it: scaled to the canvas's side, centred on grey.

    Args:
        pixels: the upright photo, (H, W, 3) RGB.
        spec: the finder's.

    Returns:
        (size_px, size_px, 3) RGB, a new array.
    """
    frame = Frame(spec=spec, width_px=pixels.shape[1], height_px=pixels.shape[0])
    (left, top), (width, height) = frame.corner, frame.inner_size
    canvas = np.full((spec.size_px, spec.size_px, 3), spec.fill_value, np.uint8)
    canvas[top : top + height, left : left + width] = resize(pixels, (width, height))
    return canvas
