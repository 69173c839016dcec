"""Ink, rulers, scales, stickers, hairs and lamps over the scenes of the lesion finder: none is a lesion."""

from typing import Final

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn import functional

from models.networks.finder import FILL_VALUE, SIZE_PX
from models.training.finder_scenes import Scenes

_INKS: Final = ((60, 50, 160), (40, 30, 120), (90, 60, 170), (30, 30, 40), (110, 70, 150))
_STICKERS: Final = ((250, 250, 250), (30, 140, 70), (240, 220, 60), (210, 40, 40), (40, 90, 200))
_SCALES: Final = ((15, 15, 20), (60, 45, 40), (120, 110, 115), (230, 230, 235))
_UNITS: Final = ("mm", "MM", "mm", "MM", "cm", "10", "5")
_WHITE: Final = (235, 235, 235)
_FINE: Final = 3  # times as fine as the photo are scribbles and scales drawn


def spoil(scenes: Scenes, rng: Generator) -> Scenes:
    """Draw marks, change the light, and show only a window of random aspect on the grey canvas."""
    photos = torch.stack(
        [mark_photo(photo, mask, rng) for photo, mask in zip(scenes.photos, scenes.masks, strict=True)]
    )
    photos = _hairs(_relight(photos, rng), rng)
    # (N, 1, S, S): 1 where the photo is, of any aspect from 1:2 to 2:1.
    count = len(photos)
    aspect = np.exp(rng.uniform(np.log(0.5), np.log(2), count))
    kind = rng.random(count)
    aspect = np.select([kind < 0.15, kind < 0.45], [1.0, 4 / 3], aspect)
    across, down = _axes()
    wide, high = _column(np.minimum(aspect, 1)), _column(np.minimum(1 / aspect, 1))
    seen = ((across.abs() < wide) & (down.abs() < high)).float()
    return Scenes(photos * seen + FILL_VALUE * (1 - seen), scenes.masks * seen, scenes.weights)


def darken_rim(scenes: Scenes, rng: Generator, share: float) -> Scenes:
    """Darken what lies outside a disc on a share of the scenes, as a dermatoscope's tube does."""
    count = len(scenes.photos)
    limits = (0.78, 1.25), (-0.12, 0.12), (-0.12, 0.12)
    radius, left, top = (_column(rng.uniform(low, high, count)) for low, high in limits)
    across, down = _axes()
    inside = ((radius - torch.hypot(across - left, down - top)) / 0.05 + 0.5).clamp(0, 1)
    inside = 1 - (1 - inside) * _column((rng.random(count) < share).astype(np.float64))
    rim = _column(rng.uniform(0, 25, count))
    return Scenes(scenes.photos * inside + (1 - inside) * rim, scenes.masks * (inside > 0.5), scenes.weights)


def mark_photo(photo: Tensor, mask: Tensor, rng: Generator) -> Tensor:
    """Ink, a ruler, a scale or stickers on about a third of the photos; (3, S, S).

    Args: mask: of the lesion, (1, S, S). Scribbles mostly leave it free.
    """
    kind = rng.random()
    if kind > 0.34:
        return photo
    image = Image.fromarray(photo.permute(1, 2, 0).clamp(0, 255).byte().numpy())
    if kind < 0.05:
        image = _draw_ink(image, rng)
    elif kind < 0.15:
        image = _scribble(image, mask[0].numpy(), rng)
    elif kind < 0.2:
        image = _draw_ruler(image, rng)
    elif kind < 0.3:
        image = _draw_scale(image, rng)
    else:
        _draw_sticker(image, rng)
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).float()


