"""What changes about a mole of a split album, or a picked lesion, reaches the clinic's card of its case."""

from pathlib import Path

import pytest

from bot.conversation.wording import plain
from storage.clinic.referrals import get_referral
from storage.database.keys import Keyring
from storage.database.sessions import Database
from tests.integration.bot.cases.test_flags_offline import is_flagged
from tests.integration.bot.clinic.test_better_photo import TOKEN, Asked, claim_case
from tests.integration.bot.clinic.test_claims import ANN, press
from tests.support.builders import lesion_of, photo_of, readable
from tests.support.offline import Chat, FakeTurn, Sender
from tests.support.records import GROUP
from tests.support.senders import own_cases, plain_spaces

pytestmark = [pytest.mark.backends("sqlite")]

GP = Sender(7_311_001)
GP_FR = Sender(7_311_002, "fr")
LOW, MODERATE = readable(0.05, 0.05), readable(0.5, 0.5)
TWO_LESIONS = photo_of(lesion_of(0.05), lesion_of(0.06, left=200))
ALBUM, PHOTO = ([LOW, MODERATE], "s:{}"), ([TWO_LESIONS], "pick:{}:1:1")


async def refer(database: Database, tmp_path: Path, photos: list[object], who: Sender = GP) -> Asked:
    keyring = Keyring.open(tmp_path / "nevus.key")
    return await claim_case(Chat(database, keyring), keyring, who, *photos)


async def tick(asked: Asked, number: str, item: str = "r0:1") -> FakeTurn:
    return await asked.chat.take(asked.chat.press(asked.gp, f"k:{number}:7:{item}", on_card=True))


def in_group(turn: FakeTurn) -> list[str]:
    """What goes to the clinic's group in a turn."""
    return [plain_spaces(plain(each.text or "")) for each in turn.sent if each.chat_id == GROUP]


async def level_of(asked: Asked) -> str:
    async with asked.chat.database.read() as session:
        referral = await get_referral(session, TOKEN)
    assert referral is not None
    return str(referral.level)


@pytest.mark.parametrize("who", [GP, GP_FR])
@pytest.mark.parametrize(("photos", "way"), [ALBUM, PHOTO])
async def test_a_red_flag_of_a_mole_raises_the_card_and_is_said_in_the_group(
    database: Database, tmp_path: Path, who: Sender, photos: list[object], way: str
) -> None:
    asked = await refer(database, tmp_path, photos, who)
    before = await level_of(asked)
    await asked.chat.take(asked.chat.press(who, way.format(asked.number), on_card=True))
    mole = (await own_cases(asked.chat, who))[0]
    card, notice = in_group(await tick(asked, mole.number))
    assert before != "high"
    assert card.startswith(f"🔴 HIGH RISK · {asked.number}")
    assert f"{mole.number}, rated singly" in card
    assert "bleeding" in card
    assert notice == f"⚠️ {asked.number} is now rated high: see its card.", "it stays when the card is erased"
    assert await level_of(asked) == "high"
    assert await is_flagged(asked.chat, mole)
    again = in_group(await tick(asked, mole.number, "r0:0"))
    assert [each.partition(" ")[0] for each in again] == ["🟠"], "what calms is an edit only"
    assert "rated singly" not in again[0]
    assert await level_of(asked) == before == "moderate"


async def test_two_moles_that_change_in_one_turn_change_the_card_once(
    database: Database, tmp_path: Path
) -> None:
    asked = await refer(database, tmp_path, [LOW, LOW])
    await asked.chat.take(asked.chat.press(GP, f"s:{asked.number}", on_card=True))
    first, second = await own_cases(asked.chat, GP)
    (card,) = in_group(await tick(asked, first.number, "y1:1"))
    assert [each.level for each in await own_cases(asked.chat, GP)] == ["moderate", "moderate"]
    assert card.startswith(f"🟠 MODERATE RISK · {asked.number}")
    assert first.number in card
    assert second.number in card
    assert await level_of(asked) == "moderate"


