"""About the patient: asked once, used by rules, history and export, sealed; typed words only when asked."""

import io
import json
import logging
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.conversation.wording import count_units, plain
from storage.database.keys import Keyring
from storage.queues.tables import OutboxRow
from storage.record.audit import read_snapshot, verify
from storage.record.cases import Case
from storage.record.patient_contexts import compare_patient_contexts
from storage.research import read_photos
from tests.support.builders import readable
from tests.support.offline import Chat, FakeTurn, Sender
from tests.support.senders import GP, GP_FR, OTHER, accept_terms, buttons, own_cases, plain_spaces
from tests.support.upkeep import make_upkeep

pytestmark = pytest.mark.backends("sqlite")  # the conversations know no database: once is enough

SENTENCE, REFERENCE = "planted sentence about the left heel", "Room-4 b"
PAYLOAD = "outbox payload"
SAFETY = {GP: "refer now", GP_FR: "avis dermatologique très rapide"}


async def answered(chat: Chat, *, who: Sender = GP, score: float = 0.05) -> Case:
    """A new case of this sender."""
    await accept_terms(chat, who)
    await chat.take(chat.photo(who, chat.add_photo(readable(score, score))))
    return (await own_cases(chat, who))[0]


async def say(chat: Chat, case: Case, *steps: str, who: Sender = GP) -> FakeTurn:
    """Press these buttons about the patient, one after the other; the last turn."""
    for step in steps:
        turn = await chat.take(chat.press(who, f"patient:{case.number}:{step}", on_card=True))
    return turn


async def write(chat: Chat, case: Case, part: str, words: str, *, who: Sender = GP) -> FakeTurn:
    """Ask to be asked, and type."""
    await chat.take(chat.press(who, f"patient:{case.number}:{part}"))
    return await chat.take(chat.message(who, text=words))


def read_files(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.rglob("*") if file.is_file()]


async def export_of(chat: Chat, who: Sender = GP) -> dict[str, Any]:
    turn = await chat.take(chat.command(who, "/export"))
    with zipfile.ZipFile(io.BytesIO(turn.sent[0].document or b"")) as archive:
        content: dict[str, Any] = json.loads(archive.read("everything.json"))
    return content


class TestQuestions:
    @pytest.mark.parametrize(
        ("who", "first", "asked", "listed"),
        [
            (GP, "How old is the patient?", "The patient’s sex?", "Age: 40–59"),
            (GP_FR, "Quel âge a le patient", "Le sexe du patient", "Âge : 40–59 ans"),
        ],
    )
    async def test_each_answer_leads_to_the_next_question_and_is_listed(
        self, chat: Chat, who: Sender, first: str, asked: str, listed: str
    ):
        case = await answered(chat, who=who)
        question = await say(chat, case, "age", who=who)
        assert first in plain(question.text)
        following = await say(chat, case, "age:40-59:1", who=who)
        assert asked in plain(following.text)
        last = await say(
            chat,
            case,
            "sex:female:1",
            "site:back:1",
            "duration:months:1",
            "change:unchanged:1",
            "skin:k2:1",
            "skin:none:1",
            "risks:many-moles:1",
            who=who,
        )
        assert count_units(last.text) <= 1_024
        everything = await chat.take(chat.press(who, f"patient:{case.number}", on_card=True))
        assert listed in [
            text.replace("\N{NO-BREAK SPACE}", " ").replace("\u202f", " ") for text in buttons(everything)
        ]
        (kept,) = (await export_of(chat, who))["patients"]
        assert kept == {
            "case": case.number,
            "age": "40-59",
            "sex": "female",
            "site": "back",
            "duration": "months",
            "change": "unchanged",
            "risks": ["many-moles"],
            "sentence": None,
            "reference": "",
        }

    async def test_every_question_can_be_passed_over_and_closed(self, chat: Chat):
        case = await answered(chat)
        data = f"patient:{case.number}"
        for _ in range(9):
            page = await chat.take(chat.press(GP, data, on_card=True))
            if (following := buttons(page).get("Next ›")) is None:
                break
            data = following
        page = await say(chat, case, "age")
        assert buttons(page)["✓ Done"] == f"k:{case.number}:0"
        closed = await chat.take(chat.press(GP, f"k:{case.number}:0", on_card=True))
        assert f"patient:{case.number}" in buttons(closed).values()
        assert (await export_of(chat))["patients"] == []

    async def test_growth_is_the_red_flag_and_taken_back_it_is_none(self, chat: Chat):
        case = await answered(chat)
        turn = await say(chat, case, "change:growing:1")
        assert "HIGH RISK" in turn.text
        (after,) = await own_cases(chat)
        assert (after.context or {})["red_flags"] == ["growth"]
        flags = await chat.take(chat.press(GP, f"k:{case.number}:7", on_card=True))
        assert "✅ 🚩 Growth" in buttons(flags)
        turn = await say(chat, case, "change:unchanged:1")
        assert "LOW RISK" in turn.text
        assert (await own_cases(chat))[0].context is None or "red_flags" not in (await own_cases(chat))[
            0
        ].context

    async def test_a_flag_of_the_checklist_is_shown_as_the_answer(self, chat: Chat):
        case = await answered(chat)
        await chat.take(chat.press(GP, f"k:{case.number}:7:r1:1", on_card=True))
        listed = await chat.take(chat.press(GP, f"patient:{case.number}", on_card=True))
        assert "Change: growing" in buttons(listed)

    @pytest.mark.parametrize(
        ("step", "reason"),
        [("age:under-18:1", "under_18"), ("site:nail:1", "site"), ("skin:k5:1", "skin_type")],
    )
    async def test_the_rules_never_say_low_for_what_they_do_not_cover(
        self, chat: Chat, step: str, reason: str
    ):
        case = await answered(chat)
        turn = await say(chat, case, step)
        assert "LOW RISK" not in turn.text
        assert reason in (await own_cases(chat))[0].reasons

    async def test_an_ordinary_site_answers_no_question_of_the_rules(self, chat: Chat):
        case = await answered(chat)
        await say(chat, case, "site:mucosa:1", "site:back:1")
        assert not ((await own_cases(chat))[0].context or {}).get("sites")
        listed = await say(chat, case, "skin")
        assert "Nail" not in buttons(listed)
        assert "Scar" in buttons(listed)

    async def test_buttons_of_older_messages_answer_and_show_the_list(self, chat: Chat):
        case = await answered(chat)
        turn = await chat.take(chat.press(GP, f"k:{case.number}:p:y1:1", on_card=True))
        assert "Age: under 18" in buttons(turn)

    @pytest.mark.parametrize("data", ["age:7:1", "x", "x:y:1", "skin:s9:1", "risks:no:1", "age:back:1"])
    async def test_forged_buttons_change_nothing(self, chat: Chat, data: str):
        case = await answered(chat)
        assert not (await chat.take(chat.press(GP, f"patient:{case.number}:{data}"))).sent
        assert not (await chat.take(chat.press(OTHER, f"patient:{case.number}:age:40-59:1"))).sent
        assert (await export_of(chat))["patients"] == []


