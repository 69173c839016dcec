"""Checklist and context, press by press, with the real handlers and database."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from telegram.error import TelegramError

from bot.conversation.request import CONSENT_VERSION
from bot.conversation.wording import plain
from bot.delivery.outgoing import Outgoing
from bot.delivery.sealing import seal_message, seal_message_id
from inference.engine import BusyError
from inference.readings import QualityFault, Reason, RiskLevel
from storage.database.errors import Conflict
from storage.database.keys import Keyring
from storage.queues.outbox import mark_sent, put_message
from storage.record import audit
from storage.record.answers import Revision, list_messages, revise_case
from storage.record.cases import Case, list_cases
from storage.record.people import find_person
from tests.support.builders import gated, readable
from tests.support.offline import Chat, FakeTurn, Sender

pytestmark = pytest.mark.backends("sqlite")  # the conversations know no database: once is enough

GP, GP_FR, OTHER = Sender(7_311_001), Sender(7_311_002, "fr-CA"), Sender(7_311_003)
LOW = readable(0.05, 0.05)
HEADER = {RiskLevel.LOW: (32, 96, 168), RiskLevel.MODERATE: (166, 86, 0), RiskLevel.HIGH: (160, 22, 52)}


async def own_case(chat: Chat, keyring: Keyring, who: Sender = GP) -> Case:
    async with chat.database.read() as session:
        person = await find_person(session, keyring.user_ref(who.user_id))
        assert person is not None
        (case,) = await list_cases(session, subject=person.subject, limit=9)
    return case


async def answered(chat: Chat, keyring: Keyring, *findings, who: Sender = GP) -> Case:
    """A case of this sender, as it was first answered."""
    await chat.take(chat.press(who, f"a:{CONSENT_VERSION}"))
    group = {"media_group_id": "g"} if len(findings) > 1 else {}
    await chat.take(*(chat.photo(who, chat.add_photo(each), **group) for each in findings))
    return await own_case(chat, keyring, who)


async def tick(chat: Chat, case: Case, *items: str, page: str = "7", who: Sender = GP) -> FakeTurn:
    for item in items:
        data = f"k:{case.number}:{page}:{item}:1"
        turn = await chat.take(chat.press(who, data, on_card=True))
    return turn


def labels(outgoing) -> list[str]:
    return [button.text for row in outgoing.keyboard for button in row]


def header_level(picture: bytes) -> RiskLevel:
    """The level whose colour the card's header has."""
    pixel = Image.open(BytesIO(picture)).getpixel((1000, 20))
    return min(HEADER, key=lambda level: sum(abs(a - b) for a, b in zip(HEADER[level], pixel, strict=True)))


async def test_one_tap_opens_the_list_that_the_language_puts_first(chat: Chat, keyring: Keyring):
    case = await answered(chat, keyring, LOW)
    (page,) = (await chat.take(chat.press(GP, f"k:{case.number}:7", on_card=True))).sent
    assert page.edit_message_id == 900
    assert page.edits_caption
    assert page.photo is None
    assert "LOW RISK" in page.text
    assert page.text.endswith("or one flag: refer.")
    assert "low, 0 of 10 points. Tick what you find." in plain(page.text)
    assert "Change in size · 2" in labels(page)
    assert "ABCDE" in labels(page)

    french = await answered(chat, keyring, LOW, who=GP_FR)
    turn = await chat.take(chat.press(GP_FR, f"k:{french.number}:e", on_card=True))
    assert {"E · Évolution", "Grille des 7 points"} <= set(labels(turn.sent[0]))


async def test_the_total_runs_along_while_ticking(chat: Chat, keyring: Keyring):
    case = await answered(chat, keyring, LOW)
    assert "low, 2 of 10 points." in plain((await tick(chat, case, "s0")).text)
    assert "high, 4 of 10 points." in plain((await tick(chat, case, "s1")).text)
    assert "high, 1 of 6." in plain((await tick(chat, case, "e1", page="e")).text)


async def test_three_points_make_it_high_in_caption_picture_and_record(chat: Chat, keyring: Keyring):
    case = await answered(chat, keyring, LOW)
    (two,) = (await tick(chat, case, "s0")).sent
    assert "LOW RISK" in two.text
    assert "7-point checklist: 2 of 10." in two.text
    assert two.photo is not None, "it says no longer “if it changes”"
    assert "✅ Change in size · 2" in labels(two)

    (three,) = (await tick(chat, case, "s3")).sent
    assert "HIGH RISK" in three.text
    assert "Refer today" in three.text
    assert header_level(three.photo) is RiskLevel.HIGH
    after = await own_case(chat, keyring)
    assert (after.level, after.model_level) == ("high", "low")
    assert after.reasons[0] == "seven_point"
    assert after.context == {"seven_point": ["change_in_size", "diameter_7_mm"]}


