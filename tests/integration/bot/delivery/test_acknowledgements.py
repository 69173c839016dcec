"""Photos are acknowledged as they arrive, wherever in the line they stand, and nothing of it stays."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

import bot.delivery.acknowledgements
from bot.app import Overrides, build
from bot.conversation.context import NevusContext
from bot.delivery.outgoing import Outgoing, acknowledgement_key, pause_key
from bot.lifecycle import Product
from storage.queues.tables import OutboxRow
from tests.support.durable import FakeEngine, Handlers, Scene, draw_square, open_scene

# On PostgreSQL, what a crash left waits for the end of its lease.
pytestmark = pytest.mark.backends("sqlite")

COUNT = 6


@pytest.fixture
async def scene(tmp_path: Path, database_url: str) -> AsyncIterator[Scene]:
    async with open_scene(tmp_path, database_url) as opened:
        yield opened


async def wait_for_line(scene: Scene, person: int, count: int) -> list[str]:
    return await scene.wait_for_text(person, f"🔎 {count} photos")


async def is_noted(product: Product) -> bool:
    """Whether no message is on its way: each that is out is known to be out."""
    counts = await product.sender.counts()
    return not counts.get("sending") and not counts.get("pending")


async def test_a_line_of_photos_hears_two_messages_at_once_and_each_is_replaced(scene: Scene) -> None:
    """The first photo's own, and one that tells of all; at the end there are answers only, in order."""
    gp = await scene.side.person("Dr Taylor")
    await scene.start()
    for number in range(COUNT):
        await scene.photo(gp, str(number))
    assert len(await wait_for_line(scene, gp, COUNT)) == 2
    scene.engine.gate.set()
    said = await scene.wait_for_text(gp, f"answer {COUNT - 1}")
    assert said == [f"answer {number} x1" for number in range(COUNT)]


async def test_a_crash_leaves_no_acknowledgement_over_and_repeats_none(scene: Scene) -> None:
    gp = await scene.side.person("Dr Taylor")
    product = await scene.start()
    for number in range(COUNT):
        await scene.photo(gp, str(number))
    await wait_for_line(scene, gp, COUNT)
    await scene.until(lambda: is_noted(product))  # what is out but not noted would be left over
    await scene.crash()
    await scene.start()
    await scene.until(lambda: scene.engine.in_work == 1)
    assert len(await scene.said(gp)) == 2
    scene.engine.gate.set()
    said = await scene.wait_for_text(gp, f"answer {COUNT - 1}")
    assert said == [f"answer {number} x1" for number in range(COUNT)]


async def test_photos_are_acknowledged_while_the_networks_still_load(scene: Scene) -> None:
    gp = await scene.side.person("Dr Taylor")
    product = scene.build()
    await product.start()
    await scene.crash()
    scene.engine.loaded.clear()
    starting = scene.build()
    task = starting.supervisor.spawn(starting.start(), name="start")
    await scene.photo(gp, "mole")
    await scene.wait_for_text(gp, "🔎")
    assert scene.handlers.seen == []
    scene.engine.loaded.set()
    scene.engine.gate.set()
    await task
    assert await scene.wait_for_text(gp, "answer") == ["answer mole x1"]


async def test_before_consent_nothing_is_acknowledged(scene: Scene) -> None:
    """Neither when the photos arrive nor when the turn of one begins."""
    gp = await scene.side.person("Dr Taylor")
    product = await scene.start()
    for number in range(3):
        await scene.side.send_files(gp, ("photo", "a.jpg", draw_square()), caption=str(number))
    await scene.until(lambda: scene.engine.in_work == 1)
    lane_ref = product.services.keyring.lane_ref(gp)
    for whole_line in (False, True):
        await product.acknowledgements._attend(lane_ref, whole_line=whole_line)
    assert await scene.said(gp) == []
    assert await product.sender.counts() == {}
    scene.engine.gate.set()
    said = await scene.wait_for_text(gp, "answer 2")
    assert said == [f"answer {number} x1" for number in range(3)]


async def test_a_photo_held_until_the_consent_is_acknowledged_when_its_turn_begins(scene: Scene) -> None:
    gp = await scene.side.person("Dr Taylor")
    scene.handlers.holding = True
    await scene.start()
    await scene.photo(gp, "mole")
    await scene.wait_for_text(gp, "held mole")
    await scene.consent(gp)
    await scene.side.send(gp, text="accept")
    await scene.wait_for_text(gp, "🔎 Reading your photo")
    scene.engine.gate.set()
    said = await scene.wait_for_text(gp, "answer")
    assert said == ["held mole", "accepted", "answer mole x1"]


@dataclass
class StepByStep(FakeEngine):
    """Reads a photo for each release."""

    steps: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def read(self, data: bytes = b"", *, gate: bool = True) -> Any:
        await self.steps.acquire()