class TestWords:
    @pytest.mark.parametrize("who", [GP, GP_FR])
    async def test_the_sentence_is_read_back_and_kept(self, chat: Chat, who: Sender):
        case = await answered(chat, who=who)
        asked = await chat.take(chat.press(who, f"patient:{case.number}:sentence"))
        assert {GP: "Name nobody", GP_FR: "Ne nommez personne"}[who] in asked.text
        kept = await chat.take(chat.message(who, text=SENTENCE))
        assert SENTENCE in kept.text
        assert SAFETY[who] not in kept.text
        again = await chat.take(chat.message(who, text=SENTENCE))
        assert SENTENCE not in again.text, "asked once, answered once"
        assert (await export_of(chat, who))["patients"][0]["sentence"] == SENTENCE
        erased = await chat.take(chat.press(who, f"patient:{case.number}:sentence:erase"))
        assert case.number in erased.text
        assert (await export_of(chat, who))["patients"] == []

    @pytest.mark.parametrize(
        ("who", "words"),
        [
            (GP, "It has been growing since May"),
            (GP, "bled twice"),
            (GP, "the patient is worried"),
            (GP, "is it dangerous?"),
            (GP_FR, "Elle a grossi depuis mai"),
            (GP_FR, "a saigné deux fois"),
            (GP_FR, "le patient s'inquiète"),
            (GP_FR, "évolution rapide"),
        ],
    )
    async def test_words_of_alarm_get_the_safety_sentence_and_the_checklist(
        self, chat: Chat, who: Sender, words: str
    ):
        case = await answered(chat, who=who)
        kept = await write(chat, case, "sentence", words, who=who)
        assert SAFETY[who] in plain(kept.text).replace("\N{NO-BREAK SPACE}", " ")
        assert any((data or "").startswith(f"k:{case.number}:") for data in buttons(kept).values())

    async def test_typed_text_is_no_sentence_unless_it_was_asked_for(self, chat: Chat):
        case = await answered(chat)
        other = await chat.take(chat.message(GP, text=SENTENCE))
        assert "photos, not messages" in other.text
        await chat.take(chat.press(GP, f"patient:{case.number}:sentence"))
        await chat.take(chat.press(GP, f"patient:{case.number}:sentence:stop"))
        assert "photos, not messages" in (await chat.take(chat.message(GP, text=SENTENCE))).text
        await chat.take(chat.press(GP, f"patient:{case.number}:sentence"))
        chat._now += timedelta(hours=2)
        assert "photos, not messages" in (await chat.take(chat.message(GP, text=SENTENCE))).text
        await chat.take(chat.press(GP, f"patient:{case.number}:sentence"))
        await answered(chat)
        assert "photos, not messages" in (await chat.take(chat.message(GP, text=SENTENCE))).text
        assert (await export_of(chat))["patients"] == []

    @pytest.mark.parametrize(("part", "limit"), [("sentence", 160), ("reference", 20)])
    async def test_words_that_are_too_long_are_refused_and_still_asked_for(
        self, chat: Chat, part: str, limit: int
    ):
        case = await answered(chat)
        refused = await write(chat, case, part, "x" * (limit + 1))
        assert f"{limit + 1} characters long; {limit} at most" in refused.text
        kept = await chat.take(chat.message(GP, text="y" * limit))
        assert "y" * limit in kept.text


