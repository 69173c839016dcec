"""What is said about a case counts for every case made from it, at any distance; on both databases."""

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import update

from storage.clinic.claims import claim_referral
from storage.clinic.flag_facts import Change, after_answer, after_high, after_outcome
from storage.clinic.flags import Flag, find_flag, list_flagged
from storage.clinic.outcomes import Outcome, keep_outcome
from storage.clinic.referrals import add_referral
from storage.clinic.verdicts import NewVerdict, add_verdict
from storage.database.sessions import Database
from storage.record.cases import Case, add_case, split_case
from storage.record.flag_closings import Closing, close_flag
from storage.record.origins import list_made
from storage.record.people import ensure_person
from storage.record.tables import CaseRow
from tests.integration.storage.clinic.test_referrals import add_clinic, referral
from tests.support.records import SUBJECT, at, new_case

ANN, TOKEN = b"a" * 32, "token0"


@dataclass
class Record:
    """Cases of one sender. Each thing that happens takes a minute."""

    database: Database
    minute: int = 0
    subject: str = SUBJECT

    def next(self) -> float:
        self.minute += 1
        return self.minute

    async def send(self, *, picked_from: Case | None = None, **changes: object) -> Case:
        now = at(self.next())
        origin = None if picked_from is None else picked_from.id
        case = new_case(f"turn {self.minute}", picked_from_id=origin, subject=self.subject, **changes)
        async with self.database.write() as session:
            return await add_case(session, case, now=now)

    async def split(self, case: Case, *levels: str) -> list[Case]:
        now = at(self.next())
        parts = [
            new_case(f"{case.turn_key}:{place}", level=each, model_level="low", subject=self.subject)
            for place, each in enumerate(levels)
        ]
        async with self.database.write() as session:
            return [*await split_case(session, case.number, subject=self.subject, cases=parts, now=now)]

    async def rate_high(self, case: Case, *, by_networks: bool = False) -> Change:
        now = at(self.next())
        values = {"high_at": now} | ({"model_level": "high"} if by_networks else {})
        async with self.database.write() as session:
            await session.execute(update(CaseRow).where(CaseRow.id == case.id).values(values))
        return after_high(case.number, now, by_networks=by_networks)

    async def post(self, case: Case) -> None:
        now, clinic = at(self.next()), await add_clinic(self.database)
        self.asked_at = now
        new = replace(referral(0, clinic, subject=self.subject), case_number=case.number)
        async with self.database.write() as session:
            await add_referral(session, new, now=now)
            await claim_referral(session, TOKEN, claimer_ref=ANN, claimer=ANN, now=now)

    async def answer(self, case: Case, kind: str) -> Change:
        now = at(self.next())
        async with self.database.write() as session:
            assert await add_verdict(session, TOKEN, NewVerdict(kind=kind), claimer_ref=ANN, now=now)
        return after_answer(case.number, kind, now, asked_at=self.asked_at)

    async def prove(self, case: Case, kind: str = "melanoma") -> Change:
        now = at(self.next())
        async with self.database.write() as session:
            outcome = Outcome(kind=kind, source="clinic")
            await keep_outcome(session, TOKEN, outcome, level="low", now=now)
        return after_outcome(case.number, kind, now)

    async def find(self, *cases: Case, change: Change | None = None) -> list[Flag | None]:
        async with self.database.read() as session:
            return [
                await find_flag(session, case.number, subject=self.subject, change=change) for case in cases
            ]

    async def reasons(self, *cases: Case) -> list[str | None]:
        return [None if flag is None else flag.why for flag in await self.find(*cases)]

    async def listed(self) -> set[str]:
        async with self.database.read() as session:
            return {each.numbers[0] for each in await list_flagged(session, subject=self.subject)}


@dataclass
class Family:
    """An album that was split, a part that was split again, and a lesion picked on a photo of that one."""

    album: Case
    part: Case
    last: Case
    pick: Case

    @property
    def shown(self) -> tuple[Case, ...]:
        """The cases in the history."""
        return self.part, self.last, self.pick


async def make_family(record: Record, album: Case) -> Family:
    part, again = await record.split(album, "low", "low")
    (last,) = await record.split(again, "low")
    return Family(album, part, last, await record.send(picked_from=last, level="low"))


