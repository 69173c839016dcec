"""The sender's own record: history, lesions, reminders, letter, export, forgetting, retention."""

import csv
import io
import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

from bot.cases.checklist_answers import ABCDE, RED_FLAGS, SEVEN_POINT, SITES
from bot.cases.patient_context import RISKS
from bot.cases.upkeep import RecordUpkeep
from bot.conversation.wording import count_units, plain
from bot.settings import Settings
from inference.readings import Reason, RiskLevel
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.erasures import FILE_NAME, Journal
from storage.record import audit
from storage.record.cases import Case, count_cases
from storage.record.people import record_consent
from storage.record.reminders import list_due
from tests.support.builders import gated, readable
from tests.support.offline import BOT, TEXTS, Chat, Sender
from tests.support.senders import (
    GP,
    GP_FR,
    OTHER,
    accept_terms,
    buttons,
    labelled,
    own_cases,
    plain_spaces,
    rows,
)
from tests.support.upkeep import make_upkeep

pytestmark = pytest.mark.backends("sqlite")  # the conversations know no database: once is enough

PICTURES = Path(__file__).parents[4] / "test-results" / "record"
SCALE, WHITE = 1.5, 255
SECRET_WORDS = "left shoulder of the baker"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, retention_days=30)


@pytest.fixture
def keeper(chat: Chat) -> RecordUpkeep:
    return make_upkeep(chat)


async def answered(chat: Chat, *each, who: Sender = GP) -> list[Case]:
    """A case for each of these findings, newest first."""
    await accept_terms(chat, who)
    for findings in each:
        await chat.take(chat.photo(who, chat.add_photo(findings)))
    return await own_cases(chat, who)


class Letter:
    """A letter as another program reads it."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._document = pypdfium2.PdfDocument(content)
        self.pages = len(self._document)
        self.title = self._document.get_metadata_value("Title").replace("\N{NO-BREAK SPACE}", " ")
        self.pictures = sum(1 for each in self._document[0].get_objects() if each.type == FPDF_PAGEOBJ_IMAGE)
        (self.language,) = re.findall(rb"/Lang \(([^)]*)\)", content)
        text = self._document[0].get_textpage().get_text_bounded()
        self.text = " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())

    def keep(self, name: str) -> None:
        """For a person to look at."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self._render().save(PICTURES / f"{name}.png")

    def is_blank_at_the_edges(self) -> bool:
        """Nothing is cut off, and a printer reaches all of it: 5 mm are free on each side."""
        page = np.asarray(self._render().convert("L"))
        edge = round(5 / 25.4 * 72 * SCALE)
        inside = page[edge:-edge, edge:-edge]
        return bool((page == WHITE).sum() - (inside == WHITE).sum() == page.size - inside.size)

    def _render(self) -> Image.Image:
        picture: Image.Image = self._document[0].render(scale=SCALE).to_pil()
        return picture


def stands_in_a_file(folder: Path, words: str) -> bool:
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert len(files) > 1, "database and key"
    return any(words.encode() in file.read_bytes() for file in files)


