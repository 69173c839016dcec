"""Lesions pasted on skin: scenes that a finder learns from, and pictures by which its counts are judged."""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from inference.boxes import Box
from models.networks.finder import SIZE_PX
from models.training.finder_photos import MASKED_PX, SQUASHED, OutlinedPhotos, Skins
from models.training.finder_scenes import Scenes, take_outlined
from models.training.photos import DataError

_MOST: Final = 6  # lesions pasted on one scene
_CROWDED: Final = 0.65  # share of the pasted scenes that show several
_DARKEST: Final = 8  # a surround's colour is not taken for darker than this
_GAP_PX: Final = 9  # of a canvas: what lies this near to two lesions parts them
_GAP_WEIGHT: Final = 5.0  # of a pixel that parts two lesions
_ALONE, _SEVERAL = (0.03, 0.55), (0.03, 0.32)  # radii of pasted lesions, in half sides
_COMPOSED: Final = (2, 7)  # lesions of a composed picture
_COMPOSED_RADII: Final = (0.08, 0.2)  # of the picture's typical lesion, in half sides
_TRIES: Final = 200  # to find places for the lesions of a composed picture
_VISIBLE: Final = 25  # levels of 255 in some channel between a lesion and the skin around it
_SKINS: Final = 10  # tried for a composed picture, on average, at most
_UNLIKE: Final = 2.0  # times as wide as its smallest lesion is a composed picture's largest, at most


class ComposedPicture(NamedTuple):
    """Skin with lesions pasted on it."""

    pixels: NDArray[np.uint8]  # (S, S, 3)
    boxes: tuple[Box, ...]  # of the lesions, in pixels


def paste_lesions(outlined: OutlinedPhotos, skins: Skins, count: int, rng: Generator) -> Scenes:
    """Skin with one to six lesions on it, none over another; most of the scenes show several.

    Of a lesion that does not stand out from the skin nothing is learnt.
    """
    canvas = torch.stack([_cut_skin(skins, rng) for _ in range(count)])
    masks = torch.zeros(count, 1, SIZE_PX, SIZE_PX)
    weights = torch.ones_like(masks)
    hidden = torch.zeros_like(masks, dtype=torch.bool)
    wanted = np.where(rng.random(count) < _CROWDED, rng.integers(2, _MOST + 1, count), 1)
    placed: list[list[tuple[float, float, float]]] = [[] for _ in range(count)]
    for number in range(_MOST):
        for scene in np.flatnonzero(wanted > number):
            spot = _find_spot(placed[scene], rng, _ALONE if wanted[scene] == 1 else _SEVERAL)
            if spot is not None:
                placed[scene].append(spot)
                lesion = int(rng.choice(outlined.whole))
                shape = _paste(canvas[scene], (outlined, lesion), spot, rng)
                near = _widen(shape) > 0
                parts = near & (_widen(masks[scene]) > 0)
                masks[scene] = torch.maximum(masks[scene], shape)
                hidden[scene] |= (shape > 0) & (not _stands_out(canvas[scene], shape, near))
                weights[scene][parts] = _GAP_WEIGHT
    weights[masks > 0] = 1
    weights[hidden] = 0
    return Scenes(canvas, masks, weights)


def compose_pictures(
    outlined: OutlinedPhotos, skins: Skins, count: int, rng: Generator
) -> Iterator[ComposedPicture]:
    """Pictures of two to seven lesions on skin of close-ups, by which a finder's counts are judged.

    None lies over another; the largest is at most twice as wide as the smallest. All stand out from the skin:
    what nobody sees is not counted.

    Raises:
        DataError: no outlined lesion stands out, or the skin hides nearly all of them.
    """
    visible = _find_visible(outlined)
    if not len(visible):
        raise DataError("no outlined lesion stands out from its skin: composed pictures need some")
    made = 0
    for _ in range(_SKINS * count):
        if made == count:
            return
        picture = _compose(outlined, visible, skins, rng)
        if len(picture.boxes) >= _COMPOSED[0]:  # else hardly a lesion stands out from this skin
            made += 1
            yield picture
    raise DataError("hardly any lesion stands out from the skin of the close-ups")