@pytest.mark.parametrize("why", ["high", "urgent", "melanoma"])
async def test_a_reason_from_before_the_split_reaches_every_case_made_from_an_album(
    database: Database, why: str
) -> None:
    record = Record(database)
    album = await record.send(level="low", model_level="low")
    await record.post(album)
    if why == "high":
        await record.rate_high(album)
    elif why == "urgent":
        await record.answer(album, "urgent")
    else:
        await record.prove(album)
    family = await make_family(record, album)
    assert await record.reasons(*family.shown) == [why] * 3
    assert [flag.number for flag in await record.find(*family.shown) if flag] == [
        each.number for each in family.shown
    ]
    assert await record.listed() == {each.number for each in family.shown}
    assert await record.reasons(album) == [why]
    async with database.read() as session:
        assert await list_made(session, album.id) == [each.number for each in family.shown]


async def test_what_is_about_to_be_recorded_of_an_album_is_foreseen_for_every_case_made_from_it(
    database: Database,
) -> None:
    record = Record(database)
    album = await record.send(level="low", model_level="low")
    await record.post(album)
    family = await make_family(record, album)
    expected = [
        (record.answer, "urgent", "urgent"),
        (record.answer, "benign", None),
        (record.prove, "melanoma", "melanoma"),
        (record.prove, "benign_histology", None),
        (record.answer, "urgent", "urgent"),
    ]
    for happens, kind, why in expected:
        before = await record.find(*family.shown)
        change = await happens(album, kind)
        assert await record.find(*family.shown) != before
        assert await record.reasons(*family.shown) == [why] * 3
        assert await record.find(*family.shown, change=change) == await record.find(*family.shown)


@pytest.mark.parametrize(("by_networks", "expected"), [(False, ["high", "high"]), (True, ["high", None])])
async def test_a_photo_that_becomes_high_flags_what_was_picked_on_it_unless_by_the_networks(
    database: Database, by_networks: bool, expected: list[str | None]
) -> None:
    record = Record(database)
    photo = await record.send(level="moderate", model_level="moderate")
    pick = await record.send(picked_from=photo, level="low", model_level="low")
    async with database.read() as session:
        change = after_high(photo.number, at(9), by_networks=by_networks)
        foreseen = [
            await find_flag(session, each.number, subject=SUBJECT, change=change) for each in (photo, pick)
        ]
    assert [None if flag is None else flag.why for flag in foreseen] == expected
    await record.rate_high(photo, by_networks=by_networks)
    assert await record.reasons(photo, pick) == expected


async def test_a_high_of_the_photo_after_the_flag_of_a_pick_was_settled_flags_it_again(
    database: Database,
) -> None:
    async with database.write() as session:  # the statement goes when its sender does
        person = await ensure_person(session, b"s" * 32, now=at(0))
    record = Record(database, subject=person.subject)
    photo = await record.send(level="low", model_level="low")
    pick = await record.send(picked_from=photo, level="high", model_level="low")
    async with database.write() as session:
        closing = Closing(why="mistake", reason="wrong_finding")
        await close_flag(session, [pick.number], closing, subject=person.subject, now=at(record.next()))
    assert await record.reasons(photo, pick) == [None, None]
    await record.rate_high(photo)
    assert await record.reasons(photo, pick) == ["high", "high"]


async def test_a_high_that_came_from_another_part_or_another_lesion_reaches_no_pick(
    database: Database,
) -> None:
    record = Record(database)
    album = await record.send(level="high", model_level="high")
    low, high = await record.split(album, "low", "high")
    assert await record.reasons(low, high) == [None, "high"]
    assert await record.reasons(await record.send(picked_from=low, level="low")) == [None]
    async with database.write() as session:
        await session.execute(update(CaseRow).where(CaseRow.id == high.id).values(model_level="high"))
    assert await record.reasons(await record.send(picked_from=high, level="low")) == [None]


async def test_an_answer_settles_only_after_the_newest_high_photo_of_the_lesion_was_posted(
    database: Database,
) -> None:
    """A part that becomes high counts as posted with its album: the clinic has the photo."""
    record = Record(database)
    album = await record.send(level="low", model_level="low")
    await record.rate_high(album)
    family = await make_family(record, album)
    await record.post(album)
    await record.answer(album, "routine")
    assert await record.reasons(*family.shown) == ["high"] * 3
    await record.answer(album, "monitor")
    assert await record.reasons(*family.shown) == [None] * 3
    await record.rate_high(family.pick)
    assert await record.reasons(*family.shown) == [None, None, "high"]


async def test_cases_of_other_senders_and_later_photos_are_not_reached(database: Database) -> None:
    record = Record(database)
    album = await record.send(level="low", model_level="low")
    await record.rate_high(album)
    await make_family(record, album)
    later = await record.send(level="low")
    assert await record.reasons(later) == [None]
    async with database.read() as session:
        assert await find_flag(session, album.number, subject="other") is None
        assert await list_made(session, later.id) == []