class TestHistory:
    async def test_a_named_case_is_shown_not_the_list(self, chat: Chat):
        newest, case = await answered(chat, readable(0.95, 0.95), readable(0.05, 0.05))
        for words in (case.number, case.number.lower(), f"  {case.number.removeprefix('N-')} "):
            shown = await chat.take(chat.command(GP, f"/history {words}"))
            assert case.number in shown.text
            assert newest.number not in shown.text
            assert f"o:{case.number}" in buttons(shown).values()

    @pytest.mark.parametrize("words", ["N-222222", "all"])
    async def test_an_unknown_case_is_not_the_list(self, chat: Chat, words: str):
        (case,) = await answered(chat, readable(0.05, 0.05))
        shown = await chat.take(chat.command(GP, f"/history {words}"))
        assert "no case with this number or reference" in shown.text
        assert case.number not in shown.text

    @pytest.mark.parametrize("gate", [Reason.NO_LESION, Reason.QUALITY])
    async def test_a_refused_photo_is_not_followed_but_can_be_worried_about(self, chat: Chat, gate: Reason):
        await answered(chat)
        turn = await chat.take(chat.photo(GP, chat.add_photo(gated(gate))))
        (case,) = await own_cases(chat, GP)
        offered = set(buttons(turn).values())
        assert f"o:{case.number}" not in offered
        assert {f"k:{case.number}:7", f"w:{case.number}"} <= offered
        page = await chat.take(chat.press(GP, f"k:{case.number}:7", on_card=True))
        assert any("worried" in text for text in buttons(page))

    async def test_a_page_tells_level_and_answers_and_can_be_filtered(self, chat: Chat):
        (case,) = await answered(chat, readable(0.05, 0.05))
        await chat.take(chat.press(GP, f"k:{case.number}:7:s0:1", on_card=True))
        await answered(chat, readable(0.95, 0.95))
        page = await chat.take(chat.command(GP, "/history"))
        assert "Your 2 cases" in page.text
        assert "7-point checklist 2/10" in page.text
        nameless = [text for text in buttons(page) if not any(sign.isalnum() for sign in text)]
        assert nameless == [], "a screen reader cannot name a mark alone"
        high = await chat.take(chat.press(GP, buttons(page)["🔴 high"]))
        assert "🔴 <b>high: 1 of your 2 cases</b>" in high.text
        assert case.number not in high.text
        none = await chat.take(chat.press(GP, buttons(page)["⚪ not assessable"]))
        assert "No case of this level" in none.text
        assert buttons(none)["All"] == "h::"

    async def test_a_filter_goes_on_through_the_pages_and_back_from_a_case(self, chat: Chat):
        await answered(chat, *[readable(0.95, 0.95)] * 6, readable(0.05, 0.05))
        first = await chat.take(chat.press(GP, "h::h"))
        assert "high: 6 of your 7 cases" in first.text
        french = await chat.take(chat.press(GP_FR, "h::h"))
        assert "7" not in french.text, "cases of other senders are not counted"
        await answered(chat, readable(0.95, 0.95), who=GP_FR)
        assert "élevé : votre cas" in plain_spaces((await chat.take(chat.press(GP_FR, "h::h"))).text)
        await answered(chat, readable(0.05, 0.05), who=GP_FR)
        assert "élevé : 1 de vos 2 cas" in plain_spaces((await chat.take(chat.press(GP_FR, "h::h"))).text)
        second = await chat.take(chat.press(GP, buttons(first)["Older ›"]))
        (case,) = [data for text, data in buttons(second).items() if text.startswith("🔴 N-")]
        opened = await chat.take(chat.press(GP, case))
        assert buttons(opened)["‹ Back to the list"].endswith(":h")


