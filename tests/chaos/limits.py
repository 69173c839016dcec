"""`make limits`: a thousand messages at once, against the local chat's own flood limits.

The local chat counts by windows over past messages, the bot by windows and buckets of its own; they share no
code. Prints how fast the messages arrived, how fast the limits would have let them, how many were refused.
"""

import argparse
import asyncio
import math
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.delivery.outgoing import Outgoing
from tests.support.durable import Scene, open_scene

OVERALL_PER_S, CHAT_PER_S, CHAT_BURST, GROUP_PER_MIN = 30.0, 1.0, 3, 20.0
TIGHTER = 0.7
GROUP_SHARE = 0.04  # of all messages; groups take few


@dataclass(frozen=True)
class Flow:
    """What arrived, and how."""

    messages: int
    arrived: int
    in_order: bool
    refused: int  # 429s
    took_s: float
    allowed_s: float

    @property
    def share(self) -> float:
        """Of the throughput that the limits allow."""
        return self.allowed_s / self.took_s


async def flood(scene: Scene, *, messages: int, chats: int, groups: int, tighter: bool = False) -> Flow:
    """Put all messages into the outbox at once and wait until they are there."""
    places = await _gather_chats(scene, chats, groups)
    shares = share_out(messages, chats, groups)
    factor = TIGHTER if tighter else 1.0
    await scene.side.set_limits(
        enabled=True,
        overall_per_s=OVERALL_PER_S * factor,
        chat_per_s=CHAT_PER_S * factor,
        chat_burst=max(int(CHAT_BURST * factor), 1),
        group_per_min=GROUP_PER_MIN * factor,
    )
    product = await scene.start()
    await asyncio.sleep(1.1)  # what was said before is out of every window
    before = await _count_refused(scene)
    outgoing = [
        Outgoing(key=f"{place}:{number}", chat_id=place, text=f"#{number}")
        for place, share in zip(places, shares, strict=True)
        for number in range(share)
    ]
    began = time.monotonic()
    await scene.put(*outgoing)
    await _wait_for_all(product, patience_s=60 + messages / OVERALL_PER_S * 4)
    took_s = time.monotonic() - began
    arrived = [await _read_numbers(scene, place) for place in places]
    return Flow(
        messages=messages,
        arrived=sum(len(set(numbers)) for numbers in arrived),
        in_order=all(numbers == sorted(numbers) for numbers in arrived),
        refused=await _count_refused(scene) - before,
        took_s=took_s,
        allowed_s=count_allowed_s(shares, chats, factor),
    )


def share_out(messages: int, chats: int, groups: int) -> list[int]:
    """How many each chat gets, then each group."""
    per_group = int(messages * GROUP_SHARE / groups) if groups else 0
    left = messages - per_group * groups
    return [left // chats + (number < left % chats) for number in range(chats)] + [per_group] * groups


def count_allowed_s(shares: Sequence[int], chats: int, factor: float) -> float:
    """The shortest time in which the limits would have let everything through."""
    overall = math.ceil(sum(shares) / int(OVERALL_PER_S * factor)) - 1
    burst = max(int(CHAT_BURST * factor), 1)
    chat = max(max(share - burst, 0) / (CHAT_PER_S * factor) for share in shares)
    groups = [math.ceil(share / int(GROUP_PER_MIN * factor)) - 1 for share in shares[chats:]]
    return max(overall, chat, 60.0 * max(groups, default=0), 0.001)


async def _gather_chats(scene: Scene, chats: int, groups: int) -> list[int]:
    side = scene.side
    bot = (await side.state())["bot"]["id"]
    people = [await side.add_person(f"Person {number}", language_code="en") for number in range(chats)]
    for person in people:
        await side.send(person, start="")
    places = [*people]
    for number in range(groups):
        group = await side.add_group(f"Group {number}", "supergroup", people[0])
        await side.set_member(group, people[0], bot, "administrator")
        places.append(group)
    return places


async def _wait_for_all(product: Any, *, patience_s: float) -> None:
    async with asyncio.timeout(patience_s):
        while (counts := await product.sender.counts()).get("pending") or counts.get("sending"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def _read_numbers(scene: Scene, place: int) -> list[int]:
    messages = (await scene.side.transcript(place))["messages"]
    texts = [message["text"] or "" for message in messages if message["from"] and message["from"]["is_bot"]]
    return [int(text[1:]) for text in texts if text.startswith("#")]


async def _count_refused(scene: Scene) -> int:
    return sum(request["error_code"] == 429 for request in (await scene.side.transcript())["requests"])


@asynccontextmanager
async def open_flood(folder: Path) -> AsyncIterator[Scene]:
    """A scene in which the bot keeps to its usual limits."""
    usual = {
        "NEVUS_LIMITS_OVERALL_PER_S": str(OVERALL_PER_S),
        "NEVUS_LIMITS_CHAT_PER_S": str(CHAT_PER_S),
        "NEVUS_LIMITS_CHAT_BURST": str(CHAT_BURST),
        "NEVUS_LIMITS_GROUP_PER_MIN": str(GROUP_PER_MIN),
    }
    async with open_scene(folder, f"sqlite:///{folder / 'nevus.db'}", **usual) as scene:
        yield scene


async def measure(*, messages: int, chats: int, groups: int, tighter: bool) -> Flow:
    with tempfile.TemporaryDirectory(prefix="nevus-limits-") as name:
        async with open_flood(Path(name)) as scene:
            return await flood(scene, messages=messages, chats=chats, groups=groups, tighter=tighter)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.limits", description=__doc__)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--chats", type=int, default=40)
    parser.add_argument("--groups", type=int, default=3)
    args = parser.parse_args()
    good = True
    for tighter in (False, True):
        numbers = vars(args)
        flow = asyncio.run(measure(**numbers, tighter=tighter))
        name = "30 % tighter than ours" if tighter else "as documented"
        print(
            f"limits {name}: {flow.arrived} of {flow.messages} arrived in {flow.took_s:.1f} s "
            f"({flow.messages / flow.took_s:.1f}/s; the limits allow {flow.allowed_s:.1f} s, reached "
            f"{flow.share:.0%}), {flow.refused} refused with 429, in order: {flow.in_order}",
            flush=True,
        )
        good &= flow.arrived == flow.messages and flow.in_order
        good &= tighter or (not flow.refused and flow.share >= 0.95)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
