"""The gauge: three equal fields from low to high, and one mark: the pair's score."""

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
    width = (width_px - 2 * FIELD_GAP_PX) // 3
    top = at[1] + BAR_TOP_PX
    for index, (each, label) in enumerate(zip(LEVELS, gauge.labels, strict=True)):
        style, chosen = STYLES[each], each is content.level
        left = at[0] + index * (width + FIELD_GAP_PX)
        colour = style.strong if chosen else _pale(style.strong)
        paste_rounded(image, colour, at=(left, top), size=(width, BAR_PX), radius_px=10)
        font = fit_font(label, weight="Bold" if chosen else "Regular", size_px=38, width_px=width)
        ink = Ink(INK if chosen else SOFT_INK, PAPER)
        write(image, Spot(left + width / 2, top + BAR_PX + 34, "mm"), label, font=font, ink=ink)
    # Keep the mark a little off the ends, so that it never hangs over the edge.
    position = 0.014 + gauge_position(gauge.probability, gauge) * 0.972
    centre, top = round(at[0] + position * width_px), at[1]
    # The pair's score: a light pin above the bar with a stem down through it.
    paste_rounded(image, BLACK, at=(centre - 6, top + 14), size=(12, 62), radius_px=6)
    paste_rounded(image, INK, at=(centre - 3, top + 14), size=(6, 59), radius_px=3)
    image.paste(INK, (centre - 20, top - 12), polygon_mask(40, 3, 0.5))


def _pale(colour: Colour) -> Colour:
    """A colour drawn back into the ground."""
    red, green, blue = (
        round(0.42 * part + 0.58 * ground) for part, ground in zip(colour, PAPER, strict=True)
    )
    return red, green, blue
