"""What forbids `low` for one photo of a lesion forbids it for all, whichever was asked about."""

import csv
import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from bot.conversation.wording import plain
from storage.record.cases import Case
from storage.record.lesions import follow_case, join_lesion_of
from tests.integration.bot.cases.test_flag_redrawn import find_edit
from tests.integration.bot.cases.test_flags_offline import send
from tests.support.offline import BOT, Chat, Sender
from tests.support.senders import GP, GP_FR, HIGH, LOW, own_cases, plain_spaces

# The conversations know no database: once is enough.
pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted")]

CALM = {GP: "No sign of melanoma", GP_FR: "Aucun signe de mélanome"}
SHARED = {GP: "this holds for every photo of a lesion", GP_FR: "cela vaut pour toutes les photos"}
BOTH = pytest.mark.parametrize("who", [GP, GP_FR])
ANSWERS = pytest.mark.parametrize("answer", ["age:under-18", "skin:k6", "site:palm-or-sole"])


async def read_levels(chat: Chat, who: Sender, *cases: Case) -> list[str]:
    levels = {each.number: each.level for each in await own_cases(chat, who)}
    return [levels[each.number] for each in cases]


@BOTH
@ANSWERS
@pytest.mark.parametrize("is_asked_about_first", [True, False])
async def test_a_photo_that_joins_a_lesion_is_rated_by_what_was_said_about_it(
    chat: Chat, who: Sender, answer: str, *, is_asked_about_first: bool
) -> None:
    first, first_answer = await send(chat, LOW, who)
    second, second_answer = await send(chat, LOW, who)
    asked, other = (first, second_answer) if is_asked_about_first else (second, first_answer)
    await chat.take(chat.press(who, f"patient:{asked.number}:{answer}:1"))
    joined = await chat.take(chat.press(who, f"o:{second.number}:same:{first.number}"))
    assert await read_levels(chat, who, first, second) == ["moderate", "moderate"]
    page = plain_spaces(joined.sent[0].text or "")
    assert SHARED[who] in page
    assert "🔵" not in page, "the lesion's page shows the levels as they are now"
    said = find_edit(joined, other)
    assert said is not None
    assert CALM[who] not in said


@BOTH
@ANSWERS
async def test_an_answer_about_one_photo_of_a_lesion_reaches_the_others(
    chat: Chat, who: Sender, answer: str
) -> None:
    first, first_answer = await send(chat, LOW, who)
    second, _ = await send(chat, LOW, who)
    await chat.take(chat.press(who, f"o:{second.number}:same:{first.number}"))
    turn = await chat.take(chat.press(who, f"patient:{second.number}:{answer}:1"))
    assert await read_levels(chat, who, first, second) == ["moderate", "moderate"]
    assert CALM[who] not in (find_edit(turn, first_answer) or CALM[who])
    # Taken back about one photo, it stays with the other: nothing lowers a level unasked.
    await chat.take(chat.press(who, f"patient:{second.number}:{answer}:0"))
    assert await read_levels(chat, who, first, second) == ["moderate", "low"]


async def test_photos_of_other_lesions_keep_their_levels(chat: Chat) -> None:
    first, _ = await send(chat, LOW)
    second, _ = await send(chat, LOW)
    await chat.take(chat.press(GP, f"o:{second.number}:n"))
    await chat.take(chat.press(GP, f"patient:{first.number}:age:under-18:1"))
    assert await read_levels(chat, GP, first, second) == ["moderate", "low"]


@BOTH
async def test_a_text_days_later_is_no_answer_to_the_question_about_own_words(
    chat: Chat, who: Sender
) -> None:
    first, _ = await send(chat, LOW, who)
    await chat.take(chat.press(who, f"o:{first.number}:n"))
    await chat.take(chat.press(who, f"o:{first.number}:w"))
    chat._now += timedelta(days=9)
    await send(chat, HIGH, who)
    later = await chat.take(chat.message(who, text="left forearm"))
    assert "left forearm" not in later.text
    await chat.take(chat.press(who, f"o:{first.number}:w"))
    kept = await chat.take(chat.message(who, text={GP: "it bleeds", GP_FR: "il saigne"}[who]))
    assert {GP: "it bleeds", GP_FR: "il saigne"}[who] in kept.text
    assert {GP: "refer now", GP_FR: "saigne ou vous inquiète"}[who] in kept.text


