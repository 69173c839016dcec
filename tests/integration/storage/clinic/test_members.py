"""Invitations let one person in, once; members come and go; a clinic's chat is followed."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from storage.clinic import members
from storage.clinic.clinics import find_clinic_of_chat, find_clinic_of_sender
from storage.clinic.links import ChatPlace, NewClinic, link_clinic, list_clinics, lose_clinic, move_clinic
from storage.clinic.members import NewInvite
from storage.database.errors import Conflict
from storage.database.sessions import Database
from storage.record import people
from tests.support.records import NOON, at

REFS = (b"r" * 32, b"o" * 32)
LATER = NOON + timedelta(hours=72)


def new_clinic(ref: bytes = REFS[0]) -> NewClinic:
    place = ChatPlace(chat=b"sealed", chat_refs=(ref, b"old" + ref[3:]))
    return NewClinic(place=place, title=b"title", kind="group", language="en")


async def add_clinic(database: Database, ref: bytes = REFS[0]) -> int:
    async with database.write() as session:
        await link_clinic(session, new_clinic(ref), now=NOON)
        clinic = await find_clinic_of_chat(session, (ref,))
        assert clinic is not None
        return clinic.id


async def invite(database: Database, clinic_id: int, link: str = "t", role: str = "sender") -> None:
    made = NewInvite(token=link, clinic_id=clinic_id, role=role, expires_at=LATER)  # type: ignore[arg-type]
    async with database.write() as session:
        await members.add_invite(session, made, now=NOON)


async def redeem(database: Database, user: bytes, link: str = "t", *, minutes: float = 1) -> str:
    async with database.write() as session:
        person = await people.ensure_person(session, user * 32, now=NOON)
        await members.redeem_invite(session, link, subject=person.subject, now=at(minutes))
        return person.subject


async def test_of_many_who_use_an_invitation_at_once_one_is_let_in(
    database: Database, other_database: Database
) -> None:
    await invite(database, await add_clinic(database))
    tries = [redeem(opened, bytes([n])) for n, opened in enumerate([database, other_database] * 8)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(each, str) for each in results) == 1
    assert sum(isinstance(each, Conflict) for each in results) == 15


@pytest.mark.parametrize("minutes", [72 * 60, 72 * 60 + 1])
async def test_an_invitation_that_ran_out_lets_nobody_in(database: Database, minutes: float) -> None:
    await invite(database, await add_clinic(database))
    with pytest.raises(Conflict):
        await redeem(database, b"a", minutes=minutes)


async def test_no_token_stands_in_the_database(database: Database) -> None:
    await invite(database, await add_clinic(database), link="the secret")
    async with database.read() as session:
        (row,) = (await session.execute(text("SELECT * FROM invites"))).all()
    assert b"the secret" not in b"".join(each for each in row if isinstance(each, bytes))
    assert "the secret" not in str(row)


async def test_a_sender_belongs_to_the_clinic_of_the_last_invitation(database: Database) -> None:
    first, second = await add_clinic(database), await add_clinic(database, b"s" * 32)
    await invite(database, first, "one")
    await invite(database, second, "two")
    subject = await redeem(database, b"a", "one")
    await redeem(database, b"a", "two", minutes=2)
    async with database.read() as session:
        clinic = await find_clinic_of_sender(session, subject)
        assert clinic is not None
        assert clinic.id == second
        assert await members.count_members(session, first) == 0


async def test_a_removed_member_is_none_until_invited_again(database: Database) -> None:
    clinic = await add_clinic(database)
    await invite(database, clinic, "one", role="dermatologist")
    subject = await redeem(database, b"a", "one")
    async with database.write() as session:
        (member,) = await members.list_members(session, clinic, limit=5)
        await members.revoke_member(session, member, now=at(2))
        await members.revoke_member(session, member, now=at(3))
    async with database.read() as session:
        assert not await members.is_member(session, subject)
        assert await members.is_removed(session, clinic, subject)
    await invite(database, clinic, "two", role="dermatologist")
    await redeem(database, b"a", "two", minutes=4)
    async with database.read() as session:
        assert await members.is_member(session, subject)
        assert not await members.is_removed(session, clinic, subject)


async def test_forgetting_a_person_takes_their_part_along(database: Database) -> None:
    clinic = await add_clinic(database)
    await invite(database, clinic)
    await redeem(database, b"a")
    async with database.write() as session:
        await people.forget_person(session, b"a" * 32)
    async with database.read() as session:
        assert await members.count_members(session, clinic) == 0


async def test_a_group_that_moves_stays_the_clinic(database: Database) -> None:
    clinic = await add_clinic(database)
    place = ChatPlace(chat=b"new", chat_refs=(b"n" * 32,))
    async with database.write() as session:
        await lose_clinic(session, clinic, now=at(1))
        assert await move_clinic(session, REFS, place)
        assert not await move_clinic(session, REFS, place)
    async with database.read() as session:
        (found,) = await list_clinics(session)
    assert (found.id, found.chat, found.state) == (clinic, b"new", "linked")


async def test_a_chat_that_is_linked_again_is_the_same_clinic(database: Database) -> None:
    clinic = await add_clinic(database)
    async with database.write() as session:
        await lose_clinic(session, clinic, now=at(1))
    assert await add_clinic(database) == clinic
