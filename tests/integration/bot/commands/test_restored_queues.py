"""After a restore: the record of the backup, the queues of today."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import insert, select, update

from bot.cli import main
from bot.delivery.inbox import PURPOSE
from storage.database.key_marks import KeyMarkRow
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.queues.outbox import NewMessage, put_message
from storage.queues.tables import AGAIN, InboxRow, OutboxRow
from storage.restoring.queues import bring_queues, settle_queues
from storage.schema import migrate
from tests.support.homes import STAYS, furnish, use

pytestmark = pytest.mark.backends("sqlite")


@pytest.fixture
def home(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory whose database knows two people."""
    monkeypatch.setenv("NEVUS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("NEVUS_DATABASE_URL", database_url)
    furnish(tmp_path)
    return tmp_path


@dataclass
class Queues:
    """What waits, and what was said, in a database."""

    home: Path

    def take(self, number: int, *, state: str = "ready", lane: bytes = b"lane") -> None:
        payload = self._seal(number) if state == "ready" else None
        row = {
            "bot_id": 9,
            "update_id": number,
            "turn_key": f"turn{number}",
            "state": state,
            "track": "photo",
        }
        row |= {"lane_ref": lane, "payload": payload, "received_at": time.time(), "not_before": 0.0}
        self._insert(InboxRow, row)

    def say(self, key: str, *, state: str = "sent") -> None:
        row = {"key": key, "state": state, "priority": 0, "kind": "text", "is_group": False}
        self._insert(OutboxRow, row | {"created_at": time.time(), "not_before": 0.0})

    def finish(self, number: int) -> None:
        done = update(InboxRow).where(InboxRow.update_id == number).values(state="done", payload=None)
        use(self.home, lambda session: session.execute(done))

    def read(self, *columns: Any) -> dict[Any, Any]:
        rows = use(self.home, lambda session: session.execute(select(*columns).order_by(columns[0])))
        return {row[0]: row[1] for row in rows}

    def _insert(self, table: Any, row: dict[str, Any]) -> None:
        use(self.home, lambda session: session.execute(insert(table).values(**row)))

    def _seal(self, number: int) -> bytes:
        chat = {"id": STAYS, "type": "private"}
        raw = {"update_id": number, "message": {"message_id": 1, "date": 0, "chat": chat, "text": "hello"}}
        return Keyring.open(self.home / "nevus.key").encrypt(orjson.dumps(raw), purpose=PURPOSE)


def test_what_waits_today_is_kept_and_what_was_answered_is_not_answered_again(home: Path) -> None:
    """Record of the backup, queues of today."""
    queues = Queues(home)
    queues.take(1)
    queues.say("card:answer")
    assert main(["backup", str(home / "copy.sqlite")]) == 0
    queues.finish(1)
    queues.take(2)
    queues.take(3, state="done")
    for key, state in (("turn2:ack", "sent"), ("turn3:answer", "sent"), ("turn3:more", "pending")):
        queues.say(key, state=state)
    assert main(["restore", str(home / "copy.sqlite")]) == 0
    assert queues.read(InboxRow.update_id, InboxRow.state) == {1: "done", 2: "ready", 3: "done"}
    assert queues.read(InboxRow.update_id, InboxRow.turn_key)[2] == "turn2"
    assert queues.read(OutboxRow.key, OutboxRow.state) == {
        "card:answer": "sent",  # its card may be edited yet
        "turn2:ack": "sent",  # the answer takes its place
        "turn3:more": "pending",
    }


@pytest.mark.parametrize("loss", ["damaged", "gone", "of another key"])
def test_without_todays_queues_the_backups_come_to_life_and_mark_themselves(home: Path, loss: str) -> None:
    queues = Queues(home)
    queues.take(1)
    queues.take(2)
    queues.say("turn2:ack")
    assert main(["backup", str(home / "copy.sqlite")]) == 0
    database = home / "nevus.db"
    if loss == "damaged":
        database.write_bytes(b"no database" * 999)
    elif loss == "gone":
        database.unlink()
    else:
        use(home, lambda session: session.execute(update(KeyMarkRow).values(mark=bytes(32))))
        queues.take(3)
    assert main(["restore", str(home / "copy.sqlite")]) == 0
    turns = queues.read(InboxRow.update_id, InboxRow.turn_key)
    assert turns[1].startswith(AGAIN)
    assert turns == {1: turns[1], 2: "turn2"}, "the second answer takes the place of an acknowledgement"


@pytest.mark.parametrize("said", ["turn1:consent", "turn1:limit", "turn1:ackward"])
def test_only_an_acknowledgement_that_is_out_gives_an_answer_its_place(home: Path, said: str) -> None:
    """What else was said of a turn stays as it is: its answer is a new message, which has to mark itself."""
    queues = Queues(home)
    queues.take(1)
    queues.say(said)
    assert main(["backup", str(home / "copy.sqlite")]) == 0
    (home / "nevus.db").unlink()
    assert main(["restore", str(home / "copy.sqlite")]) == 0
    assert queues.read(InboxRow.update_id, InboxRow.turn_key)[1].startswith(AGAIN)
    assert queues.read(OutboxRow.key, OutboxRow.state) == {said: "sent"}


@pytest.mark.parametrize("state", ["pending", "sending"])
def test_an_acknowledgement_that_no_answer_would_replace_is_not_sent(
    home: Path, capsys: pytest.CaptureFixture[str], state: str
) -> None:
    queues = Queues(home)
    queues.take(1)
    queues.take(2, lane=b"other")
    queues.say("turn2:ack")
    for key in ("turn1:ack", "turn1:ack:3", "turn1:limit", "turn2:ack:3", "turn3:ack"):
        queues.say(key, state=state)
    assert main(["backup", str(home / "copy.sqlite")]) == 0
    (home / "nevus.db").unlink()
    assert main(["restore", str(home / "copy.sqlite")]) == 0
    assert queues.read(OutboxRow.key, OutboxRow.state) == {
        "turn1:ack": "cancelled",
        "turn1:ack:3": "cancelled",
        "turn1:limit": "pending",
        "turn2:ack": "sent",
        "turn2:ack:3": "pending",  # this turn kept its name
        "turn3:ack": "pending",  # and this one has its answer
    }
    assert "2 updates, 3 messages" in capsys.readouterr().out


async def test_it_is_known_whose_queues_came_to_life(database: Database, tmp_path: Path) -> None:
    """Where they are the backup's, what came in since has to be told of."""
    other = tmp_path / "other.db"
    migrate(f"sqlite:///{other}")
    stands = Database(f"sqlite:///{other}")
    async with database.write() as session:
        assert (await settle_queues(session, now=time.time())).from_backup
        async with stands.read() as old:
            assert not (await bring_queues(old, session)).from_backup
    await stands.close()


@pytest.mark.parametrize(("key", "is_marked"), [(f"{AGAIN}1:answer", True), ("1:answer", False)])
async def test_a_turn_that_a_backup_brought_back_says_so(
    database: Database, key: str, *, is_marked: bool
) -> None:
    message = NewMessage(
        key=key,
        replaces=None,
        priority=0,
        kind="text",
        is_group=False,
        lane_ref=b"lane",
        chat=b"chat",
        payload=b"text",
        blob=None,
        message_id=None,
    )
    async with database.write() as session:
        await put_message(session, message, now=1.0)
        assert await session.scalar(select(OutboxRow.unknown)) is is_marked
