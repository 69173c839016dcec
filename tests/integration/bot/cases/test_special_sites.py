"""Two special sites of one lesion: the one that is the answer to "where", and one from another photo."""

import pytest

from bot.cases.view import read_context
from bot.conversation.wording import plain
from storage.record.cases import Case
from tests.integration.bot.cases.test_flags_offline import send
from tests.support.offline import Chat, FakeTurn, Sender
from tests.support.senders import GP, GP_FR, LOW, own_cases

pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted")]

BOTH = pytest.mark.parametrize("who", [GP, GP_FR])
PALM = {GP: "Palm or sole", GP_FR: "Paume, plante"}


async def join_nail_to_palm(chat: Chat, who: Sender) -> Case:
    """A case with the site nail, of a lesion whose other photo has the site palm."""
    first, _ = await send(chat, LOW, who)
    second, _ = await send(chat, LOW, who)
    await chat.take(chat.press(who, f"patient:{first.number}:site:palm-or-sole:1"))
    await chat.take(chat.press(who, f"patient:{second.number}:site:nail:1"))
    await chat.take(chat.press(who, f"o:{second.number}:same:{first.number}"))
    return second


def labels(turn: FakeTurn) -> list[str]:
    return [button.text for row in turn.sent[0].keyboard or () for button in row]


async def sites_of(chat: Chat, who: Sender, case: Case) -> list[str]:
    (found,) = [each for each in await own_cases(chat, who) if each.number == case.number]
    return sorted(read_context(found.context).sites or ())


@BOTH
async def test_the_page_shows_the_other_site_and_takes_it_back(chat: Chat, who: Sender) -> None:
    case = await join_nail_to_palm(chat, who)
    assert await sites_of(chat, who, case) == ["nail", "palm_or_sole"]
    page = await chat.take(chat.press(who, f"patient:{case.number}:skin"))
    assert [each for each in labels(page) if PALM[who] in plain(each)], "it can be seen"
    assert {GP: "The site stays", GP_FR: "Le siège reste"}[who] in plain(page.text)
    after = await chat.take(chat.press(who, f"patient:{case.number}:skin:p1:0"))
    assert await sites_of(chat, who, case) == ["nail"]
    assert PALM[who] in plain(after.sent[0].text or ""), "what was taken back is named"


async def test_none_of_these_is_about_the_other_site_too(chat: Chat) -> None:
    case = await join_nail_to_palm(chat, GP)
    await chat.take(chat.press(GP, f"patient:{case.number}:skin:none:1"))
    assert await sites_of(chat, GP, case) == ["nail"]


@pytest.mark.parametrize(
    ("site", "left"),
    [("nail", ["nail", "palm_or_sole"]), ("back", ["palm_or_sole"]), ("mucosa", ["mucosa", "palm_or_sole"])],
)
async def test_another_answer_replaces_the_shown_site_alone(chat: Chat, site: str, left: list[str]) -> None:
    case = await join_nail_to_palm(chat, GP)
    await chat.take(chat.press(GP, f"patient:{case.number}:site:{site}:1"))
    assert await sites_of(chat, GP, case) == left
    page = await chat.take(chat.press(GP, f"patient:{case.number}:skin"))
    assert [each for each in labels(page) if PALM[GP] in each]


async def test_a_site_that_is_taken_back_leaves_the_other_one(chat: Chat) -> None:
    case = await join_nail_to_palm(chat, GP)
    await chat.take(chat.press(GP, f"patient:{case.number}:site:nail:0"))
    assert await sites_of(chat, GP, case) == ["palm_or_sole"]