def _draw_ink(image: Image.Image, rng: Generator) -> Image.Image:
    layer = Image.new("L", image.size, 0)
    draw = ImageDraw.Draw(layer)
    for _ in range(rng.integers(1, 7)):
        x, y = rng.uniform(10, SIZE_PX - 10, 2)
        reach, width = rng.uniform(4, 60), int(rng.integers(1, 7))
        if rng.random() < 0.5:
            high = reach * rng.uniform(0.6, 1.4)
            around = [x - reach, y - high, x + reach, y + high]
            draw.arc(around, rng.uniform(0, 360), rng.uniform(360, 720), fill=255, width=width)
        else:
            angle = rng.uniform(0, 2 * np.pi)
            end = [x + reach * np.cos(angle), y + reach * np.sin(angle)]
            draw.line([x, y, *end], fill=255, width=width)
    return _cover(image, layer, _INKS[rng.integers(len(_INKS))], rng.uniform(0.5, 0.95))


def _scribble(image: Image.Image, lesion: NDArray[np.float32], rng: Generator) -> Image.Image:
    """Patches hatched with a pen, as surgeons draw them: in a ring around the lesion, or anywhere."""
    layer = Image.new("L", (_FINE * SIZE_PX, _FINE * SIZE_PX), 0)
    draw = ImageDraw.Draw(layer)
    patches = int(rng.integers(1, 9))
    in_ring, first, distance = rng.random() < 0.5, rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 0.48)
    size, slant = rng.uniform(0.02, 0.1), rng.uniform(0, np.pi)
    for number in range(patches):
        turn = first + 2 * np.pi * number / patches
        ring = 0.5 + distance * np.array([np.cos(turn), np.sin(turn)]) + rng.normal(0, 0.02, 2)
        middle = ring if in_ring else rng.uniform(0, 1, 2)
        reach = size * rng.uniform(0.7, 1.5)
        for _ in range(int(rng.integers(4, 22))):
            angle = slant + rng.normal(0, 0.25) + (np.pi / 2 if rng.random() < 0.25 else 0)
            along = np.array([np.cos(angle), np.sin(angle)]) * reach * rng.uniform(0.5, 1.3)
            at = middle + rng.normal(0, reach / 2, 2)
            ends = np.concatenate([at - along, at + along]) * _FINE * SIZE_PX
            draw.line(ends.tolist(), fill=int(rng.integers(120, 256)), width=int(rng.integers(1, 8)))
    layer = layer.resize(image.size, Image.Resampling.BOX)
    if rng.random() < 0.8:
        layer = Image.fromarray((np.asarray(layer) * (lesion < 0.5)).astype(np.uint8))
    red, green, blue = (int(value * rng.uniform(0.7, 1.2)) for value in _INKS[rng.integers(len(_INKS))])
    return _cover(image, layer, (red, green, blue), rng.uniform(0.4, 0.95))


def _draw_scale(image: Image.Image, rng: Generator) -> Image.Image:
    """The scale on a dermatoscope's glass: ticks along a line, and its unit."""
    side = _FINE * SIZE_PX
    layer = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(layer)
    left, length = side * rng.uniform(0.02, 0.6), side * rng.uniform(0.3, 0.9)
    y, step, high = (
        side * rng.uniform(0.03, 0.97),
        side * rng.uniform(0.02, 0.08),
        side * rng.uniform(0.01, 0.04),
    )
    width = int(rng.integers(2, 6))
    if rng.random() < 0.6:
        draw.line([left, y, left + length, y], fill=255, width=width)
    for number in range(int(length / step) + 1):
        x, reach = left + number * step, high * (1.6 if number % 5 == 0 else 1)
        draw.line([x, y - reach, x, y], fill=255, width=width)
    unit = _UNITS[rng.integers(len(_UNITS))]
    place = left + rng.choice([0.0, length]) + rng.uniform(-0.05, 0.02) * side
    font = ImageFont.load_default(size=side * rng.uniform(0.03, 0.09))
    draw.text(
        (place, y + rng.uniform(-0.05, 0.02) * side), unit, fill=255, font=font, stroke_width=width // 3
    )
    angle = 90 * int(rng.integers(0, 4)) + rng.normal(0, 8)
    layer = layer.rotate(angle, Image.Resampling.BILINEAR).resize(image.size, Image.Resampling.BOX)
    return _cover(image, layer, _SCALES[rng.integers(len(_SCALES))], rng.uniform(0.4, 1))


