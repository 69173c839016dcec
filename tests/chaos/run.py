"""One run: photos come, the bot is killed, the network lies; then the bot may finish, and is judged."""

import asyncio
import random
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.cli import REFUSED
from storage.database.sessions import Database
from storage.queues.inbox import count_states
from storage.queues.outbox import count_messages
from tests.chaos.judge import Verdict, judge_chat
from tests.chaos.leaks import find_leaks, list_secrets
from tests.chaos.plan import Plan, plan_deaths, plan_faults, plan_photos
from tests.chaos.small_disk import SmallDisk
from tests.chaos.stage import Stage, open_stage
from tests.support.drawn import draw_lesion, jpeg_bytes

CANARY: Final = "Canary"  # in every name and caption: must be in no log
ACCEPT: Final = "✅ I accept"
FULL_S: Final = 4.0  # how long the disk stays full
TOLD: Final = "I cannot take in your message at the moment"
READY: Final = "Now send me a photo"


@dataclass
class Result:
    """What a run showed."""

    plan: Plan
    verdict: Verdict
    kills: int
    lives: int
    took_s: float
    start_s: float
    requests: dict[str, int]  # refusals of the Bot API by code
    left_in_work: dict[str, int]  # rows of inbox and outbox that are neither done nor sent
    exit_code: int | None
    leaks: list[str]
    told: int = 0  # people who heard that their message cannot be kept now
    refused: int = 0  # starts that ended by themselves on a full disk, so that there was nobody to kill

    @property
    def is_good(self) -> bool:
        clean = not self.left_in_work and not self.leaks and self.exit_code == 0
        is_told = self.told > 0 or not self.plan.fills_disk
        has_died = self.kills + (self.refused if self.plan.fills_disk else 0) >= self.plan.kills
        return self.verdict.is_good and has_died and clean and is_told


@dataclass
class Sent:
    """The photos of one chat: person, message ids in order."""

    person: int
    photos: list[int]


async def run(plan: Plan, folder: Path, database_url: str, disk: SmallDisk | None = None) -> Result:
    """Play a plan; never longer than its limit and the time of a stop."""
    began = time.monotonic()
    async with open_stage(plan, folder, database_url, disk) as stage:
        start_s = await stage.bot.start_and_wait()
        chats = await meet_people(stage, plan)
        for fault in plan_faults(plan.seed):
            await stage.side.order_fault(**fault)
        left_s = plan.limit_s - (time.monotonic() - began)
        try:
            async with asyncio.timeout(max(left_s, 1.0)):
                await _suffer(stage, plan, chats, start_s)
                await let_finish(stage, chats)
        except TimeoutError:
            pass  # judged as it stands
        exit_code = await _stop(stage)
        return Result(
            plan=plan,
            verdict=await judge(stage, chats),
            kills=sum(code == -9 for code in stage.bot.exits),
            lives=stage.bot.lives,
            took_s=time.monotonic() - began,
            start_s=start_s,
            requests=await _count_refusals(stage),
            left_in_work=await _count_left(stage),
            exit_code=exit_code,
            leaks=_find_leaks(stage, chats),
            told=await _count_told(stage, chats),
            refused=sum(code == REFUSED for code in stage.bot.exits),
        )


async def meet_people(stage: Stage, plan: Plan) -> list[Sent]:
    """People who start the bot and accept its terms."""

    async def meet(number: int) -> Sent:
        person = await stage.side.add_person(f"{CANARY}-{number}", language_code="en")
        await stage.side.send(person, start="")
        terms = await stage.side.wait_for(person, lambda each: bool(each["keyboard"]), timeout_s=90)
        await stage.side.press(person, terms["id"], ACCEPT)
        # A photo that overtakes the consent is answered by the terms first, which is no repeat.
        await stage.side.wait_for(person, lambda each: READY in (each["text"] or ""), timeout_s=90)
        return Sent(person, [])

    chats: list[Sent] = []
    for first in range(0, plan.chats, 10):  # no more at once than people would
        chats += await asyncio.gather(*(meet(number) for number in range(first, min(first + 10, plan.chats))))
    return chats


