"""Photos of one lesion side by side: turned and placed alike by its outline, not scaled to each other.

Every tile shows the same share of its photo's shorter side, around the lesion's centre of area, with the
lesion's main axis level. A lesion without a main axis, or without an outline, is not turned.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from bot.cards.jpeg import encode_jpeg
from bot.cards.lettering import cut_text, fit_font, font_of, wrap_text, write_lines
from bot.cards.palette import INK, PANEL, PAPER, SOFT_INK, WHITE
from bot.cards.shapes import level_mark
from inference.boxes import Outline, Point
from inference.readings import RiskLevel

WIDTH_PX: Final = 1536
MARGIN_PX, GAP_PX, HEADER_PX = 48, 36, 150
TEXT_PX, LINE_PX = 54, 72  # 11 px on a screen 320 px wide
MARK_PX = 84
OVERSAMPLING = 2
SURROUNDINGS = 1.3  # of the lesion's reach: the skin beside it belongs to the picture
LEAST_SHARE = 0.3  # of the shorter side of a photo
ROUND_BELOW = 1.15  # longest to shortest axis: nothing says how a rounder lesion lies
SIGNATURE_PX = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionPhoto:
    """A photo and the lesion on it."""

    preview: NDArray[np.uint8]  # (H, W, 3) upright RGB
    outline: Outline  # in pixels of `preview`; empty if it is not known

    @property
    def short_side(self) -> int:
        """Pixels of the shorter side."""
        return int(min(self.preview.shape[:2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPhoto:
    """One column. `photo` is None if Telegram no longer gives the file."""

    photo: LesionPhoto | None
    name: str  # first, previous, latest
    date: str
    level: RiskLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonContent:
    """Everything that `draw_comparison` draws; words are localised."""

    title: str
    photos: tuple[ComparedPhoto, ...]  # two or three, oldest first
    levels: dict[RiskLevel, str]
    unavailable: str
    not_to_scale: str
    disclaimer: str


@dataclass(frozen=True, slots=True)
class Pose:
    """How a lesion lies on its photo."""

    centre: Point
    turn: float  # of its main axis against the horizontal, radians
    reach: float  # from the centre to the farthest point of the outline, pixels


def draw_comparison(content: ComparisonContent) -> bytes:
    """The picture as a JPEG 1536 px wide, without metadata."""
    count = len(content.photos)
    side = (WIDTH_PX - 2 * MARGIN_PX - (count - 1) * GAP_PX) // count
    top = HEADER_PX + GAP_PX
    small = font_of("Regular", TEXT_PX)
    width = WIDTH_PX - 2 * MARGIN_PX
    footer = wrap_text(content.disclaimer, font=small, width_px=width, max_lines=2)
    height = top + side + 3 * LINE_PX + LINE_PX * (len(footer) + 1) + 2 * GAP_PX
    image = Image.new("RGB", (WIDTH_PX, height), PAPER)
    draw = ImageDraw.Draw(image)
    image.paste(PANEL, (0, 0, WIDTH_PX, HEADER_PX))
    font = fit_font(content.title, weight="Bold", size_px=66, width_px=width)
    draw.text((MARGIN_PX, HEADER_PX // 2), content.title, font=font, fill=WHITE, anchor="lm")
    tiles = cut_alike([each.photo for each in content.photos], side)
    for place, (column, tile) in enumerate(zip(content.photos, tiles, strict=True)):
        left = MARGIN_PX + place * (side + GAP_PX)
        if tile is None:
            image.paste(PANEL, (left, top, left + side, top + side))
            lines = wrap_text(content.unavailable, font=small, width_px=side - GAP_PX, max_lines=4)
            y = top + (side - LINE_PX * len(lines)) / 2
            for line in lines:
                draw.text((left + side / 2, y), line, font=small, fill=SOFT_INK, anchor="ma")
                y += LINE_PX
        else:
            image.paste(tile, (left, top))
        mark = level_mark(column.level, MARK_PX)
        image.paste(mark, (left + 12, top + 12), mark)
        words = (column.name, column.date, content.levels[column.level])
        for row, (text, colour) in enumerate(zip(words, (INK, SOFT_INK, INK), strict=True)):
            weight = font_of("Bold" if row == 0 else "Regular", TEXT_PX)
            fitting = cut_text(text, font=weight, width_px=side + GAP_PX // 2)
            at = (left, top + side + 12 + row * LINE_PX)
            draw.text(at, fitting, font=weight, fill=colour, anchor="la")
    y = top + side + 3 * LINE_PX + GAP_PX
    draw.text((MARGIN_PX, y), content.not_to_scale, font=font_of("Bold", TEXT_PX), fill=INK, anchor="la")
    write_lines(image, footer, at=(MARGIN_PX, y + LINE_PX), font=small, colour=SOFT_INK)
    return encode_jpeg(image)


def cut_alike(photos: list[LesionPhoto | None], side_px: int) -> list[Image.Image | None]:
    """A square of each photo by the same rule; the lesions' sizes against their photos stay as they are."""
    poses = [None if photo is None else find_pose(photo) for photo in photos]
    pairs = [(photo, pose) for photo, pose in zip(photos, poses, strict=True) if photo and pose]
    share = max((2 * SURROUNDINGS * pose.reach / photo.short_side for photo, pose in pairs), default=1.0)
    share = min(max(share, LEAST_SHARE), 1.0)
    first = _sign(*pairs[0]) if pairs else None
    tiles: list[Image.Image | None] = []
    for photo, pose in zip(photos, poses, strict=True):
        if photo is None or pose is None:
            tiles.append(None)
            continue
        turned = Pose(pose.centre, pose.turn + math.pi, pose.reach)
        # A main axis has two directions: the one in which the lesion looks more like the first photo's.
        is_opposite = bool(pose.turn) and _liken(first, photo, turned) > _liken(first, photo, pose)
        tiles.append(_cut(photo, turned if is_opposite else pose, share * photo.short_side, side_px))
    return tiles


