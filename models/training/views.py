"""Random views of a whole batch of lesion crops, drawn by tensor operations on any device.

Frame marks, hairs, rulers and ink are drawn on every class alike, so that none of them says anything.
"""

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Generator, Tensor
from torch.nn import functional

WIDE: Final = 1.28  # a stored crop shows this many times what serving crops, so that a view can move
# Optical density, in linear light, of red, green and blue that the darkest skin of MILK10k's close-ups has
# more than the lightest (medians of the photos' edges; 5 of skin tone 0, 151 of tone 5).
_MELANIN: Final = (1.15, 1.86, 2.08)
_GAMMA: Final = 2.2  # of a photo's values


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewConfig:
    """How far a view may differ from the photo. Spreads are standard deviations, of logarithms where said."""

    middle: float = 1.0  # share of a crop's side that views show on average; a trainer sets its network's
    zoom: float = 0.16  # of the logarithm; what is left of the finder's error in size
    stretch: float = 0.25  # of the logarithm, at most: photos were squashed to squares
    squash: float = 0.14  # the same, along the photo's own axes
    shift: float = 0.16  # of the side, at most
    gamma: float = 0.2  # of the logarithm
    colour: float = 0.07  # of the logarithm, of each channel
    exposure: float = 0.1  # of the logarithm
    saturation: float = 0.4  # at most
    contrast: float = 0.15  # of the logarithm
    slope: float = 0.07  # of the light over the crop
    soft: float = 0.16  # share of views that lose resolution, drawn twice
    frame: float = 0.15  # share of views with a round dark frame
    noise: float = 0.2  # share of views with noise
    hairs: float = 0.1  # share of views
    marks: float = 0.1  # share of views with a ruler or ink
    as_taken: float = 0.15  # share of views whose colours stay
    melanin: float = 0.12  # share of views on darker skin


def draw_views(crops: Tensor, size_px: int, config: ViewConfig, generator: Generator) -> Tensor:
    """One random view of each crop.

    Args:
        crops: (N, P, P, 3) uint8, `WIDE` times what serving crops.
        size_px: side of the views.
        config: how far they may differ.
        generator: on the crops' device.

    Returns:
        (N, size_px, size_px, 3) float, 0 to 255.
    """
    draw = _Draw(len(crops), crops.device, generator)
    views = _move(crops.permute(0, 3, 1, 2).float(), size_px, config, draw) / 255
    views = _recolour(views, config, draw)
    for _ in range(2):
        views = _soften(views, config, draw)
    views = _frame(views, config, draw)
    strength = draw.uniform(0, 0.03) * draw.happens(config.noise)
    views = views + torch.randn(views.shape, generator=generator, device=views.device) * strength
    views = _draw_hairs(views.clamp(0, 1), config, draw)
    views = _draw_marks(views, config, draw)
    return (views * 255).permute(0, 2, 3, 1).contiguous()


class _Draw:
    """Random numbers for a batch, one a view, shaped (N, 1, 1, 1)."""

    def __init__(self, count: int, device: torch.device, generator: Generator) -> None:
        self.count, self.device, self.generator = count, device, generator

    def uniform(self, low: float, high: float, channels: int = 1) -> Tensor:
        shape = (self.count, channels, 1, 1)
        return torch.rand(shape, generator=self.generator, device=self.device) * (high - low) + low

    def normal(self, spread: float, channels: int = 1) -> Tensor:
        shape = (self.count, channels, 1, 1)
        return torch.randn(shape, generator=self.generator, device=self.device) * spread

    def happens(self, share: float) -> Tensor:
        return (self.uniform(0, 1) < share).float()

    def sign(self) -> Tensor:
        return self.happens(0.5) * 2 - 1


