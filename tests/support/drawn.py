"""Drawn skin and lesions for tests and for the documentation's pictures: numbers and noise, never a photo.

Everything is a pure function of its seed. Arrays are (height, width, 3) RGB, uint8. A lesion of 600 px takes
about a quarter of a second; ask for a smaller one where the size does not matter.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Rgb = NDArray[np.uint8]
Plane = NDArray[np.floating[Any]]
Kind = Literal["naevus", "melanoma"]
Skin = Literal["light", "rosy", "medium", "dark"]
Frame = Literal["none", "corners"]
Object = Literal["mug", "keyboard"]

SKIN_COLOURS: dict[Skin, tuple[int, int, int]] = {
    "light": (226, 186, 162),
    "rosy": (216, 156, 146),
    "medium": (196, 146, 114),
    "dark": (122, 82, 62),
}


def draw_lesion(
    seed: int,
    *,
    size_px: int = 600,
    kind: Kind = "naevus",
    skin: Skin = "light",
    frame: Frame = "none",
    hairs: int = 3,
) -> Rgb:
    """A dermoscopic view of one pigmented lesion on skin, (size_px, size_px, 3)."""
    rng = np.random.default_rng(seed)
    surface = _skin_surface(rng, size_px, skin)
    shape = _lesion_shape(rng, size_px, kind)
    pigment = _pigment(rng, shape, kind) * (0.25 + 0.75 * _shade(skin))
    picture = _blend(surface, pigment, shape.cover)
    picture = _with_hairs(rng, picture, hairs)
    picture = _with_light(rng, picture)
    if frame == "corners":
        picture = _with_round_frame(picture)
    return _finish(rng, picture)


def draw_lesion_and_bare_skin(
    seed: int, *, size_px: int, kind: Kind, place: tuple[float, float] = (0.5, 0.5)
) -> tuple[Rgb, Rgb, Plane]:
    """The same skin with a lesion and without, and where the lesion is: (size_px, size_px), 0 to 1.

    Args:
        seed: of skin and lesion.
        size_px: side of the pictures.
        kind: of lesion.
        place: across and down, parts of the side, where its middle comes to lie.
    """
    rng = np.random.default_rng(seed)
    surface, shape = _skin_surface(rng, size_px, "light"), _lesion_shape(rng, size_px, kind)
    shift = [round((part - 0.5) * size_px) for part in reversed(place)]
    pigment, cover = (
        np.roll(plane, shift, axis=(0, 1)) for plane in (_pigment(rng, shape, kind), shape.cover)
    )

    def finish(picture: Plane) -> Rgb:
        light, grain = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])
        return _finish(grain, _with_light(light, picture))

    return finish(_blend(surface, pigment, cover)), finish(surface), cover


def draw_faint(seed: int, strength: float) -> Rgb:
    """A pale, soft naevus, (600, 600, 3); `strength` 0 is bare skin, 1 a usual naevus."""
    naevus = draw_lesion(seed, skin="rosy", hairs=0).astype(np.float32)
    skin = naevus[:30].mean(axis=(0, 1))
    faded = np.clip(skin + (naevus - skin) * strength, 0, 255).astype(np.uint8)
    return blur(faded, radius_px=2.5)


def draw_skin(seed: int, *, size_px: int = 600, skin: Skin = "light", hairs: int = 4) -> Rgb:
    """Plain skin with no lesion, (size_px, size_px, 3)."""
    rng = np.random.default_rng(seed)
    picture = _with_hairs(rng, _skin_surface(rng, size_px, skin), hairs)
    return _finish(rng, _with_light(rng, picture))


def draw_object(seed: int, *, size_px: int = 600, kind: Object = "mug") -> Rgb:
    """An everyday thing that is no skin at all, (size_px, size_px, 3)."""
    rng = np.random.default_rng(seed)
    table = np.array([168, 178, 190]) + 14 * _noise(rng, size_px, 5)[..., None]
    image = Image.fromarray(np.clip(table, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    {"mug": _paint_mug, "keyboard": _paint_keyboard}[kind](draw, size_px)
    return _finish(rng, _with_light(rng, np.asarray(image, np.float32)))


def blur(picture: Rgb, *, radius_px: float) -> Rgb:
    """The same picture out of focus (Gaussian of this radius)."""
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(radius_px)))


def darken(picture: Rgb, *, factor: float) -> Rgb:
    """The same picture with less light; `factor` 0 is black, 1 changes nothing."""
    darker: Rgb = np.clip(picture.astype(np.float32) * factor, 0, 255).astype(np.uint8)
    return darker


def draw_spots(
    *spots: tuple[int, int, int, int],
    size: tuple[int, int] = (800, 600),
    skin: tuple[int, int, int] = (225, 165, 150),
) -> Rgb:
    """Skin, redder towards one side, with a round dark lesion for each (x, y, radius, grey); (H, W, 3)."""
    width, height = size
    rng = np.random.default_rng(1)
    pixels = np.array(skin) + rng.normal(0, 10, (height, width, 1))
    pixels += np.linspace(-1, 1, width)[None, :, None] * np.array([14, -4, -14])
    rows, columns = np.mgrid[:height, :width]
    for x, y, radius, grey in spots:
        pixels[np.hypot(columns - x, rows - y) <= radius] = (grey + 12, grey, grey - 12)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def jpeg_bytes(picture: Rgb, *, quality: int = 88) -> bytes:
    """The picture as a JPEG file without metadata."""
    return file_bytes(picture, format_name="JPEG", quality=quality)


def file_bytes(picture: Rgb, *, format_name: str = "PNG", **options: Any) -> bytes:
    """The picture as a file of any format that Pillow writes; options go to `Image.save`."""
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, format=format_name, **options)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class _Shape:
    cover: Plane  # 0 outside to 1 inside, soft at the border
    depth: Plane  # 1 at the centre, 0 at the border, negative outside


def _shade(skin: Skin) -> Plane:
    """How much darker a skin is than the lightest, a factor a channel: a lesion darkens with its skin."""
    shade: Plane = np.array(SKIN_COLOURS[skin]) / np.array(SKIN_COLOURS["light"])
    return shade


def _blend(below: Plane, above: Plane, cover: Plane) -> Plane:
    """`above` laid over `below` where `cover` (0 to 1, one value a pixel) says so."""
    mixed: Plane = (below * (1 - cover[..., None]) + above * cover[..., None]).astype(np.float32)
    return mixed


def _noise(rng: np.random.Generator, size_px: int, cells: int, octaves: int = 3) -> Plane:
    """Smooth noise of mean 0 and spread near 1; `cells` bumps across at the coarsest octave."""
    total = np.zeros((size_px, size_px), np.float32)
    for octave in range(octaves):
        grid = rng.normal(size=(cells * 2**octave + 3,) * 2).astype(np.float32)
        bumps = Image.fromarray(grid).resize((size_px, size_px), Image.Resampling.BICUBIC)
        total += np.asarray(bumps) * 0.55**octave
    return total


def _streaks(rng: np.random.Generator, size_px: int, angle: float, across: int) -> Plane:
    """Noise drawn out along one direction: the fine furrows of skin."""
    side = int(size_px * 1.5)
    grid = rng.normal(size=(across, across // 5)).astype(np.float32)
    lines = (
        Image.fromarray(grid)
        .resize((side, side), Image.Resampling.BICUBIC)
        .rotate(angle, Image.Resampling.BILINEAR)
    )
    start = (side - size_px) // 2
    return np.asarray(lines, np.float32)[start : start + size_px, start : start + size_px]


def _skin_surface(rng: np.random.Generator, size_px: int, skin: Skin) -> Plane:
    base = np.array(SKIN_COLOURS[skin], np.float32) + rng.normal(0, 3, 3)
    angle = rng.uniform(0, 90)
    furrows = _streaks(rng, size_px, angle, 70) + _streaks(rng, size_px, angle + 70, 70)
    blush = _noise(rng, size_px, 3)
    speckle = np.minimum(_noise(rng, size_px, 26, 2), 0.4)
    tone = 1 + 0.012 * furrows + 0.010 * blush + 0.022 * speckle
    redness = np.stack([0.5 * blush, -2.6 * blush, -1.8 * blush], axis=-1)
    surface: Plane = (base * tone[..., None] + redness).astype(np.float32)
    return surface


def _lesion_shape(rng: np.random.Generator, size_px: int, kind: Kind) -> _Shape:
    irregular = 1.0 if kind == "melanoma" else 0.22
    axis = np.linspace(-1, 1, size_px, dtype=np.float32)
    x, y = np.meshgrid(axis - rng.uniform(-0.06, 0.06), axis - rng.uniform(-0.06, 0.06))
    x, y = x + 0.05 * irregular * _noise(rng, size_px, 4), y + 0.05 * irregular * _noise(rng, size_px, 4)
    turn, stretch = rng.uniform(0, np.pi), rng.uniform(1.1, 1.35)
    u = (x * np.cos(turn) + y * np.sin(turn)) * stretch
    v = y * np.cos(turn) - x * np.sin(turn)
    angle, radius = np.arctan2(v, u), np.hypot(u, v)
    border = np.full_like(radius, 0.55 if kind == "melanoma" else 0.47)
    for wave in range(2, 9):
        border += irregular * rng.normal(0, 0.16) / wave * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    depth = (border - radius) / border + 0.05 * _noise(rng, size_px, 14, 3)
    softness = rng.uniform(0.05, 0.12) if kind == "melanoma" else rng.uniform(0.14, 0.2)
    cover = 1 / (1 + np.exp(-depth / softness * 3))
    return _Shape((cover * 0.94).astype(np.float32), depth.astype(np.float32))


def _pigment(rng: np.random.Generator, shape: _Shape, kind: Kind) -> Plane:
    """The lesion's own colours, with its network and dots."""
    size_px = shape.depth.shape[0]
    inside = np.clip(shape.depth * 1.6, 0, 1)[..., None]
    rim, core = np.array([178, 122, 84], np.float32), np.array([112, 66, 42], np.float32)
    colour = rim * (1 - inside) + core * inside
    colour = colour + 9 * _noise(rng, size_px, 9)[..., None]
    if kind == "melanoma":
        colour = _with_patches(rng, colour)
    fineness = 46 if kind == "naevus" else 34
    holes = _soften(_network(rng, size_px, cells=fineness, jitter=0.42), size_px / 420)
    strength = np.clip(0.4 + 0.55 * _noise(rng, size_px, 4), 0, 1) * np.clip(1.1 - shape.depth, 0.2, 1)
    colour = colour * (1 - (0.3 * strength * (1 - holes))[..., None])
    colour = colour * (1 - 0.05 * _noise(rng, size_px, 40, 2)[..., None])
    dots = _dots(rng, shape, 14 if kind == "naevus" else 60)
    pigment: Plane = (colour * (1 - 0.55 * dots[..., None])).astype(np.float32)
    return pigment


