"""Rectangles and polygons in pixels of an upright photo: x to the right, y down, 0 at the photo's edge."""

from dataclasses import dataclass
from typing import Self

Point = tuple[float, float]
Outline = tuple[Point, ...]
"""A closed polygon, without its first point repeated at the end."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle. A box around the whole of a photo is (0, 0, width, height)."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Pixels across."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Pixels down."""
        return self.bottom - self.top

    @property
    def long_side(self) -> float:
        """The larger of width and height."""
        return max(self.width, self.height)

    @property
    def centre(self) -> Point:
        """The middle, as (x, y)."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def scaled(self, across: float, down: float) -> Self:
        """The same box on a photo that is this many times as wide and as high."""
        return type(self)(self.left * across, self.top * down, self.right * across, self.bottom * down)

    def moved(self, right: float, down: float) -> Self:
        """The same box so much further right and down."""
        return type(self)(self.left + right, self.top + down, self.right + right, self.bottom + down)


def scale_outline(outline: Outline, across: float, down: float) -> Outline:
    """The same outline on a photo that is this many times as wide and as high."""
    return tuple((x * across, y * down) for x, y in outline)