def _move(x: Tensor, size_px: int, config: ViewConfig, draw: _Draw) -> Tensor:
    """Zoom, turn, flip, stretch and shift; what lies beyond the crop is mirrored."""
    zoom = torch.exp(draw.normal(config.zoom)).clamp(0.68, 1.55) * WIDE / config.middle
    angle = draw.uniform(0, 2 * math.pi)
    stretch = torch.exp(draw.uniform(-config.stretch, config.stretch))
    squash = torch.exp(draw.uniform(-config.squash, config.squash))
    cos, sin, flip = torch.cos(angle), torch.sin(angle), draw.sign()
    rows = [
        torch.cat([cos * flip * stretch * squash, -sin * squash / stretch], dim=3),
        torch.cat([sin * flip * stretch / squash, cos / stretch / squash], dim=3),
    ]
    turn = torch.cat(rows, dim=2)[:, 0] / zoom[:, 0]  # (N, 2, 2)
    shift = draw.uniform(-config.shift / 2, config.shift / 2, channels=2)[:, :, :, 0]  # (N, 2, 1)
    matrix = torch.cat([turn, shift], dim=2)
    grid = functional.affine_grid(matrix, [len(x), 3, size_px, size_px], align_corners=False)
    return functional.grid_sample(x, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _recolour(x: Tensor, config: ViewConfig, draw: _Draw) -> Tensor:
    """Melanin, lamp, exposure, saturation, contrast and a slope of the light."""
    on = 1 - draw.happens(config.as_taken)
    dose = draw.uniform(0, 1) * draw.happens(config.melanin) * on
    x = x * torch.exp(-dose * x.new_tensor(_MELANIN)[None, :, None, None] / _GAMMA)
    x = x.clamp(1e-4, 1) ** torch.exp(draw.normal(config.gamma) * on)
    x = x * torch.exp((draw.normal(config.colour, channels=3) + draw.normal(config.exposure)) * on)
    grey = x.mean(dim=1, keepdim=True)
    x = grey + (x - grey) * (1 + draw.uniform(-config.saturation, config.saturation) * on)
    middle = x.mean(dim=(1, 2, 3), keepdim=True)
    x = middle + (x - middle) * torch.exp(draw.normal(config.contrast) * on)
    across, down = _axes(x)
    return x * (1 + (draw.normal(config.slope) * across + draw.normal(config.slope) * down) * on)


def _soften(x: Tensor, config: ViewConfig, draw: _Draw) -> Tensor:
    """Shrink some views and enlarge them again, as a small or recompressed photo would be."""
    chosen = torch.nonzero(draw.happens(config.soft).flatten()).flatten()
    if not len(chosen):
        return x
    factor = float(torch.rand((), generator=draw.generator, device=draw.device)) * 0.5 + 0.3
    small = functional.interpolate(
        x[chosen], scale_factor=factor, mode="bilinear", antialias=True, align_corners=False
    )
    x[chosen] = functional.interpolate(small, size=x.shape[2:], mode="bilinear", align_corners=False)
    return x


def _frame(x: Tensor, config: ViewConfig, draw: _Draw) -> Tensor:
    """Darken what lies outside a disc, as a dermatoscope's tube does."""
    across, down = _axes(x)
    radius = draw.uniform(0.75, 1.2)
    distance = torch.hypot(across - draw.uniform(-0.15, 0.15), down - draw.uniform(-0.15, 0.15))
    inside = ((radius - distance) / 0.05 + 0.5).clamp(0, 1)
    inside = 1 - (1 - inside) * draw.happens(config.frame)
    return x * inside + (1 - inside) * draw.uniform(0, 0.08)


def _draw_hairs(x: Tensor, config: ViewConfig, draw: _Draw) -> Tensor:
    """Darken a few thin curves."""
    size = x.shape[-1]
    steps = torch.linspace(0, 1, size * 2, device=x.device)[:, None]
    for index in torch.nonzero(draw.happens(config.hairs).flatten()).flatten().tolist():
        numbers = torch.rand(8, 7, generator=draw.generator, device=x.device)
        for number in numbers[: 2 + int(numbers[0, 6] * 7)]:
            start, bend, end = (number[at : at + 2] * size for at in (0, 2, 4))
            shade = 0.15 + 0.55 * float(number[6])
            curve = (1 - steps) ** 2 * start + 2 * steps * (1 - steps) * bend + steps**2 * end
            place = curve.long().clamp(0, size - 1)
            x[index][:, place[:, 1], place[:, 0]] *= shade
    return x


def _draw_marks(x: Tensor, config: ViewConfig, draw: _Draw) -> Tensor:
    """Draw a ruler's ticks or strokes of ink along one side."""
    size = x.shape[-1]
    for index in torch.nonzero(draw.happens(config.marks).flatten()).flatten().tolist():
        step, width, place, ink, turned = torch.rand(5, generator=draw.generator, device=x.device).tolist()
        colour = (0.05, 0.05, 0.08) if ink < 0.6 else (0.15, 0.1, 0.55)
        side = x[index].transpose(1, 2) if turned < 0.5 else x[index]
        top = int(place * size / 3)
        ticks = side[:, top : top + 4 + int(width * 8), :: 4 + int(step * 8)]
        ticks[:] = torch.tensor(colour, device=x.device)[:, None, None]
    return x


def _axes(x: Tensor) -> tuple[Tensor, Tensor]:
    """(1, 1, 1, S) and (1, 1, S, 1), each -1 to 1."""
    axis = torch.linspace(-1, 1, x.shape[-1], device=x.device)
    return axis[None, None, None, :], axis[None, None, :, None]
