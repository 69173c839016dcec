"""A real process, really killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.durable import Scene, open_scene

pytestmark = pytest.mark.backends("sqlite")

ROOT = Path(__file__).resolve().parents[4]


@asynccontextmanager
async def running(scene: Scene, log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot as a process, once it runs; killed at the end if it still does."""
    token = scene.settings.telegram.token
    assert token is not None
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "NEVUS_DATA_DIR": str(scene.settings.data_dir),
        "NEVUS_TELEGRAM_TOKEN": token.get_secret_value(),
        "NEVUS_TELEGRAM_API_URL": scene.chat.api_url,
        "NEVUS_ACKNOWLEDGE_AFTER_S": "0",
        "NEVUS_LIMITS_CHAT_PER_S": "100",
        "NEVUS_LIMITS_CHAT_BURST": "100",
    }
    command = (sys.executable, "-m", "tests.support.durable_process")
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=errors
        )
    try:
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 60) == b"runs\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_killed_process_loses_nothing_and_a_stopped_one_leaves_nothing(
    tmp_path: Path, database_url: str
) -> None:
    """Killed twice with photos in work, then SIGTERM: every photo has one answer, in order; exit code 0."""
    log = tmp_path / "log.txt"
    async with open_scene(tmp_path, database_url) as scene:
        people = [await scene.side.person("Dr Taylor"), await scene.side.person("Dr Martin")]
        for number in range(8):
            for person in people:
                await scene.photo(person, str(number))
        for answered in ("answer 0", "answer 3"):
            async with running(scene, log) as process:
                await scene.wait_for_text(people[0], answered, timeout_s=60)
                process.send_signal(signal.SIGKILL)
                await process.wait()
        async with running(scene, log) as process:
            for person in people:
                said = await scene.wait_for_text(person, "answer 7", timeout_s=60)
                answers = [each for each in said if each.startswith("answer")]
                plain = [each for each in answers if "\n" not in each]
                assert len(plain) == len(set(plain)), "a repeat did not say so"
                first = list(dict.fromkeys(each.splitlines()[0] for each in answers))
                assert first == [f"answer {number} x1" for number in range(8)]
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 60) == 0
        logged = log.read_text()
        token = scene.settings.telegram.token
        assert token is not None
        assert token.get_secret_value() not in logged
        assert not any(str(person) in logged for person in people)
