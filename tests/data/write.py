"""Write what a version leaves behind: `python -m tests.data.write FOLDER`. Run it once before a release.

Later versions must open it (`tests/integration/bot/test_previous_version.py`). The product runs on drawn
lesions with tiny networks, at a fixed time of day, and people use it until every kind of button was shown.
"""

import asyncio
import json
import os
import shlex
import shutil
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import SecretStr

from bot.app import Overrides, build
from bot.cli import main as nevus
from bot.localchat import FloodLimits, LocalChat, LocalChatConfig
from bot.settings import Settings, iterate_variables, read_settings
from storage.database.key_marks import check_key_file
from storage.schema import migrate
from tests.support.durable import FakeEngine
from tests.support.localchat_client import PersonSide, Refused
from tests.support.served import LESION, SKIN, Served
from tests.support.tiny_release import write_tiny_release

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
BEGAN = time.monotonic()
# One setting of each kind of value, none as by default.
SETTINGS = {
    "NEVUS_DATABASE_URL": "postgresql://nevus:made-up@db/nevus",
    "NEVUS_ENGINE": "oip",
    "NEVUS_OIP_ADDRESSES": "grpc://engine-1:8081,http://engine-2:8080",
    "NEVUS_OIP_FALLBACK": "true",
    "NEVUS_PATHWAY": "two-week wait",
    "NEVUS_PHOTOS_PER_HOUR": "12",
    "NEVUS_ADMINS": "7311001,7311002",
    "NEVUS_ACCESS": "clinic",
    "NEVUS_RETENTION_DAYS": "365",
    "NEVUS_TELEGRAM_TOKEN": "123456:AAmadeupmadeupmadeupmadeupmadeup1",
    "NEVUS_WEBHOOK_URL": "https://nevus.example/hook",
    "NEVUS_WEBHOOK_SECRET": "made-up-secret",
    "NEVUS_CLINIC_TIMEZONE": "Europe/Paris",
    "NEVUS_LIMITS_OVERALL_PER_S": "12.5",
    "NEVUS_WORK_PHOTO_TURNS": "3",
    "NEVUS_MONITOR_PORT": "9464",
    "NEVUS_LOG_FORMAT": "json",
}


class Recorder:
    """Notes every button that ever stood in a chat."""

    def __init__(self) -> None:
        self.buttons: dict[tuple[int, str], dict[str, Any]] = {}

    def __call__(self, _method: str, _params: dict[str, Any], envelope: object) -> None:
        result = envelope.get("result") if isinstance(envelope, dict) else None
        if not isinstance(result, dict) or "reply_markup" not in result:
            return
        chat, message = result["chat"]["id"], result["message_id"]
        for row in result["reply_markup"].get("inline_keyboard", []):
            for button in row:
                if data := button.get("callback_data"):
                    self.buttons[chat, data] = {
                        "chat": chat,
                        "message": message,
                        "data": data,
                        "is_picture": "photo" in result,
                    }


def read_clock() -> datetime:
    """A fixed morning, from the start of this program on."""
    return START + timedelta(seconds=time.monotonic() - BEGAN)


@asynccontextmanager
async def open_chat(folder: Path, recorder: Recorder) -> AsyncIterator[tuple[LocalChat, PersonSide]]:
    """The local chat and its people."""
    config = LocalChatConfig(state_dir=folder / "chat", limits=FloodLimits(enabled=False), observer=recorder)
    chat = LocalChat(config)
    await chat.start()
    try:
        async with PersonSide(chat.api_url, chat.key) as side:
            yield chat, side
    finally:
        await chat.stop()


