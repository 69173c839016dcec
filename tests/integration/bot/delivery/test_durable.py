"""Nothing is lost, nothing is doubled: crashes, faults and stops while photos are in work."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.logs import configure_logs
from tests.support.durable import Scene, open_scene

pytestmark = pytest.mark.backends("sqlite")


@pytest.fixture
async def scene(tmp_path: Path, database_url: str) -> AsyncIterator[Scene]:
    async with open_scene(tmp_path, database_url) as opened:
        yield opened


async def test_commands_overtake_photos_of_their_own_chat_and_of_others(scene: Scene) -> None:
    """With eight photos in work, a command is answered while none of them is."""
    taylor, martin = await scene.side.person("Dr Taylor"), await scene.side.person("Dr Martin")
    people = [taylor, martin, *[await scene.side.add_person(f"Dr {n}") for n in range(6)]]
    await scene.start()
    for person in people:
        await scene.photo(person, "mole")
    await scene.until(lambda: scene.engine.in_work == 8)
    await scene.side.send(taylor, text="/help")
    assert "re /help" in await scene.wait_for_text(taylor, "re /help")
    assert not any(said.startswith("answer") for said in await scene.said(taylor))
    scene.engine.gate.set()
    for person in people:
        await scene.wait_for_text(person, "answer mole x1")


async def test_photos_of_one_chat_are_answered_one_by_one_in_order(scene: Scene) -> None:
    """The acknowledgement is replaced in place, so that each photo has one message."""
    gp = await scene.side.person("Dr Taylor")
    await scene.start()
    for number in range(5):
        await scene.photo(gp, str(number))
    await scene.until(lambda: scene.engine.in_work == 1)
    scene.engine.gate.set()
    said = await scene.wait_for_text(gp, "answer 4")
    assert said == [f"answer {number} x1" for number in range(5)]


async def test_a_crash_loses_nothing_and_doubles_nothing(scene: Scene) -> None:
    """Photos that were in work, and those behind them, are answered once after a restart, in order."""
    people = [await scene.side.person("Dr Taylor"), await scene.side.person("Dr Martin")]
    product = await scene.start()
    for number in range(3):
        for person in people:
            await scene.photo(person, str(number))
    await scene.until(lambda: scene.engine.in_work == 2)

    async def both_told() -> bool:
        """Each chat has its note, and none is on its way: a note that is cut off by the crash would stay."""
        counts = await product.sender.counts()
        return counts.get("sent", 0) >= 2 and not counts.get("pending") and not counts.get("sending")

    await scene.until(both_told)
    await scene.crash()
    scene.engine.gate.set()
    await scene.start()
    for person in people:
        said = await scene.wait_for_text(person, "answer 2")
        assert said == [f"answer {number} x1" for number in range(3)]


async def test_crashes_at_any_moment_leave_one_answer_a_photo(tmp_path: Path, database_url: str) -> None:
    """Killed again and again while it works; what may be a repeat says so."""
    async with open_scene(tmp_path, database_url, NEVUS_WORK_MAX_CRASHES="1000") as scene:
        gp = await scene.side.person("Dr Taylor")
        scene.engine.gate.set()
        for number in range(6):
            await scene.photo(gp, str(number))
        for moment in range(5):
            await scene.start()
            await scene.until(lambda wanted=moment: len(scene.handlers.seen) > wanted)
            await scene.crash()
        await scene.start()
        said = [each for each in await scene.wait_for_text(gp, "answer 5") if each.startswith("answer")]
        plain = [each for each in said if "\n" not in each]
        assert sorted(set(plain)) == sorted(plain), "an answer was repeated without saying so"
        assert {each.splitlines()[0] for each in said} == {f"answer {number} x1" for number in range(6)}


async def test_an_album_survives_a_crash_between_its_items(scene: Scene) -> None:
    """Items taken before and after the crash make one turn."""
    gp = await scene.side.person("Dr Taylor")
    await scene.side.send(gp, text="/start")
    scene.engine.loaded.clear()
    scene.engine.gate.set()
    items = [{"update_id": 900_000 + n, "message": _album_item(gp, n)} for n in range(3)]
    async with asyncio.TaskGroup() as group:
        first = scene.build()
        starting = group.create_task(first.start())
        await first.inbox.take(items[:2])
        starting.cancel()
    second = scene.build()
    async with asyncio.TaskGroup() as group:
        group.create_task(second.start())
        await second.inbox.take(items[2:])
        scene.engine.loaded.set()
    assert "answer album x3" in await scene.wait_for_text(gp, "answer")


async def test_a_held_photo_waits_over_a_restart_until_it_is_released(scene: Scene) -> None:
    """Before consent nothing is read; with the consent, in the same transaction, the photo takes its turn."""
    gp = await scene.side.person("Dr Taylor")
    scene.handlers.holding = True
    scene.engine.gate.set()
    product = await scene.start()
    await scene.photo(gp, "mole")
    await scene.wait_for_text(gp, "held mole")
    assert await product.inbox.held_count(gp) == 1
    await scene.stop()
    await scene.start()
    await scene.side.send(gp, text="accept")
    said = await scene.wait_for_text(gp, "answer mole")
    assert said.count("answer mole x1") == 1
    assert await scene.product.inbox.held_count(gp) == 0  # type: ignore[union-attr]


async def test_a_poisoned_update_is_set_aside_and_the_chat_goes_on(
    tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tried so often, the sender told once, the next photo answered; the log quotes nothing."""
    configure_logs(style="text", level="INFO")
    async with open_scene(tmp_path, database_url, NEVUS_WORK_MAX_ATTEMPTS="2") as scene:
        gp = await scene.side.person("Dr Taylor")
        scene.engine.gate.set()
        product = await scene.start()
        await scene.photo(gp, "boom")
        await scene.photo(gp, "mole")
        said = await scene.wait_for_text(gp, "answer mole")
        assert [attempt for words, attempt in scene.handlers.seen if words == "boom"] == [1, 2]
        apology = product.services.texts.get("en", "something-failed")
        assert said.count(apology) == 1
        assert (await product.inbox.counts()).get("set_aside") == 1
        logged = capsys.readouterr().err
        assert "was set aside" in logged
        assert "SECRET-IN-AN-EXCEPTION" not in logged
        assert str(gp) not in logged