async def test_a_photo_that_changes_with_the_lesion_picked_on_it_shows_both(
    database: Database, tmp_path: Path
) -> None:
    asked = await refer(database, tmp_path, [TWO_LESIONS])
    await asked.chat.take(asked.chat.press(GP, f"pick:{asked.number}:1:1", on_card=True))
    picked = (await own_cases(asked.chat, GP))[0]
    await tick(asked, picked.number)
    (card,) = in_group(await tick(asked, picked.number, "y1:1"))
    assert card.startswith(f"🔴 HIGH RISK · {asked.number}")
    assert f"{picked.number}, rated singly" in card
    (own,) = in_group(await tick(asked, asked.number, "r1:1"))
    assert own.startswith(f"🔴 HIGH RISK · {asked.number}")
    assert "rated singly" not in own, "it is no higher than the photo"


async def test_a_lesion_picked_on_a_mole_of_the_album_raises_the_card_of_the_album(
    database: Database, tmp_path: Path
) -> None:
    asked = await refer(database, tmp_path, [TWO_LESIONS, LOW])
    await asked.chat.take(asked.chat.press(GP, f"s:{asked.number}", on_card=True))
    mole = (await own_cases(asked.chat, GP))[1]
    await asked.chat.take(asked.chat.press(GP, f"pick:{mole.number}:1:1", on_card=True))
    picked = (await own_cases(asked.chat, GP))[0]
    card, notice = in_group(await tick(asked, picked.number))
    assert picked.number in card
    assert "now rated high" in notice


async def test_the_group_reads_once_that_its_case_is_high(database: Database, tmp_path: Path) -> None:
    asked = await refer(database, tmp_path, [MODERATE])
    card, notice = in_group(await tick(asked, asked.number))
    assert card.startswith("🔴")
    assert "now rated high" in notice
    assert len(in_group(await tick(asked, asked.number, "r1:1"))) == 1, "it was high"


async def test_an_answer_below_the_level_of_a_mole_asks_twice(database: Database, tmp_path: Path) -> None:
    asked = await refer(database, tmp_path, [LOW, LOW])
    await asked.chat.take(asked.chat.press(GP, f"s:{asked.number}", on_card=True))
    await tick(asked, (await own_cases(asked.chat, GP))[0].number)
    turn, _ = await press(asked.chat, ANN, f"v:{TOKEN}:benign")
    assert "sure" in str([each.keyboard for each in turn.sent])


@pytest.mark.parametrize(
    ("who", "says"), [(GP, "The clinic sees this on its card"), (GP_FR, "L'équipe de dermatologie le voit")]
)
async def test_the_clinic_learns_that_its_card_shows_different_moles(
    database: Database, tmp_path: Path, who: Sender, says: str
) -> None:
    asked = await refer(database, tmp_path, [LOW, MODERATE], who)
    turn = await asked.chat.take(asked.chat.press(who, f"s:{asked.number}", on_card=True))
    second, first = await own_cases(asked.chat, who)
    card, message = in_group(turn)
    assert f"different moles (photo 1 🔵 {first.number}, photo 2 🟠 {second.number})." in card
    assert "different moles" in message
    assert asked.number in message
    assert says in plain(turn.sent[1].text or "").replace("’", "'")
    assert not in_group(await tick(asked, second.number, "y0:1")), "nothing on the card changes"
    (card,) = in_group(await tick(asked, first.number, "y1:1"))
    assert f"photo 1 🟠 {first.number}" in card


async def test_a_split_of_what_no_clinic_has_tells_nobody(database: Database, tmp_path: Path) -> None:
    asked = await refer(database, tmp_path, [LOW, MODERATE])
    await asked.chat.take(asked.chat.press(GP, f"request:{TOKEN}:yes"))
    turn = await asked.chat.take(asked.chat.press(GP, f"s:{asked.number}", on_card=True))
    assert not in_group(turn)
    assert "The clinic sees" not in str(turn.sent)
