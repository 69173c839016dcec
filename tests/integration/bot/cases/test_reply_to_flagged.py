"""A photo that replies to an answer about a flagged lesion: nothing reassures, and no other case is meant."""

from datetime import timedelta
from typing import Any

import pytest

from inference.readings import RiskLevel
from storage.clinic.flags import find_flag
from storage.record.cases import Case
from tests.integration.bot.cases.test_flags_offline import is_flagged, send
from tests.support.offline import BOT, Chat, FakeTurn, Sender
from tests.support.senders import GP, GP_FR, HIGH, LOW, buttons, plain_spaces, send_photo

# The conversations know no database: once is enough.
pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted")]


CALM = ("No sign of melanoma", "Aucun signe de mélanome")


async def reply(chat: Chat, text: str, findings: Any = LOW, *, who: Sender = GP) -> tuple[Case, FakeTurn]:
    """A new photo that replies to what the bot said; its case and its answer."""
    shown = {"message_id": 900, "date": 1, "chat": who.chat, "from": BOT, "caption": text}
    return await send_photo(chat, findings, who, reply_to_message=shown)


@pytest.mark.parametrize(
    ("who", "flagged"), [(GP, "Flagged: rated high"), (GP_FR, "Signalée : niveau élevé")]
)
@pytest.mark.parametrize("hours", [0, 1_000])
async def test_the_flag_stays_with_a_photo_that_replies_to_the_flagged_case(
    chat: Chat,
    who: Sender,
    flagged: str,
    hours: int,
) -> None:
    first, answer = await send(chat, HIGH, who)
    chat._now += timedelta(hours=hours)  # with the photos that are read together, and long after
    case, turn = await reply(chat, answer.text, who=who)
    assert case.number != first.number
    said = plain_spaces(turn.sent[0].text or "")
    if case.level != RiskLevel.HIGH:
        assert flagged in said
    assert not [each for each in CALM if each in said]
    assert "which" not in str(buttons(turn).values()), "nobody asks what the reply says"
    assert await is_flagged(chat, case)


@pytest.mark.parametrize("who", [GP, GP_FR])
async def test_a_red_flag_of_the_case_holds_for_the_photo_read_with_it(chat: Chat, who: Sender) -> None:
    first, answer = await send(chat, LOW, who)
    await chat.take(chat.press(who, f"k:{first.number}:7:r0:1", on_card=True))
    case, turn = await reply(chat, answer.sent[0].text or "", who=who)
    assert case.level == RiskLevel.HIGH
    assert not [each for each in CALM if each in (turn.sent[0].text or "")]
    assert case.context is not None


async def test_the_flags_own_case_is_not_what_the_reply_is_about(chat: Chat) -> None:
    high, _ = await send(chat, HIGH)
    low, _ = await send(chat, LOW)
    await chat.take(chat.press(GP, f"o:{low.number}:same:{high.number}"))
    async with chat.database.read() as session:
        flag = await find_flag(session, low.number, subject=low.subject)
    assert flag is not None
    assert flag.number == high.number
    shown = await chat.take(chat.command(GP, f"/history {low.number}"))
    head = f"🚩 Flagged: rated high on 1 Mar 2026 ({high.number}). Was the patient referred?\n{low.number}"
    case, _ = await reply(chat, head)
    assert high.number in shown.text
    assert case.photos[0].photo_hash == low.photos[0].photo_hash


async def test_a_reply_to_a_list_of_cases_is_about_none_of_them(chat: Chat) -> None:
    await send(chat, HIGH)
    await send(chat, LOW)
    listed = await chat.take(chat.command(GP, "/history"))
    case, _ = await reply(chat, listed.text)
    assert len(case.photos) == 1
    assert not await is_flagged(chat, case)


async def test_a_reply_that_names_anothers_flagged_case_links_nothing(chat: Chat) -> None:
    _, answer = await send(chat, HIGH, GP_FR)
    case, _ = await reply(chat, answer.text)
    assert len(case.photos) == 1
    assert not await is_flagged(chat, case)


@pytest.mark.parametrize(
    ("who", "note"),
    [
        (GP, "🔗 Read together with the photo of case {}, as one lesion. Another lesion?"),
        (GP_FR, "🔗 Lue avec la photo du cas {}, comme une seule lésion. Une autre lésion ?"),
    ],
)
async def test_a_reply_to_a_note_that_names_only_the_earlier_case_is_read_with_the_joined_case(
    chat: Chat, who: Sender, note: str
) -> None:
    """Release 0.3.0 wrote such notes."""
    first, _ = await send(chat, LOW, who)
    joined, _ = await reply(chat, first.number, HIGH, who=who)
    case, _ = await reply(chat, note.format(first.number), who=who)
    assert [each.photo_hash for each in case.photos[:-1]] == [each.photo_hash for each in joined.photos]
    assert await is_flagged(chat, case)
