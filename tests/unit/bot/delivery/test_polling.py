"""Long polling says once that Telegram is away, and nothing of a call that its own stop cut off."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import pytest
from telegram.error import NetworkError

from bot.delivery.polling import Polling
from bot.delivery.updates import Raw


class Line:
    """Holds a call until it is closed, as a server does that has nothing new."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()

    async def initialize(self) -> None:
        self.closed.clear()

    async def shutdown(self) -> None:
        self.closed.set()

    async def post(self, _url: str) -> list[dict[str, Any]]:
        await self.closed.wait()
        raise NetworkError("closed")


async def take(updates: Sequence[Raw]) -> int:
    return len(updates)


async def refuse(_updates: Sequence[Raw]) -> None:
    pass


async def remove_webhook() -> bool:
    return True


@pytest.mark.parametrize(("is_stop", "told"), [(True, 0), (False, 1)])
async def test_only_a_call_that_others_cut_off_is_news(
    is_stop: bool, told: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot.delivery.polling")
    line = Line()
    polling = Polling(
        request=line,  # type: ignore[arg-type]
        bot_url="http://x",
        take=take,
        refused=refuse,
        remove_webhook=remove_webhook,
        poll_s=1,
    )
    await polling.start()
    async with asyncio.TaskGroup() as group:
        group.create_task(polling._poll_once())
        await polling.first_poll.wait()
        await (polling.stop() if is_stop else line.shutdown())
    said = [each for each in caplog.records if each.name == "bot.delivery.polling"]
    assert len(said) == told
