"""A letter about an album that was split says no less than its moles: their answers came later."""

import pytest

from bot.conversation.wording import plain
from tests.support.offline import Chat, Sender
from tests.support.senders import GP, GP_FR, LOW, own_cases

pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted")]


@pytest.mark.parametrize(
    ("who", "level", "asked"),
    [
        (GP, "Level of the triage: High", "suspected cancer pathway"),
        (GP_FR, "Niveau du tri : Élevé", "très rapide"),
    ],
)
async def test_a_mole_that_bleeds_reaches_the_letter_about_its_album(
    chat: Chat, who: Sender, level: str, asked: str
) -> None:
    photos = [chat.photo(who, chat.add_photo(LOW), media_group_id="g") for _ in range(2)]
    await chat.take(*photos)
    (album,) = await own_cases(chat, who)
    await chat.take(chat.press(who, f"s:{album.number}", on_card=True))
    mole = (await own_cases(chat, who))[0]
    await chat.take(chat.press(who, f"k:{mole.number}:7:r0:1", on_card=True))
    language = (who.language_code or "")[:2]
    turn = await chat.take(chat.press(who, f"w:{album.number}:{language}:text"))
    said = plain(turn.sent[0].text or "").replace("\N{NO-BREAK SPACE}", " ")
    assert level in said
    assert asked in said
    assert mole.number in said, "which mole it is"