async def _suffer(stage: Stage, plan: Plan, chats: Sequence[Sent], start_s: float) -> None:
    """One life after the other, with a share of the photos in each."""
    pictures = [jpeg_bytes(draw_lesion(seed, size_px=256)) for seed in range(8)]
    dice = random.Random(plan.seed + 2)
    order = plan_photos(plan)
    await stage.bot.kill()
    for number, death in enumerate(plan_deaths(plan, start_s=start_s)):
        share = order[number * len(order) // plan.kills : (number + 1) * len(order) // plan.kills]
        await stage.bot.start(death.doom)
        sending = _send(stage, [chats[chat] for chat in share], pictures, dice)
        async with asyncio.TaskGroup() as tasks:
            if stage.disk is None or number % 2 == 0:
                tasks.create_task(stage.bot.end(death.after_s, when_running=death.when_running))
                tasks.create_task(sending)
            elif number % 4 == 1:
                tasks.create_task(stage.bot.end(death.after_s + FULL_S, when_running=death.when_running))
                tasks.create_task(sending)
                tasks.create_task(_fill_for_a_while(stage.disk, after_s=dice.uniform(0, start_s)))
            else:
                tasks.create_task(_fill_and_send(stage, stage.disk, sending))
    await stage.bot.start_and_wait()


async def _fill_for_a_while(disk: SmallDisk, *, after_s: float) -> None:
    """Mostly while the bot starts, and sometimes it is killed meanwhile."""
    await asyncio.sleep(after_s)
    disk.fill()
    await asyncio.sleep(FULL_S)
    disk.free()


async def _fill_and_send(stage: Stage, disk: SmallDisk, sending: Coroutine[Any, Any, None]) -> None:
    """Whatever comes meets a full disk, however long a start takes here; then the bot is killed."""
    await stage.bot.wait_until_running()
    disk.fill()
    await sending
    await stage.bot.end(FULL_S, when_running=True)
    disk.free()


async def _send(stage: Stage, chats: Sequence[Sent], pictures: Sequence[bytes], dice: random.Random) -> None:
    for sent in chats:
        await asyncio.sleep(dice.uniform(0, 0.4))
        file = "photo", f"{CANARY}.jpg", dice.choice(pictures)
        messages = await stage.side.send_files(sent.person, file, caption=f"{CANARY} {len(sent.photos)}")
        sent.photos.append(messages[0]["id"])


async def let_finish(stage: Stage, chats: Sequence[Sent]) -> None:
    """Wait until the transcript has every answer and nothing is left in work."""
    while (await judge(stage, chats)).lost or await _count_left(stage):  # noqa: ASYNC110 - of another process
        await asyncio.sleep(1.0)


async def _stop(stage: Stage) -> int | None:
    try:
        return await stage.bot.stop()
    except (TimeoutError, ProcessLookupError):
        return None


async def judge(stage: Stage, chats: Sequence[Sent]) -> Verdict:
    total = Verdict()
    for sent in chats:
        transcript: Any = await stage.side.transcript(sent.person)
        total.add(judge_chat(sent.photos, transcript["messages"], kills=stage.bot.killed_at))
    return total


def _find_leaks(stage: Stage, chats: Sequence[Sent]) -> list[str]:
    people = [sent.person for sent in chats]
    secrets = list_secrets(stage.folder / "data" / "nevus.key", stage.bot.environment, people)
    return find_leaks(stage.folder, secrets | {"key of the local chat": stage.chat["key"]})


async def _count_told(stage: Stage, chats: Sequence[Sent]) -> int:
    transcripts = [await stage.side.transcript(sent.person) for sent in chats]
    return sum(
        any((message["text"] or "").startswith(TOLD) for message in transcript["messages"])
        for transcript in transcripts
    )


async def _count_refusals(stage: Stage) -> dict[str, int]:
    counts: dict[str, int] = {}
    for request in (await stage.side.transcript())["requests"]:
        if not request["ok"]:
            code = str(request["error_code"] or "cut")
            counts[code] = counts.get(code, 0) + 1
    return dict(sorted(counts.items()))


async def _count_left(stage: Stage) -> dict[str, int]:
    database = Database(stage.database_url)
    try:
        async with database.read() as session:
            inbox, outbox = await count_states(session), await count_messages(session)
    finally:
        await database.close()
    waiting = {f"inbox {state}": count for state, count in inbox.items() if state != "done"}
    waiting |= {
        f"outbox {state}": count for state, count in outbox.items() if state in ("pending", "sending")
    }
    return waiting | ({"outbox failed": outbox["failed"]} if outbox.get("failed") else {})