@BOTH
async def test_what_was_answered_about_a_photo_stays(chat: Chat, who: Sender) -> None:
    """A slip about one photo overwrites nothing that was said about another."""
    first, _ = await send(chat, LOW, who)
    second, _ = await send(chat, LOW, who)
    for answer in ("age:40-59", "skin:k2", "skin:none"):
        await chat.take(chat.press(who, f"patient:{first.number}:{answer}:1"))
    for answer in ("age:under-18", "skin:k6", "site:palm-or-sole"):
        await chat.take(chat.press(who, f"patient:{second.number}:{answer}:1"))
    await chat.take(chat.press(who, f"o:{second.number}:same:{first.number}"))
    assert await read_levels(chat, who, first, second) == ["low", "moderate"]
    shown = await chat.take(chat.command(who, f"/history {first.number}"))
    assert "40–59" in shown.text


@pytest.mark.parametrize(("who", "says"), [(GP, "Also noted for"), (GP_FR, "Noté aussi pour")])
async def test_an_answer_names_the_other_photos_that_it_holds_for(chat: Chat, who: Sender, says: str) -> None:
    first, _ = await send(chat, LOW, who)
    second, _ = await send(chat, LOW, who)
    await chat.take(chat.press(who, f"o:{second.number}:same:{first.number}"))
    turn = await chat.take(chat.press(who, f"patient:{second.number}:skin:k6:1", on_card=True))
    said = plain_spaces(turn.sent[0].text or "")
    assert f"{says} {first.number}" in said.replace("<b>", "")
    again = await chat.take(chat.press(who, f"patient:{second.number}:sex:female:1", on_card=True))
    assert says not in plain_spaces(again.sent[0].text or "")


def card_of(who: Sender, caption: str) -> dict[str, Any]:
    photo = {"file_id": "card", "file_unique_id": "card", "width": 1024, "height": 900}
    message = {"message_id": 900, "date": 1, "chat": who.chat, "from": BOT}
    return {**message, "caption": caption, "photo": [photo]}


@BOTH
async def test_a_reply_to_an_answer_that_names_other_photos_is_read_with_it(chat: Chat, who: Sender) -> None:
    first, _ = await send(chat, LOW, who)
    second, _ = await send(chat, LOW, who)
    await chat.take(chat.press(who, f"o:{second.number}:same:{first.number}"))
    turn = await chat.take(chat.press(who, f"patient:{second.number}:skin:k6:1", on_card=True))
    card = card_of(who, plain(turn.sent[0].text or ""))
    assert first.number in card["caption"]
    await chat.take(chat.photo(who, chat.add_photo(LOW), reply_to_message=card))
    new = (await own_cases(chat, who))[0]
    assert (new.level, len(new.photos)) == ("moderate", 2)


@pytest.mark.parametrize("opens_page", [True, False])
async def test_a_lesion_that_was_joined_before_answers_were_shared(chat: Chat, *, opens_page: bool) -> None:
    """Its page shares them; so does a photo that is sent as a reply."""
    first, _ = await send(chat, LOW)
    second, _ = await send(chat, LOW)
    await chat.take(chat.press(GP, f"patient:{first.number}:age:under-18:1"))
    async with chat.database.write() as session:
        await follow_case(session, first.id, subject=first.subject, words=40, now=chat._now)
        await join_lesion_of(session, second.id, first.id, subject=first.subject, now=chat._now)
    if opens_page:
        page = await chat.take(chat.press(GP, f"o:{second.number}"))
        assert SHARED[GP] in plain_spaces(page.sent[0].text or "")
        assert await read_levels(chat, GP, first, second) == ["moderate", "moderate"]
    reply = card_of(GP, f"LOW RISK · {second.number}")
    await chat.take(chat.photo(GP, chat.add_photo(LOW), reply_to_message=reply))
    assert (await own_cases(chat, GP))[0].level == "moderate"


