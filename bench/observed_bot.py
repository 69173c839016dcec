"""The bot as `nevus run` runs it, with one task more that notices when the event loop is late.

SIGUSR1 starts a new measurement; at its end, and at SIGTERM, a line `LOOP {...}` goes to standard output.
"""

import asyncio
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import bot.app
from bot.cli import main as nevus
from bot.lifecycle import Product

TICK_S = 0.002


class MonitorHooks:
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


class Watched:
    """A product that is watched while it runs."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def __getattr__(self, name: str) -> Any:
        return getattr(self._product, name)

    async def run_until_stopped(self) -> None:
        """As the product's own."""
        watch = MonitorHooks()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, watch.report)
        watching = self._product.supervisor.spawn(watch.run(), name="watch")
        try:
            await self._product.run_until_stopped()
        finally:
            watch.report()
            watching.cancel()


def main() -> int:
    """`nevus run`, with what it builds wrapped."""
    build = bot.app.build
    bot.app.build = lambda *arguments, **options: Watched(build(*arguments, **options))  # type: ignore[assignment]
    return nevus(["run"])


if __name__ == "__main__":
    sys.exit(main())
