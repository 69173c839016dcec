"""Memory really runs out under a running bot: it ends, and whoever wrote is answered after the next start."""

import asyncio
import resource
import sys
from contextlib import suppress

import pytest

from bot.supervisor import NO_MEMORY
from tests.chaos.__main__ import database_for
from tests.chaos.plan import Plan
from tests.chaos.run import CANARY, Sent, judge, let_finish, meet_people
from tests.chaos.stage import Stage, open_stage
from tests.drawn import draw_lesion, jpeg_bytes

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

NOTHING_MORE = 1 << 20  # bytes of address space: less than it has, so that it gets no more
MOST_PHOTOS = 40


async def play(plan: Plan) -> int:
    with database_for(plan) as (folder, url):
        async with open_stage(plan, folder, url) as stage:
            await stage.bot.start_and_wait()
            (sent,) = await meet_people(stage, plan)
            code = await starve(stage, sent)
            await stage.bot.start_and_wait()
            async with asyncio.timeout(120):
                await let_finish(stage, [sent])
            verdict = await judge(stage, [sent])
            assert verdict.is_good, verdict.problems
            assert verdict.cards == len(sent.photos), "nothing was set aside"
            assert await stage.bot.stop() == 0
            return code


async def starve(stage: Stage, sent: Sent) -> int:
    """Let the bot have no more memory, and send it photos until it ends; its exit code."""
    process, picture = stage.bot.process, jpeg_bytes(draw_lesion(2, size_px=300))
    assert process is not None
    resource.prlimit(process.pid, resource.RLIMIT_AS, (NOTHING_MORE, resource.RLIM_INFINITY))
    for _ in range(MOST_PHOTOS):
        photo = await stage.side.send_files(sent.person, ("photo", f"{CANARY}.jpg", picture))
        sent.photos.append(photo[0]["id"])
        with suppress(TimeoutError):
            return await asyncio.wait_for(process.wait(), 1)
    return await asyncio.wait_for(process.wait(), 60)


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit is Linux's")
def test_who_wrote_while_memory_ran_out_is_answered() -> None:
    """By its own hand, or by an abort of a library that got none."""
    code = asyncio.run(play(Plan(photos=0, chats=1, kills=0, seed=7)))
    assert code == NO_MEMORY or code < 0
