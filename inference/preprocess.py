"""How a photo becomes what the networks take: data saved beside the weights, read by training and by serving.

Everything that depends on a network's taste in pixels (mean, std, the round aperture) is recorded here and
applied inside the graph; only the resize happens outside, and both sides call `prepare` for it.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from inference.resizing import resize


class PreprocessError(ValueError):
    """A spec or a photo that does not fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreprocessSpec:
    """What one network's graph expects. A forgotten key is an error, but for `middle`: older cards lack it.

    The aperture is a disc: outside it a pixel says nothing, since corners and frames betray the source of a
    photo. The graph blends each pixel towards the mean of the disc's inside, with a ramp at the disc's edge.
    """

    size_px: int
    resize: Literal["squash"]  # the whole photo, whatever its aspect, becomes a square
    interpolation: Literal["bilinear"]  # antialiased when shrinking
    mean: tuple[float, float, float]  # RGB, of pixels scaled to [0, 1]; applied inside the graph
    std: tuple[float, float, float]  # RGB, the same scale; applied inside the graph
    aperture_radius: float  # of half the side; 1 touches the edges' middle; applied inside the graph
    aperture_softness: float  # width of the ramp, of half the side; applied inside the graph
    middle: float = 1.0  # share of the side that the network sees of the photo or crop: its middle

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values under the field names."""
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The spec that `to_dict` wrote.

        Raises:
            PreprocessError: a key is missing or unknown, or a value is out of range.
        """
        expected, given = {field.name for field in fields(cls)}, set(values)
        if missing := expected - given - {"middle"}:
            raise PreprocessError(f"missing {sorted(missing)}, unknown {sorted(given - expected)}")
        if unknown := given - expected:
            raise PreprocessError(f"missing [], unknown {sorted(unknown)}")
        spec = cls(**{**values, "mean": _triple(values["mean"]), "std": _triple(values["std"])})
        spec.check()
        return spec

    def check(self) -> None:
        """Refuse values that no graph was built for.

        Raises:
            PreprocessError: naming the field.
        """
        if self.size_px < 1:
            raise PreprocessError(f"size_px {self.size_px} is not positive")
        if self.resize != "squash":
            raise PreprocessError(f"resize {self.resize!r} is not known")
        if self.interpolation != "bilinear":
            raise PreprocessError(f"interpolation {self.interpolation!r} is not known")
        if min(self.std) <= 0:
            raise PreprocessError(f"std {self.std} is not positive")
        if not 0 < self.middle <= 1:
            raise PreprocessError(f"middle {self.middle} is not a share")


def prepare(photo: NDArray[np.uint8], spec: PreprocessSpec) -> NDArray[np.uint8]:
    """The photo, or its middle, at the network's size.

    Args:
        photo: (H, W, 3) upright RGB.
        spec: the network's.

    Returns:
        (size_px, size_px, 3) RGB, a new array.

    Raises:
        PreprocessError: the photo is not (H, W, 3) uint8 with pixels in it.
    """
    if photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] != 3 or photo.size == 0:
        raise PreprocessError(f"expected (H, W, 3) uint8, got {photo.shape} {photo.dtype}")
    margin = (1 - spec.middle) / 2
    height, width = photo.shape[:2]
    left, top = round(margin * width, 6), round(margin * height, 6)  # whole pixels stay whole
    return resize(photo, (spec.size_px, spec.size_px), box=(left, top, width - left, height - top))


def _triple(values: Any) -> tuple[float, float, float]:
    if len(values) != 3:
        raise PreprocessError(f"expected three channels, got {values}")
    first, second, third = values
    return float(first), float(second), float(third)