def _compose(
    outlined: OutlinedPhotos, visible: NDArray[np.int64], skins: Skins, rng: Generator
) -> ComposedPicture:
    """One picture of lesions that stand out; of fewer than wanted if the skin hides them or has no room."""
    canvas = _stretch(_cut_closeup(skins, rng), rng)
    placed: list[tuple[float, float, float]] = []
    boxes: list[Box] = []
    wanted = int(rng.integers(_COMPOSED[0], _COMPOSED[1] + 1))
    middle = math.exp(rng.uniform(*np.log(_COMPOSED_RADII)))
    radii = (middle / math.sqrt(_UNLIKE), middle * math.sqrt(_UNLIKE))
    for _ in range(_TRIES):
        if len(placed) == wanted:
            break
        spot = _find_spot(placed, rng, radii)
        if spot is None:
            continue
        pasted = canvas.clone()
        shape = _paste(pasted, (outlined, int(rng.choice(visible))), spot, rng)
        if _stands_out(pasted, shape, _widen(shape) > 0):
            canvas = pasted
            placed.append(spot)
            boxes.append(_surround(shape))
    pixels = canvas.permute(1, 2, 0).clamp(0, 255).byte().numpy()
    return ComposedPicture(pixels, tuple(boxes))


def _stands_out(canvas: Tensor, shape: Tensor, near: Tensor) -> bool:
    """Whether a lesion is seen on a canvas (3, S, S): its colour differs from what lies around it.

    Args:
        canvas: with the lesion on it.
        shape: the lesion's mask, (1, S, S).
        near: where the lesion and what lies around it are, (1, S, S).
    """
    lesion = shape[0] > 0.5
    if not lesion.any():
        return False
    around = near[0] & (shape[0] == 0)
    contrast = canvas[:, lesion].mean(dim=1) - canvas[:, around].mean(dim=1)
    return bool(contrast.abs().max() >= _VISIBLE)


