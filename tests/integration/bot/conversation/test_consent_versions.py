"""A new version of the terms asks everyone again, before anything more is read or posted."""

import pytest

from bot.conversation.request import CONSENT_VERSION
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.record.cases import list_cases
from storage.record.people import find_person, record_consent
from tests.support.builders import readable
from tests.support.offline import NOON, Chat, Sender

pytestmark = pytest.mark.backends("sqlite")

GP, GP_FR = Sender(7_311_001), Sender(7_311_002, "fr")
OLDER = "0"


@pytest.fixture
async def chat(database: Database, keyring: Keyring):
    chat = Chat(database, keyring)
    async with chat.application:
        for who in (GP, GP_FR):
            async with database.write() as session:
                await record_consent(session, keyring.user_ref(who.user_id), version=OLDER, now=NOON)
        yield chat


@pytest.mark.parametrize(
    ("who", "changed"), [(GP, "The terms have changed since"), (GP_FR, "Les conditions ont changé depuis")]
)
async def test_a_photo_is_held_and_the_new_terms_are_shown(chat: Chat, who: Sender, changed: str) -> None:
    turn = await chat.take(chat.photo(who, chat.add_photo(readable(0.9, 0.9))))
    assert turn.ending == "held"
    assert changed in turn.text
    assert turn.sent[0].keyboard[0][0].data == f"a:{CONSENT_VERSION}"
    assert chat.engine.read_count == 0
    assert not chat.request.asked("getFile")


async def test_accepting_them_is_recorded_with_its_own_version_and_date(chat: Chat, keyring: Keyring) -> None:
    assert "have changed since" in (await chat.take(chat.command(GP, "/start"))).text
    accepted = await chat.take(chat.press(GP, f"a:{CONSENT_VERSION}"))
    assert "have changed since" not in (accepted.sent[0].text or "")
    async with chat.database.read() as session:
        person = await find_person(session, keyring.user_ref(GP.user_id))
    assert person is not None
    assert (person.consent_version, person.consent_at) == (CONSENT_VERSION, chat._now)
    turn = await chat.take(chat.photo(GP, chat.add_photo(readable(0.9, 0.9))))
    assert "HIGH RISK" in turn.text
    assert f"version {CONSENT_VERSION}" in (await chat.take(chat.command(GP, "/privacy"))).text


async def test_the_button_of_the_older_terms_accepts_nothing(chat: Chat, keyring: Keyring) -> None:
    turn = await chat.take(chat.press(GP, f"a:{OLDER}"))
    assert turn.sent[0].keyboard[0][0].data == f"a:{CONSENT_VERSION}"
    async with chat.database.read() as session:
        person = await find_person(session, keyring.user_ref(GP.user_id))
    assert person is not None
    assert person.consent_version == OLDER


async def test_nothing_is_posted_under_the_older_terms(chat: Chat, keyring: Keyring) -> None:
    """A form that was open when the terms changed waits for the new ones; the record stays theirs."""
    await chat.take(chat.press(GP, f"a:{CONSENT_VERSION}"))
    await chat.take(chat.photo(GP, chat.add_photo(readable(0.9, 0.9))))
    ref = keyring.user_ref(GP.user_id)
    async with chat.database.write() as session:
        person = await record_consent(session, ref, version=OLDER, now=NOON)
        (case,) = await list_cases(session, subject=person.subject, limit=2)
    for verb in ("ask", "send", "age:40-59"):
        turn = await chat.take(chat.press(GP, f"q:{case.number}:{verb}"))
        assert turn.sent[0].keyboard[0][0].data == f"a:{CONSENT_VERSION}"
    assert case.number in (await chat.take(chat.command(GP, "/history"))).text
    assert (await chat.take(chat.command(GP, "/export"))).sent[0].document
