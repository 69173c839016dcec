"""Photos a second from sending to answer, what each costs, the floor below it, what others do; in one run.

Senders, local Bot API server and bot share the cores of this machine; the processor time of each is shown
apart. The flood limits of both sides are off. Prints tables and the machine; asserts nothing. A minute of
full load is `--seconds 60`; `--only floor,full` takes some parts only.
"""

import argparse
import asyncio
import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from accounts import PARTS, Run, describe_waits, read_account
from crowd import Order, Waits, gather_crowd, keep_pace, press_on
from photos import draw_phone_photo, draw_telegram_photos
from stage import (
    NEVUS,
    ROOT,
    Person,
    describe_machine,
    find_models,
    is_text,
    open_stage,
    print_columns,
    print_table,
)

UNLIMITED = {
    "NEVUS_LIMITS_OVERALL_PER_S": "1000",
    "NEVUS_LIMITS_CHAT_PER_S": "1000",
    "NEVUS_LIMITS_CHAT_BURST": "1000",
    "NEVUS_LIMITS_GROUP_PER_MIN": "10000",
}
METERED = [sys.executable, str(ROOT / "bench" / "metered_bot.py")]
USUAL = [sys.executable, str(ROOT / "bench" / "usual_bot.py")]
WARM_UP_S = 4.0
PACE_PER_S = 20.0
CHOICES = ((1, 8), (2, 4), (2, 8), (2, 16), (3, 8), (4, 8))  # threads of the engine, turns in work
Load = Callable[[Sequence[Person]], Awaitable[Waits]]


