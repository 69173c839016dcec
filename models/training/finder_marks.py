"""Ink, rulers, stickers, hairs and lamps over the lesion finder's scenes: none of them is a lesion."""

from typing import Final

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn import functional

from models.networks.finder import FILL_VALUE, SIZE_PX
from models.training.finder_scenes import Scenes

_INKS: Final = ((60, 50, 160), (40, 30, 120), (90, 60, 170), (30, 30, 40), (110, 70, 150))
_STICKERS: Final = ((250, 250, 250), (30, 140, 70), (240, 220, 60), (210, 40, 40), (40, 90, 200))
_WHITE: Final = (235, 235, 235)


def spoil(scenes: Scenes, rng: Generator) -> Scenes:
    """Draw marks, change the light, and show only a window of random aspect on the grey canvas."""
    photos = torch.stack([_mark(photo, rng) for photo in scenes.photos])
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


def _mark(photo: Tensor, rng: Generator) -> Tensor:
    """Ink, a ruler or stickers on about a sixth of the photos; (3, S, S)."""
    kind = rng.random()
    if kind > 0.18:
        return photo
    image = Image.fromarray(photo.permute(1, 2, 0).clamp(0, 255).byte().numpy())
    if kind < 0.08:
        image = _draw_ink(image, rng)
    elif kind < 0.135:
        image = _draw_ruler(image, rng)
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
