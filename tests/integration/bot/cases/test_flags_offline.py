"""A lesion that was rated high, or answered Urgent, stays flagged in later answers until it is settled."""

from datetime import timedelta

import pytest
from sqlalchemy import text, update

from bot.delivery.sealing import open_message, seal_message
from storage.clinic.flags import find_flag, list_flagged
from storage.clinic.outcomes import Outcome, keep_outcome
from storage.clinic.tables import ReferralRow
from storage.clinic.verdicts import NewVerdict, add_verdict
from storage.database.errors import AuditBroken
from storage.database.keys import Keyring
from storage.queues import outbox
from storage.record import audit
from storage.record.audit_record import compare_cases
from storage.record.cases import Case, list_cases
from storage.record.flag_closings import compare_closings
from storage.record.people import find_person
from storage.record.tables import CaseRow
from tests.integration.bot.clinic.test_claims import ask
from tests.support.offline import Chat, FakeTurn, Sender, find_data, settle_flag
from tests.support.senders import GP, GP_FR, HIGH, LOW, buttons, labelled, plain_spaces, rows, send_photo
from tests.support.upkeep import make_upkeep

# The conversations know no database: once is enough.
pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted")]


async def send(chat: Chat, findings, who: Sender = GP) -> tuple[Case, FakeTurn]:
    """A new photo, whose answer is in the outbox; its case and the answer."""
    case, turn = await send_photo(chat, findings, who)
    keyring = chat.application.bot_data["services"].keyring
    async with chat.database.write() as session:
        await outbox.put_message(session, seal_message(turn.sent[0], keyring), now=0.0)
    return case, turn


async def is_flagged(chat: Chat, case: Case) -> bool:
    async with chat.database.read() as session:
        await compare_cases(session)
        await compare_closings(session)
        await audit.verify(session)
        return await find_flag(session, case.number, subject=case.subject) is not None


@pytest.mark.parametrize(
    ("who", "asked", "flagged"),
    [
        (GP, "🚩 Is it the flagged lesion?", "Flagged: rated high on"),
        (GP_FR, "🚩 Est-ce la lésion signalée ?", "Signalée : niveau élevé le"),
    ],
)
async def test_a_new_photo_is_asked_about_and_carries_the_flag_from_then_on(
    chat: Chat, who: Sender, asked: str, flagged: str
) -> None:
    high, first = await send(chat, HIGH, who)
    assert "🚩" not in first.text, "nothing is flagged yet, and the answer says high itself"
    low, answer = await send(chat, LOW, who)
    listed = await chat.take(chat.press(who, labelled(answer, asked)))
    assert low.number in listed.text
    (target,) = [data for name, data in buttons(listed).items() if high.number in name]
    joined = await chat.take(chat.press(who, str(target)))
    page, *along = joined.sent
    assert flagged in plain_spaces(page.text or "")
    (edited,) = [each for each in along if each.replaces == f"{answer.key}:answer"]
    assert plain_spaces(edited.text or "").startswith(f"🚩 <b>{flagged}")
    assert "No sign of melanoma" not in (edited.text or "")
    assert "Aucun signe de mélanome" not in (edited.text or "")
    shown = await chat.take(chat.command(who, f"/history {low.number}"))
    assert flagged in plain_spaces(shown.text)
    assert "which" not in str(list(buttons(shown).values()))
    assert (await chat.take(chat.command(who, "/history"))).text.count("🚩") == 2


async def test_none_of_these_leaves_the_photo_unlinked(chat: Chat) -> None:
    await send(chat, HIGH)
    low, answer = await send(chat, LOW)
    listed = await chat.take(chat.press(GP, labelled(answer, "🚩 Is it the flagged lesion?")))
    turn = await chat.take(chat.press(GP, labelled(listed, "None of these")))
    assert "shows none of the flagged lesions" in turn.text
    assert not await is_flagged(chat, low)


async def test_nobody_links_a_photo_to_the_flagged_lesion_of_another(chat: Chat) -> None:
    theirs, _ = await send(chat, HIGH, GP_FR)
    mine, answer = await send(chat, LOW)
    assert not [data for data in buttons(answer).values() if "which" in str(data)]
    assert not (await chat.take(chat.press(GP, f"o:{mine.number}:same:{theirs.number}"))).sent
    assert await rows(chat, "lesion_cases") == 0


@pytest.mark.parametrize("reason", ["wrong_lesion", "wrong_finding", "test_photo"])
async def test_a_mistake_settles_with_its_reason_and_a_new_high_level_flags_again(
    chat: Chat, reason: str
) -> None:
    case, _ = await send(chat, HIGH)
    page = await chat.take(chat.press(GP, f"o:{case.number}"))
    how = await chat.take(chat.press(GP, labelled(page, "🚩 Settle the flag")))
    why = await chat.take(chat.press(GP, labelled(how, "✖️ It was a mistake")))
    settled = await chat.take(chat.press(GP, find_data(why, f"o:{case.number}:settle:{reason}:")))
    assert "Settled and noted" in (settled.sent[0].text or "")
    assert not await is_flagged(chat, case)
    async with chat.database.read() as session:
        payload = await session.scalar(text("SELECT payload FROM audit WHERE kind = 'flag_closed'"))
    assert reason in str(payload)
    for wanted in (1, 0, 1):  # a sign that is ticked makes it high, taken off not any more, and again
        await chat.take(chat.press(GP, f"k:{case.number}:7:r0:{wanted}", on_card=True))
    again, _ = await send(chat, HIGH)
    assert await is_flagged(chat, again)


