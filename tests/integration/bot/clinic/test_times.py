"""A time that a sender reads names its zone: the clinics' clock need not be the sender's."""

import re
from pathlib import Path

import pytest

from bot.conversation.wording import plain
from tests.integration.bot.cases.test_flags_offline import send
from tests.support.offline import Chat, Sender
from tests.support.senders import GP, GP_FR, LOW

pytestmark = pytest.mark.backends("sqlite")

TEXTS = Path(__file__).parents[4] / "bot" / "texts"
# Read in the group, whose clock it is, under a card that names the zone; and rows of a list whose foot does.
GROUP = {"card-seen", "card-replaced", "claim-lost-named", "clinic-not-claimer-named", "digest-line"}
ROWS = {"history-row"}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_time_names_its_zone(language: str) -> None:
    texts = "\n".join(each.read_text() for each in sorted((TEXTS / language).glob("*.ftl")))
    each_text = re.split(r"\n(?=\S)", texts)
    timed = {each.partition(" ")[0] for each in each_text if "timeStyle" in each}
    zoned = {each.partition(" ")[0] for each in each_text if "UTC" in each or "$zone" in each}
    assert timed - zoned == GROUP | ROWS


@pytest.mark.usefixtures("accepted", "clinic")
@pytest.mark.parametrize("who", [GP, GP_FR])
async def test_the_time_of_a_request_names_its_zone(chat: Chat, who: Sender) -> None:
    case, _ = await send(chat, LOW, who)
    turn = await chat.take(chat.press(who, f"q:{case.number}:ask"))
    while turn.sent[0].photo is None:
        turn = await chat.take(chat.press(who, f"q:{case.number}:pass"))
    sent = await chat.take(chat.press(who, f"q:{case.number}:send", on_card=True))
    (said,) = [each.text or "" for each in sent.sent if each.chat_id == who.user_id]
    assert "(UTC)" in plain(said)
