"""The search through all that tests and their processes say can fail, and leaves nothing behind."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.logs import configure_logs
from tests.support.log_reader import undisturbed_logs

ROOT = Path(__file__).resolve().parents[2]
TESTS = """
import logging, pathlib, subprocess, sys
from storage.database.keys import Keyring

TOKEN = "123456789:" + "A" * 35  # what follows writes it; this file does not

def test_clean(): print("nothing", "0" * 64)
def test_logs(): logging.getLogger("bot.delivery.inbox").info("of chat %d", 4710 + 1)
def test_prints(): print(TOKEN)
def test_prints_an_error(): print("Plan" + "ted", file=sys.stderr)
def test_process():
    subprocess.run([sys.executable, "-c", "import sys; print(sys.argv[1])", TOKEN], check=True)
def test_reads(capsys):
    print(TOKEN)
    assert capsys.readouterr().out
def test_key(tmp_path):
    Keyring.open(tmp_path / "nevus.key")
    print((tmp_path / "nevus.key").read_text())
"""


def test_a_test_that_lets_something_out_fails(tmp_path: Path) -> None:
    """A token, key, number or name in its log, its output, that of its process, or what it read of it."""
    file = tmp_path / "test_outlets.py"
    file.write_text(TESTS)
    options = (
        "-p",
        "tests.support.log_reader",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        "-rA",
        "--tb=no",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(file)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.split()[:2] for line in done.stdout.splitlines() if "::" in line]
    bad = {line[1].rpartition("::")[2] for line in lines if line[0] == "ERROR"}
    assert bad == {
        f"test_{name}" for name in ("logs", "prints", "prints_an_error", "process", "reads", "key")
    }


def test_whatever_configures_logging_leaves_nothing_behind() -> None:
    root, hook = logging.getLogger(), sys.excepthook
    before, level = root.handlers[:], logging.getLogger("httpx").level
    with undisturbed_logs():
        configure_logs(style="text", level="DEBUG")
        assert root.handlers != before
    assert root.handlers == before
    assert sys.excepthook is hook
    assert logging.getLogger("httpx").level == level


def test_what_a_test_configured_is_read_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    """Even where `configure_logs` took every other handler off."""
    del caplog
    configure_logs(style="text", level="INFO")
    logging.getLogger("nevus").info("said to nobody")