async def test_a_button_from_before_a_new_high_level_does_not_settle_it(chat: Chat) -> None:
    """The page shows the new flag instead, and its own buttons settle that one."""
    case, _ = await send(chat, HIGH)
    old = await chat.take(chat.press(GP, f"o:{case.number}:settle:mistake"))
    for wanted in (1, 0, 1):
        await chat.take(chat.press(GP, f"k:{case.number}:7:r0:{wanted}", on_card=True))
    newer, _ = await send(chat, HIGH)
    await chat.take(chat.press(GP, f"o:{newer.number}:same:{case.number}"))
    for data in (
        find_data(old, ":wrong_lesion:"),
        f"o:{case.number}:settle:whole",
        f"o:{case.number}:settle:whole:1",
    ):
        asked = await chat.take(chat.press(GP, data))
        assert newer.number in asked.text, "the flag that stands now"
        assert await rows(chat, "flag_closings") == 0
    assert await is_flagged(chat, case)
    await settle_flag(chat, GP, case.number, "wrong_lesion")
    assert not await is_flagged(chat, case)


async def test_histology_settles_only_if_it_is_of_the_whole_lesion(chat: Chat) -> None:
    case, _ = await send(chat, HIGH)
    how = await chat.take(chat.press(GP, f"o:{case.number}:settle"))
    asked = await chat.take(chat.press(GP, labelled(how, "🔬 Histology: no cancer")))
    assert "whole lesion" in asked.text
    assert await is_flagged(chat, case)
    await chat.take(chat.press(GP, labelled(asked, "✅ Yes: whole lesion, no cancer")))
    assert not await is_flagged(chat, case)


async def test_a_level_that_was_high_only_for_a_while_flags(chat: Chat) -> None:
    case, _ = await send(chat, LOW)
    await chat.take(chat.press(GP, f"k:{case.number}:7:r0:1", on_card=True))
    await chat.take(chat.press(GP, f"k:{case.number}:7:r0:0", on_card=True))
    assert await is_flagged(chat, case)
    async with chat.database.write() as session:
        await session.execute(update(CaseRow).values(high_at=None))
    with pytest.raises(AuditBroken, match="since when it is high"):
        await is_flagged(chat, case)


async def refer(chat: Chat, keyring: Keyring, case: Case, *kinds: str) -> str:
    """Ask the clinic about a case, which answers in this order; the referral's token."""
    (token,) = await ask(chat.database, keyring, 1, subject=case.subject)
    now, ref = chat._now, b"c" * 32
    async with chat.database.write() as session:
        await session.execute(
            update(ReferralRow)
            .where(ReferralRow.token == token)
            .values(case_number=case.number, asked_at=now, state="claimed", claimer_ref=ref)
        )
        for minute, kind in enumerate(kinds, start=1):
            verdict = NewVerdict(kind=kind, months=3 if kind == "monitor" else None)
            at = now + timedelta(minutes=minute)
            assert await add_verdict(session, token, verdict, claimer_ref=ref, now=at)
    chat._now += timedelta(minutes=10)
    return token


@pytest.mark.parametrize(
    ("findings", "kinds", "expected"),
    [
        (HIGH, (), True),
        (HIGH, ("benign",), False),
        (HIGH, ("monitor",), False),
        (HIGH, ("routine", "comment"), True),
        (HIGH, ("better_photo",), True),
        (HIGH, ("benign", "routine"), True),
        (LOW, ("urgent",), True),
        (LOW, ("urgent", "routine"), True),
        (LOW, ("urgent", "benign"), False),
        (LOW, ("benign",), False),
    ],
)
async def test_what_the_clinic_answers_flags_and_settles(
    chat: Chat, keyring: Keyring, findings, kinds: tuple[str, ...], expected: bool
) -> None:
    case, _ = await send(chat, findings)
    await refer(chat, keyring, case, *kinds)
    assert await is_flagged(chat, case) is expected


async def test_a_proven_melanoma_stays_flagged(chat: Chat, keyring: Keyring) -> None:
    case, _ = await send(chat, HIGH)
    token = await refer(chat, keyring, case, "benign")
    async with chat.database.write() as session:
        outcome = Outcome(kind="melanoma", source="clinic")
        await keep_outcome(session, token, outcome, level=case.level, now=chat._now)
    how = await chat.take(chat.press(GP, f"o:{case.number}:settle"))
    assert "stays flagged" in how.text
    await chat.take(chat.press(GP, f"o:{case.number}:settle:whole"))
    assert await rows(chat, "flag_closings") == 0
    assert await is_flagged(chat, case)


