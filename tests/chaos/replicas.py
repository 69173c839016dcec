"""`python -m tests.chaos.replicas`: several bots and inference servers, some killed while photos come.

Three `nevus run` (behind one webhook, or one of them polling) and two MLServer processes over PostgreSQL. A
third of the way one bot and one server are killed with -9, two thirds of the way they are started again. Or,
with `--how rolling`, each bot in turn is stopped and started. The verdict comes from the local chat's
transcript and from the record: nothing lost, nothing said twice unmarked, every score bit for bit what an
engine in this process gives. Waits are in whole seconds, as Telegram's dates are.
"""

import argparse
import asyncio
import itertools
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import text

from inference.local_engine import LocalEngine
from storage.database.keys import Keyring
from storage.database.sessions import Database
from tests.chaos.fleet import Fleet, Networks, Source, open_fleet
from tests.chaos.judge import Verdict, find_answered_at, is_acknowledgement, judge_chat
from tests.chaos.leaks import find_leaks, list_secrets
from tests.chaos.run import ACCEPT, CANARY, Sent
from tests.support.drawn import draw_lesion, jpeg_bytes
from tests.support.postgres import PostgresServer, find_programs

PHASES: Final = ("before", "during", "after")
PICTURES: Final = 8
How = Literal["kill", "rolling"]
Scores = dict[str, dict[str, tuple[float, float]]]  # by the photo's hash, then by network


@dataclass(frozen=True, kw_only=True)
class FleetPlan:
    """One run."""

    rate_per_s: float = 4.0
    seconds: float = 60.0
    chats: int = 24
    source: Source = "webhook"
    how: How = "kill"
    networks: Networks = "released"
    limit_s: float = 300.0  # for what is left when the last photo was sent

    @property
    def name(self) -> str:
        return f"{self.source}, {self.how}, {self.networks} networks"


@dataclass(frozen=True)
class Load:
    """Who sends what."""

    chats: Sequence[Sent]
    pictures: Sequence[bytes]
    may_end: asyncio.Event = field(default_factory=asyncio.Event)  # all that was to happen has happened


@dataclass
class Phase:
    """What was sent in a third of the run."""

    name: str
    sent: int = 0
    answered: int = 0  # in that time, whenever sent
    seconds: float = 0.0
    waits_s: list[float] = field(default_factory=list)  # from sending to the answer, of those sent in it


@dataclass
class FleetResult:
    """What a run showed."""

    plan: FleetPlan
    verdict: Verdict
    phases: list[Phase]
    cases: int
    wrong: int  # scores that are not an engine's in this process, or missing
    left_in_work: dict[str, int]
    refusals: dict[str, int]
    took_s: float
    leaks: list[str] = field(default_factory=list)  # what stands in an output and must not

    @property
    def is_good(self) -> bool:
        whole = self.cases == self.verdict.photos and not self.wrong and not self.left_in_work
        whole = whole and not self.leaks
        return self.verdict.is_good and whole


async def run(plan: FleetPlan, folder: Path, database_url: str) -> FleetResult:
    """Play a plan."""
    began = time.monotonic()
    async with open_fleet(folder, database_url, source=plan.source, networks=plan.networks) as fleet:
        # All at once on an empty database: one makes the tables and the key, the others wait for it.
        await asyncio.gather(*(bot.start_and_wait() for bot in fleet.bots))
        chats = await _meet_people(fleet, plan.chats)
        pictures = await asyncio.to_thread(_draw_pictures)
        times = [time.time()]
        await _play(plan, fleet, Load(chats, pictures), times)
        await _let_finish(fleet, chats, plan.limit_s)
        exits = await asyncio.gather(*(bot.stop() for bot in fleet.bots))
        assert all(code == 0 for code in exits), exits
        transcripts = await _read_transcripts(fleet, chats)
        verdict = _judge(chats, transcripts)
        expected = await _read_here(fleet, chats)
        cases, wrong = await _compare_record(database_url, expected)
        return FleetResult(
            plan=plan,
            verdict=verdict,
            phases=_measure(chats, transcripts, times),
            cases=cases,
            wrong=wrong,
            left_in_work=await _count_left(database_url),
            refusals=_count_refusals((await fleet.side.transcript())["requests"]),
            took_s=time.monotonic() - began,
            leaks=find_leaks(
                folder, list_secrets(fleet.key_file, fleet.bots[0].environment, list(transcripts))
            ),
        )


async def _meet_people(fleet: Fleet, count: int) -> list[Sent]:
    async def meet(number: int) -> Sent:
        person = await fleet.side.add_person(f"{CANARY}-{number}", language_code="en")
        await fleet.side.send(person, start="")
        terms = await fleet.side.wait_for(person, lambda each: bool(each["keyboard"]), timeout_s=90)
        await fleet.side.press(person, terms["id"], ACCEPT)
        return Sent(person, [])

    return [
        each
        for first in range(0, count, 8)
        for each in await asyncio.gather(*map(meet, range(first, min(first + 8, count))))
    ]