class TestLesions:
    async def test_a_lesion_gets_a_label_and_a_second_case_joins_it(self, chat: Chat):
        _, first = await answered(chat, readable(0.05, 0.05), readable(0.5, 0.5))
        offer = await chat.take(chat.press(GP, f"o:{first.number}", on_card=True))
        assert "which lesion" in offer.text
        page = await chat.take(chat.press(GP, f"o:{first.number}:n"))
        label = page.text.split("<b>")[1].split("</b>")[0]
        assert len(label.split()) == 2
        again = await chat.take(chat.press(GP, f"o:{first.number}:n"))
        assert label in again.text

        newest = (await own_cases(chat))[0]
        offer = await chat.take(chat.press(GP, f"o:{newest.number}"))
        joined = await chat.take(chat.press(GP, buttons(offer)[f"📌 {label}"]))
        assert "2 cases" in joined.text
        chart = await chat.take(chat.press(GP, f"o:{newest.number}:t"))
        assert Image.open(io.BytesIO(chart.sent[0].photo)).size == (1024, 680)
        left = await chat.take(chat.press(GP, f"o:{newest.number}:x"))
        assert "which lesion" in left.text

    async def test_own_words_are_asked_for_warned_about_sealed_and_erased(self, chat: Chat, tmp_path: Path):
        (case,) = await answered(chat, readable(0.05, 0.05))
        await chat.take(chat.press(GP, f"o:{case.number}:n"))
        asked = await chat.take(chat.press(GP, f"o:{case.number}:w"))
        assert "Name nobody" in asked.text
        too_long = await chat.take(chat.message(GP, text="x" * 81))
        assert "81" in too_long.text
        kept = await chat.take(chat.message(GP, text=SECRET_WORDS))
        assert SECRET_WORDS in kept.text
        page = await chat.take(chat.press(GP, f"o:{case.number}"))
        assert SECRET_WORDS in page.text
        after = await chat.take(chat.message(GP, text="hello"))
        assert "photos, not messages" in after.text, "asked once, answered once"
        assert not stands_in_a_file(tmp_path, SECRET_WORDS)
        await chat.take(chat.press(GP, f"o:{case.number}:e"))
        assert SECRET_WORDS not in (await chat.take(chat.press(GP, f"o:{case.number}"))).text

    @pytest.mark.parametrize(
        ("who", "names", "says"),
        [
            (
                GP,
                ("✅ The patient agreed: keep photos", "🚫 Stop keeping photos"),
                ("Ask the patient", "1 case"),
            ),
            (
                GP_FR,
                ("✅ Accord du patient : conserver", "🚫 Ne plus conserver"),
                ("Demandez au patient", "d’un cas"),
            ),
        ],
    )
    async def test_photos_are_kept_from_the_patients_agreement_until_it_is_stopped(
        self, chat: Chat, keeper, who: Sender, names: tuple[str, str], says: tuple[str, str]
    ):
        (case,) = await answered(chat, readable(0.05, 0.05), who=who)
        page = await chat.take(chat.press(who, f"o:{case.number}:n"))
        assert says[0] in page.text
        assert await rows(chat, "lesion_files") == 0
        page = await chat.take(chat.press(who, labelled(page, names[0])))
        assert says[1] in plain_spaces(page.text)
        chat._now += timedelta(days=8)
        await keeper.expire()
        assert (await rows(chat, "photo_files"), await rows(chat, "lesion_files")) == (0, 1)
        await chat.take(chat.press(who, labelled(page, names[1])))
        assert await rows(chat, "lesion_files") == 0

    async def test_under_older_terms_the_new_ones_come_before_photos_are_kept(
        self, chat: Chat, keyring: Keyring
    ):
        (case,) = await answered(chat, readable(0.05, 0.05))
        page = await chat.take(chat.press(GP, f"o:{case.number}:n"))
        async with chat.database.write() as session:
            await record_consent(session, keyring.user_ref(GP.user_id), version="2", now=chat._now)
        turn = await chat.take(chat.press(GP, labelled(page, "✅ The patient agreed: keep photos")))
        assert "The terms have changed" in turn.text
        assert await rows(chat, "lesion_files") == 0

    async def test_nobody_joins_the_lesion_of_another(self, chat: Chat):
        (mine,) = await answered(chat, readable(0.05, 0.05))
        await chat.take(chat.press(GP, f"o:{mine.number}:n"))
        (theirs,) = await answered(chat, readable(0.05, 0.05), who=OTHER)
        assert not (await chat.take(chat.press(OTHER, f"o:{theirs.number}:j:1"))).sent
        assert not (await chat.take(chat.press(OTHER, f"o:{mine.number}"))).sent


class TestRepeatedPhoto:
    @pytest.mark.parametrize(
        ("who", "said"), [(GP, "You sent this photo on"), (GP_FR, "Vous avez déjà envoyé cette photo le")]
    )
    async def test_it_is_a_new_case_and_the_earlier_one_is_named(self, chat: Chat, who: Sender, said: str):
        (first,) = await answered(chat, readable(0.05, 0.05), who=who)
        photo = chat.add_photo(readable(0.05, 0.05))
        (data,) = [each for each in chat.engine.answers if each != photo]
        turn = await chat.take(chat.photo(who, data))
        assert len(await own_cases(chat, who)) == 2, "each answer is a case"
        answer, note = turn.sent
        assert said in note.text
        assert first.number in note.text
        assert note.keyboard[0][0].data == f"c:{first.number}:"
        assert answer.photo is not None

    async def test_a_new_photo_and_another_senders_get_no_note(self, chat: Chat):
        await answered(chat, readable(0.05, 0.05))
        (data,) = chat.engine.answers
        await answered(chat, who=OTHER)
        for who, photo in ((OTHER, data), (GP, chat.add_photo(readable(0.05, 0.05)))):
            assert len((await chat.take(chat.photo(who, photo))).sent) == 1


