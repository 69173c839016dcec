"""`nevus restore` and `nevus keys rotate` beside a running bot: it yields and starts again by itself."""

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.clinic_play import Actors, Message, labels, told
from tests.support.drawn import draw_lesion, draw_skin, jpeg_bytes
from tests.support.localchat_client import PersonSide
from tests.support.product import COMMAND, NO_LIMITS, ROOT, Product
from tests.support.tiny_release import write_tiny_release

pytestmark = pytest.mark.timeout(300)

LESION = jpeg_bytes(draw_lesion(2, kind="melanoma", size_px=300))
SKIN = jpeg_bytes(draw_skin(3, size_px=300))


@dataclass
class Scene(Actors):
    """People, and an operator at the command line."""

    async def nevus(self, *arguments: str) -> str:
        """A command beside the running product; what it printed."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NEVUS_")}
        environment |= {"NEVUS_DATA_DIR": str(self.product.data_dir)}
        command = await asyncio.create_subprocess_exec(
            *(*COMMAND[:-1], *arguments),
            cwd=ROOT,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(command.communicate(), 120)
        assert command.returncode == 0, said.decode()
        return said.decode()

    async def meet(self, name: str) -> int:
        person = await self.side.add_person(name, language_code="en")
        await self.side.send(person, start="")
        terms = await self.side.wait_for(person, lambda each: bool(each["keyboard"]), timeout_s=60)
        await self.press(person, terms, "✅ I accept")
        await self.see(person, "Now send me a photo")
        return person

    async def send(self, person: int, photo: bytes) -> int:
        return int((await self.side.send_files(person, ("photo", "photo.jpg", photo)))[0]["id"])

    async def forget(self, person: int) -> None:
        await self.side.send(person, text="/forget")
        await self.press(person, await self.see(person, "Forget you?"), "🗑 Yes, forget me")
        await self.see(person, "I have forgotten you")

    async def answers(self, person: int, photo: int) -> list[Message]:
        messages = await self.side.messages(person, limit=200)
        return [
            each
            for each in messages
            if each["reply_to"] == photo and each["from"]["is_bot"] and each["photo"]
        ]

    def count(self, query: str) -> Any:
        with closing(sqlite3.connect(self.product.data_dir / "nevus.sqlite")) as database:
            return database.execute(query).fetchone()[0]


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    write_tiny_release(tmp_path / "models")
    product = Product(tmp_path / "var", tmp_path / "models", NO_LIMITS)
    product.start()
    yield product
    product.stop()


async def test_a_restore_under_a_running_bot_loses_and_repeats_nothing(product: Product) -> None:
    """The record is the backup's, nobody who was forgotten is back, and whoever waits is answered once."""
    address, _, key = product.link.partition("/?key=")
    async with PersonSide(address, key) as side:
        await side.set_limits(enabled=False)
        scene = Scene(product, side)
        stays, leaves = await scene.meet("Dr Stays"), await scene.meet("Dr Leaves")
        first = await scene.send(stays, LESION)
        card = await scene.see(stays, "HIGH RISK")
        backup = product.data_dir.parent / "backup.sqlite"
        await scene.nevus("backup", str(backup))
        second = await scene.send(stays, SKIN)
        await scene.see(stays, "LOW RISK")
        await scene.forget(leaves)
        assert product.process is not None
        process = product.process.pid

        third = await scene.send(stays, SKIN)  # wherever it is by then: with Telegram, waiting, in work
        said = await scene.nevus("restore", str(backup))
        assert "The bot is running." in said
        assert "Forgotten again: 1 people" in said
        await scene.see(stays, "LOW RISK", after=third)
        assert [len(await scene.answers(stays, photo)) for photo in (first, second, third)] == [1, 1, 1]
        assert product.process.pid == process
        assert product.process.poll() is None
        assert scene.count("SELECT count(*) FROM links") == 1
        assert scene.count("SELECT count(*) FROM cases") in {1, 2}  # the third was read before or after

        await scene.press(stays, card, "☑ 7-point checklist")  # the card from before is known and edited
        await scene.see_that(stays, card, lambda each: "Change in size · 2" in labels(each))
        await scene.send(stays, LESION)
        await scene.see(stays, "HIGH RISK", after=third)
    assert product.stop() == 0
    assert sum("Nevus runs" in line for line in product.lines) == 2


async def test_keys_are_changed_under_a_running_bot(product: Product) -> None:
    address, _, key = product.link.partition("/?key=")
    async with PersonSide(address, key) as side:
        scene = Scene(product, side)
        person = await scene.meet("Dr Stays")
        said = await scene.nevus("keys", "rotate")
        assert "1 older kept" in said
        photo = await scene.send(person, LESION)
        answer = await scene.see(person, "HIGH RISK")
        assert "accept" not in told(answer), "known under the new key"
        assert len(await scene.answers(person, photo)) == 1
    assert product.stop() == 0
