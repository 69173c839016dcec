"""Cases: written once a turn, read back whole, each subject seeing their own."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, select, text

from storage.database.errors import Conflict
from storage.database.sessions import Database
from storage.record import cases
from storage.record.cases import Case, NewCase
from storage.record.tables import AuditRow, CaseRow, OpinionRow
from tests.support.records import NOON, SUBJECT, at, new_case, new_photo

SOMEONE_ELSE = "8BCD-EFGH"


async def write(database: Database, *new: NewCase) -> list[Case]:
    async with database.write() as session:
        return [await cases.add_case(session, case, now=at(minute)) for minute, case in enumerate(new)]


async def list_all(database: Database, subject: str = SUBJECT) -> Sequence[Case]:
    async with database.read() as session:
        return await cases.list_cases(session, subject=subject, limit=1_000)


async def test_a_case_is_read_back_as_it_was_written(database: Database) -> None:
    gated = new_photo(
        level="not_assessable", domain="other", probability=None, malignant_probability=None, opinions=()
    )
    new = new_case(photos=(new_photo(), gated), reasons=("disagreement", "score_moderate"))
    (written,) = await write(database, new)
    async with database.read() as session:
        read = await cases.get_case(session, written.number, subject=SUBJECT)
    assert read == written
    assert (read.photos, read.reasons, read.context) == (new.photos, new.reasons, new.context)
    assert (read.versions, read.created_at) == (new.versions, NOON)


async def test_context_that_was_not_given_is_null(database: Database) -> None:
    (written,) = await write(database, new_case(context=None))
    assert written.context is None
    async with database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM cases WHERE context IS NULL")) == 1


async def test_a_replayed_turn_finds_its_case(database: Database) -> None:
    """Nothing is written a second time, not even when the replay computed something else."""
    (first,) = await write(database, new_case("turn-1"))
    (second,) = await write(database, new_case("turn-1", level="high", number=cases.new_number()))
    assert second == first
    async with database.read() as session:
        assert await cases.find_case_of_turn(session, "turn-1") == first
        assert await cases.find_case_of_turn(session, "turn-2") is None
        for table in (CaseRow, AuditRow):
            assert await session.scalar(select(func.count()).select_from(table)) == 1
        assert await session.scalar(select(func.count()).select_from(OpinionRow)) == 2


async def test_one_turn_on_two_connections_makes_one_case(
    database: Database, other_database: Database
) -> None:
    """The slower one finds the case, or is refused and finds it on its next try."""
    outcomes = await asyncio.gather(
        *(write(opened, new_case("turn-1")) for opened in [database, other_database] * 4),
        return_exceptions=True,
    )
    assert all(isinstance(outcome, (list, Conflict)) for outcome in outcomes)
    assert len(await list_all(database)) == 1


async def test_a_number_shown_before_is_the_one_written(database: Database) -> None:
    number = cases.new_number()
    (written,) = await write(database, new_case(number=number))
    assert written.number == number


async def test_a_number_that_is_taken_is_refused(database: Database) -> None:
    await write(database, new_case("turn-1", number="N-222222"))
    with pytest.raises(Conflict, match="try again"):
        await write(database, new_case("turn-2", number="N-222222"))
    assert len(await list_all(database)) == 1


async def test_a_case_is_shown_to_its_own_subject_only(database: Database) -> None:
    (written,) = await write(database, new_case())
    async with database.read() as session:
        assert await cases.get_case(session, written.number, subject=SOMEONE_ELSE) is None
        assert await cases.list_cases(session, subject=SOMEONE_ELSE, limit=9) == []
        assert await cases.count_cases(session, subject=SOMEONE_ELSE) == 0


async def test_pages_show_every_case_once_newest_first(database: Database) -> None:
    written = await write(database, *(new_case(f"turn-{number}") for number in range(7)))
    await write(database, new_case("elsewhere", subject=SOMEONE_ELSE))
    seen: list[Case] = []
    async with database.read() as session:
        while page := await cases.list_cases(
            session, subject=SUBJECT, limit=3, before_id=seen[-1].id if seen else None
        ):
            assert len(page) <= 3
            seen += page
        assert await cases.count_cases(session, subject=SUBJECT) == 7
    assert seen == written[::-1]


async def test_history_can_be_narrowed_to_a_level(database: Database) -> None:
    levels = ("low", "high", "moderate", "high", "not_assessable")
    await write(database, *(new_case(f"turn-{level}-{i}", level=level) for i, level in enumerate(levels)))
    async with database.read() as session:
        found = await cases.list_cases(session, subject=SUBJECT, limit=9, level="high")
        assert [case.turn_key for case in found] == ["turn-high-3", "turn-high-1"]
        assert await cases.count_cases(session, subject=SUBJECT, level="high") == 2
        assert await cases.count_cases(session, subject=SUBJECT, level="low") == 1


@pytest.mark.parametrize("query", ["list", "list of a level", "count", "count of a level"])
async def test_history_reads_an_index_and_sorts_nothing(database: Database, query: str) -> None:
    """On SQLite the plan is checked, since a small table is quick with any plan."""
    if not database.is_sqlite:
        return  # PostgreSQL reads a small table whole, rightly
    level = " AND level = 'high'" if query.endswith("level") else ""
    what = "count(*)" if query.startswith("count") else "*"
    order = "" if query.startswith("count") else " AND id < 99 ORDER BY id DESC LIMIT 5"
    statement = f"SELECT {what} FROM cases WHERE subject = 's' AND split_at IS NULL{level}{order}"
    async with database.read() as session:
        plan = (await session.execute(text(f"EXPLAIN QUERY PLAN {statement}"))).all()
    assert len(plan) == 1
    assert "SEARCH cases USING" in plan[0].detail
    assert ("level=?" in plan[0].detail) == bool(level)
    assert ("COVERING" in plan[0].detail) == query.startswith("count")


async def split(database: Database, number: str, *turns: str, subject: str = SUBJECT) -> Sequence[Case]:
    async with database.write() as session:
        new = [new_case(turn) for turn in turns]
        return await cases.split_case(session, number, subject=subject, cases=new, now=at(9))


async def test_an_album_split_leaves_the_history_to_its_parts(database: Database) -> None:
    (album,) = await write(database, new_case("album", photos=(new_photo(), new_photo())))
    parts = await split(database, album.number, "part-0", "part-1")
    assert [part.turn_key for part in parts] == ["part-0", "part-1"]
    assert await list_all(database) == list(parts)[::-1]
    async with database.read() as session:
        assert await cases.get_case(session, album.number, subject=SUBJECT) is None
        assert await cases.find_case_of_turn(session, "album") == album
        assert await cases.count_cases(session, subject=SUBJECT) == 2


async def test_an_album_split_twice_has_the_parts_of_the_first_time(database: Database) -> None:
    """Also when the second press is another update with turn keys of its own."""
    (album,) = await write(database, new_case("album"))
    first = await split(database, album.number, "part-0", "part-1")
    assert await split(database, album.number, "other-0", "other-1") == first
    assert len(await list_all(database)) == 2


async def test_an_album_split_at_once_on_two_connections_is_split_once(
    database: Database, other_database: Database
) -> None:
    for number in range(10):
        (album,) = await write(database, new_case(f"album-{number}"))
        one, other = await asyncio.gather(
            split(database, album.number, f"a-{number}"), split(other_database, album.number, f"b-{number}")
        )
        assert one == other
    assert len(await list_all(database)) == 10


async def test_someone_elses_album_is_not_split(database: Database) -> None:
    (album,) = await write(database, new_case("album"))
    assert await split(database, album.number, "part-0", subject=SOMEONE_ELSE) == []
    assert await list_all(database) == [album]


@pytest.mark.parametrize(
    "changes",
    [
        {"level": "dangerous"},
        {"language": "de"},
        {"photos": (new_photo(domain="selfie"),)},
        {"context": {"worry": float("nan")}},
    ],
)
async def test_a_word_or_number_that_means_nothing_is_refused(
    database: Database, changes: dict[str, Any]
) -> None:
    with pytest.raises((LookupError, ValueError)):
        await write(database, new_case(**changes))
    assert await list_all(database) == []


async def test_a_probability_beyond_one_is_refused(database: Database) -> None:
    with pytest.raises(Conflict):
        await write(database, new_case(photos=(new_photo(probability=1.5),)))


async def test_relationships_never_query_behind_ones_back(database: Database) -> None:
    await write(database, new_case())
    async with database.read() as session:
        row = (await session.scalars(select(CaseRow))).one()
        with pytest.raises(Exception, match="lazy='raise'"):
            _ = row.photos