class TestSecondPhoto:
    """A photo that replies to an answer is read with the photos of that case."""

    def reply(self, chat: Chat, who: Sender, number: str) -> dict[str, Any]:
        shown = {"message_id": 900, "date": 1, "chat": who.chat, "from": BOT, "caption": f"LOW RISK {number}"}
        return chat.photo(who, chat.add_photo(readable(0.95, 0.9)), reply_to_message=shown)

    @pytest.mark.parametrize(
        ("who", "said"), [(GP, "read together with the photo"), (GP_FR, "lue avec la photo")]
    )
    async def test_both_are_one_case_that_can_be_split(self, chat: Chat, who: Sender, said: str):
        (first,) = await answered(chat, readable(0.05, 0.05), who=who)
        turn = await chat.take(self.reply(chat, who, first.number))
        _, note = turn.sent
        cases = {case.number: case for case in await own_cases(chat, who)}
        kept, second = cases.pop(first.number), *cases.values()
        assert second.photos[0].photo_hash == first.photos[0].photo_hash
        assert (len(second.photos), second.level) == (2, RiskLevel.HIGH)
        assert (len(kept.photos), kept.level) == (1, first.level), "the first answer stays"
        assert said in note.text
        assert first.number in note.text
        assert f"s:{second.number}" in buttons(turn).values()

    async def test_it_is_read_alone_where_the_case_is_anothers_or_its_files_are_gone(self, chat: Chat):
        (first,) = await answered(chat, readable(0.05, 0.05))
        await answered(chat, who=OTHER)
        turn = await chat.take(self.reply(chat, OTHER, first.number))
        assert len(turn.sent) == 1
        chat._now += timedelta(hours=100)
        turn = await chat.take(self.reply(chat, GP, first.number))
        assert "Read alone" in (turn.sent[1].text or "")
        assert [len(case.photos) for case in await own_cases(chat)] == [1, 1]

    @pytest.mark.parametrize("who", [GP, GP_FR])
    @pytest.mark.parametrize("message", [0, 1])
    async def test_a_third_photo_is_read_with_both_that_were_read_together(
        self, chat: Chat, who: Sender, message: int
    ):
        """Whether it replies to their answer or to the note under it."""
        (first,) = await answered(chat, readable(0.05, 0.05), who=who)
        turn = await chat.take(self.reply(chat, who, first.number))
        said = plain(turn.sent[message].text or "")
        shown = {"message_id": 900, "date": 1, "chat": who.chat, "from": BOT, "caption": said}
        third = chat.photo(who, chat.add_photo(readable(0.05, 0.05)), reply_to_message=shown)
        again = await chat.take(third)
        newest, joined, _ = await own_cases(chat, who)
        hashes = [photo.photo_hash for photo in newest.photos]
        assert hashes[:2] == [photo.photo_hash for photo in joined.photos]
        assert (len(hashes), newest.level) == (3, RiskLevel.HIGH)
        assert joined.number in again.sent[1].text

    @pytest.mark.parametrize(
        ("who", "says"),
        [
            (
                GP,
                "Read alone: the photos of case {} can no longer be fetched, or there are more than 10",
            ),
            (GP_FR, "Lue seule : les photos du cas {} ne sont plus disponibles"),
        ],
    )
    async def test_photos_beyond_an_album_are_read_alone_and_the_sender_reads_so(
        self, chat: Chat, who: Sender, says: str
    ):
        await answered(chat, who=who)
        album = [chat.photo(who, chat.add_photo(readable(0.05, 0.05)), media_group_id="1") for _ in range(10)]
        await chat.take(*album)
        (full,) = await own_cases(chat, who)
        turn = await chat.take(self.reply(chat, who, full.number))
        assert says.format(full.number) in plain_spaces(turn.sent[1].text or "")

    @pytest.mark.parametrize("who", [GP, GP_FR])
    async def test_what_forbids_a_low_level_holds_for_a_photo_that_is_read_alone(
        self, chat: Chat, who: Sender
    ):
        (first,) = await answered(chat, readable(0.05, 0.05), who=who)
        for item in ("k6", "s6"):  # skin type VI, and a sign of that day
            await chat.take(chat.press(who, f"k:{first.number}:7:{item}:1", on_card=True))
        chat._now += timedelta(hours=100)
        shown = {"message_id": 900, "date": 1, "chat": who.chat, "from": BOT, "caption": first.number}
        low = chat.photo(who, chat.add_photo(readable(0.05, 0.05)), reply_to_message=shown)
        turn = await chat.take(low)
        newest, _ = await own_cases(chat, who)
        assert (newest.level, newest.context) == (RiskLevel.MODERATE, {"skin_type": 6})
        assert "No sign of melanoma" not in (turn.sent[0].text or "")