def _draw_pictures() -> list[bytes]:
    return [jpeg_bytes(draw_lesion(seed, size_px=700)) for seed in range(PICTURES)]


async def _play(plan: FleetPlan, fleet: Fleet, load: Load, times: list[float]) -> None:
    """Photos at a steady rate, and what happens meanwhile; `times` gets the end of each phase."""
    third_s = plan.seconds / len(PHASES)
    victim = fleet.bots[-1] if plan.source == "webhook" else fleet.find_poller()
    steps: dict[How, list[Callable[[], Awaitable[None]]]] = {
        "kill": [lambda: _kill(fleet, victim), lambda: _revive(fleet, victim)],
        "rolling": [lambda: _roll(fleet), _do_nothing],
    }
    sending = asyncio.get_running_loop().create_task(_send_all(plan, fleet, load))
    for step in (*steps[plan.how], None):
        await asyncio.sleep(third_s)
        times.append(time.time())
        if step is not None:
            await step()
    load.may_end.set()
    await sending
    times[-1] = time.time()


async def _send_all(plan: FleetPlan, fleet: Fleet, load: Load) -> None:
    began = time.monotonic()
    for number in itertools.count():
        if number >= plan.rate_per_s * plan.seconds and load.may_end.is_set():
            return
        await asyncio.sleep(max(began + number / plan.rate_per_s - time.monotonic(), 0))
        sent = load.chats[number % len(load.chats)]
        file = "photo", f"{CANARY}.jpg", load.pictures[number % PICTURES]
        messages = await fleet.side.send_files(sent.person, file)
        sent.photos.append(messages[0]["id"])


async def _kill(fleet: Fleet, victim: Any) -> None:
    await victim.kill()
    fleet.engines[-1].kill()


async def _revive(fleet: Fleet, victim: Any) -> None:
    fleet.engines[-1].start()
    await victim.start_and_wait()


async def _roll(fleet: Fleet) -> None:
    for bot in fleet.bots:
        assert await bot.stop() == 0
        await bot.start_and_wait()


async def _do_nothing() -> None:
    """The second step of a rolling restart."""


async def _read_transcripts(fleet: Fleet, chats: Sequence[Sent]) -> dict[int, Any]:
    return {sent.person: await fleet.side.transcript(sent.person) for sent in chats}


def _judge(chats: Sequence[Sent], transcripts: Mapping[int, Any]) -> Verdict:
    verdict = Verdict()
    for sent in chats:
        verdict.add(judge_chat(sent.photos, transcripts[sent.person]["messages"]))
    return verdict


async def _find_unfinished(fleet: Fleet, chats: Sequence[Sent]) -> bool:
    left = await _count_left(fleet.database_url)
    return bool(left) or _judge(chats, await _read_transcripts(fleet, chats)).lost > 0


async def _let_finish(fleet: Fleet, chats: Sequence[Sent], limit_s: float) -> None:
    """Nothing is in work, every photo has its answer: one may still be with the local chat, not taken yet."""
    try:
        async with asyncio.timeout(limit_s):
            while await _find_unfinished(fleet, chats):  # noqa: ASYNC110 - of other processes
                await asyncio.sleep(0.5)
    except TimeoutError:
        pass  # judged as it stands


async def _read_here(fleet: Fleet, chats: Sequence[Sent]) -> Scores:
    """What an engine in this process says of each photo as the local chat keeps it."""
    keyring, engine = Keyring.open(fleet.key_file), LocalEngine(fleet.models)
    await engine.start()
    scores: Scores = {}
    try:
        for sent in chats:
            for message in await fleet.side.messages(sent.person, limit=200):
                if message["photo"] is None or message["id"] not in sent.photos:
                    continue
                data = await fleet.side.file(sent.person, message["photo"]["file_id"])
                if (photo_hash := keyring.photo_hash(data)) not in scores:
                    reading = await engine.read(data)
                    scores[photo_hash] = {
                        each.classifier: (each.probability, each.malignant_probability)
                        for each in reading.findings.opinions
                    }
    finally:
        await engine.stop()
    return scores


async def _compare_record(database_url: str, expected: Scores) -> tuple[int, int]:
    """Cases in the record, and photos whose scores are not the expected ones, to the last bit."""
    database = Database(database_url)
    try:
        async with database.read() as session:
            cases = int(await session.scalar(text("SELECT count(*) FROM cases")) or 0)
            photos = (await session.execute(text("SELECT id, photo_hash FROM photos"))).all()
            rows = await session.execute(
                text("SELECT photo_id, classifier, probability, malignant_probability FROM opinions")
            )
            seen: dict[int, dict[str, tuple[float, float]]] = {}
            for photo, classifier, probability, malignant in rows:
                seen.setdefault(photo, {})[classifier] = (probability, malignant)
    finally:
        await database.close()
    return cases, sum(seen.get(photo, {}) != expected.get(photo_hash) for photo, photo_hash in photos)


