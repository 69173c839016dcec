"""Patient contexts, lesions, flags and ids of albums go with their owner, also from a restored backup."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from bot.delivery.sealing import seal_message, seal_message_id
from bot.settings import Settings
from storage.clinic.group_messages import note_sent_group_messages
from storage.clinic.tables import ReferralRow
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.erasures import FILE_NAME, Journal
from storage.queues import outbox
from storage.record import audit
from storage.record.audit_record import compare_cases
from storage.record.flag_closings import compare_closings
from storage.record.patient_contexts import compare_patient_contexts
from tests.integration.bot.clinic.test_album import add_locator, album_of, ask
from tests.support.builders import readable
from tests.support.offline import Chat, Sender, settle_flag
from tests.support.senders import GP, OTHER
from tests.support.upkeep import make_upkeep

# The conversations know no database: once is enough.
pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("clinic")]

DAYS = 30
SENTENCE, REFERENCE = "planted sentence", "Room-4 b"
HANGING = (
    "links",
    "patient_contexts",
    "lesions",
    "lesion_cases",
    "lesion_files",
    "photo_files",
    "flag_closings",
    "comparisons",
    "group_messages",
    "case_messages",
    "drafts",
    "asks",
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, retention_days=DAYS)


async def count(database: Database) -> dict[str, int]:
    """How many rows hang on people, by table; the record agrees with its trail."""
    async with database.read() as session:
        await audit.verify(session)
        await compare_cases(session)
        await compare_closings(session)
        await compare_patient_contexts(session)
        return {
            name: int(await session.scalar(text(f"SELECT count(*) FROM {name}")) or 0) for name in HANGING
        }


async def fill(chat: Chat, who: Sender) -> str:
    """Everything at once, with an album in the clinic's chat whose messages are known; the subject."""
    keyring: Keyring = chat.application.bot_data["services"].keyring
    subject, number, _ = await ask(chat, who, photos=2)
    await add_locator(chat, who, number)
    sent = await chat.take(chat.press(who, f"q:{number}:send", on_card=True))
    album = album_of(sent)
    async with chat.database.write() as session:
        pending = await outbox.put_message(session, seal_message(album, keyring), now=0)
        assert pending is not None
        await outbox.claim_messages(session, [pending.id], owner="test", lease_until=0)
        ids = [(f"{album.key}:{place}", seal_message_id(70 + place, keyring)) for place in (1, 2, 3)]
        await outbox.note_album(session, pending.id, ids, now=0)
        await outbox.mark_sent(session, pending.id, message_id=None, kind="photo", now=0)
        await note_sent_group_messages(session)
    for step in ("age:40-59:1", "sex:female:1", "change:growing:1"):  # the last one flags
        await chat.take(chat.press(who, f"patient:{number}:{step}", on_card=True))
    for part, words in (("sentence", SENTENCE), ("reference", REFERENCE)):
        await chat.take(chat.press(who, f"patient:{number}:{part}"))
        await chat.take(chat.message(who, text=words))
    for step in ("n", "agree"):
        await chat.take(chat.press(who, f"o:{number}:{step}"))
    await chat.take(chat.photo(who, chat.add_photo(readable(0.05, 0.05))))
    async with chat.database.read() as session:
        newest = await session.scalar(text("SELECT number FROM cases ORDER BY id DESC LIMIT 1"))
    await chat.take(chat.press(who, f"o:{newest}:same:{number}"))
    await settle_flag(chat, who, number, "test_photo")
    await chat.take(chat.press(who, f"patient:{newest}:sentence"))  # a question that waits for words
    return subject


async def known_ids(database: Database, subject: str) -> int:
    """How many messages in clinics' chats are known of a subject."""
    async with database.read() as session:
        found = text(
            "SELECT count(*) FROM group_messages WHERE subject = :subject AND message_id IS NOT NULL"
        )
        return int(await session.scalar(found, {"subject": subject}) or 0)


async def test_a_backup_from_before_the_forgetting_forgets_all_of_it_again(
    chat: Chat, tmp_path: Path
) -> None:
    subject = await fill(chat, GP)
    kept = await fill(chat, OTHER)
    before = await count(chat.database)
    assert all(before.values()) or [name for name, rows in before.items() if not rows] == ["drafts"]
    assert await known_ids(chat.database, subject) == 3
    assert await chat.database.erase_traces()
    backup = tmp_path / "backup.sqlite"
    shutil.copy(str(chat.database.url).removeprefix("sqlite:///"), backup)

    await chat.take(chat.press(GP, "f:yes"))
    after = await count(chat.database)
    assert after["comparisons"] == 1, "of the other person"
    assert await known_ids(chat.database, subject) == 0

    restored = Database(f"sqlite:///{backup}")
    assert await count(restored) == before
    async with restored.write() as session:
        assert await Journal(tmp_path / FILE_NAME).replay(session, now=chat._now) == 1
    assert await count(restored) == after, "the same as where it was never restored"
    assert await known_ids(restored, subject) == 0
    assert await known_ids(restored, kept) == 3
    async with restored.read() as session:
        details = "SELECT count(*) FROM referrals WHERE subject = :subject AND details IS NOT NULL"
        assert await session.scalar(text(details), {"subject": subject}) == 0
    await restored.close()


async def test_retention_takes_all_of_it_with_its_owner_and_nothing_of_others(chat: Chat) -> None:
    subject = await fill(chat, GP)
    alone = await count(chat.database)
    chat._now += timedelta(days=DAYS + 1)
    await make_upkeep(chat).retain()
    assert await count(chat.database) == alone, "a request is open"
    async with chat.database.write() as session:
        await session.execute(update(ReferralRow).values(state="answered", answered_at=chat._now))
    kept = await fill(chat, OTHER)
    await make_upkeep(chat).retain()
    left = await count(chat.database)
    assert left == alone, "what the other person has is as much"
    assert (await known_ids(chat.database, subject), await known_ids(chat.database, kept)) == (0, 3)
    async with chat.database.read() as reading:
        deleted = await reading.scalar(text("SELECT count(*) FROM outbox WHERE key LIKE '%erase%'"))
    assert deleted, "the album in the clinic's chat is deleted as well"
