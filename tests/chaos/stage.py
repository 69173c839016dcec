"""The processes of a run: the local chat, which lives through it, and the bot, which does not."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp.test_utils import unused_port

from tests.chaos.plan import Plan
from tests.chaos.small_disk import SmallDisk
from tests.support.localchat_client import PersonSide
from tests.support.tiny_release import write_tiny_release

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 90.0
LEASE_S = 5.0  # with PostgreSQL nobody can know at once that a process died


@dataclass
class Bot:
    """The bot's process, started again and again."""

    folder: Path
    environment: dict[str, str]
    lease_s: float | None = None
    no_room: bool = False  # in SQLite's log, on a disk that is full
    process: asyncio.subprocess.Process | None = None
    lives: int = 0
    said_before: int = 0  # bytes in the log at its last start
    exits: list[int] = field(default_factory=list)
    killed_at: list[float] = field(default_factory=list)  # Unix seconds

    @property
    def log(self) -> Path:
        return self.folder / "bot.log"

    async def start(self, doom: str | None = None) -> None:
        self.said_before = self.log.stat().st_size if self.log.exists() else 0
        command = [sys.executable, "-m", "tests.chaos.launcher"]
        command += ["--doom", doom] if doom else []
        command += ["--lease", str(self.lease_s)] if self.lease_s else []
        command += ["--no-room"] if self.no_room else []
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *command, cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        self.lives += 1

    async def start_and_wait(self) -> float:
        """Start it and wait until it says that it runs; the seconds that took."""
        began = time.monotonic()
        await self.start()
        await self.wait_until_running()
        if self.process is not None and self.process.returncode is not None:
            raise RuntimeError(f"the bot did not start; see {self.log}")
        return time.monotonic() - began

    async def wait_until_running(self) -> None:
        """Until it says that it runs, or has ended."""
        assert self.process is not None
        async with asyncio.timeout(PATIENCE_S):
            while b"Nevus runs" not in self.log.read_bytes()[self.said_before :]:
                if self.process.returncode is not None:
                    return
                await asyncio.sleep(0.05)

    async def end(self, after_s: float, *, when_running: bool) -> None:
        """Wait for it to kill itself, or kill it when the time is over."""
        process = self.process
        assert process is not None
        if when_running:
            await self.wait_until_running()
        try:
            await asyncio.wait_for(process.wait(), after_s)
        except TimeoutError:
            await self.kill()
        self.exits.append(process.returncode or 0)
        if process.returncode == -signal.SIGKILL:
            self.killed_at.append(time.time())

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        process = self.process
        assert process is not None
        process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(process.wait(), PATIENCE_S)


@dataclass
class Stage:
    """What a run plays on."""

    folder: Path
    chat: dict[str, str]
    side: PersonSide
    bot: Bot
    database_url: str
    disk: SmallDisk | None = None


@asynccontextmanager
async def open_stage(
    plan: Plan, folder: Path, database_url: str, disk: SmallDisk | None = None
) -> AsyncIterator[Stage]:
    """A running local chat and a bot that is not started; both are gone at the end."""
    write_tiny_release(folder / "models")
    with (folder / "chat.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.localchat", "--state-dir", str(folder / "chat"), "--port", "0"),
            *("--webhook-retry", "0.5"),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,  # tells token and key to whoever started it, and nothing else
            stderr=log,
        )
    assert process.stdout is not None
    try:
        chat = json.loads(await asyncio.wait_for(process.stdout.readline(), PATIENCE_S))
        lease_s = LEASE_S if plan.backend == "postgresql" else None
        bot = Bot(folder, make_environment(plan, folder, chat, database_url), lease_s, disk is not None)
        try:
            async with PersonSide(chat["api_url"], chat["key"]) as side:
                yield Stage(folder, chat, side, bot, database_url, disk)
        finally:
            await bot.kill()
    finally:
        process.terminate()
        await process.wait()


def make_environment(plan: Plan, folder: Path, chat: dict[str, str], database_url: str) -> dict[str, str]:
    """The bot's own; nothing of `NEVUS_` is inherited."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NEVUS_")}
    ours: dict[str, Any] = {
        "TELEGRAM_TOKEN": chat["token"],
        "TELEGRAM_API_URL": chat["api_url"],
        "TELEGRAM_POLL_S": 2,
        "DATA_DIR": folder / "data",
        "DATABASE_URL": database_url,
        "MODELS_DIR": folder / "models",
        "WORK_LEASE_S": LEASE_S,
        "WORK_GRACE_S": 10,
        # The deaths are ours, not the updates': with a dozen in a row at its first commits, no life gets far.
        "WORK_MAX_CRASHES": 1000,
        "ACKNOWLEDGE_AFTER_S": 0,  # each photo has an acknowledgement: more that can go wrong
    }
    if plan.source == "webhook":
        port = unused_port()
        ours |= {
            "WEBHOOK_URL": f"http://127.0.0.1:{port}/hook",
            "WEBHOOK_PORT": port,
            "WEBHOOK_SECRET": "secret-of-the-chaos-run",
        }
    return inherited | {f"NEVUS_{name}": str(value) for name, value in ours.items()}