def _draw_ruler(image: Image.Image, rng: Generator) -> Image.Image:
    turned = image.transpose(Image.Transpose.TRANSPOSE) if rng.random() < 0.5 else None
    base = turned if turned is not None else image
    top, high, step = int(rng.integers(0, SIZE_PX - 20)), int(rng.integers(4, 14)), int(rng.integers(4, 14))
    if rng.random() < 0.5:
        bottom = min(SIZE_PX, top + high + int(rng.integers(6, 26)))
        base.paste(_WHITE, (0, max(0, top - 4), SIZE_PX, bottom))
    layer = Image.new("L", base.size, 0)
    draw = ImageDraw.Draw(layer)
    for number, x in enumerate(range(0, SIZE_PX, step)):
        draw.line([x, top, x, top + high * (1 if number % 5 else 2)], fill=255)
    colour = (20, 20, 25) if rng.random() < 0.7 else (200, 200, 205)
    drawn = _cover(base, layer, colour, rng.uniform(0.5, 0.95))
    return drawn if turned is None else drawn.transpose(Image.Transpose.TRANSPOSE)


def _draw_sticker(image: Image.Image, rng: Generator) -> None:
    x, y = rng.uniform(0, SIZE_PX, 2)
    reach = rng.uniform(6, 40)
    around = (x - reach, y - reach, x + reach, y + reach)
    ImageDraw.Draw(image).ellipse(around, fill=_STICKERS[rng.integers(len(_STICKERS))])


def _cover(
    image: Image.Image, layer: Image.Image, colour: tuple[int, int, int], opacity: float
) -> Image.Image:
    mask = layer.point(lambda value: value * opacity)
    return Image.composite(Image.new("RGB", image.size, colour), image, mask)


def _relight(photos: Tensor, rng: Generator) -> Tensor:
    """Lamp, exposure, saturation, a slope of the light, lost resolution and noise."""
    count = len(photos)

    def normal(spread: float, channels: int = 1) -> Tensor:
        return torch.from_numpy(rng.normal(0, spread, (count, channels, 1, 1)).astype(np.float32))

    x = (photos / 255).clamp(1e-4, 1) ** torch.exp(normal(0.25))
    x = x * torch.exp(normal(0.08, 3) + normal(0.12))
    grey = x.mean(dim=1, keepdim=True)
    x = grey + (x - grey) * (1 + _column(rng.uniform(-0.5, 0.4, count)))
    across, down = _axes()
    x = x * (1 + normal(0.12) * across + normal(0.12) * down)
    soft = torch.from_numpy(np.flatnonzero(rng.random(count) < 0.25))
    if len(soft):
        factor = float(rng.uniform(0.35, 0.85))
        small = functional.interpolate(
            x[soft], scale_factor=factor, mode="bilinear", antialias=True, align_corners=False
        )
        x[soft] = functional.interpolate(small, size=x.shape[2:], mode="bilinear", align_corners=False)
    noise = torch.from_numpy(rng.standard_normal(tuple(x.shape), dtype=np.float32))
    return (x + noise * _column(rng.uniform(0, 0.04, count))).clamp(0, 1) * 255


def _hairs(photos: Tensor, rng: Generator) -> Tensor:
    steps = np.linspace(0, 1, 160)[:, None]
    for photo in photos:
        if rng.random() < 0.2:
            for _ in range(rng.integers(2, 12)):
                start, bend, end = rng.uniform(0, SIZE_PX, (3, 2))
                curve = (1 - steps) ** 2 * start + 2 * steps * (1 - steps) * bend + steps**2 * end
                place = curve.astype(np.int64).clip(0, SIZE_PX - 1)
                photo[:, place[:, 1], place[:, 0]] *= float(rng.uniform(0.2, 0.7))
    return photos


def _column(values: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))[:, None, None, None]


def _axes() -> tuple[Tensor, Tensor]:
    """(1, 1, 1, S) and (1, 1, S, 1), each -1 to 1 at the pixels' middles."""
    axis = (torch.arange(SIZE_PX) + 0.5) / SIZE_PX * 2 - 1
    return axis[None, None, None, :], axis[None, None, :, None]
