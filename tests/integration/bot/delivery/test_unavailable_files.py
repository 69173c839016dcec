"""Telegram does not give a file: its sender is told, others pass it, it is given up; kills change nothing."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from telegram import Update
from telegram.ext import TypeHandler

from bot.app import Overrides, build
from bot.conversation.attachments import Attachment, download
from bot.conversation.context import NevusApplication, NevusContext
from bot.delivery.downloads import UnavailableFileError
from bot.delivery.outgoing import Outgoing, acknowledgement_key
from bot.lifecycle import Product
from tests.support.durable import Scene, draw_square, open_scene

pytestmark = pytest.mark.backends("sqlite")

STALLED = "⏳ Telegram has not given me this photo yet."
OVER = "⬆️ My answer to this photo is above now."
GIVEN_UP = "Telegram did not give me this photo"
MINUTE, HOUR = timedelta(seconds=61), timedelta(seconds=3_601)
# What Telegram may answer instead of a file. A token that is being replaced gives 401 and 404.
FAULTS: tuple[dict[str, Any], ...] = (
    *({"method": "getFile", "kind": kind} for kind in ("500", "502", "401", "404", "not_json", "cut_before")),
    *({"method": "file", "kind": kind} for kind in ("500", "404", "cut_after", "truncate", "short")),
    {"method": "getFile", "kind": "400", "description": "Bad Request: wrong file_id"},
)


@dataclass
class JumpingClock:
    """The machine's time, ahead by as much as it was set."""

    jumped: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.jumped


@dataclass
class Play:
    """A scene whose bot fetches every photo and answers with its caption."""

    scene: Scene
    clock: JumpingClock = field(default_factory=JumpingClock)
    gp: int = 0

    async def start(self) -> Product:
        overrides = Overrides(engine=self.scene.engine, register=self.register, clock=self.clock)  # type: ignore[arg-type]
        self.scene.product = build(self.scene.settings, overrides)
        await self.scene.product.start()
        return self.scene.product

    def register(self, application: NevusApplication) -> None:
        application.add_handler(TypeHandler(Update, self.answer))

    async def answer(self, update: Update, context: NevusContext) -> None:
        turn, message = context.turn, update.message
        assert message is not None
        if not message.photo:
            await turn.finish(Outgoing(key=f"{turn.key}:say", chat_id=message.chat_id, text="hello"))
            return
        attachment = Attachment.of(message)
        assert attachment is not None
        said = f"answer {message.caption}"
        try:
            await download(context.services, context.bot, attachment)
        except UnavailableFileError:
            if not turn.is_last_try:
                raise
            said = f"{GIVEN_UP}: {message.caption}"
        replaced = acknowledgement_key(turn.key)
        await turn.finish(
            Outgoing(key=f"{turn.key}:answer", chat_id=message.chat_id, text=said, replaces=replaced)
        )

    async def photo(self, caption: str) -> str:
        """Send a photo; its file id."""
        colour = f"#{len(caption):02x}{hash(caption) % 256:02x}40"
        sent = await self.scene.side.send_files(
            self.gp, ("photo", "a.jpg", draw_square(colour)), caption=caption
        )
        file_id: str = sent[0]["photo"]["file_id"]
        return file_id

    async def fail(self, **fault: Any) -> None:
        await self.scene.side.order_fault(**fault)

    async def mend(self) -> None:
        await self.scene.side.call("DELETE", "/api/faults")

    async def jump(self, by: timedelta) -> None:
        """Let time pass; whatever waits is tried again."""
        self.clock.jumped += by
        assert self.scene.product is not None
        self.scene.product.inbox.alarm.ring()

    async def said(self) -> list[str]:
        return [each for each in await self.scene.said(self.gp) if each != "hello"]

    async def wait_for(self, *texts: str) -> list[str]:
        """What was said, once each of these texts begins a message."""

        async def find() -> list[str] | None:
            said = await self.said()
            return said if all(any(each.startswith(text) for each in said) for text in texts) else None

        found: list[str] = await self.scene.until(find)
        return found

    async def tries(self) -> int:
        """How many requests the faults have struck."""
        return sum(fault["hits"] for fault in (await self.scene.side.call("GET", "/api/faults"))["faults"])


@pytest.fixture
async def play(tmp_path: Path, database_url: str) -> AsyncIterator[Play]:
    async with open_scene(tmp_path, database_url) as scene:
        play = Play(scene, gp=await scene.side.person("Dr Taylor"))
        await scene.consent(play.gp)
        await scene.side.send(play.gp, text="hello")
        yield play


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault['method']}-{fault['kind']}")
async def test_a_faulty_file_lets_others_pass_and_its_sender_is_told(
    play: Play, fault: dict[str, Any]
) -> None:
    bad = await play.photo("bad")
    await play.fail(file_id=bad, **fault)
    await play.photo("good")
    await play.start()
    await play.scene.until(play.tries)
    assert "answer good" not in await play.said()  # in order, for a minute
    await play.jump(MINUTE)
    said = await play.wait_for(STALLED, "answer good")
    assert "answer bad" not in said
    await play.jump(MINUTE)
    await play.mend()
    said = await play.wait_for("answer bad", OVER)
    assert [each[:20] for each in said].count(STALLED[:20]) == 1  # told once, in a message of its own
    assert not any(each.startswith("🔎") for each in said)
    assert len(said) == 4


async def test_where_no_file_comes_everything_waits_in_order(play: Play) -> None:
    """Telegram is at fault: after hours nothing was given up, and nobody was passed."""
    await play.photo("first")
    await play.photo("second")
    await play.fail(method="file", kind="500")
    await play.start()
    await play.scene.until(play.tries)
    await play.jump(MINUTE)
    await play.wait_for(STALLED)
    for _ in range(3):
        before = await play.tries()
        await play.jump(HOUR)
        await _wait_for_tries(play, more_than=before + 1)
    said = await play.said()
    assert not any(each.startswith(("answer", GIVEN_UP)) for each in said)
    await play.mend()
    await play.jump(MINUTE)
    said = await play.wait_for("answer first", "answer second")
    assert said.index("answer first") < said.index("answer second")


async def _wait_for_tries(play: Play, *, more_than: int) -> None:
    async def is_more() -> bool:
        return await play.tries() > more_than

    await play.scene.until(is_more)


async def test_a_faulty_file_is_given_up_after_an_hour_in_words(play: Play) -> None:
    bad = await play.photo("bad")
    await play.fail(method="file", kind="500", file_id=bad)
    await play.photo("good")
    await play.start()
    await play.scene.until(play.tries)
    await play.jump(MINUTE)
    await play.wait_for(STALLED, "answer good")
    await play.jump(HOUR)
    said = await play.wait_for(f"{GIVEN_UP}: bad", OVER)
    assert not any(each.startswith("🔎") for each in said)


async def test_what_was_found_out_survives_a_kill(play: Play) -> None:
    """After a start the file is still at fault: a new photo passes at once, and nobody is told twice."""
    bad = await play.photo("bad")
    await play.fail(method="file", kind="500", file_id=bad)
    await play.photo("good")
    await play.start()
    await play.scene.until(play.tries)
    await play.jump(MINUTE)
    await play.wait_for(STALLED, "answer good")
    await play.scene.crash()
    await play.photo("later")
    await play.start()
    said = await play.wait_for("answer later")
    assert "answer bad" not in said
    await play.jump(HOUR)
    said = await play.wait_for(f"{GIVEN_UP}: bad")
    assert sum(each.startswith(STALLED) for each in said) == 1
