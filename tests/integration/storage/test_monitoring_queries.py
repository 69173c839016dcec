"""What monitoring reads of the database: how much waits and since when, and the newest photos."""

from sqlalchemy import insert

from storage.database.sessions import Database
from storage.queues.counts import count_queues
from storage.queues.tables import InboxRow, OutboxRow
from storage.record import cases
from storage.record.recent import list_recent_photos
from tests.support.records import at, new_case, new_photo


def update_row(number: int, state: str, received_at: float) -> dict[str, object]:
    return {
        "bot_id": 7,
        "update_id": number,
        "turn_key": f"turn-{number}",
        "state": state,
        "track": "photo",
        "received_at": received_at,
    }


def message_row(number: int, state: str, created_at: float) -> dict[str, object]:
    return {
        "key": f"message-{number}",
        "state": state,
        "priority": 0,
        "kind": "text",
        "is_group": False,
        "created_at": created_at,
    }


async def test_what_waits_is_counted_by_state_with_the_oldest(database: Database) -> None:
    states = ("ready", "ready", "claimed", "held", "done", "set_aside")
    updates = [update_row(number, state, 100.0 - number) for number, state in enumerate(states)]
    messages = [message_row(1, "sent", 1.0), message_row(2, "pending", 50.0)]
    async with database.write() as session:
        await session.execute(insert(InboxRow), updates)
        await session.execute(insert(OutboxRow), messages)
    async with database.read() as session:
        counts = await count_queues(session)
    assert counts.inbox == {"ready": 2, "claimed": 1, "held": 1, "set_aside": 1}
    assert counts.outbox == {"pending": 1, "sending": 0}
    assert counts.oldest_update == 98.0, "held, done and set aside wait for nobody"
    assert counts.oldest_message == 50.0


async def test_empty_queues_have_no_oldest(database: Database) -> None:
    async with database.read() as session:
        counts = await count_queues(session)
    assert set(counts.inbox.values()) == set(counts.outbox.values()) == {0}
    assert counts.oldest_update is counts.oldest_message is None


async def test_recent_photos_are_the_newest_of_one_pair_without_split_albums(database: Database) -> None:
    async with database.write() as session:
        await cases.add_case(session, new_case("old", versions={"pair": "0"}), now=at(0))
        for minute, key in enumerate(("one", "album", "three"), start=1):
            photos = (new_photo(photo_hash=key.ljust(64, "0")),)
            await cases.add_case(session, new_case(key, photos=photos), now=at(minute))
        album = await cases.find_case_of_turn(session, "album")
        assert album is not None
        parts = [new_case("album-1", photos=(new_photo(photo_hash="p" * 64),))]
        await cases.split_case(session, album.number, subject=album.subject, cases=parts, now=at(9))
    async with database.read() as session:
        newest = await list_recent_photos(session, cases=10, pair="1")
        two = await list_recent_photos(session, cases=2, pair="1")
        every = await list_recent_photos(session, cases=10)
        late = await list_recent_photos(session, cases=10, since=at(3))
    assert [photo.photo_hash[:3] for photo in newest] == ["ppp", "thr", "one"]
    assert [photo.photo_hash[:3] for photo in two] == ["ppp", "thr"]
    assert len(every) == 4
    assert [photo.photo_hash[:3] for photo in late] == ["ppp", "thr"]
    assert newest[0].opinions, "with the opinions on them"
