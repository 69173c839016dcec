"""Photos that are no single readable lesion: many at once, refused ones, cases by their number."""

import pytest

from bot.conversation.wording import plain
from inference.readings import Reason
from tests.support.builders import gated, readable
from tests.support.offline import Chat, FakeTurn, Sender
from tests.support.senders import GP, GP_FR, accept_terms, own_cases

# The conversations know no database: once is enough.
pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("clinic")]


def labels(turn: FakeTurn) -> list[str]:
    return [plain(button.text) for row in turn.sent[0].keyboard or () for button in row]


async def drop(chat: Chat, who: Sender, count: int, *, album: str) -> FakeTurn:
    """An album of so many photos."""
    photos = (
        chat.photo(who, chat.add_photo(readable(0.05, 0.05)), media_group_id=album) for _ in range(count)
    )
    return await chat.take(*photos)


@pytest.mark.parametrize(
    ("who", "says", "button"),
    [
        (GP, "10 photos were read as one lesion.", "Different moles"),
        (GP_FR, "10 photos ont été lues comme une seule lésion.", "Grains de beauté différents"),
    ],
)
async def test_of_twenty_photos_at_once_each_album_asks_whether_it_is_several_moles(
    chat: Chat, who: Sender, says: str, button: str
) -> None:
    await accept_terms(chat, who)
    for album in ("first", "second"):  # as Telegram divides them
        answer = await drop(chat, who, 10, album=album)
        assert says in plain(answer.sent[0].text or "")
        assert labels(answer)[0] == button, "the first button"
    case = (await own_cases(chat, who))[0]
    await chat.take(chat.press(who, f"s:{case.number}", on_card=True))
    assert len(await own_cases(chat, who)) == 11


async def test_a_few_photos_of_one_lesion_are_not_questioned(chat: Chat) -> None:
    await accept_terms(chat, GP)
    answer = await drop(chat, GP, 4, album="one")
    assert "read as one lesion" not in plain(answer.sent[0].text or "")
    assert labels(answer)[-1] == "Different moles"


@pytest.mark.parametrize(
    ("who", "kept", "worried"),
    [
        (GP, ("checklist", "Ask the clinic", "Letter"), "I am worried"),
        (GP_FR, ("ABCDE", "dermatologue", "Courrier"), "inquiète"),
    ],
)
async def test_a_refused_photo_keeps_checklist_worry_clinic_and_letter(
    chat: Chat, who: Sender, kept: tuple[str, ...], worried: str
) -> None:
    await accept_terms(chat, who)
    answer = await chat.take(chat.photo(who, chat.add_photo(gated(Reason.NO_LESION))))
    for word in kept:
        assert any(word in label for label in labels(answer)), word
    assert not any("Follow" in label or "Suivre" in label for label in labels(answer))
    page = next(
        button.data
        for row in answer.sent[0].keyboard or ()
        for button in row
        if (button.data or "").startswith("k:")
    )
    opened = await chat.take(chat.press(who, page, on_card=True))
    assert any(worried in label for label in labels(opened))


@pytest.mark.parametrize(("who", "says"), [(GP, "Your 2 cases"), (GP_FR, "Vos 2 cas")])
async def test_history_with_a_number_shows_that_case_and_without_one_all(
    chat: Chat, who: Sender, says: str
) -> None:
    await accept_terms(chat, who)
    numbers = []
    for score in (0.05, 0.95):
        turn = await chat.take(chat.photo(who, chat.add_photo(readable(score, score))))
        numbers.append((turn.sent[0].text or "").split("· ")[1][:8])
    for number in numbers:
        one = await chat.take(chat.command(who, f"/history {number}"))
        assert [each in one.text for each in numbers] == [each == number for each in numbers]
    assert says in plain((await chat.take(chat.command(who, "/history"))).text)
