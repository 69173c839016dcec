"""No test may leave a token, a key, a planted name or a person's number in what the product logs."""

import logging
import re
from collections.abc import Iterator

import pytest

from bot.logs import MaskedFormatter

OURS = ("bot.", "storage.", "inference.", "nevus")
SECRETS = {
    "a token": re.compile(r"\b\d{5,}:[A-Za-z0-9_-]{20,}"),
    "a key": re.compile(r"\b[0-9a-f]{64}\b"),
    "a planted name or caption": re.compile(r"Planted|Canary|Mrs Smith|SECRET-IN"),
    "a person's number": re.compile(r"\b7_?311_?00\d\b|\b4711\b"),
    "a file": re.compile(r"photos/file_|AgACAgQ"),
}


class Reader(logging.Handler):
    """Keeps what the bot's own loggers say, tracebacks too, as the product would print it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self._formatter = MaskedFormatter("text")

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(OURS) and not record.name.startswith("bot.localchat"):
            self.lines.append(self._formatter.format(record))


@pytest.fixture(autouse=True)
def logs_name_nobody() -> Iterator[None]:
    reader = Reader()
    logging.getLogger().addHandler(reader)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(reader)
    found = {what for what, secret in SECRETS.items() for line in reader.lines if secret.search(line)}
    assert not found, f"in the log: {sorted(found)}"
