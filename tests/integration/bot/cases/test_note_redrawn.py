"""The picture of a card says what its caption says, under the level too: else it is drawn again."""

import pytest

from bot.cases import reread
from bot.cases.card import write_card
from tests.integration.bot.cases.test_flags_offline import send
from tests.support.offline import Chat, FakeTurn, Sender
from tests.support.senders import GP, GP_FR, LOW, own_cases

pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted")]

CHANGED = {GP: "It has changed, as you ticked: refer.", GP_FR: "La lésion évolue, vous l’avez coché"}


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the pictures that are drawn again say under the level."""
    drawn: list[str] = []

    def draw(view, readings, *, thresholds, wording, at):  # type: ignore[no-untyped-def]
        drawn.append(write_card(view, wording, at).note)
        return b"picture"

    monkeypatch.setattr(reread, "render_card", draw)
    return drawn


async def tick(chat: Chat, who: Sender, item: str, wanted: int = 1) -> FakeTurn:
    number = (await own_cases(chat, who))[0].number
    return await chat.take(chat.press(who, f"k:{number}:7:{item}:{wanted}", on_card=True))


@pytest.mark.parametrize("who", [GP, GP_FR])
async def test_a_low_card_that_says_if_it_changes_is_drawn_again_when_it_has(
    chat: Chat, who: Sender, notes: list[str]
) -> None:
    await send(chat, LOW, who)
    turn = await tick(chat, who, "s0")
    assert (await own_cases(chat, who))[0].level == "low"
    assert turn.sent[0].photo == b"picture"
    assert CHANGED[who] in notes[-1]
    turn = await tick(chat, who, "s0", wanted=0)
    assert turn.sent[0].photo == b"picture"
    assert CHANGED[who] not in notes[-1]


async def test_a_card_whose_reason_is_another_one_is_drawn_again(chat: Chat, notes: list[str]) -> None:
    await send(chat, LOW)
    await tick(chat, GP, "r0")
    for item in ("s0", "s1"):
        await tick(chat, GP, item)
    assert "Red flag" in notes[-1]
    turn = await tick(chat, GP, "r0", wanted=0)
    assert (await own_cases(chat, GP))[0].level == "high"
    assert turn.sent[0].photo == b"picture"
    assert "Red flag" not in notes[-1]


async def test_a_card_that_says_the_same_stays(chat: Chat, notes: list[str]) -> None:
    await send(chat, LOW)
    turn = await tick(chat, GP, "s4")
    assert turn.sent[0].photo is None
    assert not notes


async def test_a_card_that_names_a_flag_that_was_taken_back_is_drawn_again(
    chat: Chat, notes: list[str]
) -> None:
    await send(chat, LOW)
    await tick(chat, GP, "r0")
    assert (await tick(chat, GP, "r1")).sent[0].photo is None
    await tick(chat, GP, "r0", wanted=0)
    assert [note for note in notes if "bleeding" in note] == notes[:1]
    assert len(notes) == 2
