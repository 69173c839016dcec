"""Inbox and outbox rows on both databases: who gets what, in which order, and what stays."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import select

from storage.database.sessions import Database
from storage.queues import inbox, outbox
from storage.queues.inbox import Arrival, ClaimOrder
from storage.queues.outbox import NewMessage
from storage.queues.tables import InboxRow, OutboxRow
from storage.queues.unfinished import Stall, begin_rows, note_stall

LANE, OTHER = b"lane", b"other"


def arrival(number: int, *, lane: bytes = LANE, album: bytes | None = None, **more: Any) -> Arrival:
    values: dict[str, Any] = {"track": "photo", "received_at": 1.0, "not_before": 0.0, "payload": b"sealed"}
    return Arrival(
        bot_id=1, update_id=number, turn_key=f"turn{number}", lane_ref=lane, album_ref=album, **values | more
    )


def order(owner: str = "me", *, limit: int = 10, track: Any = "photo") -> ClaimOrder:
    return ClaimOrder(track=track, limit=limit, owner=owner, lease_until=100.0)


async def take(database: Database, *arrivals: Arrival) -> list[bool]:
    async with database.write() as session:
        return [await inbox.add_arrival(session, each) for each in arrivals]


async def claim(database: Database, owner: str = "me", *, now: float = 10.0, **more: Any) -> list[list[int]]:
    async with database.write() as session:
        turns = await inbox.claim_turns(session, order(owner, **more), now=now)
    return [[row.id for row in turn] for turn in turns]


async def test_an_update_is_taken_once(database: Database) -> None:
    assert await take(database, arrival(1), arrival(1), arrival(2)) == [True, False, True]


async def test_a_lane_goes_one_by_one_and_lanes_side_by_side(database: Database) -> None:
    await take(database, arrival(1), arrival(2), arrival(3, lane=OTHER), arrival(4, track="quick"))
    assert await claim(database) == [[1], [3]]
    assert await claim(database) == []
    assert await claim(database, track="quick") == [[4]]
    async with database.write() as session:
        assert await inbox.finish_rows(session, [1], owner="me", now=11.0)
    assert await claim(database) == [[2]]


async def test_two_owners_never_both_win(database: Database, other_database: Database) -> None:
    await take(database, *[arrival(number, lane=bytes([number])) for number in range(1, 31)])
    claims = await asyncio.gather(
        *(claim(each, name, limit=5) for name, each in [("a", database), ("b", other_database)] * 6)
    )
    won = [row for turns in claims for turn in turns for row in turn]
    assert len(won) == len(set(won))


async def test_an_album_waits_for_its_last_item_and_is_one_turn(database: Database) -> None:
    await take(database, arrival(1, album=b"a", not_before=11.0), arrival(2, album=b"a", not_before=12.0))
    assert await claim(database, now=11.5) == []
    assert await claim(database, now=12.0) == [[1, 2]]


async def test_a_clock_put_back_makes_nothing_wait(database: Database) -> None:
    await take(database, arrival(1, not_before=10_000_000.0))
    assert await claim(database, now=10.0) == [[1]]


async def test_a_turn_that_fails_keeps_its_place(database: Database) -> None:
    await take(database, arrival(1), arrival(2))
    await claim(database)
    async with database.write() as session:
        assert await inbox.requeue_rows(session, [1], owner="me", not_before=20.0, failed=True)
    assert await claim(database, now=19.0) == []
    assert await claim(database, now=20.0) == [[1]]


async def stall(database: Database, row: int, *, blamed_at: float | None = None) -> None:
    """Put a claimed row back because Telegram does not give its file."""
    async with database.write() as session:
        assert await inbox.requeue_rows(session, [row], owner="me", not_before=20.0, failed=False)
        await note_stall(session, [row], Stall(stalled_at=5.0, blamed_at=blamed_at))


async def test_a_stalled_photo_is_passed_only_once_it_is_blamed(database: Database) -> None:
    await take(database, arrival(1), arrival(2), arrival(3))
    await claim(database)
    await stall(database, 1)
    assert await claim(database, now=19.0) == []
    assert await claim(database, now=20.0) == [[1]]
    await stall(database, 1, blamed_at=15.0)
    assert await claim(database, now=19.0) == [[2]]
    # It is retried beside the others, and they stay in order among themselves.
    assert await claim(database, now=20.0) == [[1]]
    async with database.write() as session:
        assert await inbox.finish_rows(session, [2], owner="me", now=21.0)
    assert await claim(database, now=21.0) == [[3]]


async def test_what_is_done_keeps_nothing_but_its_number(database: Database) -> None:
    await take(database, arrival(1, album=b"a"))
    await claim(database)
    async with database.write() as session:
        assert not await inbox.finish_rows(session, [1], owner="somebody else", now=11.0)
        assert await inbox.finish_rows(session, [1], owner="me", now=11.0)
    async with database.read() as session:
        row = (await session.execute(select(InboxRow))).scalar_one()
        assert (row.payload, row.lane_ref, row.album_ref, row.claimed_by) == (None, None, None, None)
    assert await take(database, arrival(1)) == [False]


async def test_the_work_of_the_dead_is_put_back_and_counted(database: Database) -> None:
    await take(database, arrival(1), arrival(2, lane=OTHER))
    await claim(database, "dead")
    async with database.write() as session:
        assert await inbox.reclaim_rows(session, now=50.0, from_all=False) == 0  # the lease holds until 100
        assert await inbox.reclaim_rows(session, now=101.0, from_all=False) == 2
        turns = await inbox.claim_turns(session, order("alive"), now=102.0)
    assert [turn[0].crashes for turn in turns] == [1, 1]


async def test_held_photos_wait_for_their_release_and_expire(database: Database) -> None:
    await take(database, arrival(1), arrival(2, lane=OTHER))
    await claim(database)
    async with database.write() as session:
        assert await inbox.hold_rows(session, [1, 2], owner="me")
        assert await inbox.count_held(session, LANE) == 1
        assert await inbox.release_held(session, LANE) == 1
    assert await claim(database) == [[1]]
    async with database.write() as session:
        assert await inbox.expire_rows(session, now=100.0, held_s=50.0, set_aside_s=50.0, done_s=1_000.0) == 1
        assert await inbox.count_held(session, OTHER) == 0


def message(key: str, **more: Any) -> NewMessage:
    values: dict[str, Any] = {
        "replaces": None,
        "priority": 0,
        "kind": "text",
        "blob": None,
        "message_id": None,
    }
    return NewMessage(
        key=key, is_group=False, lane_ref=LANE, chat=b"chat", payload=b"payload", **values | more
    )


async def put(database: Database, new: NewMessage) -> int | None:
    async with database.write() as session:
        pending = await outbox.put_message(session, new, now=1.0)
    return None if pending is None else pending.id


async def start_sending(database: Database, *ids: int) -> list[outbox.ClaimedMessage]:
    async with database.write() as session:
        return await outbox.claim_messages(session, ids, owner="me", lease_until=100.0)


async def test_a_key_is_one_message(database: Database) -> None:
    assert await put(database, message("a")) is not None
    assert await put(database, message("a")) is None


async def test_an_answer_takes_the_place_of_a_note_that_still_waits(database: Database) -> None:
    note = await put(database, message("note", priority=1))
    answer = await put(database, message("answer", replaces="note", kind="photo", blob=b"picture"))
    async with database.read() as session:
        rows = await session.execute(select(OutboxRow.key, OutboxRow.state))
        states = {row.key: row.state for row in rows}
    assert states == {"note": "cancelled", "answer": "pending"}
    assert note is not None
    assert answer is not None
    assert [row.target for row in await start_sending(database, note, answer)] == [None]


async def test_an_answer_edits_a_note_that_is_out(database: Database) -> None:
    note = await put(database, message("note"))
    assert note is not None
    await start_sending(database, note)
    answer = await put(database, message("answer", replaces="note"))
    assert answer is not None
    assert await start_sending(database, answer) == []  # the note is on its way: wait for it
    async with database.write() as session:
        await outbox.mark_sent(session, note, message_id=b"7", kind="text", now=2.0)
    claimed = await start_sending(database, answer)
    assert [(row.target, row.target_kind) for row in claimed] == [(b"7", "text")]


async def test_new_words_for_a_picture_that_waits_do_not_lose_the_picture(database: Database) -> None:
    card = await put(database, message("card", kind="photo", blob=b"picture"))
    words = await put(database, message("words", replaces="card"))
    async with database.read() as session:
        pending = await outbox.list_pending(session)
    assert [each.id for each in pending] == [card, words]


async def test_no_answer_overtakes_one_that_waits_behind_its_note(database: Database) -> None:
    """The first photo's note is on its way, so its answer waits; the second's note is out already."""
    second_note = await put(database, message("2:note", priority=1))
    assert second_note is not None
    await start_sending(database, second_note)
    async with database.write() as session:
        await outbox.mark_sent(session, second_note, message_id=b"7", kind="text", now=2.0)
    first_note = await put(database, message("1:note", priority=1))
    assert first_note is not None
    await start_sending(database, first_note)
    first = await put(database, message("1:answer", replaces="1:note"))
    second = await put(database, message("2:answer", replaces="2:note"))
    aside = await put(database, message("help"))
    async with database.read() as session:
        pending = await outbox.list_pending(session)
    assert [each.id for each in sorted(pending, key=lambda each: (each.priority, each.id))] == [
        aside,
        first,
        second,
    ]


async def test_a_note_told_anew_holds_no_answer_back(database: Database) -> None:
    note = await put(database, message("2:note", priority=1))
    assert note is not None
    await start_sending(database, note)
    await put(database, message("2:note:1", priority=1, replaces="2:note"))
    await put(database, message("1:answer", replaces="1:note"))
    async with database.read() as session:
        pending = await outbox.list_pending(session)
    assert [each.priority for each in pending] == [1, 0]


async def test_what_was_on_its_way_at_a_crash_is_of_unknown_fate(database: Database) -> None:
    sent = await put(database, message("a"))
    assert sent is not None
    await start_sending(database, sent)
    async with database.write() as session:
        assert await outbox.recover_messages(session, now=5.0, from_all=True, held=(1, 3.0)) == 1
    assert [row.unknown for row in await start_sending(database, sent)] == [True]


async def test_an_acknowledgement_of_unknown_fate_waits_for_the_answer_that_cancels_it(
    database: Database,
) -> None:
    """It may stand in the chat: a repeat beside it would stay there for ever."""
    note = await put(database, message("1:note", priority=1))
    assert note is not None
    await start_sending(database, note)
    other = await put(database, message("2"))
    async with database.write() as session:
        await outbox.recover_messages(session, now=5.0, from_all=True, held=(1, 3.0))
    async with database.read() as session:
        pending = {row.id: row.not_before for row in await outbox.list_pending(session)}
    assert pending == {note: 8.0, other: 0.0}
    answer = await put(database, message("1:answer", replaces="1:note"))
    async with database.read() as session:
        assert {row.id for row in await outbox.list_pending(session)} == {other, answer}


async def test_what_a_living_process_is_sending_is_not_taken_for_lost(database: Database) -> None:
    """However long the request takes: its process says that it lives."""
    waiting = await put(database, message("m1"))
    assert waiting is not None
    async with database.write() as session:
        await outbox.claim_messages(session, [waiting], owner="me", lease_until=100.0)
        await outbox.renew_leases(session, owner="other", lease_until=300.0)
        await outbox.renew_leases(session, owner="me", lease_until=200.0)
        assert await outbox.recover_messages(session, now=150.0, from_all=False, held=(1, 3.0)) == 0
        assert await outbox.recover_messages(session, now=250.0, from_all=False, held=(1, 3.0)) == 1


async def test_what_is_sent_keeps_its_sealed_number_only(database: Database) -> None:
    sent = await put(database, replace(message("a"), kind="photo", blob=b"picture"))
    assert sent is not None
    await start_sending(database, sent)
    async with database.write() as session:
        await outbox.mark_sent(session, sent, message_id=b"7", kind="photo", now=2.0)
    async with database.read() as session:
        row = (await session.execute(select(OutboxRow))).scalar_one()
    assert (row.chat, row.payload, row.blob, row.lane_ref) == (None, None, None, None)
    assert (row.message_id, row.kind) == (b"7", "photo")


async def test_two_senders_never_both_send(database: Database, other_database: Database) -> None:
    ids = [
        await put(database, replace(message(f"m{number}"), lane_ref=bytes([number]))) for number in range(20)
    ]
    known = [each for each in ids if each is not None]
    claims = await asyncio.gather(*(start_sending(each, *known) for each in (database, other_database) * 3))
    won = [row.id for rows in claims for row in rows]
    assert sorted(won) == sorted(known)


async def test_a_message_waits_for_those_before_it_whoever_knows_them(
    database: Database, other_database: Database
) -> None:
    """A process that knows only the later message cannot overtake the earlier one, nor go beside it."""
    first, second, urgent = message("a", priority=1), message("b", priority=1), message("c")
    ids = [await put(database, each) for each in (first, second, urgent)]
    assert [each.key for each in await start_sending(other_database, ids[1] or 0)] == []
    assert [each.key for each in await start_sending(database, ids[2] or 0)] == ["c"]
    assert [each.key for each in await start_sending(other_database, ids[0] or 0)] == []
    async with other_database.write() as session:
        assert await outbox.list_unclaimed(session, [each or 0 for each in ids]) == [ids[0], ids[1]]
        await outbox.mark_sent(session, ids[2] or 0, message_id=b"1", kind="text", now=2.0)
    assert [each.key for each in await start_sending(other_database, ids[0] or 0)] == ["a"]


async def test_two_processes_never_send_to_one_chat_at_once(
    database: Database, other_database: Database
) -> None:
    """Each tries to send another message of the chat at the same moment, many times over."""
    for number in range(10):
        low = await put(database, message(f"low{number}", priority=1))
        high = await put(database, message(f"high{number}"))
        claims = await asyncio.gather(
            start_sending(database, low or 0), start_sending(other_database, high or 0)
        )
        won = [each.id for claim in claims for each in claim]
        assert len(won) == 1
        for each in (low, high):
            async with database.write() as session:
                await outbox.mark_failed(session, each or 0, now=2.0)


async def test_an_edit_that_was_put_off_never_comes_after_the_answer(database: Database) -> None:
    """What is told of a line of photos is superseded by the answer that takes its place."""
    root = await put(database, message("turn:ack", priority=1)) or 0
    await start_sending(database, root)
    async with database.write() as session:
        await outbox.mark_sent(session, root, message_id=b"7", kind="text", now=2.0)
    waiting = await put(database, message("turn:ack:3", replaces="turn:ack", priority=1)) or 0
    newer = await put(database, message("turn:ack:4", replaces="turn:ack", priority=1)) or 0
    assert await start_sending(database, waiting) == []
    (edit,) = await start_sending(database, newer)
    assert edit.target == b"7"
    answer = await put(database, message("turn:answer", replaces="turn:ack", blob=b"card")) or 0
    async with database.write() as session:
        await outbox.put_back(session, newer, unknown=False, not_before=0.0)
    assert await start_sending(database, answer) == []  # behind the edit that had begun
    assert [each.id for each in await start_sending(database, newer)] == [newer]


async def test_work_that_was_begun_counts_only_if_it_does_not_end(database: Database) -> None:
    await take(database, arrival(1))

    async def begin_and(end: Callable[[Any], Awaitable[object]]) -> int:
        await claim(database)
        async with database.write() as session:
            assert not await begin_rows(session, [1], owner="somebody else")
            assert await begin_rows(session, [1], owner="me")
            await end(session)
        async with database.read() as session:
            return (await session.execute(select(InboxRow.begun))).scalar_one()

    reclaimed = partial(inbox.reclaim_rows, now=1.0, from_all=True)
    assert await begin_and(reclaimed) == 1
    assert await begin_and(reclaimed) == 2
    put_back = partial(inbox.requeue_rows, ids=[1], owner="me", not_before=0.0, failed=False)
    assert await begin_and(put_back) == 0
    assert await begin_and(partial(inbox.hand_back, owner="me")) == 0
