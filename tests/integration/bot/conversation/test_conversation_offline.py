"""Conversations with the real handlers and database; Telegram, engine and inbox are fakes."""

import pytest
from telegram.error import TelegramError

from bot.conversation.request import CONSENT_VERSION
from bot.conversation.wording import count_units
from bot.delivery.downloads import TruncatedDownloadError, UnavailableFileError
from bot.delivery.outgoing import Record, acknowledgement_key
from inference.engine import BusyError
from inference.photos import (
    DamagedPhotoError,
    DicomError,
    HdrPhotoError,
    OtherFormatError,
    PhotoError,
    RawPhotoError,
    TooLargeHereError,
    TooManyPixelsError,
    UnsupportedFormatError,
)
from inference.readings import Domain, QualityFault, Reason
from inference.release import load_release
from storage.clinic.tables import ClinicRow
from storage.database.keys import Keyring
from storage.record.cases import count_cases
from storage.record.people import find_person
from tests.support.builders import gated, readable
from tests.support.offline import NOON, TEXTS, Chat, Sender
from tests.support.senders import GP, GP_FR, OTHER, accept_terms, own_cases

pytestmark = pytest.mark.backends("sqlite")  # the conversations know no database: once is enough

GROUP = -1001


def buttons(outgoing) -> dict[str, str | None]:
    return {button.text: button.data for row in outgoing.keyboard or () for button in row}


class TestFirstContact:
    async def test_start_speaks_the_senders_language_and_asks_for_consent(self, chat: Chat):
        turn = await chat.take(chat.command(GP_FR, "/start"))
        assert "Ce que je ne suis pas" in turn.text
        assert buttons(turn.sent[0]) == {"✅ J’accepte": f"a:{CONSENT_VERSION}", "English": "l:en:start"}

    async def test_the_terms_can_be_read_in_the_other_language_before_accepting(self, chat: Chat):
        turn = await chat.take(chat.press(GP_FR, "l:en:start"))
        assert "What I am not" in turn.text
        assert turn.sent[0].edit_message_id == 900
        assert "✅ I accept" in buttons(turn.sent[0])

    async def test_consent_is_recorded_with_the_version_of_the_terms(self, chat: Chat, keyring: Keyring):
        turn = await chat.take(chat.press(GP, f"a:{CONSENT_VERSION}"))
        edited, ready = turn.sent
        assert "Accepted" in edited.text
        assert not edited.keyboard
        assert "send me a photo" in ready.text
        async with chat.database.read() as session:
            person = await find_person(session, keyring.user_ref(GP.user_id))
        assert person is not None
        assert (person.consent_version, person.consent_at) == (CONSENT_VERSION, chat._now)

    async def test_a_button_of_older_terms_shows_the_new_ones(self, chat: Chat, keyring: Keyring):
        turn = await chat.take(chat.press(GP, "a:0"))
        assert "changed" in turn.text
        async with chat.database.read() as session:
            assert await find_person(session, keyring.user_ref(GP.user_id)) is None

    async def test_a_consent_while_a_photo_is_about_to_be_held_is_seen(self, chat: Chat):
        """The photo's turn began before the consent and would end after it: who would release the photo?"""

        async def accept_meanwhile(_chat_id: int) -> int:
            del chat.inbox.held_count
            await accept_terms(chat, GP)
            return 0

        chat.inbox.held_count = accept_meanwhile  # type: ignore[method-assign]
        turn = await chat.take(chat.photo(GP, b"photo"))
        assert (turn.ending, turn.sent) == ("again", ())

    async def test_accepting_once_more_releases_what_waits(self, chat: Chat):
        await accept_terms(chat, GP)
        chat.inbox.held[GP.user_id] = 1
        await accept_terms(chat, GP)
        assert chat.inbox.held == {}

    async def test_a_strangers_text_is_answered_with_the_terms(self, chat: Chat):
        turn = await chat.take(chat.message(GP, text="hello"))
        assert f"a:{CONSENT_VERSION}" in buttons(turn.sent[0]).values()