class TestReminders:
    @pytest.mark.parametrize(
        ("who", "choices"),
        [
            (GP, ["2 weeks", "1 month", "6 weeks", "3 months", "6 months", "12 months"]),
            (GP_FR, ["2 semaines", "1 mois", "6 semaines", "3 mois", "6 mois", "12 mois"]),
        ],
    )
    async def test_the_choices_stand_soonest_first(self, chat: Chat, who: Sender, choices: list[str]):
        (case,) = await answered(chat, readable(0.05, 0.05), who=who)
        asked = await chat.take(chat.command(who, f"/remind {case.number}"))
        assert [text.replace("\N{NO-BREAK SPACE}", " ") for text in buttons(asked)] == choices

    @pytest.mark.parametrize(
        ("who", "follow", "remind"), [(GP, "Follow", "Remind me"), (GP_FR, "Suivre", "Rappel")]
    )
    async def test_an_empty_list_names_buttons_that_are_there(
        self, chat: Chat, who: Sender, follow: str, remind: str
    ):
        (case,) = await answered(chat, readable(0.05, 0.05), who=who)
        listed = await chat.take(chat.command(who, "/remind"))
        opened = await chat.take(chat.command(who, f"/history {case.number}"))
        followed = await chat.take(chat.press(who, f"o:{case.number}"))
        for word, turn in ((follow, opened), (remind, followed)):
            assert word in listed.text
            assert any(word in text for text in buttons(turn))

    async def test_a_reminder_is_set_listed_sent_once_and_its_address_erased(self, chat: Chat, keeper):
        (case,) = await answered(chat, readable(0.05, 0.05))
        asked = await chat.take(chat.command(GP, f"/remind {case.number}"))
        told = await chat.take(chat.press(GP, buttons(asked)["3 months"]))
        assert "1 Jun 2026" in told.text
        assert case.number in (await chat.take(chat.command(GP, "/remind"))).text
        await keeper.look()
        assert await rows(chat, "outbox") == 0
        chat._now += timedelta(days=93)
        await keeper.look()
        await keeper.look()
        assert await rows(chat, "outbox") == 1
        assert await rows(chat, "reminders") == 0

    async def test_a_reminder_can_be_cancelled_by_its_owner_alone(self, chat: Chat):
        (case,) = await answered(chat, readable(0.05, 0.05))
        await chat.take(chat.press(GP, f"r:{case.number}:w:2"))
        listed = await chat.take(chat.command(GP, "/remind"))
        (cancel,) = buttons(listed).values()
        await answered(chat, readable(0.05, 0.05), who=OTHER)
        assert not (await chat.take(chat.press(OTHER, cancel))).sent
        assert "Cancelled" in (await chat.take(chat.press(GP, cancel))).text
        async with chat.database.read() as session:
            assert not await list_due(session, now=chat._now + timedelta(days=99))

    @pytest.mark.parametrize("data", ["r:{case}:w:9", "r:{case}:m:x", "r:-:c:x", "r:N-222222"])
    async def test_forged_buttons_set_nothing(self, chat: Chat, data: str):
        (case,) = await answered(chat, readable(0.05, 0.05))
        assert not (await chat.take(chat.press(GP, data.format(case=case.number)))).sent
        assert await rows(chat, "reminders") == 0


