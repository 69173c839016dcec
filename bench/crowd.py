"""A crowd that sends photos: as fast as the bot answers, or at a set rate; and how long each one waits."""

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from stage import Person, Stage, is_answer


@dataclass
class Waits:
    """Seconds from a photo's sending to the first sign and to the answer; when each answer was seen."""

    first_s: list[float] = field(default_factory=list)
    answer_s: list[float] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)

    def count_between(self, begin: float, end: float) -> int:
        """Answers seen in a span of time (monotonic seconds)."""
        return sum(begin <= moment < end for moment in self.moments)


async def gather_crowd(stage: Stage, count: int) -> list[Person]:
    """So many people who have accepted the terms."""
    people: list[Person] = []
    for batch in _batched(count, 8):
        people += await asyncio.gather(*(stage.invite(f"Dr {number}") for number in batch))
    return people


def _batched(count: int, size: int) -> list[range]:
    return [range(start, min(start + size, count)) for start in range(0, count, size)]


async def send_and_wait(person: Person, photo: bytes, waits: Waits) -> None:
    """One photo: send, note the first sign of life and the answer."""
    person.seen.clear()
    moment = await person.send(photo)
    waits.first_s.append(await person.wait_for(lambda _: True, after=moment))
    waits.answer_s.append(await person.wait_for(is_answer, after=moment))
    waits.moments.append(time.perf_counter())


async def press_on(people: Sequence[Person], photos: Sequence[bytes], *, seconds: float) -> Waits:
    """Everyone sends a photo as soon as the last one is answered, until the time is over."""
    waits, end = Waits(), time.perf_counter() + seconds
    turn = itertools.count()

    async def go_on(person: Person) -> None:
        while time.perf_counter() < end:
            await send_and_wait(person, photos[next(turn) % len(photos)], waits)

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
            await send_and_wait(person, photos[number % len(photos)], waits)
        finally:
            free.put_nowait(person)

    await asyncio.gather(*(one(number) for number in range(round(per_s * seconds))))
    return waits
