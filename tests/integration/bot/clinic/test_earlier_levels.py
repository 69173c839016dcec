"""The clinic's card names the earlier levels of a lesion that the sender follows."""

from pathlib import Path

import pytest

from storage.clinic.referrals import get_referral
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.record.cases import get_case
from storage.record.lesions import find_lesion, follow_case, join_lesion
from storage.record.tables import LinkRow
from tests.integration.bot.clinic.test_claims import ANN, ask, press
from tests.support.offline import NOON, Chat
from tests.support.records import SUBJECT


@pytest.fixture
def backend() -> str:
    """The conversations know no database: once is enough."""
    return "sqlite"


@pytest.mark.parametrize("follows", [True, False])
async def test_the_card_names_earlier_levels_of_a_followed_lesion(
    database: Database, tmp_path: Path, *, follows: bool
) -> None:
    keyring = Keyring.open(tmp_path / "nevus.key")
    chat = Chat(database, keyring)
    chat.request.standing = {ANN.user_id: "member"}
    await chat.application.initialize()
    first, second = await ask(database, keyring, 2)
    async with database.write() as session:
        session.add(LinkRow(user_ref=keyring.user_ref(5), subject=SUBJECT, created_at=NOON))
        await session.flush()
        ids = []
        for token in (first, second):
            referral = await get_referral(session, token)
            assert referral is not None
            case = await get_case(session, referral.case_number, subject=SUBJECT)
            assert case is not None
            ids.append(case.id)
        if follows:
            await follow_case(session, ids[0], subject=SUBJECT, words=9, now=NOON)
            lesion = await find_lesion(session, ids[0], subject=SUBJECT)
            assert lesion is not None
            await join_lesion(session, ids[1], subject=SUBJECT, lesion_id=lesion.id, now=NOON)
    for token, has_earlier in ((first, False), (second, follows)):
        turn, _ = await press(chat, ANN, f"v:{token}:claim")
        assert ("This lesion before: " in (turn.sent[0].text or "")) is has_earlier
