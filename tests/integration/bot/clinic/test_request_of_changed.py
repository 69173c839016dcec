"""A request about a lesion that has changed does not hold up the referral that its answer advises."""

import pytest

from bot.conversation.wording import plain
from tests.integration.bot.cases.test_flags_offline import send
from tests.support.builders import readable
from tests.support.offline import Chat, Sender
from tests.support.senders import GP, GP_FR, plain_spaces

pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted", "clinic")]

MODERATE = readable(0.5, 0.5)
REFER = {
    GP: "send your own referral on the suspected",
    GP_FR: "adressez vous-même (avis dermatologique très rapide)",
}


@pytest.mark.parametrize("who", [GP, GP_FR])
@pytest.mark.parametrize("has_changed", [True, False])
async def test_a_request_about_a_changed_lesion_names_the_own_referral(
    chat: Chat, who: Sender, *, has_changed: bool
) -> None:
    case, _ = await send(chat, MODERATE, who)
    if has_changed:
        await chat.take(chat.press(who, f"k:{case.number}:7:s0:1", on_card=True))
    turn = await chat.take(chat.press(who, f"q:{case.number}:ask"))
    while turn.sent[0].photo is None:
        turn = await chat.take(chat.press(who, f"q:{case.number}:pass"))
    assert (REFER[who] in plain_spaces(plain(turn.sent[0].text or ""))) is has_changed
    sent = await chat.take(chat.press(who, f"q:{case.number}:send", on_card=True))
    said = " ".join(plain_spaces(plain(each.text or "")) for each in sent.sent if each.chat_id == who.user_id)
    assert (REFER[who] in said) is has_changed
