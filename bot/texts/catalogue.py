"""The loader of the Fluent files.

Texts are HTML as Telegram parses it; arguments are escaped unless they are `Html`.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, Self

from fluent.runtime import FluentBundle
from fluent.syntax import FluentParser, ast, visitor

from bot.texts.dates import say_french_date
from bot.texts.typesetting import Typesetter

FOLDER = Path(__file__).parent
LOCALES = {"en": "en-GB", "fr": "fr-FR"}  # of numbers and dates: "23 Nov 2026", "23 nov. 2026"
FALLBACK = "en"
KEPT = 512  # texts with arguments that are kept as they were said


class TextError(Exception):
    """A text file is damaged, or a text was asked for that does not exist or lacks an argument."""


class Html(str):
    """Text that is HTML already and must not be escaped again."""

    __slots__ = ()


class _OwnHtml(Html):
    """A text of ours with nothing but numbers in it: it may be kept in memory."""

    __slots__ = ()


def join_lines(parts: Iterable[str], *, gap: str = "\n") -> Html:
    """Texts one below the other, each HTML already; empty ones are left out."""
    return Html(gap.join(part for part in parts if part))


class Texts:
    """All texts in all languages.

    >>> Texts.load().get("fr", "button-details")
    'Détails'
    """

    def __init__(
        self, bundles: Mapping[str, FluentBundle], entries: Mapping[str, Mapping[str, ast.Message]]
    ) -> None:
        self._bundles = bundles
        self._entries = entries
        self._fixed: dict[tuple[str, str], Html] = {}  # texts without arguments, as they were said once
        # With numbers and our own texts in them, never what someone wrote: a number takes half a millisecond.
        self._say_again = lru_cache(maxsize=KEPT, typed=True)(self._format_kept)

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Self:
        """Read every `<language>/*.ftl`.

        Raises:
            TextError: a language has no file, a file cannot be parsed, or an id is in it twice.
        """
        entries = {language: _read_language(folder / language, language) for language in LOCALES}
        bundles = {}
        for language, found in entries.items():
            # Isolating marks would be shown as boxes by some clients and count towards the caption's length.
            functions: dict[str, Any] = {"DATETIME": say_french_date} if language == "fr" else {}
            bundles[language] = FluentBundle([LOCALES[language]], functions=functions, use_isolating=False)
            bundles[language].add_resource(ast.Resource(body=list(found.values())))
        return cls(bundles, entries)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that can be spoken."""
        return tuple(self._bundles)

    def choose(self, language_code: str | None, *, default: str = FALLBACK) -> str:
        """The language for an IETF tag as Telegram sends it (`fr-CA` is French), or the default."""
        primary = (language_code or "").replace("_", "-").split("-")[0].lower()
        return primary if primary in self._bundles else default

    def get(self, language: str, message_id: str, /, **arguments: Any) -> Html:
        """One text, HTML. Strings among the arguments are escaped unless they are `Html`.

        Numbers and dates are written as the language does.

        Raises:
            TextError: there is no such text, or an argument is missing.
        """
        if arguments:
            if not all(isinstance(value, int | float | _OwnHtml) for value in arguments.values()):
                return self._format(language, message_id, arguments)
            return self._say_again(language, message_id, tuple(sorted(arguments.items())))
        if (fixed := self._fixed.get((language, message_id))) is None:
            fixed = _OwnHtml(self._format(language, message_id, {}))
            self._fixed[language, message_id] = fixed
        return fixed

    def _format_kept(self, language: str, message_id: str, arguments: tuple[tuple[str, Any], ...]) -> Html:
        return _OwnHtml(self._format(language, message_id, dict(arguments)))

    def _format(self, language: str, message_id: str, arguments: Mapping[str, Any]) -> Html:
        bundle = self._bundles[language]
        if not bundle.has_message(message_id):
            raise TextError(f"no text {message_id!r} in {language!r}")
        pattern = bundle.get_message(message_id).value
        assert pattern is not None  # noqa: S101 - the loader refuses messages without a value
        text, errors = bundle.format_pattern(
            pattern, {name: _escape(value) for name, value in arguments.items()}
        )
        if errors:
            raise TextError(f"text {message_id!r} in {language!r}: {errors[0]}")
        return Html(text)

    def repeat_mark(self, language: str) -> str:
        """The words in front of a message that may have been sent before."""
        return self.get(language, "repeat-mark")

    def ids(self, language: str) -> frozenset[str]:
        """Every text id of a language."""
        return frozenset(self._entries[language])

    def arguments(self, language: str, message_id: str) -> frozenset[str]:
        """The arguments that a text names."""
        collector = _ArgumentCollector()
        collector.visit(self._entries[language][message_id])
        return frozenset(collector.names)


class _ArgumentCollector(visitor.Visitor):
    """Collects `$name`."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802 - the node
        """Note one name."""
        self.names.add(node.id.name)


def _escape(value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Html):
        return escape(value, quote=False)
    return value


def _read_language(folder: Path, language: str) -> dict[str, ast.Message]:
    files = sorted(folder.glob("*.ftl"))
    if not files:
        raise TextError(f"no .ftl file for {language!r}")
    entries: dict[str, ast.Message] = {}
    for file in files:
        for entry in FluentParser().parse(file.read_text(encoding="utf-8")).body:
            if isinstance(entry, ast.Junk):
                near = (entry.content or "").strip()[:60]
                raise TextError(f"{language}/{file.name} cannot be read near: {near!r}")
            if not isinstance(entry, ast.Message):
                continue
            if entry.id.name in entries:
                raise TextError(f"{file.name}: {entry.id.name!r} stands twice in {language!r}")
            entries[entry.id.name] = Typesetter(language).visit(entry)
    return entries
