"""`nevus inbox`: the operator finds what was set aside, sees no one's name, and lets it try again."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from bot.cli import main
from bot.delivery.inbox import PURPOSE
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.queues import inbox
from storage.queues.inbox import Arrival

KEY = "ab" * 8
RAW = {"update_id": 5, "message": {"message_id": 1, "chat": {"id": 4711}, "text": "Mrs Smith"}}


@pytest.fixture
def set_aside(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a database in which one update was set aside."""
    monkeypatch.setenv("NEVUS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("NEVUS_DATABASE_URL", database_url)
    keyring = Keyring.open(tmp_path / "nevus.key")

    async def put() -> None:
        database = Database(database_url)
        arrival = Arrival(
            bot_id=1,
            update_id=5,
            turn_key=KEY,
            track="quick",
            lane_ref=keyring.lane_ref(4711),
            album_ref=None,
            payload=keyring.encrypt(json.dumps(RAW).encode(), purpose=PURPOSE),
            received_at=time.time() - 7200,
            not_before=0.0,
        )
        async with database.write() as session:
            await inbox.add_arrival(session, arrival)
        async with database.write() as session:
            order = inbox.ClaimOrder(track="quick", limit=1, owner="o", lease_until=1.0)
            turns = await inbox.claim_turns(session, order, now=time.time())
            await inbox.set_rows_aside(session, [turns[0][0].id], owner="o", now=time.time())
        await database.close()

    asyncio.run(put())
    return database_url


def count(url: str, state: str) -> int:
    async def read() -> int:
        database = Database(url)
        async with database.read() as session:
            counts = await inbox.count_states(session)
        await database.close()
        return counts.get(state, 0)  # type: ignore[call-overload, no-any-return]

    return asyncio.run(read())


def test_what_was_set_aside_is_listed(set_aside: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inbox"]) == 0
    said = capsys.readouterr().out
    assert "set_aside 1" in said
    assert KEY in said
    assert "2.0 h ago" in said


def test_what_was_set_aside_is_shown_without_names(
    set_aside: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inbox", "show", KEY]) == 0
    said = capsys.readouterr().out
    assert "(9 characters)" in said
    assert "Smith" not in said
    assert "4711" not in said


@pytest.mark.parametrize("key", [KEY, "all"])
def test_another_try_puts_it_back(set_aside: str, key: str) -> None:
    assert main(["inbox", "retry", key]) == 0
    assert (count(set_aside, "ready"), count(set_aside, "set_aside")) == (1, 0)
    assert main(["inbox", "retry", key]) == 1


def test_an_unknown_key_is_said(set_aside: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inbox", "show", "nothing"]) == 1
    assert "`nevus inbox` lists them" in capsys.readouterr().err