class TestLetter:
    @pytest.mark.parametrize(("who", "language"), [(GP, "en"), (GP_FR, "fr")])
    async def test_another_program_reads_one_page_with_text_title_and_language(
        self, chat: Chat, who: Sender, language: str
    ):
        (case,) = await answered(chat, readable(0.95, 0.2), who=who)
        for item in ("s0", "s3", "k2", "p0", "r3"):
            await chat.take(chat.press(who, f"k:{case.number}:7:{item}:1", on_card=True))
        turn = await chat.take(chat.command(who, f"/letter {case.number}"))
        letter = Letter(turn.sent[0].document)
        letter.keep(f"letter-{language}")
        assert b"Planted" not in letter.content
        assert letter.pages == 1
        assert letter.language == {"en": b"en-GB", "fr": b"fr-FR"}[language]
        assert (
            letter.title == {"en": "Referral: skin lesion", "fr": "Demande d’avis : lésion cutanée"}[language]
        )
        words = {
            "en": (
                "suspected cancer pathway",
                "7-point checklist 3/10",
                "clinician’s worry",
                "skin type II",
                "Patient (name)",
                "The two models disagree",
            ),
            "fr": (
                "avis dermatologique très rapide",
                "grille des 7 points 3/10",
                "inquiétude du médecin",
                "phototype II",
                "Patient (nom, prénom)",
                "Les deux modèles divergent",
            ),
        }
        for each in (case.number, *words[language]):
            assert each in letter.text, each
        assert letter.is_blank_at_the_edges()

    @pytest.mark.parametrize("language", ["en", "fr"])
    async def test_the_longest_letter_stays_on_one_page(self, database: Database, keyring, language: str):
        chat = Chat(database, keyring, settings=Settings(pathway="W" * 40 + " " + "w" * 39))
        who = Sender(7_311_004, language)
        async with chat.application:
            (case,) = await answered(chat, readable(0.95, 0.2), who=who)
            for item in (*SEVEN_POINT, *ABCDE, *RED_FLAGS, *SITES, "k6", "y1"):
                await chat.take(chat.press(who, f"k:{case.number}:7:{item}:1", on_card=True))
            for item in ("age:under-18", "sex:female", "site:palm-or-sole", "duration:months"):
                await chat.take(chat.press(who, f"patient:{case.number}:{item}:1", on_card=True))
            for risk in RISKS:
                await chat.take(chat.press(who, f"patient:{case.number}:risks:{risk}:1", on_card=True))
            for part, length in (("sentence", 160), ("reference", 20)):
                await chat.take(chat.press(who, f"patient:{case.number}:{part}"))
                await chat.take(chat.message(who, text=("WW " * 60)[:length]))
            turn = await chat.take(chat.command(who, f"/letter {case.number}"))
        letter = Letter(turn.sent[0].document)
        letter.keep(f"letter-longest-{language}")
        assert letter.pages == 1
        assert letter.is_blank_at_the_edges()

    @pytest.mark.parametrize(
        ("who", "named", "gone", "site"),
        [
            (GP, "change in size, oozing", "Photo no longer available from Telegram", "woman · 40–59 · back"),
            (GP_FR, "taille modifiée, suintement", "Photo n’est plus disponible sur Telegram", "femme"),
        ],
    )
    async def test_it_shows_photo_ticked_items_answers_and_reference(
        self, chat: Chat, who: Sender, named: str, gone: str, site: str
    ):
        (case,) = await answered(chat, readable(0.5, 0.5), who=who)
        for item in ("s0", "s5"):
            await chat.take(chat.press(who, f"k:{case.number}:7:{item}:1", on_card=True))
        for item in ("age:40-59:1", "sex:female:1", "site:back:1", "risks:sunburns:1"):
            await chat.take(chat.press(who, f"patient:{case.number}:{item}", on_card=True))
        for part, words in (("sentence", "<3 months> & itchy"), ("reference", "Room-4 b")):
            await chat.take(chat.press(who, f"patient:{case.number}:{part}"))
            await chat.take(chat.message(who, text=words))
        turn = await chat.take(chat.command(who, f"/letter {case.number}"))
        letter = Letter(turn.sent[0].document)
        letter.keep(f"letter-stated-{who.language_code}")
        for words in (named, site, "<3 months> & itchy", "Room-4 b"):
            assert words in letter.text, words
        assert letter.pages == letter.pictures == 1
        assert "Room-4" not in turn.sent[0].document_name
        copy = {"en": "📋 Copy as text", "fr": "📋 Copier en texte"}[letter.language.decode()[:2]]
        copied = await chat.take(chat.press(who, buttons(turn)[copy]))
        assert copied.text.startswith("<pre>")
        assert count_units(copied.text) <= 4_096
        for words in (named, site, "<3 months> & itchy", "Room-4 b"):
            assert words in " ".join(plain(copied.text).replace("\N{NO-BREAK SPACE}", " ").split()), words
        chat._now += timedelta(days=3)
        later = Letter((await chat.take(chat.command(who, f"/letter {case.number}"))).sent[0].document)
        assert later.pictures == 0
        assert gone in later.text

    async def test_the_newest_case_is_meant_when_none_is_named_and_anothers_never_is(self, chat: Chat):
        assert "no case" in (await chat.take(chat.command(GP, "/letter"))).text
        (case,) = await answered(chat, gated(Reason.NO_LESION))
        turn = await chat.take(chat.command(GP, "/letter"))
        assert case.number in turn.sent[0].document_name
        await answered(chat, who=OTHER)
        assert "no case" in (await chat.take(chat.command(OTHER, f"/letter {case.number}"))).text

    @pytest.mark.parametrize("words", ["xyz", "N-222222"])
    @pytest.mark.parametrize(("who", "says"), [(GP, "/history lists yours"), (GP_FR, "/history liste")])
    async def test_an_unknown_case_is_answered_as_in_the_history(
        self, chat: Chat, who: Sender, says: str, words: str
    ):
        await answered(chat, who=who)
        said = (await chat.take(chat.command(who, f"/letter {words}"))).text
        assert says in said
        assert said == (await chat.take(chat.command(who, f"/history {words}"))).text