class TestBeforeConsent:
    async def test_a_photo_is_held_unread_and_explained_once(self, chat: Chat):
        data = chat.add_photo(readable(0.9, 0.9))
        first = await chat.take(chat.photo(GP, data))
        chat.inbox.held[GP.user_id] = 1
        second = await chat.take(chat.photo(GP, data))
        assert (first.ending, second.ending) == ("held", "held")
        assert "I have not opened it" in first.text
        assert not second.sent
        assert chat.engine.read_count == 0
        assert not chat.request.asked("getFile")

    async def test_the_explanation_never_takes_the_name_of_the_answer_to_come(self, chat: Chat):
        """A held turn comes again with the same key, and one key is one message for ever."""
        raw = chat.photo(GP, chat.add_photo(readable(0.9, 0.9)))
        held = await chat.take(raw, key="same")
        await accept_terms(chat, GP)
        answered = await chat.take(raw, key="same")
        assert "HIGH RISK" in answered.text
        assert answered.sent[0].key != held.sent[0].key

    async def test_consent_releases_what_waited_in_the_same_transaction(self, chat: Chat):
        chat.inbox.held[GP.user_id] = 2
        turn = await chat.take(chat.press(GP, f"a:{CONSENT_VERSION}"))
        assert chat.inbox.released == [GP.user_id]
        assert "2 photos" in turn.sent[1].text


