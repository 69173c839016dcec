"""A crowd that sends photos: as fast as the bot answers, or at a set rate; and how long each one waits."""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from stage import Json, Person, Stage, is_answer

Send = Literal["photo", "document", "album"]


@dataclass
class Waits:
    """Seconds from a photo's sending to the first sign and to the answer."""

    first_s: list[float] = field(default_factory=list)
    answer_s: list[float] = field(default_factory=list)


async def gather_crowd(stage: Stage, count: int) -> list[Person]:
    """So many people who have accepted the terms."""
    people: list[Person] = []
    for batch in _batched(count, 8):
        people += await asyncio.gather(*(stage.invite(f"Dr {number}") for number in batch))
    return people


def _batched(count: int, size: int) -> list[range]:
    return [range(start, min(start + size, count)) for start in range(0, count, size)]


@dataclass(frozen=True, slots=True)
class Order:
    """How photos are sent, and what counts as their answer."""

    send: Send = "photo"
    wanted: Callable[[Json], bool] = is_answer


PLAIN = Order()


async def send_and_wait(person: Person, photos: list[bytes], waits: Waits, order: Order = PLAIN) -> None:
    """One photo or album: send, note the first sign of life and the answer."""
    person.seen.clear()
    moment = await person.send(*photos, kind="document" if order.send == "document" else "photo")
    waits.first_s.append(await person.wait_for(lambda _: True, after=moment))
    waits.answer_s.append(await person.wait_for(order.wanted, after=moment))


async def press_on(
    people: Sequence[Person], photos: Sequence[bytes], *, seconds: float, order: Order = PLAIN
) -> Waits:
    """Everyone sends a photo as soon as the last one is answered, until the time is over."""
    waits, end = Waits(), time.perf_counter() + seconds
    turn = itertools.count()
    size = 3 if order.send == "album" else 1

    async def go_on(person: Person) -> None:
        while time.perf_counter() < end:
            chosen = [photos[next(turn) % len(photos)] for _ in range(size)]
            await send_and_wait(person, chosen, waits, order)

    await asyncio.gather(*(go_on(person) for person in people))
    return waits


async def keep_pace(
    people: Sequence[Person], photos: Sequence[bytes], *, per_s: float, seconds: float
) -> Waits:
    """Photos at a set rate, whether or not the earlier ones are answered; people take turns."""
    waits, begin = Waits(), time.perf_counter()
    free: asyncio.Queue[Person] = asyncio.Queue()
    for person in people:
        free.put_nowait(person)

    async def one(number: int) -> None:
        await asyncio.sleep(begin + number / per_s - time.perf_counter())
        person = await free.get()
        try:
            await send_and_wait(person, [photos[number % len(photos)]], waits)
        finally:
            free.put_nowait(person)

    await asyncio.gather(*(one(number) for number in range(round(per_s * seconds))))
    return waits