async def test_a_later_photo_of_a_line_is_acknowledged_when_its_turn_begins(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two messages stand for all that wait; each further one comes with its own turn."""
    gp = await scene.side.person("Dr Taylor")
    monkeypatch.setattr(bot.delivery.acknowledgements, "EDIT_EVERY_S", 3_600.0)
    scene.engine = engine = StepByStep()
    for number in range(4):
        await scene.photo(gp, str(number))
    await scene.start()
    await wait_for_line(scene, gp, 4)
    for number in range(2):
        assert len(await scene.said(gp)) == 2
        engine.steps.release()
        await scene.wait_for_text(gp, f"answer {number}")
    said = await scene.wait_for_text(gp, "🔎")
    assert said == ["answer 0 x1", "answer 1 x1", "🔎 Reading your photo…"]
    for _ in range(2):
        engine.steps.release()
    said = await scene.wait_for_text(gp, "answer 3")
    assert said == [f"answer {number} x1" for number in range(4)]


async def test_a_photo_that_waited_long_and_is_then_answered_soon_is_not_acknowledged(scene: Scene) -> None:
    """The moment counts from the beginning of its turn."""
    gp, waited = await scene.side.person("Dr Taylor"), timedelta()
    overrides = Overrides(
        engine=scene.engine,  # type: ignore[arg-type]
        register=scene.handlers.register,
        clock=lambda: datetime.now(UTC) + waited,
    )
    product = scene.product = build(scene.settings, overrides)
    give_an_hour(product, a_photo_takes_s=0.01)
    await product.start()
    for number in range(4):
        await scene.photo(gp, str(number))
    await scene.until(lambda: scene.engine.in_work == 1)
    waited = timedelta(days=1)
    scene.engine.gate.set()
    said = await scene.wait_for_text(gp, "answer 3")
    assert said == [f"answer {number} x1" for number in range(4)]
    async with product.services.database.read() as session:
        acknowledged = select(func.count()).where(OutboxRow.key.like("%:ack"))
        assert await session.scalar(acknowledged) == 0


class Pausing(Handlers):
    """Postpones every photo, as beyond the limit of an hour."""

    async def _answer_photo(self, context: NevusContext, words: str, chat_id: int) -> None:
        key, replaces = pause_key(context.turn.key), acknowledgement_key(context.turn.key)
        said = Outgoing(key=key, chat_id=chat_id, text=f"later {words}", replaces=replaces)
        await context.turn.postpone(said, delay_s=600)


async def test_a_sender_who_was_informed_of_the_wait_gets_no_acknowledgement(scene: Scene) -> None:
    gp = await scene.side.person("Dr Taylor")
    scene.handlers = Pausing()
    product = await scene.start()
    await scene.photo(gp, "mole")
    await scene.wait_for_text(gp, "later mole")
    lane_ref = product.services.keyring.lane_ref(gp)
    await product.acknowledgements._attend(lane_ref, whole_line=True)
    await scene.until(lambda: is_noted(product))
    assert await scene.said(gp) == ["later mole"]


async def test_what_sets_a_photo_aside_takes_the_place_of_its_acknowledgement(
    tmp_path: Path, database_url: str
) -> None:
    async with open_scene(tmp_path, database_url, NEVUS_WORK_MAX_ATTEMPTS="2") as scene:
        gp = await scene.side.person("Dr Taylor")
        product = await scene.start()
        await scene.photo(gp, "boom")
        apology = product.services.texts.get("en", "something-failed")
        assert await scene.wait_for_text(gp, apology[:20]) == [apology]


async def test_a_photo_behind_one_that_a_former_process_left_is_acknowledged(scene: Scene) -> None:
    gp = await scene.side.person("Dr Taylor")
    product = await scene.start()
    await scene.photo(gp, "0")
    await scene.wait_for_text(gp, "🔎")
    await scene.until(lambda: is_noted(product))
    await scene.crash()
    await scene.start()
    await scene.until(lambda: scene.engine.in_work == 1)
    await scene.photo(gp, "1")

    async def both_are_acknowledged() -> bool:
        return [each[:1] for each in await scene.said(gp)] == ["🔎", "🔎"]

    await scene.until(both_are_acknowledged)


def give_an_hour(product: Product, *, a_photo_takes_s: float) -> None:
    """Nobody is acknowledged within an hour, unless so many wait that the answer will take longer."""
    acknowledgements = product.acknowledgements
    acknowledgements.after_s = 3_600.0
    for _ in range(100):
        acknowledgements.pace.note(a_photo_takes_s)


async def test_who_is_answered_soon_hears_the_answer_alone_and_who_waits_is_told(scene: Scene) -> None:
    """One photo takes half an hour, two take longer than the hour: the second is told at once."""
    first, second = await scene.side.person("Dr Taylor"), await scene.side.person("Dr Martin")
    product = scene.build()
    give_an_hour(product, a_photo_takes_s=2_000.0)
    await product.start()
    for person in (first, second):
        await scene.side.send(person, text="/start")
    await scene.photo(first, "0")
    await scene.until(lambda: scene.engine.in_work == 1)
    await scene.photo(second, "1")
    await scene.wait_for_text(second, "🔎")
    assert not any(each.startswith("🔎") for each in await scene.said(first))
    scene.engine.gate.set()
    for person in (first, second):
        await scene.wait_for_text(person, "answer")


async def test_a_photo_that_is_answered_in_time_is_not_looked_for(scene: Scene) -> None:
    gp = await scene.side.person("Dr Taylor")
    product = scene.build()
    give_an_hour(product, a_photo_takes_s=0.01)
    await product.start()
    scene.engine.gate.set()
    for number in range(2):
        await scene.photo(gp, str(number))
    await scene.wait_for_text(gp, "answer 1")
    acknowledgements = product.acknowledgements
    assert not acknowledgements._unanswered
    assert not acknowledgements._due