class TestPhoto:
    async def test_one_card_takes_the_place_of_the_acknowledgement(self, chat: Chat):
        await accept_terms(chat, GP)
        turn = await chat.take(chat.photo(GP, chat.add_photo(readable(0.9, 0.95))))
        (answer,) = turn.sent
        assert answer.replaces == acknowledgement_key(turn.key)
        assert answer.photo.startswith(b"\xff\xd8")
        assert "HIGH RISK" in answer.text
        (case,) = await own_cases(chat, GP)
        assert case.number in answer.text
        assert case.level == "high"
        assert buttons(answer) == {
            "☑ 7-point checklist": f"k:{case.number}:7",
            "👤 About the patient": f"patient:{case.number}",
            "Details": f"d:{case.number}",
            "📌 Follow": f"o:{case.number}",
            "✉️ Letter": f"w:{case.number}",
        }

    async def test_the_answer_hangs_on_the_photo_that_it_answers(self, chat: Chat):
        await accept_terms(chat, GP)
        raw = chat.photo(GP, chat.add_photo(readable(0.9, 0.95)))
        turn = await chat.take(raw)
        assert turn.sent[0].reply_to_message_id == raw["message"]["message_id"]

    async def test_no_name_no_user_and_no_chat_stand_in_the_record(self, chat: Chat):
        await accept_terms(chat, GP)
        await chat.take(chat.photo(GP, chat.add_photo(readable(0.9, 0.95)), caption="Mrs Planted Patient"))
        (case,) = await own_cases(chat, GP)
        assert "Planted" not in repr(case)
        assert str(GP.user_id) not in repr(case)

    async def test_a_repeated_turn_makes_no_second_case(self, chat: Chat):
        await accept_terms(chat, GP)
        raw = chat.photo(GP, chat.add_photo(readable(0.9, 0.95)))
        await chat.take(raw, key="same")
        again = await chat.take(raw, key="same")
        assert not again.sent
        assert len(await own_cases(chat, GP)) == 1

    async def test_an_image_sent_as_a_file_is_read_by_its_content(self, chat: Chat):
        await accept_terms(chat, GP)
        data = chat.add_photo(readable(0.05, 0.05))
        turn = await chat.take(chat.document(GP, data, file_name="x.pdf", mime_type="application/pdf"))
        assert "LOW RISK" in turn.text

    async def test_a_file_that_is_no_image_gets_a_kind_sentence_and_the_safety_net(self, chat: Chat):
        await accept_terms(chat, GP)
        turn = await chat.take(chat.document(GP, chat.add_photo(UnsupportedFormatError())))
        assert "not a photo that I can read" in turn.text
        assert TEXTS.get("en", "safety-net") in turn.text

    async def test_a_file_over_the_limit_is_refused_before_it_is_fetched(self, chat: Chat):
        await accept_terms(chat, GP)
        turn = await chat.take(chat.document(GP, b"", file_size=25_000_000))
        assert "20 MB" in turn.text
        assert not chat.request.asked("getFile")

    async def test_a_photo_that_cannot_be_read_says_why_and_that_worry_does_not_wait(self, chat: Chat):
        await accept_terms(chat, GP_FR)
        faulty = gated(Reason.QUALITY, QualityFault.BLURRED)
        turn = await chat.take(chat.photo(GP_FR, chat.add_photo(faulty)))
        assert "NON ÉVALUABLE" in turn.text
        assert "Floue" in turn.text
        assert TEXTS.get("fr", "safety-net") in turn.text
        (case,) = await own_cases(chat, GP_FR)
        assert case.level == "not_assessable"

    @pytest.mark.parametrize("kind", ["photo", "document"])
    async def test_a_truncated_download_is_tried_again(self, chat: Chat, kind: str):
        await accept_terms(chat, GP)
        data = chat.add_photo(readable(0.9, 0.95))
        raw = (chat.photo if kind == "photo" else chat.document)(GP, data)
        (file_id,) = chat.request.files
        announced = {"file_path": file_id, "file_size": len(data) + 5}
        chat.request._result = lambda *_: {"file_id": file_id, "file_unique_id": "u"} | announced
        with pytest.raises(TruncatedDownloadError):
            await chat.take(raw)

    async def test_a_busy_engine_leaves_the_turn_open(self, chat: Chat):
        await accept_terms(chat, GP)
        with pytest.raises(BusyError):
            await chat.take(chat.photo(GP, chat.add_photo(BusyError())))

    async def test_a_failed_download_leaves_the_turn_open(self, chat: Chat):
        await accept_terms(chat, GP)
        raw = chat.photo(GP, chat.add_photo(readable(0.9, 0.9)))

        def refuse(*_):
            raise TelegramError("cut")

        chat.request._result = refuse
        with pytest.raises(UnavailableFileError):
            await chat.take(raw)

    @pytest.mark.parametrize("who", [GP, GP_FR], ids=["en", "fr"])
    async def test_a_photo_that_never_comes_is_given_up_in_words(self, chat: Chat, who: Sender):
        await accept_terms(chat, who)
        raw = chat.photo(who, chat.add_photo(readable(0.9, 0.9)))
        chat.request.files.clear()
        turn = await chat.take(raw, is_last_try=True)
        language = (who.language_code or "")[:2]
        assert TEXTS.get(language, "photo-unavailable") in turn.text
        assert TEXTS.get(language, "safety-net") in turn.text
        assert turn.sent[0].replaces == f"{turn.key}:ack"

    async def test_an_album_with_a_photo_that_never_comes_is_answered_without_it(self, chat: Chat):
        await accept_terms(chat, GP)
        raws = [chat.photo(GP, chat.add_photo(readable(0.9, 0.95)), media_group_id="g") for _ in range(2)]
        chat.request.files.popitem()
        with pytest.raises(UnavailableFileError):
            await chat.take(*raws)
        turn = await chat.take(*raws, is_last_try=True)
        assert "HIGH RISK" in turn.text
        (case,) = await own_cases(chat, GP)
        assert len(case.photos) == 1

    @pytest.mark.parametrize("who", [GP, GP_FR], ids=["en", "fr"])
    @pytest.mark.parametrize(
        "error",
        [
            RawPhotoError,
            HdrPhotoError,
            OtherFormatError,
            TooLargeHereError,
            TooManyPixelsError,
            DamagedPhotoError,
            UnsupportedFormatError,
        ],
    )
    async def test_each_file_that_is_not_read_gets_its_own_words(
        self, chat: Chat, who: Sender, error: type[PhotoError]
    ):
        await accept_terms(chat, who)
        turn = await chat.take(chat.document(who, chat.add_photo(error()), file_name="Jane Doe.dng"))
        name = f"photo-{error.code.replace('_', '-')}"
        assert TEXTS.get(who.language_code[:2], name) in turn.text
        assert TEXTS.get(who.language_code[:2], "safety-net") in turn.text
        assert len(turn.sent) == 1

    @pytest.mark.parametrize("who", [GP, GP_FR], ids=["en", "fr"])
    async def test_a_dicom_file_is_deleted_and_nothing_of_it_is_kept_or_logged(
        self, chat: Chat, who: Sender, caplog: pytest.LogCaptureFixture
    ):
        caplog.set_level(0)
        await accept_terms(chat, who)
        raw = chat.document(who, chat.add_photo(DicomError()), file_name="Doe^Jane.dcm")
        turn = await chat.take(raw)
        answer, deletion = turn.sent
        language = who.language_code[:2]
        assert TEXTS.get(language, "photo-dicom") in answer.text
        assert deletion.deletes
        assert deletion.edit_message_id == raw["message"]["message_id"]
        assert deletion.text == TEXTS.get(language, "photo-dicom-stays")
        assert not await own_cases(chat, who)
        assert "Doe" not in caplog.text + str(turn.sent)

    async def test_an_edited_caption_makes_no_second_case(self, chat: Chat):
        await accept_terms(chat, GP)
        raw = chat.photo(GP, chat.add_photo(readable(0.9, 0.95)))
        await chat.take(raw)
        edited = {"update_id": 5000, "edited_message": raw["message"] | {"edit_date": 1, "caption": "new"}}
        turn = await chat.take(edited)
        assert (turn.ending, turn.sent) == ("done", ())
        assert len(await own_cases(chat, GP)) == 1

    @pytest.mark.parametrize("who", [GP, GP_FR], ids=["en", "fr"])
    @pytest.mark.parametrize("kind", ["photo", "document"])
    async def test_a_photo_replaced_by_an_edit_is_answered_once(self, chat: Chat, who: Sender, kind: str):
        await accept_terms(chat, who)
        send = chat.photo if kind == "photo" else chat.document
        raw = send(who, chat.add_photo(readable(0.9, 0.95)))
        await chat.take(raw)
        turns = []
        for update_id in (5000, 5001):
            new = send(who, chat.add_photo(readable(0.1, 0.1)))["message"][kind]
            edited = {"update_id": update_id, "edited_message": raw["message"] | {"edit_date": 1, kind: new}}
            turns.append(await chat.take(edited))
        assert {turn.text for turn in turns} == {TEXTS.get(who.language_code[:2], "otherwise-edited-photo")}
        first, second = (turn.sent[0] for turn in turns)
        assert first.key == second.key  # the outbox sends a key only once
        assert first.reply_to_message_id == raw["message"]["message_id"]
        assert str(who.user_id) not in first.key
        assert chat.engine.read_count == 1
        assert len(await own_cases(chat, who)) == 1

    async def test_two_messages_whose_photos_were_replaced_get_an_answer_each(self, chat: Chat):
        await accept_terms(chat, GP)
        keys = set()
        for _ in range(2):
            raw = chat.photo(GP, chat.add_photo(readable(0.9, 0.95)))
            await chat.take(raw)
            new = chat.photo(GP, b"new")["message"]["photo"]
            turn = await chat.take({"update_id": 5000, "edited_message": raw["message"] | {"photo": new}})
            keys.add(turn.sent[0].key)
        assert len(keys) == 2

    async def test_an_edit_before_consent_or_in_an_ordinary_group_gets_no_answer(self, chat: Chat):
        in_group = Sender(GP.user_id, group_id=GROUP)
        edited = {"update_id": 5000, "edited_message": chat.photo(GP, b"new")["message"]}
        assert (await chat.take(edited)).sent == ()
        await accept_terms(chat, GP)
        edited = {"update_id": 5001, "edited_message": chat.photo(in_group, b"new")["message"]}
        assert (await chat.take(edited)).sent == ()

    async def test_a_photo_replaced_in_a_clinics_group_is_answered(self, chat: Chat, keyring: Keyring):
        await accept_terms(chat, GP)
        async with chat.database.write() as session:
            session.add(
                ClinicRow(
                    title=b"sealed",
                    chat=b"sealed",
                    chat_ref=keyring.chat_refs(GROUP)[0],
                    kind="group",
                    language="en",
                    state="linked",
                    created_at=NOON,
                )
            )
        in_group = Sender(GP.user_id, group_id=GROUP)
        edited = {"update_id": 5000, "edited_message": chat.photo(in_group, b"new")["message"]}
        assert (await chat.take(edited)).text == TEXTS.get("en", "otherwise-edited-photo")

    async def test_a_command_in_a_caption_is_answered_too(self, chat: Chat):
        await accept_terms(chat, GP)
        entities = [{"type": "bot_command", "offset": 0, "length": 5}]
        data = chat.add_photo(readable(0.9, 0.95))
        turn = await chat.take(chat.photo(GP, data, caption="/help", caption_entities=entities))
        answer, help_ = turn.sent
        assert answer.photo
        assert "How to use me" in help_.text
        assert answer.key != help_.key

    @pytest.mark.parametrize("command", ["/letter", "/remind"])
    async def test_a_command_in_a_caption_is_never_about_the_case_before(self, chat: Chat, command: str):
        await accept_terms(chat, GP)
        await chat.take(chat.photo(GP, chat.add_photo(readable(0.05, 0.05))))
        (before,) = await own_cases(chat, GP)
        entities = [{"type": "bot_command", "offset": 0, "length": len(command)}]
        data = chat.add_photo(readable(0.9, 0.95))
        turn = await chat.take(chat.photo(GP, data, caption=command, caption_entities=entities))
        assert [bool(each.photo) for each in turn.sent[:1]] == [True]
        assert f"send {command} once more" in turn.sent[-1].text
        assert not any(before.number in (each.text or "") for each in turn.sent)
        data = chat.add_photo(readable(0.9, 0.96))
        named = f"{command} {before.number}"
        turn = await chat.take(chat.photo(GP, data, caption=named, caption_entities=entities))
        assert before.number in turn.sent[-1].text

    @pytest.mark.parametrize("command", ["/history", "/export", "/historique"])
    async def test_a_list_in_a_caption_does_not_leave_out_the_photos_case(self, chat: Chat, command: str):
        """The case is recorded with the answer: a list made before would say that there is none."""
        await accept_terms(chat, GP)
        entities = [{"type": "bot_command", "offset": 0, "length": len(command)}]
        photo = chat.photo(
            GP, chat.add_photo(readable(0.05, 0.05)), caption=command, caption_entities=entities
        )
        answer, more = (await chat.take(photo)).sent
        assert answer.photo
        assert more.document is None
        assert "once more, without a photo" in more.text
        (case,) = await own_cases(chat, GP)
        assert case.number in (await chat.take(chat.command(GP, "/history"))).text

    async def test_a_list_beside_a_photo_that_cannot_be_read_is_complete(self, chat: Chat):
        await accept_terms(chat, GP)
        entities = [{"type": "bot_command", "offset": 0, "length": 8}]
        data = chat.add_photo(DamagedPhotoError())
        turn = await chat.take(chat.photo(GP, data, caption="/history", caption_entities=entities))
        assert "No case yet" in turn.sent[-1].text


