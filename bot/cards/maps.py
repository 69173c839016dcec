"""One classifier's evidence over the whole of a photo, as a picture for *Details*."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bot.cards.draw import HEIGHT_PX, INNER_PX, JPEG_QUALITY, MARGIN_PX, WIDTH_PX
from bot.cards.evidence import overlay_evidence
from bot.cards.jpeg import encode_jpeg
from bot.cards.lettering import Ink, Spot, cut_text, fit_font, font_of, write
from bot.cards.outlines import draw_outlines, mask_of
from bot.cards.palette import AGAINST, FOR, INK, PAPER, SOFT_INK
from bot.cards.photos import Room, fit_photo, resize_photo
from bot.cards.shapes import polygon_mask
from inference.boxes import Outline, scale_outline

TITLE_PX, LEGEND_PX = 84, 84
DOT_PX = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class MapContent:
    """Everything that `draw_map` draws; words are localised."""

    title: str  # which classifier, which case
    preview: NDArray[np.uint8]  # (H, W, 3) upright RGB
    evidence: NDArray[np.float32]  # (h, w) signed: positive speaks for melanoma, negative against it
    legend: tuple[str, str]  # "speaks for melanoma", "speaks against"
    outlines: Sequence[
        Outline
    ] = ()  # in pixels of `preview`; evidence outside them and their rim is left out


def draw_map(content: MapContent) -> bytes:
    """The map as a JPEG of 1024 px width and at most 1280 px height, without metadata."""
    room = Room(left=0, top=TITLE_PX, width=WIDTH_PX, height=HEIGHT_PX - TITLE_PX - LEGEND_PX)
    width, height = fit_photo(content.preview, room)
    image = Image.new("RGB", (WIDTH_PX, TITLE_PX + height + LEGEND_PX), PAPER)
    font = fit_font(content.title, weight="SemiBold", size_px=42, width_px=INNER_PX)
    title = cut_text(content.title, font=font, width_px=INNER_PX)
    write(image, Spot(MARGIN_PX, TITLE_PX // 2, "lm"), title, font=font, ink=Ink(INK, PAPER))
    own_height, own_width = content.preview.shape[:2]
    outlines = [scale_outline(each, width / own_width, height / own_height) for each in content.outlines]
    grey = resize_photo(content.preview, (width, height)).convert("L")
    drawn = overlay_evidence(grey, content.evidence, mask_of(grey.size, outlines) if outlines else None)
    draw_outlines(drawn, outlines)
    image.paste(drawn, ((WIDTH_PX - width) // 2, TITLE_PX))
    # The legend: what the two colours mean, side by side.
    small, left, middle = font_of("Regular", 36), MARGIN_PX, TITLE_PX + height + LEGEND_PX // 2
    for words, colour in zip(content.legend, (FOR, AGAINST), strict=True):
        image.paste(colour, (left, middle - DOT_PX // 2), polygon_mask(DOT_PX, 0, 0.0))
        left += DOT_PX + 14
        write(image, Spot(left, middle, "lm"), words, font=small, ink=Ink(SOFT_INK, PAPER))
        left += round(small.getlength(words)) + 44
    return encode_jpeg(image, JPEG_QUALITY)
