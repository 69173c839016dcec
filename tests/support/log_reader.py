"""No test may leave a token, a key, a planted name or a person's number in what the product says.

Read are: what the product's loggers say, as it would print it; what a test and the processes that it starts
write to standard output and standard error; what a test reads from there (`capsys`); and, for keys, whatever
key files it leaves in its folder. Loggers are put back as they were, so that a test may configure them.

Used by every test (`tests/conftest.py`); `tests/integration/test_log_reader.py` shows that it can fail.
"""

import logging
import re
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.logs import QUIET, MaskedFormatter

OURS = ("bot", "storage", "inference", "nevus")
READ_BY_TESTS = pytest.StashKey[list[str]]()
SECRETS = {
    "a token": re.compile(r"\b\d{5,}:[A-Za-z0-9_-]{20,}"),
    "a planted name or caption": re.compile(r"Planted|Canary|Mrs Smith|SECRET-IN"),
    "a person's number": re.compile(r"(?<![\d.])7_?311_?00\d\b"),
    "a file": re.compile(r"photos/file_|AgACAgQ"),
}
# In a log line. Elsewhere (`nevus audit verify`, say) a hash of a file or of the audit trail is no secret.
# Nor is a number of four digits there: it may be a duration, or the number of a process.
IN_LOGS = SECRETS | {
    "a key": re.compile(r"\b[0-9a-f]{64}\b"),
    "a person's short number": re.compile(r"(?<![\d.])\b4711\b"),
}


def find_secrets(text: str, patterns: dict[str, re.Pattern[str]] = SECRETS) -> set[str]:
    """What of them stands in a text."""
    return {what for what, secret in patterns.items() if secret.search(text)}


def find_keys(text: str, folder: Path) -> set[str]:
    """Whether a key of the key files under a folder stands in a text."""
    files = list(folder.rglob("*.key"))
    keys = [secret for file in files for secret in re.findall(r"\b[0-9a-f]{64}\b", _read(file))]
    return {"a key"} if any(key in text for key in keys) else set()


class Reader:
    """Keeps what the bot's own loggers say, tracebacks too, as the product would print it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._formatter = MaskedFormatter("text")

    def make(self, factory: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
        """A factory of records that lets this one read along, whatever handlers there are."""

        def make_record(*args: Any, **options: Any) -> logging.LogRecord:
            record = factory(*args, **options)
            if record.name.split(".")[0] in OURS and not record.name.startswith("bot.localchat"):
                self.lines.append(self._formatter.format(record))
            return record

        return make_record


@contextmanager
def undisturbed_logs() -> Iterator[None]:
    """Whatever configures logging in this block, afterwards all is as before.

    A handler that stays on the root logger after a test writes to a stream that pytest has closed by then.
    """
    root = logging.getLogger()
    named = [logging.getLogger(name) for name in (*QUIET, *OURS)]
    handlers, levels, hook = root.handlers[:], [(each, each.level) for each in (root, *named)], sys.excepthook
    warnings_go_elsewhere = _captures_warnings()
    try:
        yield
    finally:
        root.handlers[:] = handlers
        for logger, level in levels:
            logger.setLevel(level)
        sys.excepthook = hook
        if not warnings_go_elsewhere:
            logging.captureWarnings(capture=False)


@pytest.fixture(autouse=True)
def logs_name_nobody() -> Iterator[None]:
    reader, factory = Reader(), logging.getLogRecordFactory()
    with undisturbed_logs():
        for name in OURS:
            logging.getLogger(name).setLevel(logging.INFO)  # what the product says unless told otherwise
        logging.setLogRecordFactory(reader.make(factory))
        try:
            yield
        finally:
            logging.setLogRecordFactory(factory)
    found = {what for line in reader.lines for what in find_secrets(line, IN_LOGS)}
    assert not found, f"in the log: {sorted(found)}"


@pytest.fixture
def capsys(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> pytest.CaptureFixture[str]:
    """Pytest's own, read along."""
    read = request.node.stash.setdefault(READ_BY_TESTS, [])
    read_out = capsys.readouterr

    def readouterr() -> Any:
        result = read_out()
        read.append(result.out + result.err)
        return result

    capsys.readouterr = readouterr  # type: ignore[method-assign]
    return capsys


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test at its end whose output, or that of a process that it started, holds a secret."""
    report = yield
    if call.when != "teardown":
        return report
    written = [text for title, text in report.sections if title.startswith("Captured std")]
    output = "\n".join([*written, *item.stash.get(READ_BY_TESTS, [])])
    found = find_secrets(output)
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if output and isinstance(folder, Path):
        found |= find_keys(output, folder)
    if found and report.passed:
        report.outcome = "failed"
        report.longrepr = f"in the output of the test or of a process that it started: {sorted(found)}"
    return report


def _captures_warnings() -> bool:
    return getattr(logging, "_warnings_showwarning", None) is not None


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, ValueError):  # a test may have taken it away, or its rights
        return ""
