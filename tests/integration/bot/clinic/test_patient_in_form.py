"""The form asks about the patient only what is not answered, and sends what is known when it is sent."""

import pytest

from bot.clinic.sealed_forms import open_details
from bot.conversation.wording import plain
from storage.clinic.referrals import find_open
from storage.database.keys import Keyring
from tests.support.offline import BOT, Chat, FakeTurn, Sender
from tests.support.records import GROUP
from tests.support.senders import GP, GP_FR, LOW, own_cases, send_photo

# The conversations know no database: once is enough.
pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("clinic", "accepted")]

REFERENCE = "Room-4 b"


async def answered(chat: Chat, who: Sender = GP) -> str:
    case, _ = await send_photo(chat, LOW, who)
    return case.number


async def press(chat: Chat, data: str, who: Sender = GP) -> FakeTurn:
    return await chat.take(chat.press(who, data))


def first(turn: FakeTurn) -> str:
    """The form's own message."""
    return plain(turn.sent[0].text or "")


@pytest.mark.parametrize(
    ("who", "asked", "said"),
    [
        (GP, "Since when is it there?", "woman · 40–59 · back"),
        (GP_FR, "Depuis quand est-elle là", "femme · 40–59 ans · dos"),
    ],
)
async def test_what_was_answered_under_the_card_is_not_asked_again(
    chat: Chat, who: Sender, asked: str, said: str
):
    number = await answered(chat, who)
    for step in ("age:40-59:1", "sex:female:1", "site:back:1"):
        await chat.take(chat.press(who, f"patient:{number}:{step}", on_card=True))
    form = await press(chat, f"q:{number}:ask", who)
    assert asked in first(form)
    assert said in first(form)


async def test_growth_said_in_the_form_is_the_red_flag_everywhere(chat: Chat):
    number = await answered(chat)
    await press(chat, f"q:{number}:ask")
    for _ in range(4):
        await press(chat, f"q:{number}:pass")
    turn = await press(chat, f"q:{number}:change:growing:1")
    assert "Risk factors" in first(turn)
    (case,) = await own_cases(chat)
    assert case.level == "high"
    assert (case.context or {})["red_flags"] == ["growth"]
    await press(chat, f"q:{number}:pass")
    preview = await press(chat, f"q:{number}:pass")
    assert "HIGH RISK" in first(preview)
    assert "growing" in first(preview)


@pytest.mark.parametrize("is_reply", [True, False])
async def test_a_sentence_of_alarm_is_kept_with_the_case_and_gets_the_safety_sentence(
    chat: Chat, *, is_reply: bool
):
    number = await answered(chat)
    await press(chat, f"q:{number}:ask")
    for _ in range(6):
        await press(chat, f"q:{number}:pass")
    replied = {"message_id": 900, "date": 1_772_000_000, "chat": GP.chat, "from": BOT, "text": "x"}
    content = {"text": "bleeding since May"} | ({"reply_to_message": replied} if is_reply else {})
    turn = await chat.take(chat.message(GP, **content))
    assert any("refer now" in (each.text or "") for each in turn.sent)
    preview = turn if is_reply else await press(chat, f"q:{number}:pass")
    assert "bleeding since May" in first(preview)
    assert "photos, not messages" in (await chat.take(chat.message(GP, text="more"))).text


async def open_phone_step(chat: Chat, who: Sender) -> str:
    """A form whose preview is left to add a number."""
    number = await answered(chat, who)
    await press(chat, f"q:{number}:ask", who)
    for _ in range(7):
        await press(chat, f"q:{number}:pass", who)
    await press(chat, f"q:{number}:phone", who)
    return number


@pytest.mark.parametrize("is_reply", [True, False])
@pytest.mark.parametrize(
    ("who", "asks", "alarm", "safety"),
    [
        (GP, "telephone number in digits", "It bleeds", "refer now"),
        (GP_FR, "numéro de téléphone en chiffres", "Ça saigne", "très rapide"),
    ],
)
async def test_a_number_to_call_back_is_taken_with_and_without_a_reply(
    chat: Chat, who: Sender, asks: str, alarm: str, safety: str, *, is_reply: bool
):
    number = await open_phone_step(chat, who)
    replied = {"message_id": 900, "date": 1_772_000_000, "chat": who.chat, "from": BOT, "text": "x"}
    more = {"reply_to_message": replied} if is_reply else {}
    assert asks in (await chat.take(chat.message(who, text="on Monday", **more))).text
    assert safety in (await chat.take(chat.message(who, text=alarm, **more))).text
    preview = await chat.take(chat.message(who, text="+44 20 7946 0958", **more))
    assert number in first(preview)
    assert preview.sent[0].photo is not None
    sent = await press(chat, f"q:{number}:send", who)
    assert any(each.chat_id == GROUP for each in sent.sent)


@pytest.mark.parametrize("left_by", ["pass", "back", "cancel", "answer"])
async def test_a_number_is_expected_only_while_the_form_asks_for_it(chat: Chat, left_by: str):
    number = await open_phone_step(chat, GP)
    if left_by == "answer":
        await chat.take(chat.message(GP, text="+44 20 7946 0958"))
    else:
        await press(chat, f"q:{number}:{left_by}")
    assert "photos, not messages" in (await chat.take(chat.message(GP, text="+44 20 7946 0958"))).text


async def test_the_clinic_gets_what_is_known_when_it_is_sent_and_never_the_reference(
    chat: Chat, keyring: Keyring
):
    number = await answered(chat)
    await chat.take(chat.press(GP, f"patient:{number}:reference"))
    await chat.take(chat.message(GP, text=REFERENCE))
    await press(chat, f"q:{number}:ask")
    await press(chat, f"q:{number}:age:40-59")  # as older buttons say it
    for _ in range(6):
        preview = await press(chat, f"q:{number}:pass")
    assert "40–59" in first(preview)
    await chat.take(chat.press(GP, f"patient:{number}:sex:female:1", on_card=True))
    again = await press(chat, f"q:{number}:send")
    assert "woman" in first(again), "it has changed since: shown before it is sent"
    sent = await press(chat, f"q:{number}:send")
    card = next(each for each in sent.sent if each.chat_id == GROUP)
    assert "woman · 40–59" in plain(card.text or "")
    for each in (*preview.sent, *again.sent, *sent.sent):
        assert REFERENCE not in str(each.text)
    async with chat.database.read() as session:
        referral = await find_open(session, number)
    assert referral is not None
    assert referral.details is not None
    assert open_details(keyring, referral.details).patient.sex == "female"
    assert REFERENCE.encode() not in keyring.decrypt(referral.details, purpose="referral details")
