"""Standard output and error of `nevus`: no control characters, and one sentence if nothing can be written."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, Final, TextIO, cast

# What a terminal obeys, or what changes the order of the characters after it; not line feed and tab.
CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class OutputError(Exception):
    """Standard output cannot be written; the text says why."""


class GuardedStream:
    """A text stream for people: shows control characters, of a file's name for example, as escapes.

    An escape has the form of JSON, so an object stays valid.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write a text; the number of its characters.

        Raises:
            BrokenPipeError: its reader has gone.
            OutputError: it cannot be written.
        """
        try:
            self.stream.write(escape_control(text))
        except OSError as error:
            self.fail(error)
        return len(text)

    def flush(self) -> None:
        """Write what is buffered; raises as `write`."""
        try:
            self.stream.flush()
        except OSError as error:
            self.fail(error)

    def fail(self, error: OSError) -> None:
        """Name an error of the stream."""
        if isinstance(error, BrokenPipeError):
            raise error
        raise OutputError(f"standard output cannot be written: {error.strerror}") from error


class GuardedErrors(GuardedStream):
    """The same for standard error: a message that cannot be written stops no work."""

    def fail(self, error: OSError) -> None:
        """Go on: there is no other place to say it."""


@contextmanager
def guard_output() -> Iterator[None]:
    """Guard both streams of the process meanwhile; one that its caller closed goes nowhere."""
    out, errors = GuardedStream(_open(sys.stdout)), GuardedErrors(_open(sys.stderr))
    with redirect_stdout(cast("TextIO", out)), redirect_stderr(cast("TextIO", errors)):
        yield


def unguarded(stream: TextIO) -> TextIO:
    """The stream itself: a progress bar writes control characters."""
    return stream.stream if isinstance(stream, GuardedStream) else stream


def escape_control(text: str) -> str:
    """Each control character as four hexadecimal digits after a backslash and `u`."""
    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _open(stream: TextIO | None) -> TextIO:
    """The stream, or nowhere; no file that a command opens may become descriptor 1 or 2."""
    if stream is not None:
        return stream
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123
