"""What grows with the record and the crowd: /history, /stats, referral, purge, writing a case; waiting chats.

Prints tables and the machine it ran on; asserts nothing. By default up to 100 thousand cases on SQLite, and
on PostgreSQL where Debian's package is installed; `--cases 10000,100000,1000000` takes some minutes.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from filling import Filling, fill, subject_of
from stage import describe_machine, print_columns

from bot.cases.history import show_history, turn_page
from bot.clinic.follow_level import follow_level
from bot.conversation.callback_data import Press
from bot.conversation.request import Request
from bot.conversation.wording import Wording
from bot.delivery.write_queue import WriteQueue
from bot.texts import Texts
from storage import erasures
from storage.clinic import claims, referrals
from storage.database.sessions import Database, WriteSession
from storage.queues import inbox
from storage.record import answers, cases
from storage.record.people import KnownPerson
from storage.schema import migrate
from storage.statistics import count_everything
from tests.support.postgres import PostgresServer, find_programs

ROUNDS = 60
NOW = datetime(2027, 6, 1, tzinfo=UTC)
CROWDS = (1, 100, 1_000, 10_000)
Step = Callable[[int], Awaitable[Any]]


async def main() -> None:
    """Everything, backend by backend."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", default="10000,100000", help="sizes, with commas between them")
    parser.add_argument("--backends", default="sqlite,postgresql")
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.cases.split(",")]
    print(describe_machine())
    if "sqlite" in arguments.backends:
        with tempfile.TemporaryDirectory(prefix="nevus-bench-") as folder:
            urls = [f"sqlite:///{folder}/nevus-{size}.sqlite" for size in sizes]
            await measure("SQLite", urls, sizes)
    if "postgresql" in arguments.backends:
        await measure_postgres(sizes)


async def measure_postgres(sizes: list[int]) -> None:
    """On a server of its own, which does not wait for the disk."""
    programs = find_programs()
    if programs is None:
        print("\nPostgreSQL is not installed here (Debian: apt install postgresql)")
        return
    server = PostgresServer(programs)
    await asyncio.to_thread(server.start)
    try:
        names = [await asyncio.to_thread(server.create_database) for _ in sizes]
        await measure("PostgreSQL (no fsync)", [server.url_of(name) for name in names], sizes)
    finally:
        await asyncio.to_thread(server.stop)


async def measure(title: str, urls: list[str], sizes: list[int]) -> None:
    """A database of each size: what people and the regular work do there; on the largest, the crowds."""
    tables: dict[str, list[str]] = {}
    for url, size in zip(urls, sizes, strict=True):
        await asyncio.to_thread(migrate, url)
        database = Database(url)
        try:
            filling = await fill(database, size)
            for name, step in list_steps(database, filling).items():
                tables.setdefault(name, []).append(await time_step(step, rounds_of(name)))
            if size == sizes[-1]:
                await measure_crowds(title, database)
        finally:
            await database.close()
    print_columns(
        f"{title}: median / 95th percentile in ms, by cases",
        ["", *(f"{size:,}" for size in sizes)],
        [[name, *cells] for name, cells in tables.items()],
    )


def rounds_of(name: str) -> int:
    """Fewer of what a person asks for once a day."""
    return 5 if name.startswith(("/stats", "purge")) else ROUNDS


async def time_step(step: Step, rounds: int) -> str:
    """Median and 95th percentile over some rounds, after one that does not count."""
    await step(0)
    waits = []
    for number in range(1, rounds + 1):
        begin = time.perf_counter()
        await step(number)
        waits.append((time.perf_counter() - begin) * 1000)
    waits.sort()
    return f"{waits[len(waits) // 2]:.1f} / {waits[min(len(waits) - 1, int(len(waits) * 0.95))]:.1f}"


def list_steps(database: Database, filling: Filling) -> dict[str, Step]:
    """What is timed, by name."""
    usual, heavy = make_request(database, filling.usual), make_request(database, filling.heavy)
    size = filling.cases

    async def deep(number: int) -> None:
        cursor = f"N-{(size // 2 // 50 - number) * 50:07d}"
        await turn_page(heavy, cast("Press", FakePress(cursor, "")), follow=follow_level)

    async def filtered(_number: int) -> None:
        await turn_page(heavy, cast("Press", FakePress("", "h")), follow=follow_level)

    async def count(_number: int) -> None:
        async with database.read() as session:
            await count_everything(session)

    async def look_for_idle(_number: int) -> None:
        async with database.read() as session:
            await erasures.list_idle(session, before=datetime(2026, 1, 2, tzinfo=UTC))

    return {
        "/history, a usual sender": lambda _number: show_history(usual, follow=follow_level),
        "/history, a sender of a fiftieth of all": lambda _number: show_history(heavy, follow=follow_level),
        "/history, that sender, deep in the list": deep,
        "/history, that sender, one level": filtered,
        "/stats": count,
        "referral: asked, claimed": lambda number: refer(database, size, number),
        "overdue referrals": lambda _number: look_for_overdue(database),
        "writing a case and its answer": lambda number: write_case(database, size, number),
        "purge: who is idle": look_for_idle,
        "purge: expired files": lambda _number: expire(database),
    }


class FakePress:
    """A button of /history."""

    message_id = 1

    def __init__(self, cursor: str, level: str) -> None:
        self._arguments = (cursor, level)

    def argument(self, place: int) -> str:
        """As `Press.argument`."""
        return self._arguments[place]