class TestReference:
    @pytest.mark.parametrize("who", [GP, GP_FR])
    async def test_history_shows_it_and_finds_its_cases(self, chat: Chat, who: Sender):
        first = await answered(chat, who=who)
        asked = await chat.take(chat.press(who, f"patient:{first.number}:reference"))
        assert {GP: "No names", GP_FR: "Aucun nom"}[who] in asked.text
        await chat.take(chat.message(who, text=REFERENCE))
        assert REFERENCE in (await chat.take(chat.command(who, "/history"))).text
        one = await chat.take(chat.command(who, "/history  room-4 B"))
        assert first.number in one.text
        assert REFERENCE in one.text
        second = await answered(chat, who=who)
        await write(chat, second, "reference", REFERENCE.upper(), who=who)
        both = await chat.take(chat.command(who, f"/history {REFERENCE}"))
        assert [f"c:{case.number}::" for case in (second, first)] == list(buttons(both).values())
        assert first.number in both.text

    @pytest.mark.parametrize(("who", "says"), [(GP, "Buttons: 3 of 3"), (GP_FR, "Boutons : 3 sur 3")])
    async def test_every_one_of_many_cases_has_a_button(
        self, chat: Chat, monkeypatch: pytest.MonkeyPatch, who: Sender, says: str
    ):
        monkeypatch.setattr("bot.cases.history.MOST_FOUND", 2)
        cases = [await answered(chat, who=who) for _ in range(3)]
        for case in cases:
            await write(chat, case, "reference", REFERENCE, who=who)
        found = await chat.take(chat.command(who, f"/history {REFERENCE}"))
        assert says in plain_spaces(found.text)
        assert list(buttons(found).values()) == [f"c:{case.number}::" for case in reversed(cases)]
        assert [case.number in found.text for case in cases] == [False, True, True]

    @pytest.mark.parametrize("who", [GP, GP_FR])
    @pytest.mark.parametrize("command", ["/letter", "/remind"])
    async def test_other_commands_take_it_in_place_of_a_number(self, chat: Chat, who: Sender, command: str):
        first, newest = await answered(chat, who=who), await answered(chat, who=who)
        await write(chat, first, "reference", REFERENCE, who=who)
        by_number = await chat.take(chat.command(who, f"{command} {first.number}"))
        by_reference = await chat.take(chat.command(who, f"{command} {REFERENCE}"))
        said = [each.sent[-1].text or "" for each in (by_number, by_reference)]
        assert said[0] == said[1]
        assert first.number in said[1]
        await write(chat, newest, "reference", REFERENCE, who=who)
        both = await chat.take(chat.command(who, f"{command} {REFERENCE}"))
        assert [f"c:{case.number}::" for case in (newest, first)] == list(buttons(both).values())

    async def test_nobody_finds_the_cases_of_another(self, chat: Chat):
        await write(chat, await answered(chat), "reference", REFERENCE)
        theirs = await answered(chat, who=OTHER)
        await write(chat, theirs, "reference", REFERENCE, who=OTHER)
        found = await chat.take(chat.command(OTHER, f"/history {REFERENCE}"))
        assert theirs.number in found.text
        (mine,) = await own_cases(chat)
        assert mine.number not in found.text

    async def test_it_is_in_the_sender_s_export_and_can_be_erased(self, chat: Chat):
        case = await answered(chat)
        await write(chat, case, "reference", REFERENCE)
        assert (await export_of(chat))["patients"][0]["reference"] == REFERENCE
        await chat.take(chat.press(GP, f"patient:{case.number}:reference:erase"))
        assert "reference" in (await chat.take(chat.command(GP, f"/history {REFERENCE}"))).text
        assert (await export_of(chat))["patients"] == []