async def join_as_before(chat: Chat, who: Sender, answer: str) -> tuple[Case, Case, Any]:
    """Two cases of a lesion as an older release joined them; the answer is about the first alone."""
    first, _ = await send(chat, LOW, who)
    second, answered = await send(chat, LOW, who)
    await chat.take(chat.press(who, f"patient:{first.number}:{answer}:1"))
    async with chat.database.write() as session:
        await follow_case(session, first.id, subject=first.subject, words=40, now=chat._now)
        await join_lesion_of(session, second.id, first.id, subject=first.subject, now=chat._now)
    return first, second, answered


@BOTH
@ANSWERS
@pytest.mark.parametrize("way", ["/history", "/history N", "h::", "h::l", "c:N::", "d:N"])
async def test_no_list_shows_a_low_that_no_longer_holds(
    chat: Chat, who: Sender, answer: str, way: str
) -> None:
    first, second, answered = await join_as_before(chat, who, answer)
    data = way.replace("N", second.number)
    turn = await chat.take(chat.command(who, data) if data.startswith("/") else chat.press(who, data))
    shown = plain("\n".join(each.text or "" for each in turn.sent if not each.replaces))
    assert second.number in shown
    assert not re.search("🔵 (N-|LOW|RISQUE)", shown)
    assert "🟠" in shown
    edit = find_edit(turn, answered)
    assert edit is not None, "its card follows"
    assert CALM[who] not in edit
    assert await read_levels(chat, who, first, second) == ["moderate", "moderate"]
    assert not find_edit(await chat.take(chat.command(who, "/history")), answered), "once"


@BOTH
@pytest.mark.parametrize("way", ["/letter N", "w:N", "w:N:en:text"])
async def test_no_letter_says_a_low_that_no_longer_holds(chat: Chat, who: Sender, way: str) -> None:
    first, second, answered = await join_as_before(chat, who, "age:under-18")
    data = way.replace("N", second.number)
    turn = await chat.take(chat.command(who, data) if data.startswith("/") else chat.press(who, data))
    assert find_edit(turn, answered) is not None, "its card follows"
    assert await read_levels(chat, who, first, second) == ["moderate", "moderate"]
    if "text" in way:
        assert "Level of the triage: Moderate" in plain(turn.sent[0].text or "")


@BOTH
@ANSWERS
async def test_a_list_gives_back_no_answer_that_was_taken_back(chat: Chat, who: Sender, answer: str) -> None:
    first, second, _ = await join_as_before(chat, who, answer)
    await chat.take(chat.command(who, "/history"))
    await chat.take(chat.press(who, f"patient:{second.number}:{answer}:0"))
    for command in ("/history", f"/history {second.number}"):
        await chat.take(chat.command(who, command))
    assert await read_levels(chat, who, first, second) == ["moderate", "low"]


async def test_an_answer_that_was_taken_back_keeps_no_other_one_away(chat: Chat) -> None:
    first, _ = await send(chat, LOW)
    second, _ = await send(chat, LOW)
    for number, answer, wanted in (
        (second.number, "skin:k6", 1),
        (second.number, "skin:k6", 0),
        (first.number, "skin:k6", 1),
        (first.number, "site:nail", 1),
    ):
        await chat.take(chat.press(GP, f"patient:{number}:{answer}:{wanted}"))
    async with chat.database.write() as session:
        await follow_case(session, first.id, subject=first.subject, words=40, now=chat._now)
        await join_lesion_of(session, second.id, first.id, subject=first.subject, now=chat._now)
    for _ in range(2):
        await chat.take(chat.command(GP, "/history"))
        assert await read_levels(chat, GP, first, second) == ["moderate", "moderate"]
        newest = (await own_cases(chat, GP))[0]
        assert newest.context == {"sites": ["nail"]}, "the skin type stays taken back"


