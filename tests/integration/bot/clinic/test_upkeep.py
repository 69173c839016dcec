"""Who waits too long is told once; what is open is listed once a working day; what may not be kept goes."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from sqlalchemy import update

from bot.clinic.upkeep import ClinicUpkeep
from bot.delivery.outgoing import Outgoing
from bot.delivery.sealing import open_message, seal_message
from bot.settings import Settings
from storage.clinic import referrals
from storage.clinic.tables import ReferralRow
from storage.clinic.verdicts import NewVerdict, add_verdict
from storage.database.keys import Keyring
from storage.database.sessions import Database, WriteSession
from storage.queues import outbox
from storage.queues.outbox import PendingMessage
from storage.queues.tables import OutboxRow
from tests.integration.bot.clinic.test_claims import ANN, GROUP, ask, press
from tests.support.offline import NOON, Chat

pytestmark = pytest.mark.backends("sqlite")

T = TypeVar("T")
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
ADMIN = 4_711


class PlainLedger:
    """Each step in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, work: Callable[[WriteSession], Awaitable[T]]) -> T:
        async with self._database.write() as session:
            return await work(session)


class Watch:
    """A keeper at any time of day, and what it put into the outbox."""

    def __init__(self, chat: Chat, database: Database, keyring: Keyring) -> None:
        self.chat = chat
        self._database = database
        self._keyring = keyring
        self._pending: list[PendingMessage] = []
        write_queue = PlainLedger(database)
        self.keeper = ClinicUpkeep(
            application=chat.application,
            write_queue=write_queue,  # type: ignore[arg-type]
            notify=self._note,
        )

    async def look(self, at: datetime) -> list[Outgoing]:
        """What is said at this time."""
        self.chat._now = at
        self._pending.clear()
        await self.keeper.look()
        async with self._database.write() as session:
            ids = [each.id for each in self._pending]
            rows = []
            for one in ids:  # one of a lane at a time
                rows += await outbox.claim_messages(session, [one], owner="test", lease_until=0)
                await outbox.mark_sent(session, one, message_id=None, kind="text", now=0)
        return [open_message(row, self._keyring).outgoing for row in rows]

    def _note(self, messages: Sequence[PendingMessage]) -> None:
        self._pending += messages


@pytest.fixture
async def chat(database: Database, keyring: Keyring) -> Chat:
    chat = Chat(database, keyring, settings=Settings(admins=(ADMIN,)))
    chat.request.standing = {ANN.user_id: "member"}
    await chat.application.initialize()
    return chat


@pytest.fixture
def watch(chat: Chat, database: Database, keyring: Keyring) -> Watch:
    return Watch(chat, database, keyring)


async def test_what_waits_too_long_is_told_to_both_sides_once(
    watch: Watch, database: Database, keyring: Keyring
) -> None:
    (token,) = await ask(database, keyring, 1)
    night = NOON - timedelta(hours=6)
    assert await watch.look(night) == []
    told = await watch.look(night + timedelta(hours=20))
    assert {each.chat_id for each in told} == {GROUP, 5}
    to_sender = next(each for each in told if each.chat_id == 5)
    assert "Send your own referral today" in (to_sender.text or "")
    card = next(each for each in told if each.edits_caption)
    assert "free to claim" in (card.text or "")
    assert await watch.look(night + timedelta(hours=21)) == []
    async with database.read() as session:
        found = await referrals.get_referral(session, token)
    assert found is not None
    assert found.overdue_told_at is not None


async def test_what_is_open_is_listed_once_a_working_day(
    watch: Watch, database: Database, keyring: Keyring
) -> None:
    await ask(database, keyring, 3)
    sunday = datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert not [each for each in await watch.look(sunday) if "open" in (each.text or "")]
    assert not _digests(await watch.look(MONDAY - timedelta(hours=2)))
    (digest,) = _digests(await watch.look(MONDAY))
    assert (digest.text or "").count("N-") == 3
    assert not _digests(await watch.look(MONDAY + timedelta(hours=3)))
    assert _digests(await watch.look(MONDAY + timedelta(days=1)))


async def test_a_sender_who_cannot_be_reached_is_shown_on_the_card(
    watch: Watch, database: Database, keyring: Keyring
) -> None:
    (token,) = await ask(database, keyring, 1)
    evening = NOON - timedelta(hours=5)
    told = await watch.look(evening + timedelta(days=3))
    sent = next(each for each in told if each.chat_id == 5)
    async with database.write() as session:
        await session.execute(update(OutboxRow).where(OutboxRow.key == sent.key).values(state="failed"))
    (card,) = await watch.look(evening + timedelta(days=3, minutes=1))
    assert "can no longer be reached" in (card.text or "")
    async with database.read() as session:
        found = await referrals.get_referral(session, token)
    assert found is not None
    assert found.reply_chat is None
    assert await watch.look(evening + timedelta(days=3, minutes=2)) == []


async def test_a_card_that_telegram_refused_is_taken_back_and_can_be_asked_again(
    watch: Watch, database: Database, keyring: Keyring
) -> None:
    (token,) = await ask(database, keyring, 1)
    morning = NOON - timedelta(hours=4)
    async with database.write() as session:
        card = Outgoing(key=f"referral:{token}:card", chat_id=GROUP, text="card", photo=b"picture")
        await outbox.put_message(session, seal_message(card, keyring), now=0)
        await session.execute(update(OutboxRow).where(OutboxRow.key == card.key).values(state="failed"))
    told = await watch.look(morning)
    assert {each.chat_id for each in told} == {5, ADMIN}
    assert "nobody there has seen it" in next(each.text or "" for each in told if each.chat_id == 5)
    assert "Telegram refused a message" in next(each.text or "" for each in told if each.chat_id == ADMIN)
    async with database.read() as session:
        found = await referrals.get_referral(session, token)
    assert found is not None
    assert (found.state, found.reply_chat, found.details) == ("withdrawn", None, None)
    assert await watch.look(morning + timedelta(minutes=1)) == []


async def test_the_daily_list_leaves_out_what_came_after_its_hour(
    watch: Watch, database: Database, keyring: Keyring
) -> None:
    await ask(database, keyring, 1)  # at noon of a Sunday
    async with database.write() as session:
        await session.execute(update(ReferralRow).values(asked_at=MONDAY + timedelta(hours=1)))
    assert not _digests(await watch.look(MONDAY + timedelta(hours=2)))
    assert _digests(await watch.look(MONDAY + timedelta(days=1)))


async def test_addresses_are_erased_two_weeks_after_the_answer(
    watch: Watch, chat: Chat, database: Database, keyring: Keyring
) -> None:
    (token,) = await ask(database, keyring, 1)
    await press(chat, ANN, f"v:{token}:claim")
    async with database.write() as session:
        said = NewVerdict(kind="urgent")
        await add_verdict(session, token, said, claimer_ref=keyring.user_ref(ANN.user_id), now=MONDAY)
    for days, is_kept in ((13, True), (15, False)):
        chat._now = MONDAY + timedelta(days=days)
        await watch.keeper.expire()
        async with database.read() as session:
            found = await referrals.get_referral(session, token)
        assert found is not None
        assert (found.reply_chat is not None) is is_kept
        assert (found.claimer is not None) is is_kept


def _digests(told: list[Outgoing]) -> list[Outgoing]:
    return [each for each in told if each.key.startswith("digest:")]
