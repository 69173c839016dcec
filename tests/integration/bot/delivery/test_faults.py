"""Faults around a photo, each made to happen: what was sent is answered once, and in order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.app import Overrides, build
from bot.lifecycle import Product
from storage.database.errors import DiskFull
from storage.database.sqlite_file import SqliteFile
from tests.support.durable import Scene, open_scene
from tests.support.served import LESION, serve

pytestmark = pytest.mark.backends("sqlite")

DOWNLOAD_FAULTS: tuple[dict[str, Any], ...] = (
    *({"method": "getFile", "kind": kind} for kind in ("429", "500", "502", "cut_before", "cut_after")),
    *({"method": "file", "kind": kind} for kind in ("500", "cut_before", "truncate")),
    {"method": "file", "kind": "slow", "delay_s": 1.0},
)

Change = Callable[[Product], Awaitable[None]]


@pytest.fixture
async def scene(tmp_path: Path, database_url: str) -> AsyncIterator[Scene]:
    async with open_scene(tmp_path, database_url) as opened:
        opened.engine.gate.set()
        yield opened


@pytest.mark.timeout(300)
async def test_whatever_happens_to_a_download_the_photo_is_read(tmp_path: Path) -> None:
    """Refused, cut, truncated, slow: one photo with each fault, then the whole file is fetched again."""
    async with serve(tmp_path, "polling") as served:
        gp = await served.side.person("Dr Taylor")
        await served.accept(gp)
        for fault in DOWNLOAD_FAULTS:
            await served.side.order_fault(count=1, **({"retry_after": 1} | fault))
            answer = await served.send(gp, ("photo", "mole.jpg", LESION))
            assert "HIGH RISK" in (answer["caption"] or ""), fault


async def test_updates_that_come_twice_or_out_of_order_are_answered_once_as_they_came(scene: Scene) -> None:
    """Telegram's numbers start anew after a quiet week: only the order of arrival counts."""
    gp = await scene.side.person("Dr Taylor")
    await scene.side.send(gp, text="/start")
    product = await scene.start()
    await scene.wait_for_text(gp, "re /start")
    numbers = [900, 7, 800, 900, 7]
    await product.inbox.take([make_photo(gp, number) for number in numbers[:2]])
    await product.inbox.take([make_photo(gp, number) for number in numbers])
    said = await scene.wait_for_text(gp, "answer 800")
    assert [each for each in said if each.startswith("answer")] == [f"answer {n} x1" for n in (900, 7, 800)]


@dataclass
class JumpingClock:
    """The machine's time, off by as much as it was set."""

    jumped: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.jumped


@pytest.mark.parametrize("days", [2, -2])
async def test_a_clock_that_jumps_loses_no_photo_and_keeps_the_order(scene: Scene, days: int) -> None:
    """Set forward or back by days while photos are in work, in line, and held for a retry."""
    gp, clock = await scene.side.person("Dr Taylor"), JumpingClock()
    scene.engine.gate.clear()
    scene.product = build(
        scene.settings,
        Overrides(engine=scene.engine, register=scene.handlers.register, clock=clock),  # type: ignore[arg-type]
    )
    await scene.product.start()
    for number in range(3):
        await scene.photo(gp, str(number))
    await scene.until(lambda: scene.engine.in_work == 1)
    clock.jumped = timedelta(days=days)
    await scene.photo(gp, "3")
    scene.engine.gate.set()
    assert await scene.wait_for_text(gp, "answer 3") == [f"answer {number} x1" for number in range(4)]


async def change_writer(product: Product, *statements: str) -> None:
    """On the one connection that writes, so that no other process is needed and no right to mount a disk."""
    async with product.services.database.write() as session:
        for statement in statements:
            await session.execute(text(statement))


async def fill_disk(product: Product) -> None:
    """No page can be had any more, and those that were free are taken."""
    await change_writer(product, "CREATE TABLE filler (stuff BLOB)", "PRAGMA max_page_count=1")
    with contextlib.suppress(DiskFull):
        while True:
            await change_writer(product, "INSERT INTO filler VALUES (zeroblob(3500))")


async def free_disk(product: Product) -> None:
    await change_writer(product, "PRAGMA max_page_count=1000000")


