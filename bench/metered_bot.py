"""The bot as `nevus run` runs it, which also counts where its processor time goes.

SIGUSR1 begins a count; SIGUSR2 prints it as a line `CPU {...}`: milliseconds of the processor by stage. What
the event loop does is charged to the coroutine that it steps, what a thread does to the thread's own clock.
"""

import asyncio
import gc
import importlib
import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Generator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.app import Overrides, build
from bot.commands.run import SWITCH_S
from bot.lifecycle import stop_on_signals
from bot.settings import read_settings
from inference import reading_steps
from inference.local_engine import LocalEngine
from inference.memory import keep_freed_memory
from storage.schema import migrate

# Coroutines of the event loop, by the stage that their steps belong to: module, object, method.
STEPS = {
    "download": [("bot.cases.photo_reading", "", "download")],
    "database": [
        ("bot.delivery.write_queue", "WriteQueue", "_commit"),
        *(
            ("storage.database.sqlite_driver", "QuickSession", name)
            for name in ("execute", "scalar", "scalars")
        ),
    ],
    "send": [("bot.delivery.sender", "Sender", "_deliver"), ("bot.delivery.sender", "Sender", "_start_some")],
    "intake": [("bot.delivery.polling", "Polling", "_poll_once")],
    "turn": [("bot.delivery.workers", "Workers", "_process"), ("bot.delivery.workers", "Workers", "run")],
}
spent: Counter[str] = Counter()
_stage: list[str] = ["loop"]
_since: list[float] = [time.thread_time()]


def _switch(stage: str) -> str:
    """Charge what passed since the last switch; gives the stage that was left."""
    now = time.thread_time()
    left = _stage[0]
    spent[left] += now - _since[0]
    _stage[0], _since[0] = stage, now
    return left


class _Metered(Coroutine[Any, Any, Any]):
    """A coroutine whose steps are charged to a stage."""

    def __init__(self, inner: Coroutine[Any, Any, Any], stage: str) -> None:
        self._inner, self._name = inner, stage

    def __await__(self) -> Generator[Any, Any, Any]:
        value: Any = None
        step: Callable[[Any], Any] = self._inner.send
        while True:
            left = _switch(self._name)
            try:
                wanted = step(value)
            except StopIteration as stop:
                return stop.value
            finally:
                _switch(left)
            try:
                value, step = (yield wanted), self._inner.send
            except BaseException as error:  # noqa: BLE001 - handed on to the coroutine
                value, step = error, self._inner.throw

    def send(self, value: Any) -> Any:
        raise NotImplementedError

    def throw(self, *error: Any) -> Any:
        raise NotImplementedError


def meter(stage: str, place: tuple[str, str, str]) -> None:
    """Have a coroutine function's steps charged to a stage."""
    module, owner, name = place
    holder: Any = importlib.import_module(module)
    holder = getattr(holder, owner) if owner else holder
    plain = getattr(holder, name)

    async def metered(*args: Any, **kwargs: Any) -> Any:
        return await _Metered(plain(*args, **kwargs), stage)

    setattr(holder, name, metered)


def read_threads() -> Counter[str]:
    """Processor seconds of each kind of thread: networks, card (and what else is handed over), database."""
    found: Counter[str] = Counter()
    for thread in threading.enumerate():
        if thread is threading.main_thread() or thread.ident is None:
            continue
        kind = (
            "engine"
            if thread.name.startswith("photo")
            else "card"
            if "asyncio" in thread.name
            else "database"
        )
        found[kind] += time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
    return found


_at_begin: Counter[str] = Counter()
_engine_ms: Counter[str] = Counter()


class _CountingEngine(LocalEngine):
    """Adds up the stages of the photos that were read, in processor time of the engine's threads."""

    async def read(self, data: bytes, *, gate: bool = True) -> Any:
        reading = await super().read(data, gate=gate)
        _engine_ms.update(reading.stages_ms)
        return reading


def begin() -> None:
    """Start a count."""
    _switch(_stage[0])
    spent.clear()
    _engine_ms.clear()
    _at_begin.clear()
    _at_begin.update(read_threads())


def report() -> None:
    """Print the count."""
    _switch(_stage[0])
    threads = read_threads()
    threads.subtract(_at_begin)
    loop = {stage: round(seconds * 1000, 1) for stage, seconds in spent.items()}
    others = {f"{kind} threads": round(seconds * 1000, 1) for kind, seconds in threads.items()}
    print("CPU " + json.dumps({"loop": loop, "threads": others, "engine": dict(_engine_ms)}), flush=True)


async def serve() -> None:
    """Run until SIGTERM."""
    for stage, places in STEPS.items():
        for place in places:
            meter(stage, place)
    settings = read_settings(os.environ)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    migrate(settings.sql_url)
    reading_steps.time = SimpleNamespace(perf_counter=time.thread_time)  # type: ignore[attr-defined]
    engine = _CountingEngine(settings.models_dir)
    product = build(settings, Overrides(engine=engine))
    keep_freed_memory()
    sys.setswitchinterval(SWITCH_S)
    await product.start()
    gc.freeze()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, begin)
    loop.add_signal_handler(signal.SIGUSR2, report)
    try:
        with stop_on_signals(product.ask_to_stop):
            await product.run_until_stopped()
    finally:
        await product.stop()


if __name__ == "__main__":
    asyncio.run(serve())