class TestAlbum:
    async def send(self, chat: Chat, *findings, who: Sender = GP):
        await accept_terms(chat, who)
        return await chat.take(
            *(chat.photo(who, chat.add_photo(each), media_group_id="g") for each in findings)
        )

    async def test_an_album_is_one_case_with_its_highest_level_and_lists_what_was_not_read(self, chat: Chat):
        turn = await self.send(chat, readable(0.05, 0.05), readable(0.95, 0.9), DamagedPhotoError())
        assert "HIGH RISK" in turn.text
        assert "Not read: photo 3 (cannot be opened)." in turn.text.splitlines()
        (case,) = await own_cases(chat, GP)
        assert len(case.photos) == 2
        assert buttons(turn.sent[0])["Different moles"] == f"s:{case.number}"

    @pytest.mark.parametrize("who", [GP, GP_FR], ids=["en", "fr"])
    async def test_a_dicom_file_in_an_album_is_deleted_and_the_rest_is_read(self, chat: Chat, who: Sender):
        turn = await self.send(chat, readable(0.95, 0.9), DicomError(), who=who)
        answer, said, deletion = turn.sent
        assert answer.photo
        assert said.text == TEXTS.get(who.language_code[:2], "photo-dicom")
        assert (deletion.deletes, deletion.photo) == (True, None)
        (case,) = await own_cases(chat, who)
        assert len(case.photos) == 1

    async def test_an_album_of_dicom_files_is_deleted_whole(self, chat: Chat):
        turn = await self.send(chat, DicomError(), DicomError())
        answer, *deletions = turn.sent
        assert answer.text.startswith(TEXTS.get("en", "photo-dicom"))
        assert len({each.edit_message_id for each in deletions}) == 2
        assert all(each.deletes for each in deletions)
        assert not await own_cases(chat, GP)

    async def test_an_album_that_cannot_be_opened_at_all_says_so(self, chat: Chat):
        turn = await self.send(chat, DamagedPhotoError(), UnsupportedFormatError())
        assert "any of these photos" in turn.text
        assert not await own_cases(chat, GP)

    async def test_different_moles_become_a_case_each_with_its_own_level(self, chat: Chat):
        await self.send(chat, readable(0.05, 0.05), readable(0.95, 0.9), gated(Reason.NO_LESION))
        (album,) = await own_cases(chat, GP)
        turn = await chat.take(chat.press(GP, f"s:{album.number}", on_card=True))
        caption, told = turn.sent
        assert caption.edits_caption
        assert album.number in caption.text
        cases = await own_cases(chat, GP)
        assert sorted(case.level for case in cases) == ["high", "low", "not_assessable"]
        assert all(case.number in told.text for case in cases)
        assert TEXTS.get("en", "safety-net") in told.text

    async def test_splitting_twice_makes_no_more_cases(self, chat: Chat):
        await self.send(chat, readable(0.05, 0.05), readable(0.95, 0.9))
        (album,) = await own_cases(chat, GP)
        await chat.take(chat.press(GP, f"s:{album.number}"))
        again = await chat.take(chat.press(GP, f"s:{album.number}"))
        assert not again.sent
        assert "already" in chat.request.asked("answerCallbackQuery")[-1]["text"]
        assert len(await own_cases(chat, GP)) == 2

    async def test_nobody_splits_the_case_of_another(self, chat: Chat):
        await self.send(chat, readable(0.05, 0.05), readable(0.95, 0.9))
        (album,) = await own_cases(chat, GP)
        await accept_terms(chat, OTHER)
        assert not (await chat.take(chat.press(OTHER, f"s:{album.number}"))).sent
        assert len(await own_cases(chat, GP)) == 1


