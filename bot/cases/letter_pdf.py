"""The referral letter: one page of PDF with a text layer, a title and its language. Knows no patient."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any, Final

Rows = tuple[tuple[str, str], ...]

MARGIN_MM: Final = 20
# Lines to write on and size of the letters: the first that leave the letter on one page.
TRIES: Final = ((5, 1.0), (3, 1.0), (1, 1.0), (0, 0.95), (0, 0.85), (0, 0.75))
PHOTO_MM: Final = 58
NAMES_MM: Final = 40  # of the facts
FRAME_PT: Final = 6  # what reportlab's frame keeps free on each side: tables are as wide as the text
# A PDF's own fonts know Latin-1, the signs of Windows, Greek, mathematics and some symbols. What is not among
# them and cannot be written with simpler letters is replaced.
STAND_INS: Final = str.maketrans(
    {
        "\u202f": "\u00a0",
        "\u2009": "\u00a0",
        "\t": " ",
        "‐": "-",
        "‑": "-",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ı": "i",
    }
)
_ONLY_CHANGING: Final = frozenset({"Cc", "Cf", "Mn", "Me"})  # joiners, variants, marks without their letter
UNKNOWN: Final = "[…]"
UNKNOWN_RUN: Final = re.compile(r"\[…\](?:[\s\u00a0]*\[…\])+")


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterContent:
    """Every word of a letter in one language, plain text."""

    language: str  # "en" or "fr"
    title: str
    place_and_date: str
    blanks: tuple[str, ...]  # to be filled in by hand: to, from, patient
    greeting: str
    request: str
    facts: Rows  # what was found: a name and what it is
    findings: tuple[str, ...]
    closing: str
    signature: str
    footer: str
    photo: bytes | None = None  # JPEG
    photo_words: str = ""


def write_letter(content: LetterContent) -> bytes:
    """The letter as PDF; deterministic but for its date of making."""
    for lines, size in TRIES:
        letter, pages = _write(content, lines=lines, size=size)
        if pages == 1:
            break
    return letter


def _write(content: LetterContent, *, lines: int, size: float) -> tuple[bytes, int]:
    """The letter with so many lines to write on, and its number of pages."""
    from reportlab.lib.pagesizes import A4  # only where a letter is written: it costs a start 0.1 s
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    buffer, margin = BytesIO(), MARGIN_MM * mm
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=margin,
        rightMargin=margin,
        topMargin=16 * mm,
        bottomMargin=14 * mm,
        title=_plain(content.title),
        author="Nevus",
        subject=_plain(content.facts[0][1]),
        lang={"en": "en-GB", "fr": "fr-FR"}[content.language],
        displayDocTitle=True,
    )
    document.build(list(_story(content, document.width - 2 * FRAME_PT, lines, size)))
    return buffer.getvalue(), document.page


def _story(content: LetterContent, width: float, lines: int, size: float) -> Iterable[Any]:
    from reportlab.platypus import HRFlowable, Paragraph, Spacer, Table

    styles = _styles(size)
    yield Paragraph(_escape(content.title), styles["title"])
    yield Paragraph(_escape(content.place_and_date), styles["right"])
    yield Spacer(1, 6)
    rows = [[Paragraph(_escape(name), styles["small"]), ""] for name in content.blanks]
    blanks = [("LINEBELOW", (1, 0), (1, -1), 0.6, "#58626f"), ("VALIGN", (0, 0), (-1, -1), "BOTTOM")]
    yield Table(rows, colWidths=[width * 0.3, width * 0.7], rowHeights=22, style=blanks)
    yield Spacer(1, 10)
    yield Paragraph(_escape(content.greeting), styles["body"])
    yield Paragraph(_escape(content.request), styles["body"])
    yield _facts_and_photo(content, width, styles)
    yield Spacer(1, 6)
    yield from (Paragraph(_escape(each), styles["list"], bulletText="•") for each in content.findings)
    yield Spacer(1, 4)
    yield Paragraph(_escape(content.closing), styles["body"])
    ruled = [("LINEBELOW", (0, 0), (-1, -1), 0.4, "#8a94a2")]  # for the history and findings, by hand
    if lines:
        yield Table([[""]] * lines, colWidths=[width], rowHeights=22, style=ruled)
    yield Spacer(1, 14)
    yield Paragraph(_escape(content.signature), styles["body"])
    yield Spacer(1, 46)
    yield HRFlowable(width="100%", thickness=0.5, color="#58626f")
    yield Paragraph(_escape(content.footer), styles["small"])


def _styles(size: float) -> dict[str, Any]:
    from reportlab.lib.enums import TA_RIGHT
    from reportlab.lib.styles import ParagraphStyle

    body = ParagraphStyle(
        "body", fontName="Helvetica", fontSize=10.5 * size, leading=14.5 * size, spaceAfter=6
    )
    return {
        "body": body,
        "title": ParagraphStyle("title", body, fontName="Helvetica-Bold", fontSize=15, leading=19),
        "right": ParagraphStyle("right", body, alignment=TA_RIGHT),
        "list": ParagraphStyle("list", body, leftIndent=12, bulletIndent=3, spaceAfter=2),
        "name": ParagraphStyle("name", body, fontName="Helvetica-Bold", spaceAfter=0),
        "fact": ParagraphStyle("fact", body, spaceAfter=0),
        "small": ParagraphStyle("small", body, fontSize=9 * size, leading=11.5 * size, textColor="#3c4654"),
    }


def _facts_and_photo(content: LetterContent, width: float, styles: dict[str, Any]) -> Any:
    """The table of facts, beside the photo if there is one."""
    from reportlab.lib.units import mm
    from reportlab.lib.utils import ImageReader
    from reportlab.platypus import Image, Paragraph, Spacer, Table

    if content.photo is None:
        return _facts(content.facts, width, styles)
    side = PHOTO_MM * mm
    own_width, own_height = ImageReader(BytesIO(content.photo)).getSize()
    scale = side / max(own_width, own_height)
    image = Image(BytesIO(content.photo), own_width * scale, own_height * scale)
    words = Paragraph(_escape(content.photo_words), styles["small"])
    room = width - side - 4 * mm
    flat = [(f"{edge}PADDING", (0, 0), (-1, -1), 0) for edge in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
    return Table(
        [[_facts(content.facts, room, styles), [image, Spacer(1, 3), words]]],
        colWidths=[room + 4 * mm, side],
        style=[*flat, ("VALIGN", (0, 0), (-1, -1), "TOP")],
        hAlign="LEFT",
    )


def _facts(facts: Rows, width: float, styles: dict[str, Any]) -> Any:
    from reportlab.lib.units import mm
    from reportlab.platypus import Paragraph, Table

    rows = [
        [Paragraph(_escape(name), styles["name"]), Paragraph(_escape(value), styles["fact"])]
        for name, value in facts
    ]
    look = [
        ("BOX", (0, 0), (-1, -1), 0.6, "#58626f"),
        ("INNERGRID", (0, 0), (-1, -1), 0.3, "#c6ccd4"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    names = max(width * 0.3, NAMES_MM * mm)
    return Table(rows, colWidths=[names, width - names], style=look, hAlign="LEFT")


def _plain(text: str) -> str:
    """Text in signs that the letter's fonts have; what they lack, such as most emoji, is "[…]"."""
    signs = unicodedata.normalize("NFC", text).translate(STAND_INS)
    return UNKNOWN_RUN.sub(UNKNOWN, "".join(_find_stand_in(sign) for sign in signs))


@lru_cache(maxsize=1024)
def _find_stand_in(sign: str) -> str:
    """A sign, the letters that it is made of, or nothing for one that only changes its neighbours."""
    from reportlab.pdfbase.pdfmetrics import getFont

    regular = getFont("Helvetica")

    def is_known(each: str) -> bool:
        for font in (regular, *regular.substitutionFonts):
            try:
                each.encode(font.encName)
            except UnicodeEncodeError:
                continue
            return True
        return False

    if sign == "\n":
        return sign
    if unicodedata.category(sign) in _ONLY_CHANGING:
        return ""
    if is_known(sign):
        return sign
    simpler = [each for each in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(each)]
    return "".join(simpler) if simpler and all(is_known(each) for each in simpler) else UNKNOWN


def _escape(text: str) -> str:
    """Text as reportlab's paragraphs take it."""
    from html import escape

    return escape(_plain(text), quote=False).replace("\n", "<br/>")
