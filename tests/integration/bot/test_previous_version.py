"""What version 0.1.0 left behind works: database, queues, record, audit trail, backup, buttons, settings.

`tests/data/write.py` wrote it, with a made-up key. Nothing in it may be changed to make a test pass.
"""

import asyncio
import json
import re
import shlex
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.app import Overrides, build
from bot.cli import main
from bot.conversation.request import CONSENT_VERSION
from bot.settings import Settings, read_settings
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.schema import migrate
from tests.data.write import START, read_values
from tests.support.builders import readable
from tests.support.offline import ADMINISTRATOR, BOT, TEXTS, Chat, FakeTurn, Sender
from tests.support.served import LESION
from tests.support.tiny_release import write_tiny_release

CASES, ENTRIES = 15, 31  # one of a case that was forgotten is still in the trail
DATA = Path(__file__).parents[2] / "data" / "version_0_1_0"
CHATS = json.loads((DATA / "chats.json").read_text(encoding="utf-8"))
PEOPLE, GROUP = CHATS["people"], CHATS["group"]
BUTTONS = CHATS["buttons"]
OLD_BUTTON = {str(TEXTS.get(language, "something-old")) for language in ("en", "fr")}


def kind_of(data: str) -> str:
    """Callback data without numbers, and without the answer that a button of a form stands for."""
    data = re.sub(r"-100\d+", "CHAT", re.sub(r"N-\w{6}", "CASE", re.sub(r"^v:\w+", "v:TOKEN", data)))
    data = re.sub(r"^(k:CASE:\w):\w\S:\d", r"\1:ITEM:TICK", data)
    return re.sub(r"^(q:CASE:(age|site|sex|duration|move|crop)):.+", r"\1:CHOICE", data)


