"""Logs without secrets and without people: masked lines, frames without values, quiet libraries."""

import json
import logging
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Literal

MASK: Final = "***"
TOKEN: Final = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}")  # a bot token, whichever it is
# httpx logs whole addresses at INFO, and a bot's address holds its token.
QUIET: Final = (
    "httpx",
    "httpcore",
    "telegram",
    "aiohttp",
    "asyncio",
    "sqlalchemy",
    "alembic",
    "PIL",
)
SHORTEST_SECRET: Final = 6
ACCEPT_ERROR: Final = "socket.accept() out of system resource"  # as asyncio words it
ACCEPT_ERROR_EVERY_S: Final = 60.0


class MaskedFormatter(logging.Formatter):
    """Formats a record, then hides every secret in it.

    An exception is written as the frames it passed and its kind, without its text: it may quote a message.
    """

    def __init__(self, style: Literal["text", "json"], secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._layout = style
        self._secrets: set[str] = set()
        self.hide(secrets)

    def hide(self, secrets: Iterable[str]) -> None:
        """Mask these from now on, except strings too short to be secrets."""
        for secret in secrets:
            if len(secret) >= SHORTEST_SECRET:
                # As it is, and as a line of JSON shows it.
                self._secrets |= {secret, json.dumps(secret, ensure_ascii=False)[1:-1]}

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the frames of an exception below it."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message, trace = record.getMessage(), _describe_exception(record)
        if self._layout == "json":
            line = {"at": at, "level": record.levelname, "logger": record.name, "message": message}
            return self._mask(json.dumps(line | ({"trace": trace} if trace else {}), ensure_ascii=False))
        text = f"{at[11:23]} {record.levelname.lower():7} {record.name}: {message}"
        return self._mask(f"{text}\n{trace}" if trace else text)

    def _mask(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return TOKEN.sub(MASK, text)


def configure_logs(
    *, style: Literal["text", "json"], level: str, secrets: Iterable[str] = ()
) -> MaskedFormatter:
    """Send everything to standard error through one masked formatter, which can learn more secrets later."""
    formatter = MaskedFormatter(style, secrets)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    asyncio_log = logging.getLogger("asyncio")
    asyncio_log.filters[:] = [RareAcceptErrors()]
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    return formatter


class RareAcceptErrors:
    """A filter for asyncio's log: a lack of file descriptors is logged once a minute, in one line.

    asyncio writes a traceback for each connection that it cannot accept, more than a hundred a second.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._said_at = float("-inf")

    def __call__(self, record: logging.LogRecord) -> bool:
        """Shorten the record, or drop it."""
        if not record.getMessage().startswith(ACCEPT_ERROR):
            return True
        now = self._monotonic()
        if now - self._said_at < ACCEPT_ERROR_EVERY_S:
            return False
        self._said_at = now
        record.msg = "new connections cannot be accepted: too many open files; raise the limit (ulimit -n)"
        record.args, record.exc_info = (), None
        return True


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("nevus").critical("stopped by %s", kind.__name__, exc_info=(kind, error, trace))


def _describe_exception(record: logging.LogRecord) -> str:
    if not record.exc_info or record.exc_info[1] is None:
        return ""
    error: BaseException | None = record.exc_info[1]
    parts: list[str] = []
    while error is not None and len(parts) < 8:
        frames = "".join(traceback.format_tb(error.__traceback__)).rstrip()
        parts.append(f"{frames}\n{type(error).__module__}.{type(error).__qualname__}".lstrip("\n"))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\ncaused by:\n".join(parts)
