"""The gauge: three equal fields from low to high, with the pair's score and each classifier's on it."""

from dataclasses import dataclass

from PIL import Image, ImageDraw

from bot.cards.content import CardContent, Gauge
from bot.cards.lettering import Ink, Spot, fit_font, write
from bot.cards.palette import INK, PAPER, SOFT_INK, STYLES, WHITE
from bot.cards.shapes import paste_rounded, polygon_mask
from inference.readings import RiskLevel

LEVELS = (RiskLevel.LOW, RiskLevel.MODERATE, RiskLevel.HIGH)
BAR_TOP_PX = 34
BAR_PX = 34
GAUGE_HEIGHT_PX = 118
FIELD_GAP_PX = 6
# The shape that stands for each opinion, on the gauge and beside its name: disc, diamond.
OPINION_CORNERS = (0, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    left: int
    top: int
    width: int

    def x_of(self, position: float) -> float:
        return self.left + position * self.width


def gauge_position(probability: float, gauge: Gauge) -> float:
    """Where a score stands, 0 to 1: each level takes a third, linear within it."""
    edges = (0.0, gauge.thresholds.moderate, gauge.thresholds.high, 1.0)
    score = min(max(probability, 0.0), 1.0)
    field = 0 if score < edges[1] else 1 if score < edges[2] else 2
    span = max(edges[field + 1] - edges[field], 1e-9)
    return (field + (score - edges[field]) / span) / 3


def draw_gauge(image: Image.Image, content: CardContent, *, at: tuple[int, int], width_px: int) -> None:
    """Draw the gauge of `content`, which must have one, into `width_px` x `GAUGE_HEIGHT_PX`."""
    gauge = content.gauge
    assert gauge is not None  # noqa: S101 - the caller asked
    place = _Place(left=at[0], top=at[1], width=width_px)
    _draw_fields(image, gauge, content.level, place)
    for corners, opinion in zip(OPINION_CORNERS, content.opinions, strict=False):
        centre = place.x_of(_inset(gauge_position(opinion.probability, gauge)))
        _draw_opinion(image, corners, centre, place.top + BAR_TOP_PX + BAR_PX / 2)
    field = LEVELS.index(content.level) if content.level in LEVELS else 0
    position = gauge_position(gauge.probability, gauge)
    if int(position * 3 - 1e-9) < field:
        _draw_raise(image, place.x_of(_inset(position)), place.x_of((field + 0.5) / 3), place.top)
    _draw_pointer(image, place.x_of(_inset(gauge_position(gauge.probability, gauge))), place.top)


def _draw_fields(image: Image.Image, gauge: Gauge, level: RiskLevel, place: _Place) -> None:
    width = (place.width - 2 * FIELD_GAP_PX) // 3
    top = place.top + BAR_TOP_PX
    for index, (each, label) in enumerate(zip(LEVELS, gauge.labels, strict=True)):
        style, chosen = STYLES[each], each is level
        left = place.left + index * (width + FIELD_GAP_PX)
        colour = style.strong if chosen else _pale(style.strong)
        paste_rounded(image, colour, at=(left, top), size=(width, BAR_PX), radius_px=10)
        weight, ink = ("Bold", style.strong) if chosen else ("Regular", SOFT_INK)
        font = fit_font(label, weight="Bold" if weight == "Bold" else "Regular", size_px=32, width_px=width)
        write(image, Spot(left + width / 2, top + BAR_PX + 34, "mm"), label, font=font, ink=Ink(ink, PAPER))


def _pale(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    red, green, blue = (round(0.34 * part + 0.66 * 255) for part in colour)
    return red, green, blue


def _inset(position: float) -> float:
    """Keep marks a little off the ends, so that they never hang over the edge."""
    return 0.014 + position * 0.972


def _draw_pointer(image: Image.Image, centre: float, top: int) -> None:
    """The pair's score: a dark pin above the bar with a stem down through it."""
    stem, left = 6, round(centre) - 3
    paste_rounded(image, WHITE, at=(left - 3, top + 14), size=(stem + 6, 62), radius_px=6)
    paste_rounded(image, INK, at=(left, top + 14), size=(stem, 59), radius_px=3)
    size_px = 40
    image.paste(INK, (round(centre) - size_px // 2, top - 12), polygon_mask(size_px, 3, 0.5))


def _draw_raise(image: Image.Image, start: float, end: float, top: int) -> None:
    """An arrow from the networks' score to the level that the rules raised it to."""
    draw, y = ImageDraw.Draw(image), top + 8
    for x in range(round(start) + 30, round(end) - 8, 16):
        draw.rectangle((x, y - 2, x + 8, y + 1), fill=INK)
    image.paste(INK, (round(end) - 14, y - 3), polygon_mask(28, 3, 0.5))


def _draw_opinion(image: Image.Image, corners: int, centre: float, middle: float) -> None:
    for size_px, colour in ((26, INK), (18, WHITE)):
        mask = polygon_mask(size_px, corners, 0.0)
        image.paste(colour, (round(centre - size_px / 2), round(middle - size_px / 2)), mask)