def one_of_each_kind() -> list[dict[str, Any]]:
    """The newest button of each kind, of those whose cases are still there."""
    mine = [each for each in BUTTONS if each["chat"] != PEOPLE["leaver"]]
    kinds = {kind_of(each["data"]): each for each in sorted(mine, key=lambda each: each["message"])}
    return list(kinds.values())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory as that version left it."""
    for file in ("nevus.sqlite", "nevus.key", "erasures", "backup.sqlite"):
        shutil.copy(DATA / file, tmp_path / file)
        (tmp_path / file).chmod(0o600)
    monkeypatch.setenv("NEVUS_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("NEVUS_DATABASE_URL", raising=False)
    return tmp_path


class Telegram:
    """A Bot API that has every file, takes every message and notes what it was asked."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, str]]] = []
        self.updates: list[dict[str, Any]] = []

    async def answer(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        form = {key: str(value) for key, value in (await request.post()).items()}
        return web.json_response({"ok": True, "result": await self._result(name, form)})

    async def give_file(self, _: web.Request) -> web.Response:
        return web.Response(body=LESION)

    async def _result(self, name: str, form: dict[str, str]) -> Any:
        if name == "getMe":
            return BOT | {"id": CHATS["bot"]}
        if name == "getUpdates":
            await asyncio.sleep(0.05)  # a poll that waits
            offset = int(form.get("offset", 0))
            return [each for each in self.updates if each["update_id"] >= offset]
        if name == "getFile":
            return {"file_id": "f", "file_unique_id": "f", "file_path": "photos/f", "file_size": len(LESION)}
        if not name.startswith(("send", "edit")):
            return True
        self.sent.append((name, form))
        chat = {"id": int(form["chat_id"]), "type": "private", "first_name": "Ann"}
        return {"message_id": 1_000 + len(self.sent), "date": 1_772_000_000, "chat": chat, "text": "x"}

    def to(self, person: int) -> list[str]:
        """What this person was sent: texts and captions."""
        mine = [form for _, form in self.sent if form["chat_id"] == str(person)]
        return [form.get("text") or form.get("caption") or form.get("media") or "" for form in mine]


@asynccontextmanager
async def run_on(home: Path, telegram: Telegram) -> AsyncIterator[None]:
    """The whole product on that data, an hour later."""
    api = web.Application()
    api.router.add_post("/bot{token}/{method}", telegram.answer)
    api.router.add_get("/file/bot{token}/photos/f", telegram.give_file)
    write_tiny_release(home / "models")
    async with TestServer(api) as server:
        environment = {
            "NEVUS_DATA_DIR": str(home),
            "NEVUS_MODELS_DIR": str(home / "models"),
            "NEVUS_TELEGRAM_API_URL": str(server.make_url("")).rstrip("/"),
            "NEVUS_TELEGRAM_TOKEN": f"{CHATS['bot']}:AAmadeupmadeupmadeupmadeupmadeup1",
        }
        settings = read_settings(environment)
        migrate(settings.sql_url)
        product = build(settings, Overrides(clock=lambda: START + timedelta(hours=1)))
        await product.start()
        try:
            yield
        finally:
            await product.stop()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what another program was sent
            await asyncio.sleep(0.05)


@pytest.fixture
async def chat(home: Path):
    """A bot on that data, an hour later; every photo that Telegram still has is a lesion."""
    settings = Settings(data_dir=home, admins=(PEOPLE["admin"],))
    migrate(settings.sql_url)
    database = Database(settings.sql_url)
    chat = Chat(database, Keyring.open(home / "nevus.key"), settings=settings)
    chat._now = START + timedelta(hours=1)
    chat.request.files = defaultdict(lambda: LESION)
    admin = ADMINISTRATOR | {"user": Sender(PEOPLE["admin"]).raw, "is_anonymous": False}
    group = Sender(0, group_id=GROUP).chat | {"accent_color_id": 0, "max_reaction_count": 0}
    chat.request.results = {"getChatMember": admin, "getChatAdministrators": [admin], "getChat": group}
    chat.engine.answers = defaultdict(lambda: readable(0.1, 0.1))
    async with chat.application:
        yield chat
    await database.close()


def people_of(button: dict[str, Any]) -> Sender:
    if button["chat"] == GROUP:
        return Sender(PEOPLE["admin"], "fr", group_id=GROUP)
    return Sender(button["chat"])


async def press(chat: Chat, button: dict[str, Any]) -> FakeTurn:
    """Press a button under the message where it stood."""
    update = chat.press(people_of(button), button["data"], on_card=button["is_picture"])
    update["callback_query"]["message"]["message_id"] = button["message"]
    return await chat.take(update)


def test_every_action_of_that_version_is_among_the_buttons() -> None:
    assert {button["data"].partition(":")[0] for button in BUTTONS} == set("acdfhijklmoqrsvw")


@pytest.mark.parametrize("button", one_of_each_kind(), ids=lambda button: kind_of(button["data"]))
async def test_a_button_that_stands_in_a_chat_is_understood(
    chat: Chat, button: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        turn = await press(chat, button)
    refusals = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    notices = [call.get("text", "") for call in chat.request.asked("answerCallbackQuery")]
    assert turn.ending == "done"
    assert not refusals
    assert not OLD_BUTTON.intersection(notices)


async def test_a_button_of_someone_who_was_forgotten_opens_nothing(
    chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    (details,) = [
        each for each in BUTTONS if each["chat"] == PEOPLE["leaver"] and each["data"].startswith("d:")
    ]
    with caplog.at_level("INFO"):
        await press(chat, details)
    assert "foreign case" in caplog.text


async def test_a_case_of_networks_0_3_0_is_judged_by_their_rules(chat: Chat, home: Path) -> None:
    """0.15 is moderate by the rules of 0.3.0 (from 0.0748), and low by those of today (from 0.2)."""
    number = "N-35NM6D"
    mine = "SELECT photos.id FROM photos JOIN cases ON cases.id = case_id WHERE number = ?"
    with closing(sqlite3.connect(home / "nevus.sqlite")) as record, record:
        versions = "versions = json_set(versions, '$.pair', '0.3.0')"
        record.execute(f"UPDATE cases SET {versions}, context = NULL WHERE number = ?", [number])
        score = "probability = 0.15, malignant_probability = 0.1"
        record.execute(f"UPDATE photos SET {score} WHERE id IN ({mine})", [number])
        record.execute(f"UPDATE opinions SET {score} WHERE photo_id IN ({mine})", [number])
    (skin_type,) = [each for each in BUTTONS if each["data"] == f"k:{number}:p:k1:1"]
    await press(chat, skin_type)
    with closing(sqlite3.connect(home / "nevus.sqlite")) as record:
        told = record.execute("SELECT level, reasons FROM cases WHERE number = ?", [number]).fetchone()
    assert (told[0], json.loads(told[1])) == ("moderate", ["score_moderate"])


async def test_what_waited_is_answered_and_what_was_held_is_answered_after_consent(home: Path) -> None:
    """A sealed message, a sealed update, a held one: each reaches its sender once."""
    telegram, gp, late = Telegram(), PEOPLE["gp"], PEOPLE["late"]

    def press(person: int, data: str) -> None:
        message = {"message_id": 900, "date": 1_772_000_000, "chat": Sender(person).chat, "text": "x"}
        number = 2_000_000_000 + len(telegram.updates)
        query = {"id": str(number), "from": Sender(person).raw, "chat_instance": "1", "message": message}
        telegram.updates.append({"update_id": number, "callback_query": query | {"data": data}})

    async with run_on(home, telegram):
        await until(lambda: any("Your data" in text for text in telegram.to(gp)))
        await until(lambda: any("The terms have changed" in text for text in telegram.to(gp)))
        press(gp, f"a:{CONSENT_VERSION}")
        await until(lambda: any("HIGH RISK" in text for text in telegram.to(gp)))
        (accept,) = [each for each in BUTTONS if each["chat"] == late and each["data"].startswith("a:")]
        press(late, accept["data"])
        await until(lambda: any("Here are the new ones" in text for text in telegram.to(late)))
        press(late, f"a:{CONSENT_VERSION}")
        await until(lambda: any("HIGH RISK" in text for text in telegram.to(late)))
    for person in (gp, late):
        assert sum("HIGH RISK" in text for text in telegram.to(person)) == 1


async def test_the_record_is_read(chat: Chat) -> None:
    """The newest five of 14 cases, with lesion, checklist and the clinic's answer, as /history lists them."""
    gp = Sender(PEOPLE["gp"])
    turn = await chat.take(chat.command(gp, "/history"))
    listed = re.findall(r"N-\w{6}", turn.text)
    shown = {
        each["data"].split(":")[1]
        for each in BUTTONS
        if each["chat"] == PEOPLE["gp"] and "N-" in each["data"]
    }
    assert len(set(listed)) >= 5
    assert set(listed) <= shown
    exported = await chat.take(chat.command(gp, "/export"))
    assert exported.sent[0].document is not None


def test_the_audit_trail_holds(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert main(["audit", "verify"]) == 0
    assert f"{ENTRIES} entries, {CASES} cases as noted" in capsys.readouterr().out


def test_a_trail_that_was_changed_since_is_found_out(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(home / "nevus.sqlite")) as connection, connection:
        connection.execute("UPDATE cases SET model_level = 'low' WHERE model_level = 'high'")
    assert main(["migrate"]) == 0
    assert main(["audit", "verify"]) == 1
    assert "BROKEN" in capsys.readouterr().out


def test_the_backup_is_restored_and_who_left_since_stays_forgotten(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["restore", str(home / "backup.sqlite")]) == 0
    said = capsys.readouterr().out
    assert "Forgotten again: 1 people." in said
    assert "2 updates, 1 messages" in said
    keyring = Keyring.open(home / "nevus.key")
    with closing(sqlite3.connect(home / "nevus.sqlite")) as connection:
        known = {ref for (ref,) in connection.execute("SELECT user_ref FROM links")}
    assert keyring.user_ref(PEOPLE["gp"]) in known
    assert keyring.user_ref(PEOPLE["leaver"]) not in known


@pytest.mark.parametrize("command", [["restore", "backup.sqlite"], ["keys", "rotate"]])
def test_another_key_is_refused(
    home: Path, command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["migrate"]) == 0
    (home / "nevus.key").unlink()
    Keyring.open(home / "nevus.key")
    monkeypatch.chdir(home)
    assert main(command) == 2
    assert "bring the key file back" in capsys.readouterr().err


def test_a_settings_file_gives_the_same_values() -> None:
    lines = shlex.split((DATA / "settings.env").read_text(encoding="utf-8"))
    environment = dict(line.split("=", 1) for line in lines)
    settings = read_settings(environment)
    read = json.loads(json.dumps(read_values(settings), default=str))
    expected = json.loads((DATA / "settings.json").read_text(encoding="utf-8"))
    assert {name: read.get(name) for name in expected} == expected
