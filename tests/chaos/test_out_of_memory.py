"""Memory really runs out under a running bot: it ends, and whoever wrote is answered after the next start."""

import asyncio
import signal
from contextlib import suppress

import pytest

from bot.supervisor import NO_MEMORY
from tests.chaos.__main__ import database_for
from tests.chaos.plan import Plan
from tests.chaos.run import CANARY, Sent, judge, let_finish, meet_people
from tests.chaos.small_memory import Starve, list_ways, way
from tests.chaos.stage import Stage, open_stage
from tests.drawn import draw_lesion, jpeg_bytes

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

MOST_PHOTOS = 40


async def play(plan: Plan, take_memory: Starve) -> int:
    with database_for(plan) as (folder, url):
        async with open_stage(plan, folder, url) as stage:
            await stage.bot.start_and_wait()
            (sent,) = await meet_people(stage, plan)
            code = await starve(stage, sent, take_memory)
            await stage.bot.start_and_wait()
            async with asyncio.timeout(120):
                await let_finish(stage, [sent])
            verdict = await judge(stage, [sent])
            assert verdict.is_good, verdict.problems
            assert verdict.cards == len(sent.photos), "nothing was set aside"
            assert await stage.bot.stop() == 0
            return code


async def starve(stage: Stage, sent: Sent, take_memory: Starve) -> int:
    """Let the bot have no more memory, and send it photos until it ends; its exit code."""
    process, picture = stage.bot.process, jpeg_bytes(draw_lesion(2, size_px=300))
    assert process is not None
    take_memory(process.pid)
    for _ in range(MOST_PHOTOS):
        photo = await stage.side.send_files(sent.person, ("photo", f"{CANARY}.jpg", picture))
        sent.photos.append(photo[0]["id"])
        with suppress(TimeoutError):
            return await asyncio.wait_for(process.wait(), 1)
    return await asyncio.wait_for(process.wait(), 240)


@pytest.mark.parametrize("how", list_ways())
def test_who_wrote_while_memory_ran_out_is_answered(how: str) -> None:
    """It ends by its own hand or by an abort of a library; in a control group the kernel kills it."""
    with way(how) as take_memory:
        code = asyncio.run(play(Plan(photos=0, chats=1, kills=0, seed=7), take_memory))
    assert code == -signal.SIGKILL if how == "cgroup" else code == NO_MEMORY or code < 0
