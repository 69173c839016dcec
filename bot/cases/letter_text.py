"""The referral letter as text, to copy into the record system of a practice."""

from collections.abc import Iterator
from typing import Final

from bot.cases.letter_pdf import LetterContent
from bot.conversation.wording import Wording, plain

PAGE_UNITS: Final = 3_900  # Telegram takes 4,096 UTF-16 units after parsing; a mark for a repeat must fit
WIDEST: Final = 1_000  # of a line


def write_pages(content: LetterContent, wording: Wording) -> tuple[str, ...]:
    """The letter in plain text, in as many messages as it needs."""
    pages, lines = [], [""]
    for line in _lines(content, wording):
        if _count("\n".join((*lines, line))) > PAGE_UNITS:
            pages.append("\n".join(lines).strip())
            lines = []
        lines.append(line)
    return (*pages, "\n".join(lines).strip())


def _lines(content: LetterContent, wording: Wording) -> Iterator[str]:
    blocks = (
        (content.title, content.place_and_date),
        (content.greeting,),
        (content.request,),
        tuple(plain(wording.say("letter-fact", name=name, value=value)) for name, value in content.facts),
        tuple(f"- {each}" for each in content.findings),
        (content.footer,),
    )
    for block in blocks:
        for paragraph in block:
            for line in paragraph.splitlines():
                yield from (line[first : first + WIDEST] for first in range(0, len(line), WIDEST))
        yield ""


def _count(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