@asynccontextmanager
async def run_product(
    folder: Path, chat: LocalChat, side: PersonSide, engine: FakeEngine | None = None
) -> AsyncIterator[Served]:
    """The product at the fixed time; with an engine that never loads nothing is answered."""
    environment = use(folder) | {
        "NEVUS_TELEGRAM_TOKEN": chat.token,
        "NEVUS_TELEGRAM_API_URL": chat.api_url,
        "NEVUS_TELEGRAM_POLL_S": "1",
        "NEVUS_MODELS_DIR": str(folder / "models"),
        "NEVUS_ADMINS": str(await side.person("Dr Leroy")),
        "NEVUS_LIMITS_OVERALL_PER_S": "1000",
        "NEVUS_LIMITS_CHAT_PER_S": "1000",
        "NEVUS_LIMITS_CHAT_BURST": "1000",
        "NEVUS_WORK_GRACE_S": "1",
    }
    settings = read_settings(environment)
    settings.data_dir.mkdir(exist_ok=True)
    migrate(settings.sql_url)
    await asyncio.to_thread(check_key_file, settings.sql_url, settings.key_path)
    product = build(settings, Overrides(clock=read_clock, engine=engine))  # type: ignore[arg-type]
    starting = asyncio.ensure_future(product.start())  # noqa: TID251 - awaited or cancelled below
    try:
        if engine is None:
            await starting
        yield Served(side=side, judge=None, data_dir=settings.data_dir, product=product)  # type: ignore[arg-type]
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        if engine is None:
            await product.stop()


def use(folder: Path) -> dict[str, str]:
    """Where its data lie."""
    return {
        "NEVUS_DATA_DIR": str(folder / "data"),
        "NEVUS_DATABASE_URL": f"sqlite:///{folder / 'data' / 'nevus.sqlite'}",
    }


def labels(message: dict[str, Any]) -> list[str]:
    """The buttons under a message."""
    return [button["text"] for row in message["keyboard"] or [] for button in row]


