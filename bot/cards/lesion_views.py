"""The part of a photo that the networks saw of one lesion, with its maps and its outline."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.boxes import Outline
from inference.readings import Evidence, LesionPicture

_MAP_SIDE_PX = 64  # of an evidence map cut to what of it lies on the photo; the networks' have 7 to 14


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionView:
    """The part on the photo of the square that the networks saw."""

    preview: NDArray[np.uint8]  # (H, W, 3) upright RGB
    evidence: Evidence  # maps that cover `preview`
    outline: Outline  # in pixels of `preview`


def cut_to_lesion(preview: NDArray[np.uint8], lesion: LesionPicture) -> LesionView:
    """The photo cut to what the networks saw of a lesion.

    Args:
        preview: (H, W, 3) upright RGB.
        lesion: in pixels of `preview`; its crop may reach beyond it.
    """
    height, width = preview.shape[:2]
    crop = lesion.crop
    left, top = (
        min(max(math.floor(edge), 0), most - 1) for edge, most in ((crop.left, width), (crop.top, height))
    )
    right = min(max(math.ceil(crop.right), left + 1), width)
    bottom = min(max(math.ceil(crop.bottom), top + 1), height)
    seen = (
        (left - crop.left) / crop.width,
        (top - crop.top) / crop.height,
        (right - crop.left) / crop.width,
        (bottom - crop.top) / crop.height,
    )
    return LesionView(
        preview=np.ascontiguousarray(preview[top:bottom, left:right]),
        evidence={name: _cut_map(evidence, seen) for name, evidence in lesion.evidence.items()},
        outline=tuple((x - left, y - top) for x, y in lesion.outline),
    )


def _cut_map(evidence: NDArray[np.float32], seen: tuple[float, float, float, float]) -> NDArray[np.float32]:
    """The part of a map between these shares of its width and height."""
    height, width = evidence.shape
    left, top, right, bottom = (min(max(share, 0.0), 1.0) for share in seen)
    box = (left * width, top * height, max(right, left + 1e-3) * width, max(bottom, top + 1e-3) * height)
    image = Image.fromarray(evidence.astype(np.float32))
    side = (_MAP_SIDE_PX, _MAP_SIDE_PX)
    box = (box[0], box[1], min(box[2], width), min(box[3], height))
    return np.asarray(image.resize(side, Image.Resampling.BILINEAR, box=box), dtype=np.float32)
