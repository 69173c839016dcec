"""SIGTERM at any moment ends `nevus run` in good order, with 0."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.product import COMMAND, ROOT
from tests.support.tiny_release import write_tiny_release

# A product of nothing, in `nevus run`. It is told to stop while it does what the first argument says.
RUN = """
import asyncio, os, signal, sys
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
import bot.app
from bot.cli import main
from bot.lifecycle import Product
from bot.delivery.supervisor import Supervisor
from bot.commands.data_dir_lock import DataDirLock

WHEN, FOLDER = sys.argv[1], Path(sys.argv[2])

async def told_while(moment):
    if moment == WHEN:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.2)  # a turn in work
        if moment == "starts":
            await asyncio.sleep(600)  # Telegram does not answer

class Fake(Product):
    async def start(self):
        try:
            await told_while("starts")
        except BaseException:
            await self.stop()
            raise

    async def stop(self):
        await self.supervisor.stop()
        await told_while("stops")
        print("stopped", flush=True)

class Wanted(DataDirLock):
    async def wait_for_command(self):
        if WHEN == "runs":
            await told_while("runs")
            await asyncio.sleep(600)

    async def yield_to_command(self, stop):
        await told_while("makes way")
        return not stop.is_set()

def build(_settings):
    application = SimpleNamespace(bot=SimpleNamespace(username="nevus"))
    parts = dict.fromkeys(field.name for field in fields(Product))
    return Fake(**parts | {"supervisor": Supervisor(), "application": application})

bot.app.build = build
os.environ |= {"NEVUS_DATA_DIR": str(FOLDER), "NEVUS_TELEGRAM_TOKEN": "123456:abcdefgh-just-to-start"}
import bot.commands.data_dir_lock
bot.commands.data_dir_lock.DataDirLock = Wanted
code = main(["run"])
print("ended", code, flush=True)
sys.exit(code)
"""


@pytest.mark.parametrize("moment", ["starts", "runs", "stops", "makes way"])
def test_a_signal_is_heard_at_any_moment(tmp_path: Path, moment: str) -> None:
    """Also while it yields to a command, when finishing photos may take long."""
    ended = subprocess.run(
        [sys.executable, "-c", RUN, moment, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[-2:] == ["stopped", "ended 0"]


# `nevus run`, told to stop when it imports the module that the first argument names.
EARLY = """
import importlib.abc, os, signal, sys

class Signal(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == sys.argv[1]:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), int(sys.argv[2]))

sys.meta_path.insert(0, Signal())
from bot.cli import main
sys.exit(main(["run"]))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(
    "module",
    [
        "bot.commands.run",
        "bot.settings",
        "bot.commands.data_dir_lock",
        "storage.schema",
        "alembic",
        "bot.app",
    ],
)
def test_a_signal_during_the_first_moments_ends_the_start(
    tmp_path: Path, module: str, number: signal.Signals
) -> None:
    write_tiny_release(tmp_path / "models")
    environment = os.environ | {
        "NEVUS_DATA_DIR": str(tmp_path / "var"),
        "NEVUS_MODELS_DIR": str(tmp_path / "models"),
        "NEVUS_TELEGRAM_TOKEN": "123456:abcdefgh-just-to-start",
        "NEVUS_TELEGRAM_API_URL": "http://127.0.0.1:9",  # nobody listens
    }
    ended = subprocess.run(
        [sys.executable, "-c", EARLY, module, str(int(number))],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_bot_that_cannot_reach_telegram_stops_when_told(tmp_path: Path, number: signal.Signals) -> None:
    write_tiny_release(tmp_path / "models")
    environment = os.environ | {
        "NEVUS_DATA_DIR": str(tmp_path / "var"),
        "NEVUS_MODELS_DIR": str(tmp_path / "models"),
        "NEVUS_TELEGRAM_TOKEN": "123456:abcdefgh-just-to-start",
        "NEVUS_TELEGRAM_API_URL": "http://127.0.0.1:9",  # nobody listens
    }
    process = subprocess.Popen(
        COMMAND, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    with process, process.stdout as output:
        assert any("the Bot API does not answer" in line for line in output)
        process.send_signal(number)
        rest = output.read()
        assert process.wait(60) == 0, rest
    assert "Unclosed" not in rest
    assert "Traceback" not in rest
