"""Referrals in the record: who claims, who answers, what is erased; on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from storage.clinic import claims, clinics, drafts, referrals, verdicts
from storage.clinic.referrals import NewReferral
from storage.clinic.tables import ClinicRow
from storage.clinic.verdicts import NewVerdict
from storage.database.errors import Conflict
from storage.database.sessions import Database
from storage.record import audit
from storage.record.people import ensure_person, forget_person

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SENDER, ANN, BOB = b"s" * 32, b"a" * 32, b"b" * 32
ROUNDS = 200


async def add_clinic(database: Database) -> int:
    async with database.write() as session:
        row = ClinicRow(
            title=b"title", chat=b"chat", chat_ref=b"r" * 32, kind="group", language="en", created_at=NOW
        )
        session.add(row)
        await session.flush()
        return row.id


def referral(number: int, clinic: int, *, subject: str = "AAAA-BBBB") -> NewReferral:
    return NewReferral(
        token=f"token{number}",
        case_number=f"N-{number}",
        subject=subject,
        clinic_id=clinic,
        level="high",
        language="en",
        due_at=NOW + timedelta(days=1),
        reply_chat=b"sealed chat",
        details=b"sealed details",
    )


async def ask(database: Database, count: int = 1, *, subject: str = "AAAA-BBBB") -> int:
    clinic = await add_clinic(database)
    async with database.write() as session:
        for number in range(count):
            await referrals.add_referral(session, referral(number, clinic, subject=subject), now=NOW)
    return clinic


async def claim(database: Database, token: str, who: bytes) -> bool:
    async with database.write() as session:
        return await claims.claim_referral(session, token, claimer_ref=who, claimer=who, now=NOW)


async def answer(
    database: Database, kind: str, who: bytes, *, words: str | None = None
) -> verdicts.Verdict | None:
    async with database.write() as session:
        said = NewVerdict(kind=kind, words=words, comment=words.encode() if words else None)
        return await verdicts.add_verdict(session, "token0", said, claimer_ref=who, now=NOW)


async def read(database: Database, token: str = "token0") -> referrals.Referral:  # noqa: S107 - no secret
    async with database.read() as session:
        found = await referrals.get_referral(session, token)
    assert found is not None
    return found


async def test_of_two_claims_at_the_same_instant_one_wins_every_time(
    database: Database, other_database: Database
) -> None:
    await ask(database, ROUNDS)
    for number in range(ROUNDS):
        token = f"token{number}"
        outcome = await asyncio.gather(claim(database, token, ANN), claim(other_database, token, BOB))
        assert sorted(outcome) == [False, True]
        assert (await read(database, token)).claimer_ref == (ANN if outcome[0] else BOB)
    async with database.read() as session:
        await audit.verify(session)


async def test_a_case_is_with_one_clinic_at_a_time_and_a_replay_changes_nothing(database: Database) -> None:
    clinic = await ask(database)
    async with database.write() as session:
        await referrals.add_referral(session, referral(0, clinic), now=NOW)
    again = NewReferral(
        **{n: getattr(referral(0, clinic), n) for n in NewReferral.__slots__} | {"token": "other"}
    )
    with pytest.raises(Conflict):
        async with database.write() as session:
            await referrals.add_referral(session, again, now=NOW)
    assert await claim(database, "token0", ANN)
    assert await answer(database, "benign", ANN) is not None
    async with database.write() as session:
        await referrals.add_referral(session, again, now=NOW)


async def test_only_whoever_claimed_answers_and_a_second_answer_is_a_correction(database: Database) -> None:
    await ask(database)
    assert await answer(database, "urgent", ANN) is None, "nobody has claimed it"
    await claim(database, "token0", ANN)
    assert await answer(database, "urgent", BOB) is None
    first = await answer(database, "benign", ANN, words="looks harmless")
    second = await answer(database, "urgent", ANN)
    assert first is not None
    assert second is not None
    assert (first.is_correction, second.is_correction) == (False, True)
    async with database.read() as session:
        kept = await verdicts.list_verdicts(session, (await read(database)).id)
        await audit.verify(session)
    assert [each.kind for each in kept] == ["benign", "urgent"]


async def test_an_overdue_case_is_told_once_and_is_free_again(database: Database) -> None:
    await ask(database)
    await claim(database, "token0", ANN)
    async with database.read() as session:
        assert await referrals.list_overdue(session, now=NOW) == []
        late = await referrals.list_overdue(session, now=NOW + timedelta(days=2))
    assert [each.token for each in late] == ["token0"]
    async with database.write() as session:
        assert await claims.release_overdue(session, "token0", now=NOW)
    async with database.write() as session:
        assert not await claims.release_overdue(session, "token0", now=NOW)
    assert await claim(database, "token0", BOB)


async def test_forgetting_withdraws_and_erases_but_what_was_answered_counts(database: Database) -> None:
    async with database.write() as session:
        person = await ensure_person(session, SENDER, now=NOW)
        await drafts.keep_draft(session, person.subject, "N-9", payload=b"sealed", now=NOW)
    await ask(database, subject=person.subject)
    await claim(database, "token0", ANN)
    await answer(database, "urgent", ANN, words="Mrs Planted")
    async with database.write() as session:
        await referrals.erase_for_subject(session, person.subject, (SENDER,), now=NOW)
        await verdicts.erase_comments(session, person.subject)
        await forget_person(session, SENDER)
    found = await read(database)
    assert found.state == "answered"
    assert (found.reply_chat, found.details, found.claimer, found.claimer_ref) == (None,) * 4
    async with database.read() as session:
        kept = await verdicts.list_verdicts(session, found.id)
        assert [(each.kind, each.comment) for each in kept] == [("urgent", None)]
        assert await drafts.list_drafts(session, person.subject) == []
        await audit.verify(session)


async def test_a_forgotten_dermatologist_gives_their_open_case_back(database: Database) -> None:
    await ask(database)
    await claim(database, "token0", ANN)
    async with database.write() as session:
        await referrals.erase_for_subject(session, "CCCC-DDDD", (ANN,), now=NOW)
    found = await read(database)
    assert (found.state, found.claimer_ref, found.reply_chat) == ("open", None, b"sealed chat")


async def test_addresses_go_some_days_after_the_answer_and_not_before(database: Database) -> None:
    await ask(database, 2)
    await claim(database, "token0", ANN)
    await answer(database, "urgent", ANN)
    async with database.write() as session:
        assert await referrals.expire_addresses(session, before=NOW) == 0
        assert await referrals.expire_addresses(session, before=NOW + timedelta(days=1)) == 1
    assert (await read(database)).reply_chat is None
    assert (await read(database, "token1")).reply_chat == b"sealed chat", "it is still open"


async def test_the_clinic_of_a_sender_is_their_own_and_the_only_one_is_found(database: Database) -> None:
    clinic = await add_clinic(database)
    async with database.read() as session:
        assert await clinics.can_be_asked(session, "AAAA-BBBB", by_anyone=True)
        assert not await clinics.can_be_asked(session, "AAAA-BBBB", by_anyone=False)
        assert await clinics.find_clinic_of_sender(session, "AAAA-BBBB") is None
        only = await clinics.find_only_clinic(session)
        assert only is not None
        assert only.id == clinic
        assert await clinics.find_clinic_of_chat(session, (b"x" * 32, b"r" * 32)) == only
        assert await clinics.list_dermatologists(session, clinic) == frozenset()
