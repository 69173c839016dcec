"""An album in a teaching round: readable photos become a case, and the others are named."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings
from inference.photos import DamagedPhotoError, DicomError
from storage.database.keys import Keyring
from storage.database.sessions import Database
from tests.integration.bot.clinic.test_claims import ANN
from tests.support.offline import Chat, FakeTurn, Sender
from tests.support.records import GROUP, clinic_row
from tests.support.senders import HIGH, LOW, accept_terms, own_cases

pytestmark = [pytest.mark.backends("sqlite")]

POSTER = Sender(ANN.user_id)


@pytest.fixture(params=["en", "fr"])
async def chat(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Chat:
    keyring = Keyring.open(tmp_path / "nevus.key")
    chat = Chat(database, keyring, settings=Settings(data_dir=tmp_path))
    await chat.application.initialize()
    await accept_terms(chat, POSTER)
    async with database.write() as session:
        clinic = clinic_row(keyring, GROUP)
        clinic.language = request.param
        session.add(clinic)
    return chat


async def teach(chat: Chat, *photos: Any) -> FakeTurn:
    """Post photos as an album whose caption names the bot."""
    mention = {
        "caption": "@nevus_bot",
        "caption_entities": [{"type": "mention", "offset": 0, "length": 10}],
    }
    album = [
        chat.photo(ANN, chat.add_photo(each), media_group_id="1", **({} if place else mention))
        for place, each in enumerate(photos)
    ]
    return await chat.take(*album)


@pytest.mark.parametrize(
    ("photos", "place", "level"),
    [((HIGH, DamagedPhotoError()), 2, "high"), ((DamagedPhotoError(), LOW, LOW), 1, "low")],
)
async def test_a_damaged_photo_of_an_album_is_named_and_the_others_are_read(
    chat: Chat, photos: tuple[Any, ...], place: int, level: str
) -> None:
    turn = await teach(chat, *photos)
    (case,) = await own_cases(chat, POSTER)
    assert (case.level, len(case.photos)) == (level, len(photos) - 1)
    (answer,) = turn.sent
    assert answer.photo is not None
    text = (answer.text or "").replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert re.search(rf"(Not read|Non lues) : photo {place}", text.replace("read:", "read :"))
    if level == "low":
        assert "Refer now" in text or "Avis dermatologique très rapide" in text, "the safety net"


async def test_an_album_of_which_nothing_is_read_makes_no_case(chat: Chat) -> None:
    turn = await teach(chat, DamagedPhotoError(), DamagedPhotoError())
    assert await own_cases(chat, POSTER) == []
    (answer,) = turn.sent
    assert (answer.chat_id, answer.photo) == (GROUP, None)


async def test_a_file_that_names_the_patient_is_deleted_and_the_others_are_read(chat: Chat) -> None:
    turn = await teach(chat, HIGH, DicomError())
    answer, why, deletion = turn.sent
    assert (answer.photo is not None, deletion.deletes) == (True, True)
    assert "DICOM" in (why.text or "")
    assert len(await own_cases(chat, POSTER)) == 1
