"""A better photo asked for after an answer: the case is open again, and an urgent answer still holds."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.delivery.outgoing import Outgoing
from bot.settings import Settings
from storage.clinic.audit_referrals import compare_referrals
from storage.clinic.referrals import Referral, get_referral
from storage.database.keys import Keyring
from storage.database.sessions import Database
from tests.integration.bot.clinic.test_better_photo import TOKEN, Asked, claim_case
from tests.integration.bot.clinic.test_claims import ANN, press
from tests.integration.bot.clinic.test_upkeep import Watch
from tests.support.builders import readable
from tests.support.offline import Chat, FakeTurn
from tests.support.records import GROUP
from tests.support.senders import GP, LOW

pytestmark = pytest.mark.backends("sqlite")


@pytest.fixture
async def asked(database: Database, keyring: Keyring, tmp_path: Path) -> Asked:
    """A case of the GP that Ann has claimed."""
    chat = Chat(database, keyring, settings=Settings(data_dir=tmp_path))
    return await claim_case(chat, keyring, GP, LOW)


@pytest.fixture
def watch(asked: Asked, database: Database, keyring: Keyring) -> Watch:
    return Watch(asked.chat, database, keyring)


async def answer(asked: Asked, *verbs: str) -> FakeTurn:
    """What Ann presses, one after the other; the last turn."""
    for verb in verbs:
        turn, _ = await press(asked.chat, ANN, f"v:{TOKEN}:{verb}")
    return turn


async def read(asked: Asked) -> Referral:
    """The referral; it is as the audit trail says."""
    async with asked.chat.database.read() as session:
        await compare_referrals(session)
        found = await get_referral(session, TOKEN)
    assert found is not None
    return found


def to_gp(messages: list[Outgoing] | tuple[Outgoing, ...]) -> list[str]:
    """What the GP reads."""
    return [each.text or "" for each in messages if each.chat_id == GP.user_id]


@pytest.mark.parametrize("first", ["urgent", "benign"])
async def test_the_photo_joins_the_case_and_the_case_can_be_overdue_again(
    asked: Asked, watch: Watch, first: str
) -> None:
    await answer(asked, first, "better_photo")
    found = await read(asked)
    assert found.state == "claimed"
    assert found.due_at - asked.chat._now == timedelta(days=7)
    assert (found.chase_at is not None) is (first == "urgent")
    turn = await asked.reply(asked.chat.add_photo(readable(0.95, 0.97)))
    assert any("It is now a photo of" in text for text in to_gp(turn.sent))
    assert len((await asked.case()).photos) == 2
    told = await watch.look((await read(asked)).due_at + timedelta(minutes=1))
    assert {GROUP, GP.user_id} <= {each.chat_id for each in told if ":overdue" in each.key}
    assert (await read(asked)).state == "open"


async def test_an_urgent_answer_is_followed_until_another_answer_replaces_it(
    asked: Asked, watch: Watch
) -> None:
    await answer(asked, "urgent")
    turn = await answer(asked, "fix", "better_photo")
    (message,) = [each for each in turn.sent if ":to-sender:verdict:" in each.key]
    assert "this answer holds until the clinic replaces it" in (message.text or "")
    assert "How to retake it" in (message.text or "")
    assert "CORRECTION" not in (message.text or "")
    assert "👁 Seen" in [button.text for row in message.keyboard or () for button in row]
    assert not any("<s>" in text for text in to_gp(turn.sent)), "nothing is struck through"
    (card,) = [each for each in turn.sent if each.chat_id == GROUP]
    assert "Urgent" in (card.text or "")
    assert "has not confirmed yet" in (card.text or "")
    assert any("URGENT" in text for text in to_gp(await watch.look(asked.chat._now + timedelta(hours=5))))
    await asked.chat.take(asked.chat.press(GP, f"urgent:{TOKEN}:seen"))
    assert (await read(asked)).seen_at is not None
    turn = await answer(asked, "benign")
    assert any("CORRECTION" in text for text in to_gp(turn.sent))
    found = await read(asked)
    assert (found.state, found.seen_at, found.chase_at) == ("answered", None, None)


async def test_after_a_week_without_a_photo_the_urgent_answer_still_holds(asked: Asked, watch: Watch) -> None:
    await answer(asked, "urgent", "better_photo")
    told = await watch.look(asked.chat._now + timedelta(days=7, minutes=1))
    assert any("none has come" in text for text in to_gp(told))
    assert any("REFER TODAY" in text for text in to_gp(told))
    found = await read(asked)
    assert (found.state, found.claimer) == ("open", None)
    assert found.chase_at is not None


async def test_another_answer_is_replaced_by_the_request(asked: Asked) -> None:
    turn = await answer(asked, "benign", "better_photo")
    assert any("CORRECTION" in text for text in to_gp(turn.sent))
    turn = await answer(asked, "routine")
    assert not any("CORRECTION" in text for text in to_gp(turn.sent))


async def test_an_urgent_answer_that_holds_cannot_be_withdrawn(asked: Asked) -> None:
    chat = asked.chat
    for verbs in (("urgent", "reopen"), ("claim", "better_photo")):
        await answer(asked, *verbs)
        turn = await chat.take(chat.press(GP, f"request:{TOKEN}:yes"))
        assert turn.sent == ()
        assert (await read(asked)).chase_at is not None
