"""A picture that takes the place of a card: a title and a sentence, nothing else."""

from PIL import Image, ImageDraw

from bot.cards.jpeg import encode_jpeg
from bot.cards.lettering import fit_font, font_of, wrap_text, write_lines
from bot.cards.palette import INK, PANEL, PAPER, SOFT_INK

WIDTH_PX, HEIGHT_PX = 1024, 420
MARGIN_PX = 72


def draw_notice(title: str, note: str) -> bytes:
    """A JPEG of 1024 by 420 px without metadata."""
    image = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 20, HEIGHT_PX), fill=PANEL)
    width_px = WIDTH_PX - 2 * MARGIN_PX
    title_font = fit_font(title, weight="Bold", size_px=76, width_px=width_px)
    draw.text((MARGIN_PX, 190), title, font=title_font, fill=INK, anchor="ls")
    note_font = font_of("Regular", 36)
    lines = wrap_text(note, font=note_font, width_px=width_px, max_lines=3)
    write_lines(image, lines, at=(MARGIN_PX, 226), font=note_font, colour=SOFT_INK)
    return encode_jpeg(image)