def find_pose(photo: LesionPhoto) -> Pose:
    """Centre of area, main axis and reach of the lesion; the middle of the photo if no outline is known."""
    height, width = photo.preview.shape[:2]
    points = np.asarray(photo.outline, np.float64).reshape(-1, 2)
    following = np.roll(points, -1, axis=0)
    cross = points[:, 0] * following[:, 1] - following[:, 0] * points[:, 1]
    area = cross.sum() / 2
    if len(points) < 3 or abs(area) < 1:
        return Pose((width / 2, height / 2), 0.0, photo.short_side / 2)
    centre = ((points + following) * cross[:, None]).sum(axis=0) / (6 * area)
    points, following = points - centre, following - centre
    (x, y), (u, v) = points.T, following.T
    cross = x * v - u * y
    xx = float(((x * x + x * u + u * u) * cross).sum() / (12 * area))
    yy = float(((y * y + y * v + v * v) * cross).sum() / (12 * area))
    xy = float(((x * v + 2 * x * y + 2 * u * v + u * y) * cross).sum() / (24 * area))
    spread = math.hypot((xx - yy) / 2, xy)
    longest, shortest = (xx + yy) / 2 + spread, max((xx + yy) / 2 - spread, 1e-9)
    turn = 0.5 * math.atan2(2 * xy, xx - yy) if math.sqrt(longest / shortest) >= ROUND_BELOW else 0.0
    return Pose((float(centre[0]), float(centre[1])), turn, float(np.hypot(*points.T).max()))


def _cut(photo: LesionPhoto, pose: Pose, size: float, side_px: int) -> Image.Image:
    """The square of this size (in pixels of the photo) around the lesion, turned; dark beyond the photo."""
    fine_px = side_px * OVERSAMPLING
    step = size / fine_px
    cos, sin = math.cos(pose.turn) * step, math.sin(pose.turn) * step
    middle = fine_px / 2
    (x, y) = pose.centre
    matrix = (cos, -sin, x - (cos - sin) * middle, sin, cos, y - (sin + cos) * middle)
    tile = Image.fromarray(photo.preview).transform(
        (fine_px, fine_px),
        Image.Transform.AFFINE,
        matrix,
        resample=Image.Resampling.BICUBIC,
        fillcolor=PANEL,
    )
    return tile.reduce(OVERSAMPLING)


def _sign(photo: LesionPhoto, pose: Pose) -> NDArray[np.float64]:
    """The lesion in grey, small, each at its own size: only its pattern counts."""
    small = _cut(photo, pose, 2 * SURROUNDINGS * pose.reach, SIGNATURE_PX).convert("L")
    grey = np.asarray(small, np.float64)
    grey -= grey.mean()
    return grey / (np.linalg.norm(grey) or 1.0)


def _liken(first: NDArray[np.float64] | None, photo: LesionPhoto, pose: Pose) -> float:
    """How much the lesion looks like the first photo's, from -1 to 1."""
    return 0.0 if first is None else float((first * _sign(photo, pose)).sum())
