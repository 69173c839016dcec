"""Photos are acknowledged as they arrive, wherever in the line they stand, and nothing of it stays."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.conversation.request import CONSENT_VERSION
from bot.lifecycle import Product
from storage.record.people import record_consent
from tests.support.durable import Scene, open_scene

# On PostgreSQL, what a crash left waits for the end of its lease.
pytestmark = pytest.mark.backends("sqlite")

COUNT = 6


@pytest.fixture
async def scene(tmp_path: Path, database_url: str) -> AsyncIterator[Scene]:
    async with open_scene(tmp_path, database_url) as opened:
        yield opened


async def consent(product: Product, person: int) -> None:
    services = product.parts.services
    async with services.database.write() as session:
        ref = services.keyring.user_ref(person)
        await record_consent(session, ref, version=CONSENT_VERSION, now=datetime.now(UTC))


async def wait_for_line(scene: Scene, person: int, count: int) -> list[str]:
    return await scene.wait_for_text(person, f"🔎 {count} photos")


async def is_noted(product: Product) -> bool:
    """Whether no message is on its way: each that is out is known to be out."""
    counts = await product.parts.sender.counts()
    return not counts.get("sending") and not counts.get("pending")


async def test_a_line_of_photos_hears_two_messages_at_once_and_each_is_replaced(scene: Scene) -> None:
    """The first photo's own, and one that tells of all; at the end there are answers only, in order."""
    gp = await scene.side.person("Dr Taylor")
    product = await scene.start()
    await consent(product, gp)
    for number in range(COUNT):
        await scene.photo(gp, str(number))
    assert len(await wait_for_line(scene, gp, COUNT)) == 2
    scene.engine.gate.set()
    said = await scene.wait_for_text(gp, f"answer {COUNT - 1}")
    assert said == [f"answer {number} x1" for number in range(COUNT)]


async def test_a_crash_leaves_no_acknowledgement_over_and_repeats_none(scene: Scene) -> None:
    gp = await scene.side.person("Dr Taylor")
    product = await scene.start()
    await consent(product, gp)
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
    await consent(product, gp)
    await product.start()
    await scene.crash()
    scene.engine.loaded.clear()
    starting = scene.build()
    task = starting.parts.supervisor.spawn(starting.start(), name="start")
    await scene.photo(gp, "mole")
    await scene.wait_for_text(gp, "🔎")
    assert scene.handlers.seen == []
    scene.engine.loaded.set()
    scene.engine.gate.set()
    await task
    assert await scene.wait_for_text(gp, "answer") == ["answer mole x1"]


async def test_before_consent_nothing_is_acknowledged_at_arrival(scene: Scene) -> None:
    """Only the handler speaks, of the one photo that it has begun."""
    gp = await scene.side.person("Dr Taylor")
    await scene.start()
    for number in range(3):
        await scene.photo(gp, str(number))
    assert await scene.wait_for_text(gp, "reading 0") == ["reading 0"]
    scene.engine.gate.set()
    said = await scene.wait_for_text(gp, "answer 2")
    assert said == [f"answer {number} x1" for number in range(3)]


async def test_what_sets_a_photo_aside_takes_the_place_of_its_acknowledgement(
    tmp_path: Path, database_url: str
) -> None:
    async with open_scene(tmp_path, database_url, NEVUS_WORK_MAX_ATTEMPTS="2") as scene:
        gp = await scene.side.person("Dr Taylor")
        product = await scene.start()
        await consent(product, gp)
        await scene.photo(gp, "boom")
        apology = product.parts.services.texts.get("en", "something-failed")
        assert await scene.wait_for_text(gp, apology[:20]) == [apology]


async def test_a_photo_behind_one_that_a_former_process_left_is_acknowledged(scene: Scene) -> None:
    """The answer of the first is none of the second, although this process never heard it come."""
    gp = await scene.side.person("Dr Taylor")
    product = await scene.start()
    await consent(product, gp)
    await scene.photo(gp, "0")
    await scene.wait_for_text(gp, "🔎")
    await scene.until(lambda: is_noted(product))
    await scene.crash()
    acknowledgements = (await scene.start()).parts.acknowledgements
    lane_ref = product.parts.services.keyring.lane_ref(gp)
    await scene.until(lambda: acknowledgements._looked_at == {lane_ref: 1})
    acknowledgements.expect([lane_ref])
    acknowledgements.answered(lane_ref, 1)
    assert [line.unheard for line in acknowledgements._lines.values()] == [1]


def give_an_hour(product: Product, *, a_photo_takes_s: float) -> None:
    """Nobody is acknowledged within an hour, unless so many wait that the answer will take longer."""
    acknowledgements, workers = product.parts.acknowledgements, product.parts.workers
    acknowledgements._parts = replace(acknowledgements._parts, after_s=3_600.0)
    turn_store = replace(workers._parts.turn_store, acknowledge_after_s=3_600.0)
    workers._parts = replace(workers._parts, turn_store=turn_store)
    for _ in range(100):
        acknowledgements._parts.pace.note(a_photo_takes_s)


async def test_who_is_answered_soon_hears_the_answer_alone_and_who_waits_is_told(scene: Scene) -> None:
    """One photo takes half an hour, two take longer than the hour: the second is told at once."""
    first, second = await scene.side.person("Dr Taylor"), await scene.side.person("Dr Martin")
    product = scene.build()
    give_an_hour(product, a_photo_takes_s=2_000.0)
    await product.start()
    for person in (first, second):
        await consent(product, person)
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
    await consent(product, gp)
    scene.engine.gate.set()
    for number in range(2):
        await scene.photo(gp, str(number))
    await scene.wait_for_text(gp, "answer 1")
    acknowledgements = product.parts.acknowledgements
    assert [line.unheard for line in acknowledgements._lines.values()] == [0]
    assert not acknowledgements._due
