"""A caption that mentions growth, change, bleeding or worry brings up the safety sentence; none is kept."""

import logging
from pathlib import Path

import pytest

from inference.photos import DamagedPhotoError
from tests.support.offline import Chat, FakeTurn, Sender
from tests.support.senders import GP, GP_FR, LOW, accept_terms, own_cases, send_photo

pytestmark = pytest.mark.backends("sqlite")

ALARM = "bleeding, doubled in 3 weeks"
SAFETY = {GP: "refer now", GP_FR: "avis dermatologique très rapide"}


@pytest.fixture(autouse=True)
async def accepted(chat: Chat) -> None:
    await accept_terms(chat, GP, GP_FR)


def read_files(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.rglob("*") if file.is_file()]


def notes(turn: FakeTurn) -> list[str]:
    return [sent.text or "" for sent in turn.sent if sent.key.endswith(":caption")]


@pytest.mark.parametrize(
    ("who", "caption"), [(GP, ALARM), (GP_FR, "nodule qui saigne"), (GP, "/triage It grew")]
)
async def test_alarming_words_get_the_safety_sentence_and_the_checklist(
    chat: Chat, who: Sender, caption: str
):
    length = caption.index(" ") if caption.startswith("/") else 0
    entities = [{"type": "bot_command", "offset": 0, "length": length}] if length else []
    case, turn = await send_photo(chat, LOW, who, caption=caption, caption_entities=entities)
    answer, note = turn.sent
    assert answer.photo is not None
    assert SAFETY[who] in (note.text or "")
    assert case.number in (note.text or "")
    assert caption not in (note.text or "")
    data = [button.data or "" for row in note.keyboard or () for button in row]
    assert data[0].startswith(f"k:{case.number}:")
    assert data[1] == f"patient:{case.number}:sentence"


@pytest.mark.parametrize("caption", ["Left heel", "Mrs Planted Patient", None])
async def test_a_quiet_caption_adds_nothing(chat: Chat, caption: str | None):
    _, turn = await send_photo(chat, LOW, caption=caption)
    assert notes(turn) == []


async def test_an_album_gets_it_once_whichever_photo_has_the_words(chat: Chat):
    captions = ({}, {"caption": ALARM}, {"caption": "it grew"})
    raws = [chat.photo(GP, chat.add_photo(LOW), media_group_id="1", **each) for each in captions]
    assert len(notes(await chat.take(*raws))) == 1


async def test_words_beside_a_photo_that_cannot_be_read_count_too(chat: Chat):
    turn = await chat.take(chat.photo(GP, chat.add_photo(DamagedPhotoError()), caption=ALARM))
    assert await own_cases(chat) == []
    (note,) = notes(turn)
    assert SAFETY[GP] in note


async def test_the_caption_is_kept_nowhere(chat: Chat, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    await send_photo(chat, LOW, caption="planted words, it bleeds")
    assert not any(b"planted words" in content for content in read_files(tmp_path))
    assert "planted words" not in caplog.text