def make_request(database: Database, subject: str) -> Request:
    """A sender who asks for their history."""
    person = KnownPerson(subject=subject, language="en", consent_version="1", consent_at=NOW)
    wording = Wording(texts=Texts.load(), language="en", prevalence=0.05, pathway="urgent referral")
    services: Any = SimpleNamespace(database=database, clock=lambda: NOW)
    turn: Any = SimpleNamespace(key="bench")
    return Request(
        services=services,
        turn=turn,
        bot=cast("Any", None),
        user_id=1,
        chat_id=1,
        is_private=True,
        person=person,
        wording=wording,
    )


async def write_case(database: Database, size: int, number: int) -> None:
    """The record of one photo, in one transaction."""
    key = f"bench-{size}-{number}"
    opinions = tuple(
        cases.NewOpinion(classifier=name, probability=0.4, malignant_probability=0.5)
        for name in ("cnn", "vit")
    )
    photo = cases.NewPhoto(
        photo_hash=key.ljust(64, "0"),
        level="moderate",
        domain="dermoscopic",
        probability=0.4,
        malignant_probability=0.5,
        findings={"quality": {}},
        opinions=opinions,
    )
    case = cases.NewCase(
        turn_key=key,
        subject=subject_of(7),
        level="moderate",
        model_level="moderate",
        reasons=("score_moderate",),
        language="en",
        versions={"pair": "0.1.0"},
        photos=(photo,),
    )
    async with database.write() as session:
        made = await cases.add_case(session, case, now=NOW)
        message = answers.CaseMessage(key=f"{key}:answer", case_number=made.number, kind="answer")
        await answers.keep_message(session, message, subject=case.subject, now=NOW)
        expires_at = NOW + timedelta(hours=1)
        await answers.keep_photo_files(
            session, made.number, subject=case.subject, files=b"sealed", expires_at=expires_at
        )


async def refer(database: Database, size: int, number: int) -> None:
    """Ask a clinic about a case, and claim it."""
    token = f"bench-{size}-{number}"
    new = referrals.NewReferral(
        token=token,
        case_number=f"N-{number + 1:07d}",
        subject=subject_of(7),
        clinic_id=1,
        level="high",
        language="en",
        due_at=NOW,
        reply_chat=b"sealed",
        details=b"sealed",
    )
    new = replace(new, case_number=f"B-{size}-{number}"[:16])
    async with database.write() as session:
        await referrals.add_referral(session, new, now=NOW)
    async with database.write() as session:
        await claims.claim_referral(session, token, claimer_ref=b"x" * 32, claimer=b"sealed", now=NOW)
    async with database.read() as session:
        await referrals.find_latest(session, new.case_number)


async def look_for_overdue(database: Database) -> None:
    """As the clinic keeper does now and then."""
    async with database.read() as session:
        await referrals.list_overdue(session, now=NOW - timedelta(days=5_000))


async def expire(database: Database) -> None:
    """As the record keeper does every hour."""
    async with database.write() as session:
        await answers.expire_photo_files(session, now=NOW)
        await answers.expire_messages(session, before=NOW - timedelta(days=7))


async def measure_crowds(title: str, database: Database) -> None:
    """Chats that wait: taking an update, claiming the heads of the lanes, finishing a turn."""
    write_queue = WriteQueue(database)
    running = asyncio.get_running_loop().create_task(write_queue.run())
    rows, waiting = [], 0
    for crowd in CROWDS:
        await add_updates(database, waiting, crowd)
        waiting = crowd
        rows.append([f"{crowd:,}", *(await time_claims(write_queue, crowd))])
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    print_columns(
        f"{title}: ms by chats waiting, eight photos claimed at a time",
        ["chats", "take an update", "claim", "finish eight"],
        rows,
    )


def make_arrival(number: int) -> inbox.Arrival:
    """A photo of a chat of its own."""
    return inbox.Arrival(
        bot_id=1,
        update_id=number,
        turn_key=f"{number:016d}",
        track="photo",
        lane_ref=f"{number:032d}".encode(),
        album_ref=None,
        payload=b"x" * 900,
        received_at=0.0,
        not_before=0.0,
    )


async def add_updates(database: Database, first: int, last: int) -> None:
    """One photo of each chat from `first` on."""
    async with database.write() as session:
        for number in range(first, last):
            await inbox.add_arrival(session, make_arrival(number))


async def time_claims(write_queue: WriteQueue, crowd: int) -> list[str]:
    """Median ms of each step; what was claimed is handed back, so that the crowd stays as large."""
    order = inbox.ClaimOrder(track="photo", limit=8, owner="bench", lease_until=1e12)
    waits: list[list[float]] = [[], [], []]

    async def claim(session: WriteSession) -> list[list[inbox.ClaimedRow]]:
        return await inbox.claim_turns(session, order, now=1.0)

    for number in range(15):
        new = make_arrival(1_000_000 + crowd * 20 + number)
        marks = [time.perf_counter()]
        await write_queue.write(lambda session, new=new: inbox.add_arrival(session, new))
        marks.append(time.perf_counter())
        turns = await write_queue.write(claim)
        marks.append(time.perf_counter())
        ids = [row.id for turn in turns for row in turn]
        await write_queue.write(lambda session, ids=ids: finish(session, ids))
        marks.append(time.perf_counter())
        for place in range(3):
            waits[place].append((marks[place + 1] - marks[place]) * 1000)
        await asyncio.sleep(0.02)
    return [f"{sorted(each)[len(each) // 2]:.1f}" for each in waits]


async def finish(session: WriteSession, ids: list[int]) -> None:
    """End the turns."""
    for row in ids:
        await inbox.finish_rows(session, [row], owner="bench", now=1.0)


if __name__ == "__main__":
    asyncio.run(main())