class Play:
    """What people do."""

    def __init__(self, served: Served, gp: int, leroy: int, group: int) -> None:
        self.served, self.side, self.gp, self.leroy, self.group = served, served.side, gp, leroy, group

    async def press(self, person: int, message: int, start: str, *, chat: int | None = None) -> None:
        """Press the button that begins so, as soon as it stands there."""

        def stands(found: dict[str, Any]) -> bool:
            return found["id"] == message and any(label.startswith(start) for label in labels(found))

        while True:
            found = await self.served.see(person, stands, chat=chat)
            label = next(label for label in labels(found) if label.startswith(start))
            with suppress(Refused):  # the buttons were replaced meanwhile
                await self.side.press(person, message, label, chat=chat)
                return

    async def link(self) -> None:
        """Dr Leroy links the group."""
        asked = await self.served.say(self.leroy, "/link")
        request = asked["reply_keyboard"][0][0]["request_id"]
        await self.side.share_chat(self.leroy, asked["id"], request, self.group)
        await self.served.see(
            self.leroy, lambda m: "est liée." in (m["text"] or "") and m["id"] > asked["id"]
        )

    async def fill_in(self, card: int, *, send: bool) -> int:
        """Ask the clinic about a case; the form."""
        await self.press(self.gp, card, "🩺 Ask the clinic")
        form = await self.served.next(self.gp, after=card, words="Ask the clinic about")
        for choice in (
            "40–59",
            "woman",
            "back",
            "for months",
            "unchanged",
            "None of these",
            "Not said",
            "Only 60%",
        ):
            await self.press(self.gp, form["id"], choice)
        await self.served.see(self.gp, lambda m: m["id"] == form["id"] and "➡" in labels(m))
        if send:
            await self.press(self.gp, form["id"], "✅ The patient agreed: send")
        return int(form["id"])

    async def find_card(self) -> int:
        """The newest card in the group that can be claimed."""
        card = await self.served.see(
            self.leroy, lambda m: any("🙋" in label for label in labels(m)), chat=self.group
        )
        return int(card["id"])

    async def keep_record(self) -> None:
        """Photos, checklist, lesion, reminder, history, letter."""
        served, press, gp = self.served, self.press, self.gp
        start = await served.start(gp)
        await press(gp, start["id"], "✅ I accept")
        card = await served.send(gp, ("photo", "skin.jpg", SKIN))
        await press(gp, card["id"], "Details")
        await served.next(gp, after=card["id"], words="What the scores mean")
        for label in ("☑ 7-point", "Change in size", "ABCDE", "A ", "👤", "III", "Nail", "✓ Done"):
            await press(gp, card["id"], label)
        await press(gp, card["id"], "📌 Follow")
        offer = await served.next(gp, after=card["id"], words="which lesion")
        await press(gp, offer["id"], "➕")
        await press(gp, offer["id"], "📈 Timeline")
        await press(gp, offer["id"], "⏰ Remind me")
        ask = await served.next(gp, after=offer["id"], words="shall I ask you")
        await press(gp, ask["id"], "3 months")
        await served.see(gp, lambda m: m["id"] == ask["id"] and "I will ask you" in m["text"])
        album = await served.send(gp, ("photo", "a.jpg", SKIN), ("photo", "b.jpg", LESION))
        await press(gp, album["id"], "Different moles")
        await served.next(gp, after=album["id"], words="Different moles")
        await served.send(gp, ("photo", "a.jpg", SKIN), ("photo", "b.jpg", LESION))
        for _ in range(5):
            later = await served.send(gp, ("photo", "skin.jpg", SKIN))
        await press(gp, later["id"], "📌 Follow")
        await served.next(gp, after=later["id"], words="which lesion")
        history = await served.say(gp, "/history")
        await press(gp, history["id"], "Older ›")
        await press(gp, history["id"], "« Newest")
        number = card["caption"].split("· ")[1].split()[0]
        await served.say(gp, f"/letter {number}")
        await served.say(gp, "/language")
        await served.say(gp, "/remind")
        await served.say(gp, "/forget")

    async def ask_clinic(self) -> None:
        """A case that is answered, one that is claimed, one that is open, one that is not sent."""
        send = self.served.send
        for verb in ("answer", "claim", "leave", "keep"):
            answer = await send(self.gp, ("photo", "mole.jpg", LESION))
            form = await self.fill_in(answer["id"], send=verb != "keep")
            if verb == "keep":
                continue
            await self.served.see(
                self.gp, lambda m, form=form: m["id"] == form and "was sent to" in (m["caption"] or "")
            )
            card = await self.find_card()
            if verb != "leave":
                await self.press(self.leroy, card, "🙋", chat=self.group)
                await self.press(self.leroy, card, "📅", chat=self.group)
            if verb == "answer":
                await self.press(self.leroy, card, "Nouvelle photo dans 3", chat=self.group)
                await self.press(self.leroy, card, "⚠️", chat=self.group)
                await self.served.next(self.gp, after=answer["id"], words="the clinic answered")
                await self.press(self.leroy, card, "✏️", chat=self.group)

    async def administer(self) -> None:
        """Invitations and members."""
        asked = await self.served.say(self.leroy, "/invite")
        await self.press(self.leroy, asked["id"], "Quelqu’un qui envoie")
        made = await self.served.see(self.leroy, lambda m: m["id"] == asked["id"] and "inv_" in m["text"])
        token = "inv_" + made["text"].split("inv_")[1][:32]
        guest = await self.side.add_person("Dr Guest", language_code="en")
        await self.side.send(guest, start=token)
        terms = await self.served.see(guest, lambda m: "✅ I accept" in labels(m))
        await self.press(guest, terms["id"], "✅ I accept")
        await self.served.say(self.leroy, "/invite")
        listed = await self.served.say(self.leroy, "/members")
        await self.press(self.leroy, listed["id"], labels(listed)[0])
        bot = (await self.side.state())["bot"]["id"]
        other = await self.side.add_group("Second group", "supergroup", self.leroy)
        await self.side.set_member(other, self.leroy, bot, "administrator")
        await self.served.see(self.leroy, lambda m: "Est-ce une équipe" in (m["text"] or ""))


