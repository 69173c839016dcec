"""A case that was opened in the place of the list keeps its way back, whatever is answered there."""

from typing import Any

import pytest

from tests.integration.bot.cases.test_flags_offline import send
from tests.support.offline import Chat, FakeTurn, Sender
from tests.support.senders import GP, LOW

pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted")]


def press_under(chat: Chat, who: Sender, shown: FakeTurn, data: str) -> dict[str, Any]:
    """A press of a button of the message that this turn shows."""
    raw = chat.press(who, data)
    rows = [
        [{"text": each.text, "callback_data": each.data} for each in row]
        for row in shown.sent[0].keyboard or ()
    ]
    assert data in {button["callback_data"] for row in rows for button in row}
    raw["callback_query"]["message"]["reply_markup"] = {"inline_keyboard": rows}
    return raw


def ways_back(turn: FakeTurn) -> list[str]:
    found = [button.data or "" for row in turn.sent[0].keyboard or () for button in row]
    return [data for data in found if data.startswith("h:")]


@pytest.mark.parametrize(
    "page", ["k:N:7|k:N:7:s0:1|k:N:0", "patient:N|patient:N:sex|patient:N:sex:female:1|k:N:0"]
)
async def test_an_opened_case_keeps_its_way_back(chat: Chat, page: str) -> None:
    case, _ = await send(chat, LOW)
    for _ in range(6):
        await send(chat, LOW)
    cursor = f"{case.number[:-1]}Z"
    shown = await chat.take(chat.press(GP, f"c:{case.number}:{cursor}:l"))
    assert ways_back(shown) == [f"h:{cursor}:l"]
    for data in page.split("|"):
        shown = await chat.take(press_under(chat, GP, shown, data.replace("N", case.number)))
        assert ways_back(shown) == [f"h:{cursor}:l"], data


async def test_a_case_that_was_opened_elsewhere_gets_no_way_back(chat: Chat) -> None:
    case, _ = await send(chat, LOW)
    shown = await chat.take(chat.command(GP, f"/history {case.number}"))
    shown = await chat.take(press_under(chat, GP, shown, f"k:{case.number}:7"))
    assert ways_back(shown) == []
