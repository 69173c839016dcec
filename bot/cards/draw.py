"""The card: one JPEG that says the level, shows why, and reads well on a phone in a light or a dark chat."""

from io import BytesIO

from PIL import Image, ImageDraw

from bot.cards.content import CardContent
from bot.cards.gauge import GAUGE_HEIGHT_PX, draw_gauge
from bot.cards.lettering import Ink, Spot, fit_font, font_of, wrap_text, write, write_lines
from bot.cards.palette import INK, PAPER, SOFT_INK, STYLES, WHITE
from bot.cards.photos import draw_photos, draw_thumbnails, photos_height
from bot.cards.shapes import level_mark

WIDTH_PX = 1024  # with at most 1280 px of height Telegram passes it on unscaled
MARGIN_PX = 36
INNER_PX = WIDTH_PX - 2 * MARGIN_PX
HEADER_PX = 176
GAP_PX = 26
JPEG_QUALITY = 84


def draw_card(content: CardContent) -> bytes:
    """The card as a JPEG of 1024 px width and at most 1280 px height, without metadata."""
    note_font = font_of("SemiBold", 34)
    note = wrap_text(content.note, font=note_font, width_px=INNER_PX, max_lines=2)
    small_font = font_of("Regular", 25)
    small = wrap_text(content.disclaimer, font=small_font, width_px=INNER_PX, max_lines=3)
    text_px = round(len(note) * 34 * 1.32 + 14 + len(small) * 25 * 1.32)
    image = Image.new("RGB", (WIDTH_PX, 1280), PAPER)
    _draw_header(image, content)
    y = HEADER_PX + GAP_PX
    y = (
        draw_photos(image, content, at=(MARGIN_PX, y), room=(INNER_PX, photos_height(content, text_px)))
        + GAP_PX
    )
    if len(content.photos) > 1:
        y = draw_thumbnails(image, content, at=(MARGIN_PX, y), width_px=INNER_PX) + GAP_PX
    if content.gauge is not None:
        draw_gauge(image, content, at=(MARGIN_PX, y), width_px=INNER_PX)
        y += GAUGE_HEIGHT_PX + GAP_PX
    bottom = write_lines(image, note, at=(MARGIN_PX, y), font=note_font, colour=INK) + 14
    bottom = write_lines(image, small, at=(MARGIN_PX, bottom), font=small_font, colour=SOFT_INK)
    return _encode(image.crop((0, 0, WIDTH_PX, min(image.height, round(bottom) + 22))))


def _draw_header(image: Image.Image, content: CardContent) -> None:
    """The band in the level's colour: its mark, its name, the case."""
    style = STYLES[content.level]
    image.paste(style.strong, (0, 0, WIDTH_PX, HEADER_PX))
    mark = level_mark(content.level, 116, inverted=True)
    image.paste(mark, (MARGIN_PX, (HEADER_PX - mark.height) // 2), mark)
    left = MARGIN_PX + mark.width + 30
    width_px = WIDTH_PX - left - MARGIN_PX
    title_font = fit_font(content.title, weight="Bold", size_px=72, width_px=width_px)
    write(image, Spot(left, 96, "ls"), content.title, font=title_font, ink=Ink(WHITE, style.strong))
    subtitle_font = fit_font(content.subtitle, weight="SemiBold", size_px=32, width_px=width_px)
    draw = ImageDraw.Draw(image)  # the subtitle is another on each card: not worth keeping
    draw.text((left, 146), content.subtitle, font=subtitle_font, fill=WHITE, anchor="ls")


def _encode(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling="4:2:0")
    return buffer.getvalue()
