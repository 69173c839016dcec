"""How long people wait: commands beside photos in work, the event loop's longest block, start-up, memory.

Prints tables and the machine it ran on; asserts nothing.
"""

import argparse
import asyncio
import json
import re
import signal
import tempfile
import time
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer
from stage import (
    NEVUS,
    OBSERVED,
    Person,
    describe_machine,
    draw_photos,
    is_answer,
    is_help,
    make_environment,
    open_stage,
    percentiles,
    print_table,
    start_bot,
)

IN_WORK = 8
ROUNDS = 5
PAUSE_S = 4.0  # between rounds: else the bot keeps to one message a second in a chat, and that is measured
STARTS = 5
BOT = {"id": 1, "is_bot": True, "first_name": "Nevus", "username": "nevus_bench_bot"}


async def main() -> None:
    """Everything, in order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=100, help="photos before the memory is read")
    arguments = parser.parse_args()
    print(describe_machine())
    photos = draw_photos(IN_WORK)
    await measure_start()
    await measure_beside_photos(photos)
    await measure_loop_and_memory(photos, arguments.photos)


async def measure_start() -> None:
    """From the process's start to its first getUpdates, at a Bot API that answers at once."""
    waits = [await time_first_poll() for _ in range(STARTS)]
    print_table(
        f"Start of `nevus run` ({STARTS} starts, empty data directory)",
        [("to the first getUpdates", ", ".join(f"{wait_s:.2f} s" for wait_s in waits))],
    )


async def time_first_poll() -> float:
    """Seconds from starting the process until it asks for updates."""
    polled = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        if request.match_info["method"] == "getUpdates":
            polled.set()
            await asyncio.sleep(1)
            return web.json_response({"ok": True, "result": []})
        return web.json_response(
            {"ok": True, "result": BOT if request.match_info["method"] == "getMe" else True}
        )

    application = web.Application()
    application.add_routes([web.route("*", "/bot{token}/{method}", answer)])
    async with TestServer(application) as server:
        with tempfile.TemporaryDirectory(prefix="nevus-bench-") as name:
            info = {"token": "1:AAAAAAAAAAAA", "api_url": str(server.make_url("/")).rstrip("/")}
            started = time.perf_counter()
            async with start_bot(NEVUS, make_environment(info, Path(name), {}), Path(name) / "bot.log"):
                async with asyncio.timeout(60):
                    await polled.wait()
                return time.perf_counter() - started


async def measure_beside_photos(photos: list[bytes]) -> None:
    """With eight photos in work: /help from another chat and from one of the eight."""
    other, same, acknowledged, answered, quiet = [], [], [], [], []
    async with open_stage() as stage:
        people = [await stage.invite(f"Dr {number}") for number in range(IN_WORK)]
        bystander = await stage.invite("Dr Bystander")
        for _ in range(ROUNDS):
            await asyncio.sleep(PAUSE_S)
            quiet.append(await ask_help(bystander))
        for _ in range(ROUNDS):
            await asyncio.sleep(PAUSE_S)
            sent = await asyncio.gather(
                *(person.send(photo) for person, photo in zip(people, photos, strict=True))
            )
            found = await asyncio.gather(
                ask_help(bystander),
                ask_help(people[0]),
                *(
                    person.wait_for(lambda _: True, after=moment)
                    for person, moment in zip(people[1:], sent[1:], strict=True)
                ),
            )
            other.append(found[0])
            same.append(found[1])
            acknowledged += found[2:]
            waits = zip(people, sent, strict=True)
            answered += await asyncio.gather(
                *(person.wait_for(is_answer, after=moment) for person, moment in waits)
            )
    print_table(
        f"With {IN_WORK} photos in work ({ROUNDS} rounds)",
        [
            ("/help, nothing in work", percentiles(quiet)),
            ("/help from another chat", percentiles(other)),
            ("/help from the same chat", percentiles(same)),
            ("first sign of a photo", percentiles(acknowledged)),
            ("answer of a photo", percentiles(answered)),
        ],
    )


async def ask_help(person: Person) -> float:
    """Seconds from sending /help to its text."""
    return await person.wait_for(is_help, after=await person.write("/help"))


async def measure_loop_and_memory(photos: list[bytes], count: int) -> None:
    """Photos from eight chats, one after another in each; the loop's lateness and the memory at the end."""
    async with open_stage(OBSERVED) as stage:
        people = [await stage.invite(f"Dr {number}") for number in range(IN_WORK)]
        before = stage.memory()
        stage.bot.send_signal(signal.SIGUSR1)  # from here on
        started = time.perf_counter()
        share = [count // IN_WORK + (number < count % IN_WORK) for number in range(IN_WORK)]
        await asyncio.gather(*(send_many(*each) for each in zip(people, share, photos, strict=True)))
        elapsed_s = time.perf_counter() - started
        after = stage.memory()
        stage.bot.send_signal(signal.SIGUSR1)
        await asyncio.sleep(1)
        loop = json.loads(re.findall(r"^LOOP (.*)$", stage.output.read_text(), re.MULTILINE)[1])
    print_table(
        f"{count} photos from {IN_WORK} chats, {count / elapsed_s:.1f} a second",
        [
            (
                "event loop late at most",
                f"{loop['most_ms']} ms (p99 {loop['p99_ms']} ms, {loop['ticks']} ticks)",
            ),
            ("later than 50 ms", f"{loop['over_50_ms']} times"),
            ("memory before", f"{before[0]:.0f} MB resident, {before[1]:.0f} MB with shared pages divided"),
            ("memory after", f"{after[0]:.0f} MB resident, {after[1]:.0f} MB with shared pages divided"),
        ],
    )


async def send_many(person: Person, count: int, photo: bytes) -> None:
    """Send the photo that often, each after the last one's answer."""
    for _ in range(count):
        await person.wait_for(is_answer, after=await person.send(photo))


if __name__ == "__main__":
    asyncio.run(main())
