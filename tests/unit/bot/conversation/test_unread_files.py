"""A file that is not read is answered by its fault; one that names the patient is deleted, in groups too."""

from types import SimpleNamespace
from typing import Any

import pytest

from bot.conversation.request import Request
from bot.conversation.unread_files import refuse_file
from bot.conversation.wording import Wording
from bot.texts import Texts
from inference.photos import DamagedPhotoError, DicomError, PhotoError, TooManyBytesError

TEXTS = Texts.load()
CODES = {kind.code: kind for kind in PhotoError.__subclasses__()}


def request(language: str) -> Request:
    services: Any = SimpleNamespace(settings=SimpleNamespace(max_download_bytes=20_000_000))
    turn: Any = SimpleNamespace(key="t")
    bot: Any = None
    return Request(
        services=services,
        turn=turn,
        bot=bot,
        user_id=7,
        chat_id=-100,
        is_private=False,
        person=None,
        wording=Wording(texts=TEXTS, language=language, prevalence=0.05, pathway=""),
    )


def message() -> Any:
    return SimpleNamespace(message_id=42)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("code", CODES)
def test_every_kind_of_error_has_its_own_words(language: str, code: str) -> None:
    said = {
        kind: refuse_file(request(language), kind(), message()).messages[0].text for kind in CODES.values()
    }
    assert said[CODES[code]]
    assert len({*said.values()}) == len(said)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_file_that_names_the_patient_is_deleted_where_it_stands(language: str) -> None:
    answer, deletion = refuse_file(request(language), DicomError(), message()).messages
    assert "DICOM" in (answer.text or "")
    assert (deletion.chat_id, deletion.edit_message_id, deletion.deletes) == (-100, 42, True)
    assert deletion.text == TEXTS.get(language, "photo-dicom-stays")


@pytest.mark.parametrize("error", [DamagedPhotoError(), TooManyBytesError()])
def test_no_other_message_is_deleted(error: PhotoError) -> None:
    (answer,) = refuse_file(request("en"), error, message()).messages
    assert not answer.deletes
