"""Memory really runs out under a running bot: it lives on or ends, and whoever wrote is answered."""

import asyncio
import signal
from contextlib import suppress
from typing import Any

import pytest

from bot.delivery.supervisor import NO_MEMORY
from tests.chaos.__main__ import database_for
from tests.chaos.plan import Plan
from tests.chaos.run import CANARY, Sent, judge, let_finish, meet_people
from tests.chaos.small_memory import Starve, list_ways, way
from tests.chaos.stage import Stage, open_stage
from tests.support.drawn import draw_lesion, jpeg_bytes

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

PHOTOS = 4  # small ones, then as many of `LARGE` bytes: no room left from what was freed holds such a file
LARGE = 18_000_000
SEGMENT = 65_533  # the longest comment in a JPEG file


async def play(plan: Plan, take_memory: Starve) -> int | None:
    with database_for(plan) as (folder, url):
        async with open_stage(plan, folder, url) as stage:
            await stage.bot.start_and_wait()
            (sent,) = await meet_people(stage, plan)
            code = await starve(stage, sent, take_memory)
            if code is None:
                await stage.bot.kill()
            await stage.bot.start_and_wait()
            async with asyncio.timeout(120):
                await let_finish(stage, [sent])
            verdict = await judge(stage, [sent])
            assert verdict.is_good, verdict.problems
            assert verdict.cards == len(sent.photos), "nothing was set aside"
            assert await stage.bot.stop() == 0
            return code


async def starve(stage: Stage, sent: Sent, take_memory: Starve) -> int | None:
    """Let the bot have no more memory, and send it photos; its exit code, None if it lives on and answers."""
    process, picture = stage.bot.process, jpeg_bytes(draw_lesion(2, size_px=300))
    assert process is not None
    take_memory(process.pid)
    for count in range(2 * PHOTOS):
        content = picture if count < PHOTOS else pad(picture, LARGE)
        photo = await stage.side.send_files(
            sent.person, ("photo" if count < PHOTOS else "document", f"{CANARY}.jpg", content)
        )
        sent.photos.append(photo[0]["id"])
        with suppress(TimeoutError):
            return await asyncio.wait_for(process.wait(), 1)
    await stage.side.send(sent.person, text="/help")
    for _ in range(60):
        with suppress(TimeoutError):
            return await asyncio.wait_for(process.wait(), 1)
        if any(is_help(message) for message in await stage.side.messages(sent.person, limit=200)):
            return None
    raise AssertionError("it neither ends nor answers")


def is_help(message: dict[str, Any]) -> bool:
    """Whether it is the bot's answer to `/help`."""
    return "/history" in (message["text"] or "")


def pad(picture: bytes, size: int) -> bytes:
    """The same JPEG file with comments in front of the picture."""
    comment = b"\xff\xfe" + (SEGMENT + 2).to_bytes(2) + bytes(SEGMENT)
    return picture[:2] + comment * (size // len(comment)) + picture[2:]


@pytest.mark.parametrize("how", list_ways())
def test_who_wrote_while_memory_ran_out_is_answered(how: str) -> None:
    """It lives on and answers, or ends: by its own hand or by an abort of a library.

    In a control group the kernel kills it.
    """
    with way(how) as take_memory:
        code = asyncio.run(play(Plan(photos=0, chats=1, kills=0, seed=7), take_memory))
    assert code == -signal.SIGKILL if how == "cgroup" else code in (None, NO_MEMORY) or code < 0
