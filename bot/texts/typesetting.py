"""Typographic spaces and apostrophes, so that the text files can be written on any keyboard.

French sets a narrow no-break space before `;`, `!`, `?` and `%`, a no-break space before `:` and inside
« » (Imprimerie nationale, *Lexique des règles typographiques*). No line may begin with one of these marks.
"""

import re
from typing import Any

from fluent.syntax import ast, visitor

NO_BREAK = "\u00a0"
NARROW_NO_BREAK = "\u202f"

_APOSTROPHE = re.compile(r"'")
_FRENCH = (
    (re.compile(r" (?=[;!?%])"), NARROW_NO_BREAK),
    (re.compile(r" (?=[:»])"), NO_BREAK),
    (re.compile(r"(?<=«) "), NO_BREAK),
    (re.compile(r"(?<=\d) (?=(?:px|Mo|mm|ms|heures|jours)\b)"), NO_BREAK),
)


def typeset(text: str, *, language: str) -> str:
    """The text with typographic apostrophes and, in French, no-break spaces."""
    text = _APOSTROPHE.sub("\u2019", text)
    if language == "fr":
        for pattern, space in _FRENCH:
            text = pattern.sub(space, text)
    return text


class Typesetter(visitor.Transformer):
    """Sets every piece of text in a Fluent resource; arguments, selectors and names stay as they are."""

    def __init__(self, language: str) -> None:
        self._language = language

    def visit_TextElement(self, node: ast.TextElement) -> Any:  # noqa: N802 - named after the node
        """Set one piece of text."""
        node.value = typeset(node.value, language=self._language)
        return node