class Bench:
    """The parts of the benchmark, and what later ones need of earlier ones."""

    def __init__(self, seconds: float, senders: int) -> None:
        self.seconds, self.senders = seconds, senders
        self.photos = draw_telegram_photos()
        self.floor_ms: dict[str, float] = {}
        self.rates: list[tuple[str, Run]] = []

    async def floor(self) -> None:
        """The two graphs alone, as many at once as there are cores."""
        counts, cpu_s, elapsed_s = await asyncio.to_thread(run_graphs, min(self.seconds, 10.0))
        self.floor_ms = {name: seconds * 1000 / counts for name, seconds in cpu_s.items()}
        rows = [(name, f"{each:.1f} ms of processor a photo") for name, each in self.floor_ms.items()]
        rows.append(("both, on all cores", f"{counts / elapsed_s:.1f} photos a second"))
        print_table("The floor: both graphs alone, nothing else", rows)

    async def full(self) -> None:
        """As many photos as are answered, by so many senders who each wait for their answer."""
        for senders, seconds in ((self.senders, self.seconds), (4 * self.senders, min(self.seconds, 20.0))):
            load = partial(press_on, photos=self.photos, seconds=seconds)
            run = await self.run(f"{senders} senders, 1280-px photos, as fast as answered", load, senders)
            if senders == self.senders:
                self.rates.append(("Nevus: card, record, outbox", run))

    async def pace(self) -> None:
        """A set rate, whether or not the earlier ones are answered."""
        load = partial(keep_pace, photos=self.photos, per_s=PACE_PER_S, seconds=min(self.seconds, 30.0))
        await self.run(f"{PACE_PER_S:.0f} photos a second", load, 60)

    async def idle(self) -> None:
        """One photo at a time on an idle machine."""
        load = partial(keep_pace, photos=self.photos, per_s=1.0, seconds=min(self.seconds, 25.0))
        await self.run("one photo a second", load, 30)

    async def kinds(self) -> None:
        """A phone's photo of 12 megapixels, as a photo and as a file; albums of three."""
        phone = draw_phone_photo()
        print(f"\n12 megapixels: {len(phone) / 1e6:.1f} MB; 1280 px: {len(self.photos[0]) / 1e3:.0f} kB")
        seconds = min(self.seconds, 10.0)
        kinds = [
            ("12 megapixels as a file", Order("document"), [phone]),
            ("albums of three (figures are of an album)", Order("album"), self.photos),
        ]
        for title, order, photos in kinds:
            load = partial(press_on, photos=photos, seconds=seconds, order=order)
            await self.run(title, load, self.senders)

    async def threads(self) -> None:
        """Full load by photos read at once (threads of the engine) and by photos in work at once (turns)."""
        rows = []
        for threads, turns in CHOICES:
            settings = {"NEVUS_ENGINE_THREADS": str(threads), "NEVUS_WORK_PHOTO_TURNS": str(turns)}
            load = partial(press_on, photos=self.photos, seconds=min(self.seconds, 12.0))
            run = await self.measure(load, 2 * self.senders, **settings)
            waits = describe_waits(run.waits.answer_s)
            row = [str(threads), str(turns), f"{run.per_s:.1f}", waits, f"{run.own_ms:.1f}"]
            rows.append([*row, f"{run.memory_mb[0]:.0f}"])
        head = [
            "threads",
            "turns",
            "photos/s",
            "answer p50 / p95 / p99 ms",
            "bot, decoders ms/photo",
            "RSS MB",
        ]
        print_columns(f"Threads and turns: {2 * self.senders} senders", head, rows)

    async def stages(self) -> None:
        """Where the processor time goes, by a bot that counts (which costs a few per cent itself)."""
        async with open_stage(METERED, **UNLIMITED) as stage:
            people = await gather_crowd(stage, self.senders)
            await press_on(people, self.photos, seconds=WARM_UP_S)
            stage.bot.send_signal(signal.SIGUSR1)
            before = read_account(stage)
            waits = await press_on(people, self.photos, seconds=min(self.seconds, 15.0))
            after = read_account(stage)
            stage.bot.send_signal(signal.SIGUSR2)
            await asyncio.sleep(1)
            found = json.loads(re.findall(r"^CPU (.*)$", stage.output.read_text(), re.MULTILINE)[-1])
        count = len(waits.answer_s)
        run = Run(waits=waits, begin=before, end=after, memory_mb=(0, 0))
        rows = list_stages(found, count, decoders_ms=run.cpu_ms[1])
        print_table(f"Processor time a photo, {run.per_s:.1f} photos a second with the count", rows)

    async def others(self) -> None:
        """The usual bot, with torch and with ONNX Runtime in its handler."""
        order = Order(wanted=is_text)
        for kind in ("torch", "onnx"):
            async with open_stage([*USUAL, kind]) as stage:
                people = [await stage.introduce(f"Dr {number}") for number in range(self.senders)]
                await press_on(people, self.photos, seconds=WARM_UP_S, order=order)
                begin = read_account(stage)
                waits = await press_on(people, self.photos, seconds=min(self.seconds, 15.0), order=order)
                run = Run(waits=waits, begin=begin, end=read_account(stage), memory_mb=stage.memory())
            self.rates.append((f"{kind} in the handler: a line of text", run))
        print_columns(
            f"What others do: {self.senders} senders",
            ["", "photos/s", "answer p50 / p95 / p99 ms", "bot ms/photo", "RSS MB"],
            [
                [
                    name,
                    f"{run.per_s:.1f}",
                    describe_waits(run.waits.answer_s),
                    f"{run.own_ms:.0f}",
                    f"{run.memory_mb[0]:.0f}",
                ]
                for name, run in self.rates
            ],
        )

    async def run(self, title: str, load: Load, senders: int) -> Run:
        """Let a crowd loose on a fresh bot, and print what it saw."""
        run = await self.measure(load, senders)
        self.print_run(title, run)
        return run

    async def measure(self, load: Load, senders: int, **settings: str) -> Run:
        """Let a crowd loose on a fresh bot with these settings."""
        async with open_stage(NEVUS, **UNLIMITED, **settings) as stage:
            people = await gather_crowd(stage, senders)
            await press_on(people[: self.senders], self.photos, seconds=WARM_UP_S)
            begin = read_account(stage)
            waits = await load(people)
            return Run(waits=waits, begin=begin, end=read_account(stage), memory_mb=stage.memory())

    def print_run(self, title: str, run: Run) -> None:
        """Speed, waits, cost, memory."""
        rows = [
            ("photos a second", f"{run.per_s:.1f} ({len(run.waits.answer_s)} photos)"),
            ("first sign, p50 / p95 / p99 ms", describe_waits(run.waits.first_s)),
            ("answer, p50 / p95 / p99 ms", describe_waits(run.waits.answer_s)),
            *(
                (f"processor ms a photo: {part}", f"{ms:.1f}")
                for part, ms in zip(PARTS, run.cpu_ms, strict=True)
            ),
        ]
        if self.floor_ms:
            rows.append(
                ("own ms a photo, beside the networks", f"{run.own_ms - sum(self.floor_ms.values()):.1f}")
            )
        resident, divided = run.memory_mb
        rows.append(("memory of bot and decoders", f"{resident:.0f} MB RSS added up, {divided:.0f} MB PSS"))
        print_table(title, rows)


