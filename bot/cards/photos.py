"""The photos of a card: the leading one as large as it can be, with its lesions outlined; the rest small."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bot.cards.content import CardContent, CardPhoto
from bot.cards.outlines import draw_outlines
from bot.cards.palette import INK
from bot.cards.shapes import level_mark, paste_rounded
from inference.boxes import scale_outline
from inference.resizing import resize

THUMBNAIL_GAP_PX = 12
THUMBNAIL_MAX_PX = 132
LEAST_PX = 240  # height of the place of a photo, however flat it is
SPARED = 0.88  # a photo so little too small is shown as it is: sharper, and a third of a card's time


class Room(NamedTuple):
    """A part of a picture."""

    left: int
    top: int
    width: int
    height: int  # at most


def draw_photo(image: Image.Image, photo: CardPhoto, room: Room) -> int:
    """Draw one photo whole, in the middle of `room`; gives the y below its place."""
    width, height = fit_photo(photo.preview, room)
    place_px = photo_place_height(photo.preview, room)
    left, top = room.left + (room.width - width) // 2, room.top + (place_px - height) // 2
    drawn = resize_photo(photo.preview, (width, height))
    own_height, own_width = photo.preview.shape[:2]
    outlines = [scale_outline(each, width / own_width, height / own_height) for each in photo.outlines]
    draw_outlines(drawn, outlines)
    image.paste(drawn, (left, top))
    return room.top + place_px


def photo_place_height(preview: NDArray[np.uint8], room: Room) -> int:
    """The height of the place that a photo takes of `room`; a flat photo has space above and below."""
    return max(fit_photo(preview, room)[1], min(LEAST_PX, room.height))


def fit_photo(preview: NDArray[np.uint8], room: Room) -> tuple[int, int]:
    """Width and height at which a photo fills `room` without being cut or distorted."""
    own_height, own_width = preview.shape[:2]
    scale = min(room.width / own_width, room.height / own_height)
    if 1 <= scale <= 1 / SPARED:
        scale = 1
    return max(round(own_width * scale), 1), max(round(own_height * scale), 1)


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
        height, width = photo.preview.shape[:2]
        edge = min(height, width)
        y, x = (height - edge) // 2, (width - edge) // 2
        small = resize_photo(photo.preview[y : y + edge, x : x + edge], (side, side))  # its middle square
        paste_rounded(image, small, at=(left, top), size=(side, side), radius_px=14)
        if photo.level is None:
            continue
        mark = level_mark(photo.level, max(30, side * 3 // 10))
        image.paste(mark, (left + side - mark.width - 5, top + side - mark.height - 5), mark)
    return at[1] + side


def resize_photo(preview: NDArray[np.uint8], size: tuple[int, int]) -> Image.Image:
    """The photo at a size, as an image that may be drawn on."""
    return Image.fromarray(resize(preview, size))  # up to twice as large it hardly differs from bicubic
