"""The part of a photo that a clinic sees: as the sender chose it, or around the lesion."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.boxes import Box
from inference.readings import PhotoReading

CROPS: Final = (100, 80, 60)  # per cent of each side that is kept
FARTHEST: Final = 2  # moves from the centre to the edge


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The part of a photo that is shown: `percent` of each side, moved from the centre by some steps."""

    percent: int = CROPS[0]
    right: int = 0  # -2 to 2; 2 is the edge
    down: int = 0


WHOLE: Final = Cut()


def cut_closely(reading: PhotoReading, like: Cut) -> Cut:
    """As small a part of a photo as `like`, around its lesions: nobody chose the part of this photo.

    All lesions stay in it, unless one was picked: any of them may have set the level.
    """
    height, width = reading.preview.shape[:2]
    shown = reading.lesions
    if reading.findings.is_picked:
        shown = shown[reading.findings.chosen : reading.findings.chosen + 1]
    points = [point for lesion in shown for point in lesion.outline]
    if not points:
        return cut_around(None, like)
    across, down = [x / width for x, _ in points], [y / height for _, y in points]
    return cut_around(Box(min(across), min(down), max(across), max(down)), like)


def cut_around(box: Box | None, like: Cut) -> Cut:
    """The part around lesions; a larger one than `like` if they would not fit into it.

    Args:
        box: of the lesions, in shares of the photo's sides; None shows the middle.
        like: how much is shown of other photos.
    """
    if box is None:
        return Cut(percent=like.percent)
    for percent in sorted(each for each in CROPS if each >= like.percent):
        kept = percent / 100
        right, down = (_find_steps(centre, kept) for centre in box.centre)
        left, top = ((1 - kept) / 2 * (1 + steps / FARTHEST) for steps in (right, down))
        if left <= box.left and top <= box.top and left + kept >= box.right and top + kept >= box.bottom:
            return Cut(percent=percent, right=right, down=down)
    return WHOLE


def _find_steps(centre: float, kept: float) -> int:
    """How far a part that keeps this share of a side is moved, so that `centre` is near its middle."""
    if kept >= 1:
        return 0
    steps = round((centre - 0.5) / ((1 - kept) / 2) * FARTHEST)
    return max(-FARTHEST, min(FARTHEST, steps))


def cut_pixels(pixels: NDArray[Any], cut: Cut) -> NDArray[Any]:
    """The part of a photo, or of a map of it, that is shown."""
    rows, columns = (
        span_of(side, cut.percent, steps=steps)
        for side, steps in zip(pixels.shape[:2], (cut.down, cut.right), strict=True)
    )
    return np.ascontiguousarray(pixels[rows, columns])


def span_of(side: int, percent: int, *, steps: int) -> slice:
    """The pixels of a part of a side, `steps` away from its middle."""
    kept = max(round(side * percent / 100), 1)
    start = round((side - kept) / 2 * (1 + steps / FARTHEST))
    return slice(start, start + kept)