async def play(folder: Path) -> None:
    """Let people use it, then leave a held photo, an unanswered one and an unsent message."""
    recorder = Recorder()
    write_tiny_release(folder / "models")
    async with open_chat(folder, recorder) as (chat, side):
        gp, leroy = await side.person("Dr Taylor"), await side.person("Dr Leroy")
        group = int((await side.chat(leroy, "Clinic dermatology"))["id"])
        leaver = await side.add_person("Dr Leaver", language_code="en")
        late = await side.add_person("Dr Late", language_code="en")
        bot = int(chat.token.partition(":")[0])
        async with run_product(folder, chat, side) as served:
            scene = Play(served, gp, leroy, group)
            await scene.link()
            await scene.keep_record()
            await scene.ask_clinic()
            await scene.administer()
            await served.accept(leaver)
            await served.send(leaver, ("photo", "skin.jpg", SKIN))
        with environment(use(folder)):
            assert await asyncio.to_thread(nevus, ["backup", str(folder / "backup.sqlite")]) == 0
        async with run_product(folder, chat, side) as served:
            forget = await served.say(leaver, "/forget")
            await side.press(leaver, forget["id"], "🗑 Yes, forget me")
            await served.see(leaver, lambda m: "I have forgotten you" in (m["text"] or ""))
            await served.send(late, ("photo", "early.jpg", LESION))
            await side.order_fault(method="sendMessage", kind="500")
            await side.send(gp, text="/privacy")
            await until(folder, "outbox WHERE state = 'pending'")
        engine = FakeEngine()
        engine.loaded.clear()
        async with run_product(folder, chat, side, engine):
            await side.send_files(gp, ("photo", "waits.jpg", LESION))
            await until(folder, "inbox WHERE state = 'ready'")
    people = {"gp": gp, "admin": leroy, "leaver": leaver, "late": late}
    chats = {
        "written": START.isoformat(),
        "people": people,
        "group": group,
        "bot": bot,
        "buttons": sorted(recorder.buttons.values(), key=lambda each: (each["chat"], each["data"])),
    }
    (folder / "chats.json").write_text(json.dumps(chats, indent=1) + "\n", encoding="utf-8")


async def until(folder: Path, where: str) -> None:
    """Wait until the database has such a row."""
    async with asyncio.timeout(30):
        while True:
            with closing(sqlite3.connect(folder / "data" / "nevus.sqlite")) as connection:
                if connection.execute(f"SELECT count(*) FROM {where}").fetchone()[0]:
                    return
            await asyncio.sleep(0.1)


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """These variables, while it lasts."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def write_settings(folder: Path) -> None:
    """A settings file with every name, and what this version reads in it."""
    lines = []
    for variable in iterate_variables():
        value = SETTINGS.get(variable.name)
        lines.append(f"{variable.name}='{value or variable.default or ''}'")
    file = folder / "settings.env"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    environment = dict(line.split("=", 1) for line in shlex.split(file.read_text(encoding="utf-8")))
    values = json.dumps(read_values(read_settings(environment)), indent=1, default=str)
    (folder / "settings.json").write_text(values + "\n", encoding="utf-8")


def read_values(settings: Settings) -> dict[str, Any]:
    """What the settings say, by the name of the variable; secrets in plain text: they are made up."""

    def read(path: tuple[str, ...]) -> Any:
        value = reduce(getattr, path, settings)
        return value.get_secret_value() if isinstance(value, SecretStr) else value

    return {variable.name: read(variable.path) for variable in iterate_variables()}


def main(target: Path) -> None:
    """Write the folder."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(play(folder))
        with closing(sqlite3.connect(folder / "data" / "nevus.sqlite")) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        write_settings(folder)
        target.mkdir(parents=True)
        kept = [*(folder / "data").glob("nevus.sqlite"), *(folder / "data").glob("*.key")]
        kept += [*(folder / "data").glob("*erasures*"), folder / "backup.sqlite"]
        for file in [*kept, folder / "chats.json", folder / "settings.env", folder / "settings.json"]:
            shutil.copy(file, target / file.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