@pytest.mark.parametrize(
    ("who", "asked", "yes", "no"),
    [
        (GP, "Was the patient referred?", "✅ Referred: remind me", "Not yet"),
        (GP_FR, "Le patient a-t-il été adressé ?", "✅ Adressé : me le rappeler", "Pas encore"),
    ],
)
async def test_no_reminder_in_months_is_set_before_the_patient_was_referred(
    chat: Chat, who: Sender, asked: str, yes: str, no: str
) -> None:
    case, _ = await send(chat, HIGH, who)
    await chat.take(chat.press(who, f"r:{case.number}:w:2"))
    assert await rows(chat, "reminders") == 1
    for suffix in ("", ":keep"):
        turn = await chat.take(chat.press(who, f"r:{case.number}:m:3{suffix}"))
        assert asked in plain_spaces(turn.text)
    refused = await chat.take(chat.press(who, labelled(turn, no)))
    assert case.number in refused.text
    async with chat.database.read() as session:
        (due_at,) = (await session.scalars(text("SELECT due_at FROM reminders"))).all()
    assert str(due_at) < str(chat._now + timedelta(days=30))
    await chat.take(chat.press(who, labelled(turn, yes)))
    async with chat.database.read() as session:
        (due_at,) = (await session.scalars(text("SELECT due_at FROM reminders"))).all()
    assert str(due_at) > str(chat._now + timedelta(days=80))


async def test_a_reminder_that_was_set_before_asks_when_it_is_due(chat: Chat, keyring: Keyring) -> None:
    case, _ = await send(chat, LOW)
    await chat.take(chat.press(GP, f"r:{case.number}:m:3"))
    await chat.take(chat.press(GP, f"k:{case.number}:7:r0:1", on_card=True))
    chat._now += timedelta(days=93)
    async with chat.database.write() as session:
        await session.execute(text("DELETE FROM outbox"))
    await make_upkeep(chat).remind()
    async with chat.database.write() as session:
        (pending,) = await outbox.list_pending(session)
        (claimed,) = await outbox.claim_messages(session, [pending.id], owner="o", lease_until=1.0)
    said = open_message(claimed, keyring).outgoing.text or ""
    assert "Was the patient referred? If not, refer now" in said


async def test_what_was_settled_is_exported_and_forgotten(chat: Chat) -> None:
    case, _ = await send(chat, HIGH)
    await settle_flag(chat, GP, case.number, "test_photo")
    assert await rows(chat, "flag_closings") == 1
    assert b"PK" in (await chat.take(chat.command(GP, "/export"))).sent[0].document[:2]
    await chat.take(chat.press(GP, "f:yes"))
    assert await rows(chat, "flag_closings") == 0


async def test_an_urgent_answer_about_an_album_stays_with_its_moles_when_it_is_split(
    chat: Chat, keyring: Keyring
) -> None:
    photos = [chat.photo(GP, chat.add_photo(LOW), media_group_id="1") for _ in range(2)]
    await chat.take(*photos)
    async with chat.database.read() as session:
        person = await find_person(session, keyring.user_ref(GP.user_id))
        assert person is not None
        (album,) = await list_cases(session, subject=person.subject, limit=2)
    await refer(chat, keyring, album, "urgent")
    assert await is_flagged(chat, album)
    await chat.take(chat.press(GP, f"s:{album.number}", on_card=True))
    async with chat.database.read() as session:
        moles = await list_cases(session, subject=person.subject, limit=2)
        listed = [each.numbers[0] for each in await list_flagged(session, subject=person.subject)]
    assert {mole.number for mole in moles} == {*listed}
    assert [await is_flagged(chat, mole) for mole in moles] == [True, True]
    await settle_flag(chat, GP, moles[0].number, "wrong_lesion")
    assert [await is_flagged(chat, mole) for mole in moles] == [False, True]


@pytest.mark.parametrize(
    ("who", "asks", "says"),
    [
        (GP, "suspicious of melanoma", "rated high on"),
        (GP_FR, "mélanome", "niveau élevé le"),
    ],
)
async def test_the_letter_about_a_low_photo_of_a_flagged_lesion_says_so_and_asks_urgently(
    chat: Chat, who: Sender, asks: str, says: str
) -> None:
    high, _ = await send(chat, HIGH, who)
    low, _ = await send(chat, LOW, who)
    letter = f"w:{low.number}:{who.language_code[:2] if who.language_code else 'en'}:text"
    before = plain_spaces((await chat.take(chat.press(who, letter))).text)
    assert says not in before
    await chat.take(chat.press(who, f"o:{low.number}:same:{high.number}"))
    after = plain_spaces((await chat.take(chat.press(who, letter))).text)
    assert says in after
    assert high.number in after
    assert asks in after
