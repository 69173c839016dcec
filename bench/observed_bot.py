"""The bot as `nevus run` runs it, with one task more that notices when the event loop is late.

SIGUSR1 starts a new measurement; at its end, and at SIGTERM, a line `LOOP {...}` goes to standard output.
"""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.app import build
from bot.settings import read_settings
from storage.schema import migrate

TICK_S = 0.002


class Watch:
    """How late a task wakes that asks for a tick every 2 ms."""

    def __init__(self) -> None:
        self.late_s: list[float] = []

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            before = time.perf_counter()
            await asyncio.sleep(TICK_S)
            self.late_s.append(time.perf_counter() - before - TICK_S)

    def report(self) -> None:
        """Print what was seen since the last report, and begin anew."""
        ordered = sorted(self.late_s) or [0.0]
        body = {
            "ticks": len(ordered),
            "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1000, 1),
            "most_ms": round(ordered[-1] * 1000, 1),
            "over_50_ms": sum(value > 0.05 for value in ordered),
        }
        print("LOOP " + json.dumps(body), flush=True)
        self.late_s.clear()


async def serve() -> None:
    """Run until SIGTERM."""
    settings = read_settings(os.environ)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    migrate(settings.sql_url)
    product = build(settings)
    await product.start()
    watch = Watch()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, watch.report)
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watch.run())
        try:
            await product.run_until_stopped()
        finally:
            watch.report()
            await product.stop()
            watching.cancel()


if __name__ == "__main__":
    asyncio.run(serve())
