"""The pictures of a card: the leading photo whole, each classifier's evidence beside it, the rest small."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bot.cards.content import CardContent, CardOpinion
from bot.cards.evidence import overlay_evidence
from bot.cards.gauge import GAUGE_HEIGHT_PX, OPINION_CORNERS
from bot.cards.lettering import Ink, Spot, fit_font, font_of, write
from bot.cards.palette import AGAINST, FOR, INK, PANEL, PAPER, SOFT_INK, STRIP, WHITE
from bot.cards.shapes import level_mark, paste_rounded, polygon_mask

GAP_PX = 16
RADIUS_PX = 18
LEGEND_PX = 44
CAPTION_PX = 48
THUMBNAIL_GAP_PX = 12
THUMBNAIL_MAX_PX = 132
MAX_PHOTOS_PX = 700
MIN_PHOTOS_PX = 300
SPARED_ALONE = 0.6  # the same where nothing stands beside it: enlarging it is most of such a card's time
SPARED = 0.88  # of the height wanted: a photo so little too small is shown as it is
# What stands above and below the pictures: header, gaps and the bottom margin.
FIXED_PX = 176 + 3 * 26 + 22


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    left: int
    top: int
    width: int
    height: int


def photos_height(content: CardContent, text_px: int) -> int:
    """How high the pictures may be so that the card stays within 1280 px."""
    taken = FIXED_PX + text_px
    if content.gauge is not None:
        taken += GAUGE_HEIGHT_PX + 26
    if content.opinions:
        taken += LEGEND_PX
    if len(content.photos) > 1:
        taken += thumbnails_height(len(content.photos), 952) + 26
    return max(MIN_PHOTOS_PX, min(MAX_PHOTOS_PX if content.opinions else 760, 1280 - taken))


def draw_photos(
    image: Image.Image, content: CardContent, *, at: tuple[int, int], room: tuple[int, int]
) -> int:
    """Draw the leading photo and its evidence, nothing cropped; gives the y below them.

    Args:
        image: the card.
        content: what to draw.
        at: left and top.
        room: width and greatest height in px.
    """
    preview = content.leading.preview
    aspect = min(max(preview.shape[1] / preview.shape[0], 0.5), 3.0)
    if not content.opinions:
        return _draw_alone(image, preview, aspect, _Box(left=at[0], top=at[1], width=room[0], height=room[1]))
    unseen_px = GAP_PX / 2 + CAPTION_PX  # of the height, a pane of evidence has half less this
    height = _spare_resize(
        int(min((room[0] - GAP_PX + unseen_px * aspect) / (1.5 * aspect), room[1])), preview
    )
    pane_height = int(height / 2 - unseen_px)
    width, pane_width = round(height * aspect), round(pane_height * aspect)
    left = at[0] + (room[0] - width - GAP_PX - pane_width) // 2
    photo = _paste_photo(image, preview, _Box(left=left, top=at[1], width=width, height=height))
    grey = photo.convert("L").resize((pane_width, pane_height), Image.Resampling.BILINEAR, reducing_gap=1.2)
    for index, opinion in enumerate(content.opinions[:2]):
        top = at[1] + index * (height - pane_height - CAPTION_PX)
        place = (left + width + GAP_PX, top)
        _paste_evidence(image, grey, opinion, at=place, corners=OPINION_CORNERS[index])
    return _draw_legend(image, content.legend, left=at[0], top=at[1] + height + 12, width_px=room[0])


def thumbnails_height(count: int, width_px: int) -> int:
    """The side of the square thumbnails of `count` photos in a row."""
    return min(THUMBNAIL_MAX_PX, (width_px + THUMBNAIL_GAP_PX) // count - THUMBNAIL_GAP_PX)


def draw_thumbnails(image: Image.Image, content: CardContent, *, at: tuple[int, int], width_px: int) -> int:
    """Every photo of the case in order with its level's mark, the leading one framed; gives the y below."""
    side = thumbnails_height(len(content.photos), width_px)
    for index, photo in enumerate(content.photos):
        left, top = at[0] + index * (side + THUMBNAIL_GAP_PX), at[1]
        border = 5 if index == content.leading_photo else 0
        if border:
            paste_rounded(
                image, INK, at=(left - border, top - border), size=(side + 2 * border,) * 2, radius_px=19
            )
        small = _cover(photo.preview, side)
        paste_rounded(image, small, at=(left, top), size=(side, side), radius_px=14)
        if photo.level is None:
            continue
        mark = level_mark(photo.level, max(30, side * 3 // 10))
        image.paste(mark, (left + side - mark.width - 5, top + side - mark.height - 5), mark)
    return at[1] + side


def _draw_alone(image: Image.Image, preview: NDArray[np.uint8], aspect: float, room: _Box) -> int:
    height = int(min(room.width / aspect, room.height))
    own: int = preview.shape[0]
    if SPARED_ALONE * height <= own <= height:
        height = own
    width = round(height * aspect)
    left = room.left + (room.width - width) // 2
    if width < room.width:
        size = (room.width, height)
        paste_rounded(image, PANEL, at=(room.left, room.top), size=size, radius_px=RADIUS_PX)
    _paste_photo(image, preview, _Box(left=left, top=room.top, width=width, height=height))
    return room.top + height


def _paste_photo(image: Image.Image, preview: NDArray[np.uint8], box: _Box) -> Image.Image:
    photo = _resized(preview, (box.width, box.height))
    paste_rounded(image, photo, at=(box.left, box.top), size=photo.size, radius_px=RADIUS_PX)
    return photo


def _paste_evidence(
    image: Image.Image, grey: Image.Image, opinion: CardOpinion, *, at: tuple[int, int], corners: int
) -> None:
    """One classifier's evidence over its name and what it says on a dark strip."""
    width, height = grey.size
    pane = Image.new("RGB", (width, height + CAPTION_PX), STRIP)
    pane.paste(overlay_evidence(grey, opinion.evidence))
    middle = height + CAPTION_PX // 2
    pane.paste(WHITE, (14, middle - 10), polygon_mask(20, corners, 0.0))
    name_font = font_of("Bold", 26)
    write(pane, Spot(42, middle, "lm"), opinion.name, font=name_font, ink=Ink(WHITE, STRIP))
    room = width - 42 - name_font.getlength(opinion.name) - 30
    says_font = fit_font(opinion.says, weight="Regular", size_px=26, width_px=room)
    write(pane, Spot(width - 14, middle, "rm"), opinion.says, font=says_font, ink=Ink(WHITE, STRIP))
    paste_rounded(image, pane, at=at, size=pane.size, radius_px=RADIUS_PX)


def _draw_legend(image: Image.Image, legend: tuple[str, str], *, left: int, top: int, width_px: int) -> int:
    """What the two colours mean, flush right under the evidence."""
    font = font_of("Regular", 26)
    x = left + width_px
    for words, colour in zip(reversed(legend), (AGAINST, FOR), strict=True):
        x -= round(font.getlength(words))
        write(image, Spot(x, top + 16, "lm"), words, font=font, ink=Ink(SOFT_INK, PAPER))
        x -= 32
        image.paste(colour, (x, top + 5), polygon_mask(22, 0, 0.0))
        x -= 28
    return top + LEGEND_PX - 12


def _spare_resize(height: int, preview: NDArray[np.uint8]) -> int:
    """The photo's own height where that is nearly the one wanted: sharper, and a third of a card's time."""
    own: int = preview.shape[0]
    return own if SPARED * height <= own <= height else height


def _resized(preview: NDArray[np.uint8], size: tuple[int, int]) -> Image.Image:
    photo = Image.fromarray(preview)
    if photo.size == size:
        return photo
    filtering = Image.Resampling.BILINEAR if size[0] < photo.width else Image.Resampling.BICUBIC
    return photo.resize(size, filtering, reducing_gap=1.5)


def _cover(preview: NDArray[np.uint8], side: int) -> Image.Image:
    """The middle square of the photo at this size."""
    height, width = preview.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    return _resized(preview[top : top + edge, left : left + edge], (side, side))