@pytest.mark.parametrize("kind", ["429", "500", "502", "cut_before", "cut_after"])
async def test_every_answer_arrives_whatever_the_server_does(scene: Scene, kind: str) -> None:
    """Refusals and cut connections: sent again; what may be a repeat says so."""
    gp = await scene.side.person("Dr Taylor")
    scene.engine.gate.set()
    await scene.start()
    for method in ("sendMessage", "sendPhoto", "editMessageMedia"):
        await scene.side.order_fault(method=method, kind=kind, count=1, retry_after=1)
    for number in range(3):
        await scene.photo(gp, str(number))
    said = await scene.wait_for_text(gp, "answer 2")
    answers = [each for each in said if each.startswith("answer")]
    assert [each.splitlines()[0] for each in answers if "\n" not in each or kind != "cut_after"] != []
    plain = [each for each in answers if "\n" not in each]
    assert len(plain) == len(set(plain))
    assert {each.splitlines()[0] for each in answers} == {f"answer {number} x1" for number in range(3)}


async def test_a_webhook_serves_the_same_scenario(tmp_path: Path, database_url: str) -> None:
    """Pushed updates are answered as fetched ones are; a caller without the secret is refused."""
    import aiohttp

    environment = {
        "NEVUS_WEBHOOK_URL": "http://127.0.0.1:{port}/hook",
        "NEVUS_WEBHOOK_SECRET": "s3cret-words",
    }
    port = _find_port()
    environment["NEVUS_WEBHOOK_URL"] = f"http://127.0.0.1:{port}/hook"
    environment["NEVUS_TELEGRAM_TOKEN"] = "123456:abcdefgh-just-to-start"
    async with open_scene(tmp_path, database_url, **environment, NEVUS_WEBHOOK_PORT=str(port)) as scene:
        gp = await scene.side.person("Dr Taylor")
        scene.engine.gate.set()
        await scene.start()
        for number in range(3):
            await scene.photo(gp, str(number))
        said = await scene.wait_for_text(gp, "answer 2")
        assert said == [f"answer {number} x1" for number in range(3)]
        async with aiohttp.ClientSession() as stranger:
            for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "s3cret-word"}):
                async with stranger.post(
                    f"http://127.0.0.1:{port}/hook", json={"update_id": 1}, headers=headers
                ) as reply:
                    assert reply.status == 403
            async with stranger.get(f"http://127.0.0.1:{port}/healthz") as reply:
                assert reply.status == 200


async def test_nothing_readable_is_left_when_all_is_answered(scene: Scene, tmp_path: Path) -> None:
    """Neither while it is in work nor afterwards does the database hold a word of what was said."""
    gp = await scene.side.person("Dr Taylor")
    await scene.start()
    await scene.photo(gp, "PLANTED-NAME")
    await scene.until(lambda: scene.engine.in_work == 1)
    assert not _find_in_database(tmp_path, b"PLANTED-NAME")
    scene.engine.gate.set()
    await scene.wait_for_text(gp, "answer PLANTED-NAME")
    assert not _find_in_database(tmp_path, b"PLANTED-NAME")


async def test_a_stop_hands_back_what_takes_too_long(tmp_path: Path, database_url: str) -> None:
    """The grace period ends: the turn is put back, counts as no crash, and is answered after the start."""
    async with open_scene(tmp_path, database_url, NEVUS_WORK_GRACE_S="0.4") as scene:
        gp = await scene.side.person("Dr Taylor")
        await scene.start()
        await scene.photo(gp, "mole")
        await scene.until(lambda: scene.engine.in_work == 1)
        await scene.stop()
        scene.engine.gate.set()
        await scene.start()
        await scene.wait_for_text(gp, "answer mole")
        assert scene.handlers.seen == [("mole", 1), ("mole", 1)]


def _find_in_database(folder: Path, words: bytes) -> list[str]:
    files = list(folder.glob("nevus.db*"))
    assert files
    return [file.name for file in files if words in file.read_bytes()]


def _find_port() -> int:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _album_item(chat_id: int, number: int) -> dict[str, object]:
    person = {"id": chat_id, "is_bot": False, "first_name": "Dr Taylor", "language_code": "en"}
    size = {"file_id": f"f{number}", "file_unique_id": f"u{number}", "width": 64, "height": 64}
    return {
        "message_id": 500 + number,
        "date": 1_700_000_000,
        "chat": {"id": chat_id, "type": "private", "first_name": "Dr Taylor"},
        "from": person,
        "photo": [size],
        "media_group_id": "77",
        "caption": "album" if number == 0 else "",
    }