def _with_patches(rng: np.random.Generator, colour: Plane) -> Plane:
    """The several colours of a melanoma: dark brown, black, blue-grey, red, and the white of regression."""
    size_px = colour.shape[0]
    patches = (
        ((214, 178, 160), 0.5),
        ((170, 96, 80), 0.55),
        ((98, 98, 114), 0.65),
        ((66, 40, 32), 0.9),
        ((40, 29, 31), 0.85),
    )
    for patch, strength in patches:
        where = np.clip((_noise(rng, size_px, 3, 5) - 0.35) * 1.1, 0, 1) * strength
        colour = _blend(colour, np.array(patch, np.float32), where)
    return colour


def _network(rng: np.random.Generator, size_px: int, *, cells: int, jitter: float) -> Plane:
    """A pigment network: 1 in the holes, 0 on the lines (distance to the border of jittered hexagons)."""
    step = size_px / cells
    rows, columns = np.mgrid[-2 : cells + 3, -2 : cells + 3].astype(np.float32)
    seeds_x = (columns + 0.5 * (rows % 2) + rng.uniform(-jitter, jitter, rows.shape)) * step
    seeds_y = (rows + rng.uniform(-jitter, jitter, rows.shape)) * step
    y, x = np.mgrid[0:size_px, 0:size_px].astype(np.float32)
    row, column = (y / step).astype(int) + 2, (x / step).astype(int) + 2
    nearest = np.full((2, size_px, size_px), np.inf, np.float32)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            at = (row + down, column + right)
            distance = np.hypot(seeds_x[at] - x, seeds_y[at] - y).astype(np.float32)
            nearest[1] = np.minimum(nearest[1], np.maximum(nearest[0], distance))
            nearest[0] = np.minimum(nearest[0], distance)
    lines: Plane = np.clip((nearest[1] - nearest[0]) / (0.5 * step), 0, 1).astype(np.float32)
    return lines