def _surround(shape: Tensor) -> Box:
    """The box around a mask, (1, S, S), in pixels."""
    rows, columns = ((shape[0] > 0.5).any(dim=axis).nonzero().flatten() for axis in (1, 0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def _widen(mask: Tensor) -> Tensor:
    """A mask (1, S, S), grown on all sides."""
    size, margin = 2 * _GAP_PX + 1, _GAP_PX
    wide = functional.max_pool2d(mask[None], (1, size), stride=1, padding=(0, margin))
    return functional.max_pool2d(wide, (size, 1), stride=1, padding=(margin, 0))[0]


def _find_visible(outlined: OutlinedPhotos) -> NDArray[np.int64]:
    """Places of the lesions, fit to be pasted, that stand out from the skin around them."""
    contrasts = [
        np.abs(outlined.pixels[at][outlined.masks[at] > 127].mean(axis=0) - outlined.surrounds[at]).max()
        for at in outlined.whole
    ]
    return outlined.whole[np.array(contrasts) >= _VISIBLE]


def _paste(
    canvas: Tensor, source: tuple[OutlinedPhotos, int], spot: tuple[float, float, float], rng: Generator
) -> Tensor:
    """Put a lesion on a canvas (3, S, S), in the colour of the skin there; its mask, (1, S, S)."""
    outlined, lesion = source
    x, y, radius = spot
    left, top, right, bottom = outlined.boxes[lesion] / MASKED_PX * 2 - 1
    half = max((right - left) / 2, (bottom - top) / 2 * SQUASHED)
    photos, masks = take_outlined(outlined, np.array([lesion]))
    scale = half / radius
    angle, flip = rng.uniform(0, 2 * math.pi), float(rng.choice([-1, 1]))
    turn = np.array([[np.cos(angle) * flip, -np.sin(angle)], [np.sin(angle) * flip, np.cos(angle)]]) * scale
    turn[1] /= SQUASHED
    shift = np.array([(left + right) / 2, (top + bottom) / 2]) - turn @ np.array([x, y])
    matrix = torch.from_numpy(np.concatenate([turn, shift[:, None]], axis=1).astype(np.float32))[None]
    grid = functional.affine_grid(matrix, [1, 3, SIZE_PX, SIZE_PX], align_corners=False)
    shape, picture = (
        functional.grid_sample(each, grid, padding_mode="zeros", align_corners=False)[0]
        for each in (masks, photos)
    )
    skin = _colour_at(canvas, spot)
    tint = (skin / torch.from_numpy(outlined.surrounds[lesion]).clamp(min=_DARKEST)).clamp(0.2, 4)
    soft = functional.avg_pool2d(functional.pad(shape[None], (2, 2, 2, 2)), 5, 1)[0]
    alpha = ((soft + shape) / 2 * rng.uniform(0.75, 1)).clamp(0, 1)
    canvas[:] = canvas * (1 - alpha) + (picture * tint[:, None, None]).clamp(0, 255) * alpha
    return shape


def _find_spot(
    placed: list[tuple[float, float, float]], rng: Generator, radii: tuple[float, float]
) -> tuple[float, float, float] | None:
    """Middle and radius of a place that no other lesion is near, in half sides; None if none is found."""
    radius = math.exp(rng.uniform(*np.log(radii)))
    for _ in range(12):
        x, y = rng.uniform(-0.9, 0.9, 2) * (0.3 if radii is _ALONE and rng.random() < 0.6 else 1)
        if all(math.hypot(x - left, y - top) > 1.25 * (radius + other) + 0.03 for left, top, other in placed):
            return float(x), float(y), radius
    return None


def _cut_skin(skins: Skins, rng: Generator) -> Tensor:
    """(3, S, S): a side of a close-up or plain skin, sometimes mirrored to tiles."""
    if rng.random() < 0.75:
        return _stretch(_cut_closeup(skins, rng), rng)
    photo = skins.plain[rng.integers(len(skins.plain))]
    size = int(rng.integers(40, MASKED_PX))
    top, left = rng.integers(0, MASKED_PX + 1 - size, 2)
    return _stretch(photo[top : top + size, left : left + size], rng)


def _cut_closeup(skins: Skins, rng: Generator) -> NDArray[np.uint8]:
    """(H, W, 3): a part of a close-up's left or right side, where its lesion is not."""
    photo = skins.closeups[rng.integers(len(skins.closeups))]
    width, height = int(rng.integers(60, 100)), int(rng.integers(60, 200))
    top = int(rng.integers(0, photo.shape[0] + 1 - height))
    side = photo[:, :width] if rng.random() < 0.5 else photo[:, -width:]
    patch: NDArray[np.uint8] = side[top : top + height]
    return patch


def _stretch(patch: NDArray[np.uint8], rng: Generator) -> Tensor:
    """(3, S, S): a part of a photo over the whole canvas, sometimes turned or mirrored to tiles."""
    tile = torch.from_numpy(np.array(patch)).permute(2, 0, 1).float()[None]
    if rng.random() < 0.5:
        tile = tile.transpose(2, 3)
    if rng.random() < 0.5:
        tile = torch.cat([tile, tile.flip(3)], dim=3)
        tile = torch.cat([tile, tile.flip(2)], dim=2)
    size_px = (SIZE_PX, SIZE_PX)
    return functional.interpolate(tile, size=size_px, mode="bilinear", antialias=True, align_corners=False)[0]


def _colour_at(canvas: Tensor, spot: tuple[float, float, float]) -> Tensor:
    """(3,): the mean colour around a place."""
    x, y = ((value + 1) / 2 * SIZE_PX for value in spot[:2])
    reach = max(3, int(spot[2] * SIZE_PX / 2))
    top, left = max(0, int(y) - reach), max(0, int(x) - reach)
    return canvas[:, top : int(y) + reach + 1, left : int(x) + reach + 1].mean(dim=(1, 2))
