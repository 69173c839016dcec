"""`/stats`: what was counted, for admins, as text and as a picture."""

import asyncio
from dataclasses import replace

from bot.answers.statistics import draw_chart, write_statistics
from bot.conversation.request import Reply, Visit
from storage.statistics import count_everything


async def show_stats(visit: Visit) -> Reply:
    """One picture with the figures under it; the figures alone as long as there is no case."""
    async with visit.services.database.read() as session:
        statistics = await count_everything(session)
    told = visit.message(write_statistics(statistics, visit.wording))
    if not statistics.cases:
        return Reply(messages=(told,))
    chart = await asyncio.to_thread(draw_chart, statistics, visit.wording)
    return Reply(messages=(replace(told, photo=chart),))