async def forbid_writing(product: Product) -> None:
    await change_writer(product, "PRAGMA query_only=ON")


async def allow_writing(product: Product) -> None:
    sessions = product.services.database._sessions
    assert isinstance(sessions, SqliteFile)
    await sessions.maintain("PRAGMA query_only=OFF")  # not even a transaction can begin before


@pytest.mark.parametrize(
    ("break_it", "mend_it"),
    [(fill_disk, free_disk), (forbid_writing, allow_writing)],
    ids=["disk full", "read-only"],
)
async def test_with_a_database_that_takes_nothing_the_sender_is_told_and_nothing_is_lost(
    scene: Scene, break_it: Change, mend_it: Change
) -> None:
    """What was taken before is answered afterwards, and so is what Telegram kept meanwhile; told once."""
    gp = await scene.side.person("Dr Taylor")
    scene.engine.gate.clear()
    product = await scene.start()
    notice = product.services.texts.get("en", "kept-by-telegram")
    await scene.photo(gp, "taken before")
    await scene.until(lambda: scene.engine.in_work == 1)
    await break_it(product)
    for number in range(3):  # long: a short one may still find room in a page that is begun
        await scene.photo(gp, f"sent meanwhile {number} " + "x" * 900)
    await scene.wait_for_text(gp, notice[:40])
    scene.engine.gate.set()
    await asyncio.sleep(0.3)  # the end of the first turn is refused, too
    await mend_it(product)
    said = await scene.wait_for_text(gp, "answer sent meanwhile 2", timeout_s=60)
    assert said.count(notice) == 1
    answers = [each.split(" x")[0] for each in said if each.startswith("answer")]
    assert answers == ["answer taken before", *(f"answer sent meanwhile {number}" for number in range(3))]


def make_photo(chat_id: int, number: int) -> dict[str, object]:
    size = {"file_id": f"f{number}", "file_unique_id": f"u{number}", "width": 64, "height": 64}
    message = {
        "message_id": 10_000 + number,
        "date": 1_700_000_000,
        "chat": {"id": chat_id, "type": "private", "first_name": "Dr Taylor"},
        "from": {"id": chat_id, "is_bot": False, "first_name": "Dr Taylor", "language_code": "en"},
        "photo": [size],
        "caption": str(number),
    }
    return {"update_id": number, "message": message}


async def test_a_photo_that_takes_the_process_down_twice_is_set_aside(
    tmp_path: Path, database_url: str
) -> None:
    """Its sender is told, and it is not opened again."""
    async with open_scene(tmp_path, database_url) as scene:
        gp = await scene.side.person("Dr Taylor")
        await scene.photo(gp, "deadly")
        for _ in range(2):
            await scene.start()
            await scene.until(lambda: scene.engine.in_work == 1)
            await scene.crash()
        scene.engine.gate.set()
        product = await scene.start()
        await scene.photo(gp, "mole")
        said = await scene.wait_for_text(gp, "answer mole")
        assert product.services.texts.get("en", "photo-deadly") in said
        assert (await product.inbox.counts()).get("set_aside") == 1
        assert [words for words, _ in scene.handlers.seen].count("deadly") == 2


async def test_photos_beside_a_deadly_one_are_answered(tmp_path: Path, database_url: str) -> None:
    """After a death they are read one at a time, so that the next death names the one that kills."""
    async with open_scene(tmp_path, database_url) as scene:
        people = [await scene.side.add_person(f"Dr {number}") for number in range(3)]
        for person in people:
            await scene.photo(person, "mole")
        for read_at_once in (3, 1):
            await scene.start()
            await scene.until(lambda count=read_at_once: scene.engine.in_work == count)  # type: ignore[misc]
            await scene.crash()
        scene.engine.gate.set()
        product = await scene.start()
        deadly = product.services.texts.get("en", "photo-deadly")

        async def count_ends() -> tuple[int, int] | None:
            said = [each for person in people for each in await scene.said(person)]
            ends = said.count(deadly), said.count("answer mole x1")
            return ends if sum(ends) == len(people) else None

        assert await scene.until(count_ends, timeout_s=40) == (1, 2)
