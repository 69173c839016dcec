"""Logs hold no secret, no exception's text, and can be read by machines."""

import asyncio
import errno
import json
import logging
import sys
from collections.abc import Iterator

import pytest

from bot.logs import ACCEPT_ERROR_EVERY_S, MaskedFormatter, RareAcceptErrors

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


def fail() -> None:
    number = 4700 + 11
    try:
        int("Mrs PLANTED")
    except ValueError as error:
        raise RuntimeError(f"about chat {number}") from error


def make_record(message: str, *, failing: bool = False) -> logging.LogRecord:
    info = None
    if failing:
        try:
            fail()
        except RuntimeError:
            info = sys.exc_info()
    return logging.LogRecord("nevus", logging.ERROR, __file__, 1, message, (), info)


def test_secrets_and_anything_like_a_token_are_masked() -> None:
    formatter = MaskedFormatter("text", ["my-webhook-secret"])
    line = formatter.format(make_record(f"https://api/bot{TOKEN}/getMe my-webhook-secret"))
    assert TOKEN not in line
    assert "my-webhook-secret" not in line


def test_secrets_learnt_later_are_masked_too() -> None:
    formatter = MaskedFormatter("text")
    formatter.hide(["later-secret"])
    assert "later-secret" not in formatter.format(make_record("later-secret"))


def test_a_secret_is_masked_in_json_where_it_is_written_otherwise() -> None:
    secret = 'pass"word\\with quotes'
    formatter = MaskedFormatter("json", [secret])
    line = formatter.format(make_record(f"postgresql://u:{secret}@host"))
    assert json.loads(line)["message"] == "postgresql://u:***@host"


def test_a_traceback_has_frames_and_kinds_but_no_text() -> None:
    line = MaskedFormatter("text").format(make_record("failed", failing=True))
    assert "RuntimeError" in line
    assert "ValueError" in line
    assert "test_logs.py" in line
    assert "4711" not in line
    assert "invalid literal" not in line


def test_json_lines_are_json() -> None:
    line = json.loads(MaskedFormatter("json").format(make_record("hello", failing=True)))
    assert line["message"] == "hello"
    assert line["level"] == "ERROR"
    assert "RuntimeError" in line["trace"]


@pytest.fixture
def asyncio_log() -> Iterator[logging.Logger]:
    log = logging.getLogger("asyncio")
    before = log.filters[:]
    yield log
    log.filters[:] = before


async def test_connections_that_cannot_be_accepted_are_one_line_a_minute(
    asyncio_log: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    now = [0.0]
    asyncio_log.filters[:] = [RareAcceptErrors(monotonic=lambda: now[0])]
    context = {
        "message": "socket.accept() out of system resource",
        "exception": OSError(errno.EMFILE, "Too many open files"),
    }
    loop = asyncio.get_running_loop()
    for _ in range(300):
        loop.call_exception_handler(context)
    (record,) = caplog.records
    assert "too many open files" in record.getMessage()
    assert record.exc_info is None
    now[0] = ACCEPT_ERROR_EVERY_S
    loop.call_exception_handler(context)
    loop.call_exception_handler({"message": "another fault"})
    assert len(caplog.records) == 3