def _dots(rng: np.random.Generator, shape: _Shape, count: int) -> Plane:
    size_px = shape.depth.shape[0]
    layer = Image.new("L", (size_px, size_px))
    draw = ImageDraw.Draw(layer)
    ys, xs = np.nonzero(shape.depth > 0.12)
    for chosen in rng.integers(0, len(ys), count):
        radius = size_px * rng.uniform(0.003, 0.0085)
        x, y = float(xs[chosen]), float(ys[chosen])
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=int(rng.integers(70, 190)))
    return _soften(np.asarray(layer, np.float32) / 255, size_px / 420)


def _soften(plane: Plane, radius_px: float) -> Plane:
    """Blur a plane of 0 to 1."""
    image = Image.fromarray((plane * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius_px))
    return np.asarray(image, np.float32) / 255


def _with_hairs(rng: np.random.Generator, picture: Plane, count: int) -> Plane:
    """Thin curved hairs across the picture, drawn at twice the size so that they are smooth."""
    size_px = picture.shape[0]
    layer = Image.new("L", (size_px * 2, size_px * 2))
    draw = ImageDraw.Draw(layer)
    t = np.linspace(0, 1, 40)[:, None]
    for _ in range(count):
        start, bend, end = rng.uniform(-0.1, 1.1, (3, 2)) * size_px * 2
        end, bend = (
            start + (end - start) * 0.7,
            start + (end - start) * 0.5 + rng.normal(0, size_px * 0.16, 2),
        )
        curve = (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end
        draw.line(
            [(float(x), float(y)) for x, y in curve],
            fill=205,
            width=max(2, round(size_px / 190)),
            joint="curve",
        )
    mask = np.asarray(layer.resize((size_px, size_px), Image.Resampling.BOX), np.float32) / 255
    return _blend(picture, np.array([58, 42, 34], np.float32), mask)


def _with_light(rng: np.random.Generator, picture: Plane) -> Plane:
    """Uneven light: brighter on one side, a little darker towards the edges."""
    axis = np.linspace(-1, 1, picture.shape[0], dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    slope = rng.normal(0, 0.03, 2)
    light = 1.02 + slope[0] * x + slope[1] * y - 0.07 * (x**2 + y**2)
    lit: Plane = picture * light[..., None]
    return lit


def _with_round_frame(picture: Plane) -> Plane:
    """The black corners that a dermatoscope's tube leaves."""
    axis = np.linspace(-1, 1, picture.shape[0], dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    inside = np.clip((1.02 - np.hypot(x, y)) / 0.05, 0, 1)
    return _blend(np.full(3, 6.0, np.float32), picture, inside)


def _finish(rng: np.random.Generator, picture: Plane) -> Rgb:
    """Sensor noise, then whole numbers."""
    grain = rng.normal(0, 2.2, picture.shape[:2]).astype(np.float32)[..., None]
    finished: Rgb = np.clip(picture + grain, 0, 255).astype(np.uint8)
    return finished


def _paint_mug(draw: ImageDraw.ImageDraw, size_px: int) -> None:
    unit = size_px / 10
    draw.ellipse((6.2 * unit, 3.6 * unit, 8.6 * unit, 6.8 * unit), outline=(32, 92, 150), width=int(unit / 2))
    draw.rounded_rectangle((2.2 * unit, 2.4 * unit, 7 * unit, 8.4 * unit), unit * 0.6, fill=(38, 108, 172))
    draw.ellipse((2.2 * unit, 1.9 * unit, 7 * unit, 3.3 * unit), fill=(226, 232, 238))
    draw.ellipse((2.6 * unit, 2.1 * unit, 6.6 * unit, 3.1 * unit), fill=(66, 40, 26))


def _paint_keyboard(draw: ImageDraw.ImageDraw, size_px: int) -> None:
    unit = size_px / 12
    draw.rounded_rectangle((unit, 3 * unit, 11 * unit, 9 * unit), unit / 3, fill=(44, 48, 54))
    for row in range(5):
        for column in range(9):
            left, top = (1.3 + column * 1.06) * unit, (3.3 + row * 1.12) * unit
            draw.rounded_rectangle(
                (left, top, left + 0.9 * unit, top + 0.9 * unit), unit / 8, fill=(208, 212, 218)
            )
