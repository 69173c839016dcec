"""Photos for the lesion finder: real lesions with drawn outlines, photos without one, and marked ones.

A scene is a square canvas, its lesion mask, and the weight of each pixel of the mask. All are tensors.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.networks.finder import SIZE_PX
from models.training.finder_photos import MASKED_PX, SQUASHED, OutlinedPhotos, Skins


class Scenes(NamedTuple):
    """A batch."""

    photos: Tensor  # (N, 3, S, S), 0 to 255
    masks: Tensor  # (N, 1, S, S), 0 to 1
    weights: Tensor  # (N, 1, S, S), 0 where the truth is not known


def show_outlined(outlined: OutlinedPhotos, count: int, rng: Generator) -> Scenes:
    """Lesions looked at whole, with the ink and scales beside them, and so near that they fill the frame."""
    index = rng.integers(len(outlined.pixels), size=count)
    photos, masks = take_outlined(outlined, index)
    kind = rng.random(count)
    near, whole, other = (
        rng.uniform(least, most, count) for least, most in ((0.0, 1.9), (-0.1, 0.15), (-0.1, 1.0))
    )
    zoom = _column(np.exp(np.select([kind < 0.3, kind < 0.6], [near, whole], other)))
    boxes = torch.from_numpy(outlined.boxes[index]) / MASKED_PX * 2 - 1
    centre = torch.stack([boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]], dim=1) / 2
    reach = (1 - 1 / zoom).clamp(min=0.02)
    shift = torch.from_numpy(rng.uniform(-0.5, 0.5, (count, 2)).astype(np.float32)) / zoom
    centre = torch.maximum(torch.minimum(centre + shift, reach), -reach)
    aspect = np.where(outlined.squashed[index], SQUASHED, 1.0) * np.exp(rng.uniform(-0.15, 0.35, count))
    across = 1 / zoom
    grid = _turn(rng, across, across / _column(aspect), centre)
    return Scenes(_sample(photos, grid), _sample(masks, grid), torch.ones(count, 1, SIZE_PX, SIZE_PX))


def show_nothing(skins: Skins, count: int, rng: Generator) -> Scenes:
    """Everyday objects and plain skin: nothing in them is a lesion."""
    pools = [skins.objects, skins.plain]
    chosen = [pools[int(rng.random() < 0.45)] for _ in range(count)]
    pixels = np.stack([pool[rng.integers(len(pool))] for pool in chosen])
    photos = torch.from_numpy(pixels).permute(0, 3, 1, 2).float()
    across = 1 / _column(np.exp(rng.uniform(0, 0.9, count)))
    stretch = _column(np.exp(rng.uniform(-0.3, 0.3, count)))
    centre = torch.from_numpy(rng.uniform(-0.4, 0.4, (count, 2)).astype(np.float32))
    grid = _turn(rng, across, across * stretch, centre, quarter_turns=False)
    nothing = torch.zeros(count, 1, SIZE_PX, SIZE_PX)
    return Scenes(_sample(photos, grid), nothing, torch.ones_like(nothing))


def show_marked(
    pixels: NDArray[np.uint8],
    marked: tuple[NDArray[np.float32], NDArray[np.bool_]],
    rng: Generator,
    zoom: float,
) -> Scenes:
    """Photos that an earlier finder marked.

    Args:
        pixels: (N, H, W, 3).
        marked: (N, H, W) its probabilities, and where they are sure enough to learn from.
        rng: as it says.
        zoom: logarithm of how close they are looked at, at most.
    """
    count, height, width = pixels.shape[:3]
    across = 0.9 / _column(np.exp(rng.uniform(-0.05, zoom, count)))
    reach = (1 - across / 0.9).clamp(min=0.02)
    centre = torch.from_numpy(rng.uniform(-0.35, 0.35, (count, 2)).astype(np.float32))
    centre = torch.maximum(torch.minimum(centre, reach), -reach)
    grid = _turn(rng, across, across * width / height * 0.9, centre)
    photos = torch.from_numpy(pixels).permute(0, 3, 1, 2).float()
    masks, sure = (torch.from_numpy(each.astype(np.float32))[:, None] for each in marked)
    return Scenes(_sample(photos, grid), _sample(masks, grid), _sample(sure, grid).round())


def join_scenes(parts: Sequence[Scenes]) -> Scenes:
    """One batch of several."""
    return Scenes(*(torch.cat(tensors) for tensors in zip(*parts, strict=True)))


def _turn(
    rng: Generator, across: Tensor, down: Tensor, centre: Tensor, *, quarter_turns: bool = True
) -> Tensor:
    """A sampling grid: turned, flipped, of these half extents around these centres of the source."""
    count = len(across)
    turns = rng.integers(0, 4, count) * (math.pi / 2) if quarter_turns else 0
    angle = turns + rng.uniform(-0.4, 0.4, count)
    flip = rng.choice([-1.0, 1.0], count)
    cos, sin = (torch.from_numpy(values.astype(np.float32)) for values in (np.cos(angle), np.sin(angle)))
    sign = torch.from_numpy(flip.astype(np.float32))
    first = torch.stack([cos * sign, -sin], dim=1) * across
    second = torch.stack([sin * sign, cos], dim=1) * down
    matrix = torch.cat([torch.stack([first, second], dim=1), centre[:, :, None]], dim=2)
    return functional.affine_grid(matrix, [count, 3, SIZE_PX, SIZE_PX], align_corners=False)


def _sample(values: Tensor, grid: Tensor) -> Tensor:
    return functional.grid_sample(
        values, grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )


def _column(values: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))[:, None]


def take_outlined(outlined: OutlinedPhotos, index: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    """(N, 3, S, S) photos, 0 to 255, and (N, 1, S, S) their masks, 0 to 1."""
    photos = torch.from_numpy(outlined.pixels[index]).permute(0, 3, 1, 2).float()
    return photos, torch.from_numpy(outlined.masks[index]).float()[:, None] / 255