def run_graphs(seconds: float) -> tuple[int, dict[str, float], float]:
    """Photos done, processor seconds by network, seconds passed."""
    from inference.classifiers import OnnxClassifier
    from inference.policy import CLASSIFIERS
    from inference.release import load_release

    release = load_release(find_models(Path.cwd()))
    nets = {
        name: OnnxClassifier.load(release.graph_path(name), release.cards[name].preprocess)
        for name in CLASSIFIERS
    }
    size = {name: release.cards[name].preprocess.size_px for name in CLASSIFIERS}
    photos = {
        name: np.random.default_rng(0).integers(0, 255, (px, px, 3), dtype=np.uint8)
        for name, px in size.items()
    }
    counts, cpu_s, guard = [0], dict.fromkeys(CLASSIFIERS, 0.0), threading.Lock()
    end = time.perf_counter() + seconds

    def work() -> None:
        while time.perf_counter() < end:
            for name in CLASSIFIERS:
                begin = time.thread_time()
                nets[name](photos[name])
                with guard:
                    cpu_s[name] += time.thread_time() - begin
            with guard:
                counts[0] += 1

    threads = [threading.Thread(target=work) for _ in range(len(os.sched_getaffinity(0)))]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts[0], {str(name): spent for name, spent in cpu_s.items()}, time.perf_counter() - begin


def list_stages(
    found: dict[str, dict[str, float]], count: int, *, decoders_ms: float
) -> list[tuple[str, str]]:
    """One line a stage, in the order of a photo's way."""
    loop, threads, engine = found["loop"], found["threads"], found["engine"]
    total = {
        "polling and intake": loop.get("intake", 0.0),
        "turns: claims, texts, buttons": loop.get("turn", 0.0),
        "download": loop.get("download", 0.0),
        "decode, in the bot": engine["decode"],
        "quality": engine["gate"],
        "lesion finder": engine["find"],
        "CNN, with its resize": engine["cnn"],
        "ViT, with its resize": engine["vit"],
        "card": threads.get("card threads", 0.0),
        "database: event loop": loop.get("database", 0.0),
        "database: threads": threads.get("database threads", 0.0),
        "send": loop.get("send", 0.0),
        "event loop itself": loop.get("loop", 0.0),
    }
    rows = [(name, f"{ms / count:5.1f} ms") for name, ms in total.items()]
    rows.insert(3, ("decode, in the child processes", f"{decoders_ms:5.1f} ms"))
    return [*rows, ("sum", f"{sum(total.values()) / count + decoders_ms:5.1f} ms")]


async def main() -> None:
    """Everything, in order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0, help="of full load; the other parts take less")
    parser.add_argument("--senders", type=int, default=8)
    parser.add_argument("--only", default="floor,full,pace,idle,kinds,stages,threads,others")
    arguments = parser.parse_args()
    print(describe_machine())
    bench = Bench(arguments.seconds, arguments.senders)
    for part in arguments.only.split(","):
        await getattr(bench, part)()


if __name__ == "__main__":
    asyncio.run(main())