class TestTraces:
    async def fill(self, chat: Chat) -> Case:
        case = await answered(chat)
        await say(chat, case, "age:40-59:1", "sex:female:1", "risks:own-melanoma:1")
        await write(chat, case, "sentence", SENTENCE)
        await write(chat, case, "reference", REFERENCE)
        return case

    async def test_no_byte_of_it_is_readable_in_any_file_log_or_research_row(
        self, chat: Chat, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ):
        caplog.set_level(logging.DEBUG)
        await self.fill(chat)
        await chat.take(chat.command(GP, f"/history {REFERENCE}"))
        files = read_files(tmp_path)
        async with chat.database.read() as session:
            rows = str([row async for row in read_photos(session)])
        for words in (SENTENCE, REFERENCE, REFERENCE.casefold(), "own-melanoma", "female"):
            assert not any(words.encode() in content for content in files), words
            assert words not in rows
            assert words not in caplog.text

    async def test_the_trail_covers_every_change(self, chat: Chat):
        case = await self.fill(chat)
        await say(chat, case, "sex:female:0")
        async with read_snapshot(chat.database) as session:
            await verify(session)
            assert await compare_patient_contexts(session) == 1

    async def test_forgetting_takes_it_along(self, chat: Chat):
        await self.fill(chat)
        await chat.take(chat.press(GP, "f:yes"))
        async with chat.database.read() as session:
            assert await session.scalar(text("SELECT count(*) FROM patient_contexts")) == 0


class TestSamePatient:
    async def test_a_case_that_joins_a_followed_lesion_starts_with_what_is_known(self, chat: Chat):
        first = await answered(chat)
        await say(chat, first, "age:40-59:1", "sex:female:1", "site:back:1", "risks:sunburns:1")
        await write(chat, first, "sentence", SENTENCE)
        await write(chat, first, "reference", REFERENCE)
        await chat.take(chat.press(GP, f"o:{first.number}:n"))
        second = await answered(chat)
        page = await chat.take(chat.press(GP, f"o:{second.number}:j:1"))
        assert REFERENCE in page.text
        by_case = {each["case"]: each for each in (await export_of(chat))["patients"]}
        assert by_case[second.number] == {
            "case": second.number,
            "age": "40-59",
            "sex": "female",
            "site": None,
            "duration": None,
            "change": None,
            "risks": ["sunburns"],
            "sentence": None,
            "reference": REFERENCE,
        }
        await say(chat, second, "sex:male:1")
        await chat.take(chat.press(GP, f"o:{second.number}:j:1"))
        by_case = {each["case"]: each for each in (await export_of(chat))["patients"]}
        assert by_case[second.number]["sex"] == "male", "what was said of a case stays"
        async with read_snapshot(chat.database) as session:
            assert await compare_patient_contexts(session) == 2

    async def test_the_cases_of_a_split_album_are_of_the_same_patient(self, chat: Chat):
        await accept_terms(chat, GP)
        photos = [
            chat.photo(GP, chat.add_photo(readable(0.05, 0.05)), media_group_id="album") for _ in range(2)
        ]
        await chat.take(*photos)
        (album,) = await own_cases(chat)
        await say(chat, album, "sex:male:1")
        await write(chat, album, "reference", REFERENCE)
        await chat.take(chat.press(GP, f"s:{album.number}"))
        cases = await own_cases(chat)
        assert len(cases) == 2
        listed = await chat.take(chat.command(GP, f"/history {REFERENCE}"))
        assert {f"c:{case.number}::" for case in cases} == set(buttons(listed).values())
        kept = await export_of(chat)
        assert [each["number"] for each in kept["split_albums"]] == [album.number]
        assert {each["case"] for each in kept["patients"]} == {album.number, *(each.number for each in cases)}
        assert album.number not in {each["number"] for each in kept["cases"]}


@pytest.mark.parametrize("who", [GP, GP_FR])
async def test_reminders_name_the_reference(chat: Chat, keyring: Keyring, who: Sender):
    case = await answered(chat, who=who)
    await write(chat, case, "reference", REFERENCE, who=who)
    await chat.take(chat.press(who, f"r:{case.number}:m:1"))
    assert REFERENCE in (await chat.take(chat.command(who, "/remind"))).text
    chat._now += timedelta(days=40)
    await make_upkeep(chat).remind()
    async with chat.database.write() as session:
        (row,) = (await session.scalars(select(OutboxRow))).all()
        content = keyring.decrypt(row.payload, purpose=PAYLOAD).decode()
    assert REFERENCE in content
    assert REFERENCE not in row.key
