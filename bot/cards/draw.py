"""The card: one JPEG that says the level, shows why, and reads well on a phone in a light or a dark chat."""

from PIL import Image

from bot.cards.content import CardContent
from bot.cards.gauge import GAUGE_HEIGHT_PX, draw_gauge
from bot.cards.jpeg import encode_jpeg
from bot.cards.lettering import Ink, Spot, cut_text, fit_font, font_of, wrap_text, write, write_lines
from bot.cards.palette import PAPER, SOFT_INK, STYLES, WHITE
from bot.cards.photos import Room, draw_photo, draw_thumbnails, photo_place_height, thumbnails_height
from bot.cards.shapes import level_mark

WIDTH_PX = 1024  # with at most 1280 px of height Telegram passes it on unscaled
HEIGHT_PX = 1280
MARGIN_PX = 36
INNER_PX = WIDTH_PX - 2 * MARGIN_PX
HEADER_PX = 160
GAP_PX = 24
LEAST_PHOTO_PX = 300
NOTE_PX, SMALL_PX, LINE_SPACING = 40, 36, 1.32
JPEG_QUALITY = 84


def draw_card(content: CardContent) -> bytes:
    """The card as a JPEG of 1024 px width and at most 1280 px height, without metadata."""
    note_font, small_font = font_of("SemiBold", NOTE_PX), font_of("Regular", SMALL_PX)
    note = wrap_text(content.note, font=note_font, width_px=INNER_PX, max_lines=2)
    small = wrap_text(content.disclaimer, font=small_font, width_px=INNER_PX, max_lines=2)
    text_px = round((len(note) * NOTE_PX + len(small) * SMALL_PX) * LINE_SPACING) + 12
    # The photo may be as high as what stands below it leaves room for.
    taken = HEADER_PX + GAP_PX + text_px + 20
    if content.gauge is not None:
        taken += GAUGE_HEIGHT_PX + GAP_PX
    if len(content.photos) > 1:
        taken += thumbnails_height(len(content.photos), INNER_PX) + GAP_PX
    room = Room(left=0, top=HEADER_PX, width=WIDTH_PX, height=max(LEAST_PHOTO_PX, HEIGHT_PX - taken))
    place_px = photo_place_height(content.leading.preview, room)
    image = Image.new("RGB", (WIDTH_PX, min(taken + place_px, HEIGHT_PX)), PAPER)
    _draw_header(image, content)
    y = draw_photo(image, content.leading, room) + GAP_PX
    if len(content.photos) > 1:
        y = draw_thumbnails(image, content, at=(MARGIN_PX, y), width_px=INNER_PX) + GAP_PX
    if content.gauge is not None:
        draw_gauge(image, content, at=(MARGIN_PX, y), width_px=INNER_PX)
        y += GAUGE_HEIGHT_PX + GAP_PX
    bottom = write_lines(image, note, at=(MARGIN_PX, y), font=note_font) + 12
    write_lines(image, small, at=(MARGIN_PX, bottom), font=small_font, colour=SOFT_INK)
    return encode_jpeg(image, JPEG_QUALITY)


def _draw_header(image: Image.Image, content: CardContent) -> None:
    """The band in the level's colour: its mark, its name, the case."""
    style = STYLES[content.level]
    image.paste(style.strong, (0, 0, WIDTH_PX, HEADER_PX))
    mark = level_mark(content.level, 108, inverted=True)
    image.paste(mark, (MARGIN_PX, (HEADER_PX - mark.height) // 2), mark)
    left = MARGIN_PX + mark.width + 28
    width_px = WIDTH_PX - left - MARGIN_PX
    for text, baseline, weight, size_px in (
        (content.title, 84, "Bold", 72),
        (content.subtitle, 134, "SemiBold", 38),
    ):
        font = fit_font(text, weight=weight, size_px=size_px, width_px=width_px)
        line = cut_text(text, font=font, width_px=width_px)
        write(image, Spot(left, baseline, "ls"), line, font=font, ink=Ink(WHITE, style.strong))