class TestExport:
    async def test_everything_of_me_and_nothing_of_others(self, chat: Chat):
        _, case = await answered(chat, readable(0.95, 0.95), readable(0.05, 0.05))
        (other,) = await answered(chat, readable(0.05, 0.05), who=OTHER)
        await chat.take(chat.press(GP, f"o:{case.number}:n"))
        await chat.take(chat.press(GP, f"o:{case.number}:w"))
        await chat.take(chat.message(GP, text=SECRET_WORDS))
        await chat.take(chat.press(GP, f"o:{case.number}:agree"))
        await chat.take(chat.press(GP, f"r:{case.number}:m:1:referred"))
        turn = await chat.take(chat.command(GP, "/export"))
        with zipfile.ZipFile(io.BytesIO(turn.sent[0].document)) as archive:
            files = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
        everything = json.loads(files["everything.json"])
        assert len(everything["cases"]) == 2
        assert everything["own_words"][0]["words"] == SECRET_WORDS
        assert everything["reminders"][0]["case"] == case.number
        (followed,) = everything["followed_photos"]
        (file_id,) = followed["telegram_files"][case.number]
        assert file_id in chat.request.files
        recent = {each["case"]: each["telegram_files"] for each in everything["recent_photos"]}
        assert recent[case.number] == [file_id]
        assert len(recent) == 2
        assert all(each["until"] for each in everything["recent_photos"])
        assert {"case": case.number, "shows": "answer"}.items() <= everything["messages"][0].items()
        assert everything["waiting"] == []
        assert everything["reminders"][0]["language"] == "en"
        assert len(list(csv.DictReader(io.StringIO(files["cases.csv"])))) == 2
        assert len(list(csv.DictReader(io.StringIO(files["photos.csv"])))) == 2
        assert everything["person"]["subject"] in files["README.txt"]
        for text in files.values():
            assert other.number not in text
            assert str(GP.user_id) not in text


