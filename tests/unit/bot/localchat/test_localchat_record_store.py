"""Records are read back from the database, also those that an older version wrote."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import orjson

from bot.localchat.record_store import RecordStore
from bot.localchat.records import Chat, ChatMember, Message


def test_a_field_that_no_longer_exists_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "localchat.sqlite"
    message = Message(5, 1, 100, sender=5, text="hello")
    store = RecordStore(path)
    store.save(message)
    store.close()
    with sqlite3.connect(path) as database:
        (body,) = database.execute("SELECT body FROM messages").fetchone()
        older = orjson.loads(body) | {"reactions": ["x"]}
        database.execute("UPDATE messages SET body = ?", [orjson.dumps(older)])
    assert RecordStore(path).load(Message) == [message]


def test_a_chat_keeps_its_members(tmp_path: Path) -> None:
    path = tmp_path / "localchat.sqlite"
    chat = Chat(-1, "group", "Clinic", [ChatMember(5, "creator", {"can_manage_chat": True})])
    store = RecordStore(path)
    store.save(chat)
    store.close()
    assert RecordStore(path).load(Chat) == [chat]