class TestDetailsAndHistory:
    async def fill(self, chat: Chat, count: int, who: Sender = GP) -> None:
        await accept_terms(chat, who)
        for _ in range(count):
            await chat.take(chat.photo(who, chat.add_photo(readable(0.9, 0.3, Domain.CLINICAL))))

    async def test_details_give_level_reasons_opinions_photos_and_versions(self, chat: Chat):
        await self.fill(chat, 1)
        (case,) = await own_cases(chat, GP)
        turn = await chat.take(chat.press(GP, f"d:{case.number}"))
        for words in ("Why this level", "The models alone", "ViT: unclear", "plain close-up", "tiny-1"):
            assert words in turn.sent[-1].text

    async def test_a_strangers_case_number_reveals_nothing(self, chat: Chat):
        await self.fill(chat, 1)
        (case,) = await own_cases(chat, GP)
        await accept_terms(chat, OTHER)
        for action in ("d", "c", "s"):
            assert not (await chat.take(chat.press(OTHER, f"{action}:{case.number}"))).sent
        refusals = [call["text"] for call in chat.request.asked("answerCallbackQuery") if "text" in call]
        await chat.take(chat.press(OTHER, "d:N-22222"))
        unknown = chat.request.asked("answerCallbackQuery")[-1]["text"]
        assert refusals[0] == refusals[1] == unknown

    async def test_history_is_newest_first_in_pages_edited_in_place(self, chat: Chat):
        await self.fill(chat, 7)
        numbers = [case.number for case in await own_cases(chat, GP)]
        first = await chat.take(chat.command(GP, "/history"))
        assert [number for number in numbers if number in first.text] == numbers[:5]
        assert first.text.index(numbers[0]) < first.text.index(numbers[4])
        older = buttons(first.sent[0])["Older ›"]
        second = await chat.take(chat.press(GP, older))
        assert second.sent[0].edit_message_id == 900
        assert [number for number in numbers if number in second.text] == numbers[5:]
        assert buttons(second.sent[0])["« Newest"] == "h::"

    async def test_one_case_opens_in_place_and_leads_back_to_its_page(self, chat: Chat):
        await self.fill(chat, 7)
        numbers = [case.number for case in await own_cases(chat, GP)]
        opened = await chat.take(chat.press(GP, f"c:{numbers[6]}:{numbers[4]}"))
        assert opened.sent[0].edit_message_id == 900
        back = buttons(opened.sent[0])["‹ Back to the list"]
        page = await chat.take(chat.press(GP, back))
        assert numbers[6] in page.text
        assert numbers[0] not in page.text

    async def test_an_empty_history_says_what_to_do(self, chat: Chat):
        assert "Send me a photo" in (await chat.take(chat.command(GP, "/history"))).text

    async def test_every_buttons_data_fits(self, chat: Chat):
        await self.fill(chat, 6)
        turn = await chat.take(chat.command(GP, "/history"))
        for data in buttons(turn.sent[0]).values():
            assert data is not None
            assert len(data.encode()) <= 64