class TestForget:
    async def fill(self, chat: Chat) -> Case:
        (case,) = await answered(chat, readable(0.05, 0.05))
        await chat.take(chat.press(GP, f"k:{case.number}:7:s0:1", on_card=True))
        await chat.take(chat.press(GP, f"o:{case.number}:n"))
        await chat.take(chat.press(GP, f"o:{case.number}:agree"))
        assert await rows(chat, "lesion_files") == 1
        await chat.take(chat.press(GP, f"o:{case.number}:w"))
        await chat.take(chat.message(GP, text=SECRET_WORDS))
        await chat.take(chat.press(GP, f"o:{case.number}:w"))
        await chat.take(chat.press(GP, f"r:{case.number}:m:1"))
        return case

    async def test_everything_that_hangs_on_the_link_goes_and_the_figures_stay(self, chat: Chat, tmp_path):
        case = await self.fill(chat)
        ask = await chat.take(chat.command(GP, "/forget"))
        assert "members of a clinic" in ask.text
        await chat.take(chat.press(GP, "f:yes"))
        for table in (
            "links",
            "lesions",
            "lesion_cases",
            "lesion_files",
            "photo_files",
            "case_messages",
            "reminders",
            "asks",
        ):
            assert await rows(chat, table) == 0, table
        async with chat.database.read() as session:
            assert await count_cases(session, subject=case.subject) == 1
            await audit.verify(session)
        journal = (tmp_path / FILE_NAME).read_text()
        assert case.subject not in journal
        assert len(journal.split()) == 1

    async def test_a_restored_backup_forgets_again(self, chat: Chat, tmp_path: Path):
        """The backup was made before the person asked to be forgotten."""
        case = await self.fill(chat)
        Journal(tmp_path / FILE_NAME).note(case.subject)
        await answered(chat, readable(0.05, 0.05), who=OTHER)
        async with chat.database.write() as session:
            assert await Journal(tmp_path / FILE_NAME).replay(session, now=chat._now) == 1
            assert await Journal(tmp_path / FILE_NAME).replay(session, now=chat._now) == 0
        assert await own_cases(chat, GP) == []
        assert await rows(chat, "lesion_files") == 0
        assert len(await own_cases(chat, OTHER)) == 1

    async def test_retention_forgets_who_left_and_never_what_is_open(self, chat: Chat, keeper: RecordUpkeep):
        await answered(chat, readable(0.05, 0.05), who=GP)
        (waiting,) = await answered(chat, readable(0.05, 0.05), who=GP_FR)
        await chat.take(chat.press(GP_FR, f"r:{waiting.number}:m:12"))
        await keeper.look()
        assert len(await own_cases(chat, GP)) == 1
        chat._now += timedelta(days=20)
        await answered(chat, readable(0.05, 0.05), who=OTHER)
        chat._now += timedelta(days=20)
        await keeper.look()
        assert await own_cases(chat, GP) == []
        assert len(await own_cases(chat, GP_FR)) == 1, "a reminder waits"
        assert len(await own_cases(chat, OTHER)) == 1, "was here 20 days ago"

    async def test_where_photos_are_is_erased_after_the_hours_that_are_set(self, chat: Chat, keeper):
        await answered(chat, readable(0.05, 0.05))
        await keeper.look()
        assert await rows(chat, "photo_files") == 1
        chat._now += timedelta(hours=49)
        await keeper.look()
        assert await rows(chat, "photo_files") == 0


def test_both_word_lists_are_as_long_in_both_languages_and_without_repeats():
    lists = [
        TEXTS.get(language, f"lesion-{which}-words").split(", ")
        for language in TEXTS.languages
        for which in ("first", "second")
    ]
    assert {len(words) for words in lists} == {24}
    assert all(len(set(words)) == 24 for words in lists)