async def _count_left(database_url: str) -> dict[str, int]:
    database = Database(database_url)
    try:
        async with database.read() as session:
            rows = await session.execute(
                text(
                    "SELECT 'inbox ' || state, count(*) FROM inbox WHERE state <> 'done' GROUP BY state"
                    " UNION ALL SELECT 'outbox ' || state, count(*) FROM outbox"
                    " WHERE state IN ('pending', 'sending', 'failed') GROUP BY state"
                )
            )
            return {str(state): int(count) for state, count in rows}
    finally:
        await database.close()


def _measure(chats: Sequence[Sent], transcripts: dict[int, Any], times: Sequence[float]) -> list[Phase]:
    """What was sent and answered in each phase."""
    phases = [Phase(name, seconds=times[place + 1] - times[place]) for place, name in enumerate(PHASES)]

    def find(moment: float) -> Phase:
        return phases[min(sum(moment >= edge for edge in times[1:-1]), len(phases) - 1)]

    for sent in chats:
        messages = transcripts[sent.person]["messages"]
        dates = {message["id"]: message["date"] for message in messages}
        for photo in sent.photos:
            answers = [
                each for each in messages if each["reply_to"] == photo and not is_acknowledgement(each)
            ]
            phase = find(dates[photo])
            phase.sent += 1
            if answers:
                answered_at = find_answered_at(answers[0])
                if answered_at <= times[-1]:
                    find(answered_at).answered += 1
                phase.waits_s.append(answered_at - dates[photo])
    return phases


def _count_refusals(requests: Sequence[Any]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for request in requests:
        if not request["ok"]:
            code = str(request["error_code"] or "cut")
            counts[code] = counts.get(code, 0) + 1
    return counts


def describe(result: FleetResult) -> str:
    """The tables."""
    plan, verdict = result.plan, result.verdict
    lines = [
        f"{plan.name}: {plan.rate_per_s:g} photos a second for {plan.seconds:g} s, {plan.chats} chats",
        "",
        "| phase | seconds | sent | answered | answered a second | median wait | 95 % wait |",
        "|---|---|---|---|---|---|---|",
    ]
    for phase in result.phases:
        waits = sorted(phase.waits_s) or [float("nan")]
        lines.append(
            f"| {phase.name} | {phase.seconds:.0f} | {phase.sent} | {phase.answered} "
            f"| {phase.answered / phase.seconds:.1f} | {statistics.median(waits):.1f} s "
            f"| {waits[int(0.95 * (len(waits) - 1))]:.1f} s |"
        )
    counts = (
        *(verdict.photos, verdict.answered, verdict.lost, verdict.unmarked, verdict.repeats),
        *(verdict.out_of_order, result.cases, result.wrong, "good" if result.is_good else "BAD"),
    )
    lines += [
        "",
        "| photos | answered | lost | unmarked repeats | marked repeats | out of order | cases | wrong | |",
        "|---|---|---|---|---|---|---|---|---|",
        f"| {' | '.join(map(str, counts))} |",
        "",
        f"Refused by the Bot API: {result.refusals or 'nothing'}. {result.took_s:.0f} s in all.",
        *(f"! {problem}" for problem in verdict.problems[:10]),
    ]
    if result.left_in_work:
        lines.append(f"! left in work: {result.left_in_work}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.replicas", description=__doc__)
    parser.add_argument("--rate", type=float, default=4.0, help="photos a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--chats", type=int, default=24)
    parser.add_argument("--source", choices=("webhook", "polling"), default="webhook")
    parser.add_argument("--how", choices=("kill", "rolling"), default="kill")
    parser.add_argument("--networks", choices=("released", "tiny"), default="released")
    args = parser.parse_args()
    plan = FleetPlan(
        rate_per_s=args.rate,
        seconds=args.seconds,
        chats=args.chats,
        source=args.source,
        how=args.how,
        networks=args.networks,
    )
    programs = find_programs()
    if programs is None:
        sys.exit("PostgreSQL is not installed here (Debian: apt install postgresql)")
    print(f"Python {platform.python_version()} · {platform.machine()}", flush=True)
    server = PostgresServer(programs)
    server.start()
    try:
        with tempfile.TemporaryDirectory(prefix="nevus-fleet-") as name:
            result = asyncio.run(run(plan, Path(name), server.url_of(server.create_database())))
    finally:
        server.stop()
    print(describe(result))
    return 0 if result.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