@pytest.mark.usefixtures("clinic")
async def test_two_open_previews_are_both_shown_again(chat: Chat) -> None:
    first, _ = await send(chat, LOW)
    second, _ = await send(chat, LOW)
    await chat.take(chat.press(GP, f"o:{second.number}:same:{first.number}"))
    for case in (first, second):
        turn = await chat.take(chat.press(GP, f"q:{case.number}:ask"))
        while turn.sent[0].photo is None:
            turn = await chat.take(chat.press(GP, f"q:{case.number}:pass"))
    turn = await chat.take(chat.press(GP, f"patient:{second.number}:skin:k6:1", on_card=True))
    assert len([each for each in turn.sent if ":preview:" in each.key]) == 2
    assert len({each.key for each in turn.sent}) == len(turn.sent)


async def join_many(chat: Chat, count: int) -> tuple[Case, list[Case]]:
    """A case under 18, and others of its lesion that an older release joined: all low as recorded."""
    first, _ = await send(chat, LOW)
    others = [(await send(chat, LOW))[0] for _ in range(count)]
    await chat.take(chat.press(GP, f"patient:{first.number}:age:under-18:1"))
    async with chat.database.write() as session:
        await follow_case(session, first.id, subject=first.subject, words=40, now=chat._now)
        for other in others:
            await join_lesion_of(session, other.id, first.id, subject=first.subject, now=chat._now)
    return first, others


async def test_a_turn_rates_again_what_it_shows_and_the_rest_comes_later(chat: Chat) -> None:
    _, others = await join_many(chat, 12)
    turn = await chat.take(chat.command(GP, "/history"))
    assert "🔵 N-" not in plain(turn.sent[0].text or "")
    assert len(turn.sent) <= 1 + 5
    assert (await read_levels(chat, GP, *others)).count("low") == 7
    # Wherever one of the rest is shown, it is shown as it is: the oldest ones are on the last page.
    page = await chat.take(chat.press(GP, f"h:{others[4].number}:"))
    assert others[0].number in plain(page.sent[0].text or "")
    assert "🔵 N-" not in plain(page.sent[0].text or "")
    await chat.take(chat.command(GP, "/history"))
    assert set(await read_levels(chat, GP, *others)) == {"moderate"}
    assert len((await chat.take(chat.command(GP, "/history"))).sent) == 1


async def test_an_export_holds_no_low_that_no_longer_holds(chat: Chat) -> None:
    await join_many(chat, 7)
    turn = await chat.take(chat.command(GP, "/export"))
    with zipfile.ZipFile(io.BytesIO(turn.sent[0].document or b"")) as archive:
        table = list(csv.DictReader(io.StringIO(archive.read("cases.csv").decode("utf-8-sig"))))
    assert len(table) == 8
    assert {row["level"] for row in table} == {"moderate"}


@pytest.mark.usefixtures("clinic")
async def test_a_form_to_the_clinic_holds_no_low_that_no_longer_holds(chat: Chat) -> None:
    _, others = await join_many(chat, 7)
    turn = await chat.take(chat.press(GP, f"q:{others[3].number}:ask"))
    assert await read_levels(chat, GP, others[3]) == ["moderate"]
    while turn.sent[0].photo is None:
        turn = await chat.take(chat.press(GP, f"q:{others[3].number}:pass"))
    assert "🟠" in plain(turn.sent[0].text or "")


async def test_a_list_of_reminders_marks_no_low_that_no_longer_holds(chat: Chat) -> None:
    _, others = await join_many(chat, 7)
    for each in others:
        await chat.take(chat.press(GP, f"patient:{each.number}:reference"))
        await chat.take(chat.message(GP, text="Ward 9"))
    turn = await chat.take(chat.command(GP, "/remind Ward 9"))
    marks = [button.text for row in turn.sent[0].keyboard or () for button in row]
    assert marks
    assert not [mark for mark in marks if "🔵" in mark]
    assert "🔵 N-" not in plain(turn.sent[0].text or "")