async def test_an_answer_taken_back_brings_back_level_and_picture(chat: Chat, keyring: Keyring):
    case = await answered(chat, keyring, LOW)
    await tick(chat, case, "r0")
    back = await chat.take(chat.press(GP, f"k:{case.number}:7:r0:0", on_card=True))
    assert "LOW RISK" in back.text
    assert header_level(back.sent[0].photo) is RiskLevel.LOW
    assert (await own_case(chat, keyring)).level == "low"


async def test_a_button_pressed_twice_says_the_same_twice(chat: Chat, keyring: Keyring):
    case = await answered(chat, keyring, LOW)
    once = await tick(chat, case, "s0")
    twice = await tick(chat, case, "s0")
    assert once.text == twice.text


async def test_the_trail_tells_each_answer_and_the_level_before_and_after(chat: Chat, keyring: Keyring):
    case = await answered(chat, keyring, LOW)
    before = await entries(chat)
    await tick(chat, case, "r1")
    assert await entries(chat) == before + 1


async def entries(chat: Chat) -> int:
    async with chat.database.read() as session:
        return (await audit.verify(session)).entries


async def test_a_photo_that_cannot_be_read_is_high_when_the_clinician_is_worried(chat: Chat, keyring):
    case = await answered(chat, keyring, gated(Reason.QUALITY, QualityFault.BLURRED))
    turn = await tick(chat, case, "r3")
    assert "HIGH RISK" in turn.text
    assert header_level(turn.sent[0].photo) is RiskLevel.HIGH


async def test_skin_type_and_site_say_what_a_low_is_valid_for(chat: Chat, keyring: Keyring):
    case = await answered(chat, keyring, LOW)
    after = await tick(chat, case, "k2", "p-", "y0", page="p")
    assert "LOW RISK" in after.text
    assert "Not valid for a photo without a dermatoscope.\n" in after.text
    dark = await tick(chat, case, "k6", page="p")
    assert "MODERATE RISK" in dark.text


async def test_each_photo_of_an_album_takes_part(chat: Chat, keyring: Keyring):
    case = await answered(chat, keyring, LOW, readable(0.4, 0.4))
    turn = await tick(chat, case, "p0", page="p")
    assert [photo.level for photo in (await own_case(chat, keyring)).photos] == ["moderate", "moderate"]
    assert turn.sent[0].photo is not None, "the small pictures carry their levels too"


async def test_after_the_photo_is_no_longer_known_the_caption_says_that_the_picture_is_older(chat, keyring):
    case = await answered(chat, keyring, LOW)
    chat._now += timedelta(hours=49)
    turn = await tick(chat, case, "r0")
    assert turn.sent[0].photo is None
    assert turn.sent[0].edits_caption
    assert "HIGH RISK" in turn.text
    assert "the picture still shows the first one" in turn.text
    closed = await chat.take(chat.press(GP, f"k:{case.number}:0", on_card=True))
    assert "the picture still shows the first one" in closed.text


async def test_a_photo_that_telegram_no_longer_gives_leaves_the_picture_and_says_so(chat, keyring):
    case = await answered(chat, keyring, LOW)

    def refuse(*_):
        raise TelegramError("gone")

    given, chat.request._result = (
        chat.request._result,
        lambda name, parameters: refuse() if name == "getFile" else given(name, parameters),
    )
    turn = await tick(chat, case, "r0")
    assert "the picture still shows the first one" in turn.text


async def test_another_file_in_the_photos_place_is_never_drawn(chat: Chat, keyring: Keyring):
    case = await answered(chat, keyring, LOW)
    for file_id in chat.request.files:
        chat.request.files[file_id] = chat.add_photo(readable(0.9, 0.9))
    assert (await tick(chat, case, "r0")).sent[0].photo is None


async def test_while_the_networks_are_busy_the_press_comes_again(chat: Chat, keyring: Keyring):
    case = await answered(chat, keyring, LOW)
    for data in list(chat.engine.answers):
        chat.engine.answers[data] = BusyError()
    with pytest.raises(BusyError):
        await tick(chat, case, "r0")
    assert (await own_case(chat, keyring)).level == "low"


async def test_details_and_history_carry_the_checklist_in_their_own_message(chat: Chat, keyring: Keyring):
    case = await answered(chat, keyring, LOW)
    details = await chat.take(chat.press(GP, f"d:{case.number}"))
    assert "☑ 7-point checklist" in labels(details.sent[-1])
    turn = await chat.take(chat.press(GP, f"k:{case.number}:7:r0:1"))
    assert "Why this level" in turn.text
    assert not turn.sent[0].edits_caption
    assert (await own_case(chat, keyring)).level == "high"