class TestInformation:
    @pytest.mark.parametrize("command", ["/help", "/privacy", "/language", "/start", "/forget"])
    @pytest.mark.parametrize("who", [GP, GP_FR])
    async def test_each_command_answers_with_one_message_that_fits(self, chat: Chat, command, who):
        await accept_terms(chat, who)
        turn = await chat.take(chat.command(who, command))
        assert count_units(turn.text) <= 4_096
        has_french_spaces = bool({"\u00a0", "\u202f"} & set(turn.text))
        assert has_french_spaces == (who is GP_FR)

    @pytest.mark.parametrize("who", [GP, GP_FR])
    async def test_about_fits_two_messages_with_all_that_the_release_measured(self, chat: Chat, who):
        chat.application.bot_data["services"].release.pair["metrics"] = load_release().pair["metrics"]
        rules, tests = (await chat.take(chat.command(who, "/about"))).sent
        assert rules.key != tests.key
        assert "HAM10000" in tests.text
        assert max(count_units(each.text) for each in (rules, tests)) <= 4_096

    async def test_about_tells_what_was_measured_with_n_and_interval(self, chat: Chat):
        auc = {"value": 0.97, "low": 0.95, "high": 0.98}
        figures = {"ISIC": {"pair": {"n": 710, "melanomas": 171, "auc": auc}}}
        chat.application.bot_data["services"].release.pair["metrics"] = {"sources": figures}
        turn = await chat.take(chat.command(GP_FR, "/about"))
        told = turn.sent[-1].text
        assert "710 photos, 171 mélanomes" in told
        assert "0,970 (0,950 à 0,980)" in told

    async def test_language_is_remembered_and_the_menu_follows(self, chat: Chat):
        turn = await chat.take(chat.press(GP, "l:fr:set"))
        assert "français" in turn.text
        menu = chat.request.asked("setMyCommands")[-1]
        assert menu["scope"]["chat_id"] == GP.user_id
        assert "Mode d’emploi" in (await chat.take(chat.command(GP, "/help"))).text

    async def test_a_french_alias_is_understood(self, chat: Chat):
        assert "Mode d’emploi" in (await chat.take(chat.command(GP_FR, "/aide"))).text

    @pytest.mark.parametrize(
        ("written", "answer"), [("/histroy", "/history"), ("/qqqqqqqq", "/help shows"), ("/x<b>", "/help")]
    )
    async def test_an_unknown_command_names_the_closest(self, chat: Chat, written, answer):
        assert answer in (await chat.take(chat.command(GP, written))).text


