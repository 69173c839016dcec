"""A change of keys loses nothing: neither who is known, nor what waits."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.commands.key_rotation import rotate
from bot.delivery.inbox import PURPOSE
from bot.delivery.outgoing import Outgoing
from bot.delivery.sealing import open_message, seal_message
from storage.database.key_file import KeyFileError, make_key, open_key_file, replace_key_file
from storage.database.key_marks import check_key
from storage.database.keys import Keyring, SealError
from storage.database.sessions import Database, WriteSession
from storage.queues import inbox, outbox
from storage.queues.inbox import Arrival
from storage.record import answers, cases
from storage.record.followed_photos import keep_photos, list_followed
from storage.record.lesions import follow_case
from storage.record.people import ensure_person, find_person, relink_person
from tests.support.records import new_case

PERSON, CHAT = 7001, 7002
RAW = {"update_id": 5, "message": {"message_id": 1, "chat": {"id": CHAT}, "photo": [{"file_id": "x"}]}}


async def write(database: Database, work: Callable[[WriteSession], Awaitable[Any]]) -> Any:
    async with database.write() as session:
        return await work(session)


def arrival(keyring: Keyring) -> Arrival:
    return Arrival(
        bot_id=1,
        update_id=5,
        turn_key="a" * 16,
        track="photo",
        lane_ref=keyring.lane_ref(CHAT),
        album_ref=None,
        payload=keyring.encrypt(orjson.dumps(RAW), purpose=PURPOSE),
        received_at=time.time(),
        not_before=0.0,
    )


@pytest.fixture
async def before(database: Database, tmp_path: Path) -> Keyring:
    """A database with a person, an update and a message in work; the keyring that made them."""
    keyring = Keyring.open(tmp_path / "nevus.key")
    await check_key(database, keyring)
    message = seal_message(Outgoing(key="k", chat_id=CHAT, text="hello", photo=b"jpeg"), keyring)
    await write(
        database, lambda session: ensure_person(session, keyring.user_ref(PERSON), now=datetime.now(UTC))
    )
    await write(database, lambda session: inbox.add_arrival(session, arrival(keyring)))
    await write(database, lambda session: outbox.put_message(session, message, now=0.0))
    return keyring


async def test_who_was_known_is_found_and_linked_to_the_new_key(
    database: Database, before: Keyring, tmp_path: Path
) -> None:
    await rotate(database, tmp_path / "nevus.key")
    after = Keyring.open(tmp_path / "nevus.key")
    assert after.key_id != before.key_id
    async with database.read() as session:
        known = await find_person(session, before.user_ref(PERSON))
    refs = after.former_user_refs(PERSON)
    found = await write(database, lambda session: relink_person(session, refs, after.user_ref(PERSON)))
    assert known is not None
    assert found == known
    async with database.read() as session:
        assert await find_person(session, before.user_ref(PERSON)) is None


async def test_what_waits_keeps_its_lane_and_needs_the_new_key_only(
    database: Database, before: Keyring, tmp_path: Path
) -> None:
    assert (await rotate(database, tmp_path / "nevus.key")).rewritten == 2
    new = Keyring(open_key_file(tmp_path / "nevus.key")[:1])
    order = inbox.ClaimOrder(track="photo", limit=9, owner="o", lease_until=1.0)
    turns = await write(database, lambda session: inbox.claim_turns(session, order, now=time.time()))
    assert orjson.loads(new.decrypt(turns[0][0].payload, purpose=PURPOSE)) == RAW
    async with database.read() as session:
        (pending,) = await outbox.list_pending(session)
    assert pending.lane_ref == new.lane_ref(CHAT)
    claimed = await write(
        database,
        lambda session: outbox.claim_messages(session, [pending.id], owner="o", lease_until=1.0),
    )
    outgoing = open_message(claimed[0], new).outgoing
    assert (outgoing.chat_id, outgoing.text, outgoing.photo) == (CHAT, "hello", b"jpeg")
    with pytest.raises(SealError):
        open_message(claimed[0], before)


async def test_where_the_photos_of_a_followed_lesion_are_can_be_read_after_the_change(
    database: Database, before: Keyring, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    async with database.write() as session:
        person = await ensure_person(session, before.user_ref(PERSON), now=now)
        case = await cases.add_case(session, new_case(subject=person.subject), now=now)
        await answers.keep_photo_files(
            session,
            case.number,
            subject=person.subject,
            files=before.encrypt(b"file ids", purpose="photo files"),
            expires_at=now + timedelta(hours=1),
        )
        lesion = await follow_case(session, case.id, subject=person.subject, words=24, now=now)
        await keep_photos(session, lesion, subject=person.subject, now=now)
    await rotate(database, tmp_path / "nevus.key")
    async with database.read() as session:
        kept = await list_followed(session, lesion)
    after = Keyring.open(tmp_path / "nevus.key")
    assert after.decrypt(kept[case.id], purpose="photo files") == b"file ids"


async def test_the_database_knows_its_new_key(database: Database, before: Keyring, tmp_path: Path) -> None:
    await rotate(database, tmp_path / "nevus.key")
    await check_key(database, Keyring.open(tmp_path / "nevus.key"))
    with pytest.raises(KeyFileError, match="bring the key file back"):
        await check_key(database, before)


async def test_an_interrupted_change_is_completed_by_the_next(
    database: Database, before: Keyring, tmp_path: Path
) -> None:
    """After the transaction and before the last step: the file still has the old key in front."""
    path = tmp_path / "nevus.key"
    done = await rotate(database, path)
    new, old = open_key_file(path)
    replace_key_file(path, (old, new))
    with pytest.raises(KeyFileError, match="nevus keys rotate"):
        await check_key(database, Keyring.open(path))
    again = await rotate(database, path)
    assert again.key_id == done.key_id
    assert [key.id for key in open_key_file(path)] == [new.id, old.id]
    await check_key(database, Keyring.open(path))


async def test_a_change_interrupted_before_its_transaction_uses_the_key_that_was_made(
    database: Database, before: Keyring, tmp_path: Path
) -> None:
    path = tmp_path / "nevus.key"
    made = make_key()
    replace_key_file(path, (*open_key_file(path), made))
    assert (await rotate(database, path)).key_id == made.id.hex()
    assert len(open_key_file(path)) == 2