async def test_details_come_with_a_map_of_each_classifier_until_the_photo_is_gone(
    chat: Chat, keyring: Keyring
):
    case = await answered(chat, keyring, LOW)
    *maps, details = (await chat.take(chat.press(GP, f"d:{case.number}"))).sent
    assert [each.text for each in maps] == [None, None]
    assert [Image.open(BytesIO(each.photo)).width for each in maps] == [1024, 1024]
    assert details.photo is None
    assert len({each.key for each in (*maps, details)}) == 3

    chat._now += timedelta(hours=49)
    (alone,) = (await chat.take(chat.press(GP, f"d:{case.number}"))).sent
    assert alone.text.startswith(details.text)
    assert alone.text.endswith("no longer gives me the photo.</i>")


async def test_details_of_a_photo_that_was_not_read_have_no_map(chat: Chat, keyring: Keyring):
    case = await answered(chat, keyring, gated(Reason.QUALITY, QualityFault.BLURRED))
    (details,) = (await chat.take(chat.press(GP, f"d:{case.number}"))).sent
    assert "no longer" not in details.text


async def test_a_split_keeps_what_was_answered(chat: Chat, keyring: Keyring):
    case = await answered(chat, keyring, LOW, readable(0.4, 0.4))
    await tick(chat, case, "k6", page="p")
    await chat.take(chat.press(GP, f"s:{case.number}", on_card=True))
    async with chat.database.read() as session:
        person = await find_person(session, keyring.user_ref(GP.user_id))
        cases = await list_cases(session, subject=person.subject, limit=9)
    assert [case.context for case in cases] == [{"skin_type": 6}] * 2
    assert {case.level for case in cases} == {"moderate"}


@pytest.mark.parametrize(
    "data", ["k:N-222222:7:s0:1", "k:{case}:9", "k:{case}:7:zz:1", "k:{case}:7:s7:1", "k", "k:::::"]
)
async def test_forged_and_stale_buttons_change_nothing(chat: Chat, keyring: Keyring, data: str):
    case = await answered(chat, keyring, LOW)
    turn = await chat.take(chat.press(GP, data.format(case=case.number), on_card=True))
    assert not turn.sent
    assert await own_case(chat, keyring) == case


async def test_nobody_answers_for_the_case_of_another(chat: Chat, keyring: Keyring):
    case = await answered(chat, keyring, LOW)
    await chat.take(chat.press(OTHER, f"a:{CONSENT_VERSION}"))
    assert not (await tick(chat, case, "r0", who=OTHER)).sent
    assert await own_case(chat, keyring) == case


async def test_an_answer_to_an_older_state_is_refused_and_comes_again(chat: Chat, keyring: Keyring):
    """Two processes answer the same question at the same time: the second one reads again."""
    case = await answered(chat, keyring, LOW)
    seen = Revision(seen=None, context={"skin_type": 2}, level="low", reasons=(), photo_levels=("low",))
    late = replace(seen, context={"skin_type": 5}, level="moderate", photo_levels=("moderate",))

    async def write(revision: Revision) -> None:
        async with chat.database.write() as session:
            await revise_case(session, case.number, subject=case.subject, revision=revision, now=chat._now)

    await write(seen)
    with pytest.raises(Conflict):
        await write(late)
    assert (await own_case(chat, keyring)).context == {"skin_type": 2}


async def test_an_answer_that_had_to_go_out_as_words_stays_the_answer(chat: Chat, keyring: Keyring):
    """Telegram refused its picture: a press edits a text, and the text is still the card's caption."""
    case = await answered(chat, keyring, LOW)
    async with chat.database.write() as session:
        (shown,) = await list_messages(session, case.number, subject=case.subject)
        answer = seal_message(Outgoing(key=shown.key, chat_id=GP.user_id, text="x", photo=b"x"), keyring)
        pending = await put_message(session, answer, now=1.0)
        assert pending is not None
        message_id = seal_message_id(900, keyring)
        await mark_sent(session, pending.id, message_id=message_id, kind="text", now=2.0)
    for item in ("s0", "s3"):
        (edited,) = (await chat.take(chat.press(GP, f"k:{case.number}:7:{item}:1"))).sent
    assert edited.text.startswith(f"🔴 <b>HIGH RISK</b> · {case.number}")
    assert (edited.photo, edited.edits_caption, edited.edit_message_id) == (None, False, 900)
    (closed,) = (await chat.take(chat.press(GP, f"k:{case.number}:0"))).sent
    on_picture = await chat.take(chat.press(GP, f"k:{case.number}:0", on_card=True))
    assert closed.text == on_picture.sent[0].text
    assert labels(closed) == labels(on_picture.sent[0])