class TestForget:
    async def test_forget_asks_once_and_then_destroys_the_link(self, chat: Chat, keyring):
        await accept_terms(chat, GP)
        await chat.take(chat.photo(GP, chat.add_photo(readable(0.9, 0.9))))
        (case,) = await own_cases(chat, GP)
        chat.inbox.held[GP.user_id] = 1
        asked = await chat.take(chat.command(GP, "/forget"))
        assert "that Telegram or members" in asked.text
        assert buttons(asked.sent[0]) == {"🗑 Yes, forget me": "f:yes", "No, keep everything": "f:no"}
        await chat.take(chat.press(GP, "f:yes"))
        async with chat.database.read() as session:
            assert await find_person(session, keyring.user_ref(GP.user_id)) is None
            assert await count_cases(session, subject=case.subject) == 1
        assert not chat.inbox.held
        assert "No case yet" in (await chat.take(chat.command(GP, "/history"))).text

    async def test_keeping_everything_changes_nothing(self, chat: Chat, keyring):
        await accept_terms(chat, GP)
        assert "Nothing was deleted" in (await chat.take(chat.press(GP, "f:no"))).text
        async with chat.database.read() as session:
            assert await find_person(session, keyring.user_ref(GP.user_id)) is not None

    async def test_an_old_no_after_another_yes_promises_nothing(self, chat: Chat):
        await accept_terms(chat, GP)
        await chat.take(chat.press(GP, "f:yes"))
        late = (await chat.take(chat.press(GP, "f:no"))).text
        assert "Nothing was deleted" not in late
        assert "was deleted before you pressed this button" in late


