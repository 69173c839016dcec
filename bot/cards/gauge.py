"""The gauge: three equal fields from low to high, and one mark: the pair's score."""

from dataclasses import dataclass

from PIL import Image

from bot.cards.content import CardContent, Gauge
from bot.cards.lettering import Ink, Spot, fit_font, write
from bot.cards.palette import BLACK, INK, PAPER, SOFT_INK, STYLES, Colour
from bot.cards.shapes import paste_rounded, polygon_mask
from inference.readings import RiskLevel

LEVELS = (RiskLevel.LOW, RiskLevel.MODERATE, RiskLevel.HIGH)
BAR_TOP_PX = 34
BAR_PX = 34
GAUGE_HEIGHT_PX = 122
FIELD_GAP_PX = 6


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
    _draw_pointer(image, place.x_of(_inset(gauge_position(gauge.probability, gauge))), place.top)


def _draw_fields(image: Image.Image, gauge: Gauge, level: RiskLevel, place: _Place) -> None:
    width = (place.width - 2 * FIELD_GAP_PX) // 3
    top = place.top + BAR_TOP_PX
    for index, (each, label) in enumerate(zip(LEVELS, gauge.labels, strict=True)):
        style, chosen = STYLES[each], each is level
        left = place.left + index * (width + FIELD_GAP_PX)
        colour = style.strong if chosen else _pale(style.strong)
        paste_rounded(image, colour, at=(left, top), size=(width, BAR_PX), radius_px=10)
        font = fit_font(label, weight="Bold" if chosen else "Regular", size_px=38, width_px=width)
        ink = Ink(INK if chosen else SOFT_INK, PAPER)
        write(image, Spot(left + width / 2, top + BAR_PX + 34, "mm"), label, font=font, ink=ink)


def _pale(colour: Colour) -> Colour:
    """A colour drawn back into the ground."""
    red, green, blue = (
        round(0.42 * part + 0.58 * ground) for part, ground in zip(colour, PAPER, strict=True)
    )
    return red, green, blue


def _inset(position: float) -> float:
    """Keep the mark a little off the ends, so that it never hangs over the edge."""
    return 0.014 + position * 0.972


def _draw_pointer(image: Image.Image, centre: float, top: int) -> None:
    """The pair's score: a light pin above the bar with a stem down through it."""
    stem, left = 6, round(centre) - 3
    paste_rounded(image, BLACK, at=(left - 3, top + 14), size=(stem + 6, 62), radius_px=6)
    paste_rounded(image, INK, at=(left, top + 14), size=(stem, 59), radius_px=3)
    size_px = 40
    image.paste(INK, (round(centre) - size_px // 2, top - 12), polygon_mask(size_px, 3, 0.5))