class TestAnythingElse:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ({"text": "is this bad?"}, "photos, not messages"),
            ({"voice": {"file_id": "v", "file_unique_id": "v", "duration": 1}}, "voice messages"),
            ({"location": {"latitude": 1.0, "longitude": 2.0}}, "places"),
            ({"contact": {"phone_number": "1", "first_name": "Planted"}}, "contacts"),
            ({"dice": {"emoji": "🎲", "value": 3}}, "can do nothing"),
            (
                {"video": {"file_id": "v", "file_unique_id": "v", "duration": 1, "width": 1, "height": 1}},
                "videos",
            ),
            (
                {
                    "animation": {
                        "file_id": "v",
                        "file_unique_id": "v",
                        "duration": 1,
                        "width": 1,
                        "height": 1,
                    },
                    "document": {"file_id": "v", "file_unique_id": "v"},
                },
                "animations",
            ),
        ],
    )
    async def test_everything_gets_a_kind_sentence(self, chat: Chat, content, words):
        await accept_terms(chat, GP)
        assert words in (await chat.take(chat.message(GP, **content))).text

    @pytest.mark.parametrize("who", [GP, GP_FR], ids=["en", "fr"])
    @pytest.mark.parametrize(
        "content",
        [
            {"text": "It has been growing, is it dangerous?"},
            {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 1}},
            {"video": {"file_id": "v", "file_unique_id": "v", "duration": 1, "width": 1, "height": 1}},
        ],
    )
    async def test_a_question_is_answered_with_the_safety_sentence(self, chat: Chat, who: Sender, content):
        await accept_terms(chat, who)
        text = (await chat.take(chat.message(who, **content))).text
        assert text.endswith(TEXTS.get(who.language_code[:2], "otherwise-safety"))

    async def test_telegrams_own_notes_are_not_answered(self, chat: Chat):
        raw = chat.message(GP, message_auto_delete_timer_changed={"message_auto_delete_time": 5})
        turn = await chat.take(raw)
        assert (turn.ending, turn.sent) == ("done", ())

    @pytest.mark.parametrize("data", ["", "zz:1", "d", "l:xx:set", "a", "::::", "c:" + "x" * 60])
    async def test_a_forged_button_does_nothing_and_says_so_kindly(self, chat: Chat, data):
        turn = await chat.take(chat.press(GP, data))
        assert turn.ending == "done"
        assert chat.request.asked("answerCallbackQuery")

    async def test_a_press_under_a_vanished_message_is_answered(self, chat: Chat):
        raw = chat.press(GP, "h:")
        raw["callback_query"]["message"] = {"message_id": 1, "date": 0, "chat": GP.chat}
        turn = await chat.take(raw)
        assert not turn.sent
        assert chat.request.asked("answerCallbackQuery")


class TestGroup:
    WHO = Sender(7_311_001, "en", GROUP)

    @pytest.mark.parametrize("command", ["/history", "/forget", "/language@nevus_bot"])
    async def test_what_is_personal_is_answered_in_private_only(self, chat: Chat, command):
        turn = await chat.take(chat.command(self.WHO, command))
        assert "private only" in turn.text
        assert turn.sent[0].keyboard[0][0].url == "https://t.me/nevus_bot?start=group"

    async def test_a_photo_that_addresses_the_bot_shows_the_way(self, chat: Chat):
        turn = await chat.take(chat.photo(self.WHO, b"x", caption="@nevus_bot"))
        assert "in private only" in turn.text
        assert not chat.request.asked("getFile")

    @pytest.mark.parametrize("command", ["/help@other_bot", "/weather"])
    async def test_commands_of_others_are_left_alone(self, chat: Chat, command):
        assert not (await chat.take(chat.command(self.WHO, command))).sent

    async def test_an_anonymous_administrator_is_told_no_more_than_that(self, chat: Chat):
        raw = chat.command(self.WHO, "/history")
        raw["message"]["sender_chat"] = self.WHO.chat
        turn = await chat.take(raw)
        assert turn.text == TEXTS.get("en", "group-anonymous")

    async def test_a_button_in_a_group_reveals_nothing(self, chat: Chat):
        assert not (await chat.take(chat.press(self.WHO, "h:"))).sent


class TestPress:
    async def test_a_press_under_a_message_that_is_gone_is_answered(self, chat: Chat):
        raw = chat.press(GP, "l:en:start")
        del raw["callback_query"]["message"]
        turn = await chat.take(raw)
        assert turn.ending == "done"
        assert len(chat.request.asked("answerCallbackQuery")) == 1

    async def test_a_press_that_fails_for_good_is_answered(self, chat: Chat):
        """Before that it is tried again, and answered when it has worked."""

        def fail(_chat_id: int) -> Record:
            raise ValueError("a fault of ours")

        chat.inbox.release_held = fail  # type: ignore[method-assign]
        for attempt, answers in ((1, 0), (2, 0), (3, 1)):
            with pytest.raises(ValueError, match="a fault of ours"):
                await chat.take(chat.press(GP, f"a:{CONSENT_VERSION}"), attempt=attempt)
            assert len(chat.request.asked("answerCallbackQuery")) == answers
