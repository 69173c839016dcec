"""When the flag of a lesion changes, every answer about the lesion is edited, not only the one in hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.delivery.outgoing import Outgoing
from bot.delivery.sealing import seal_message
from storage.database.sessions import Database
from storage.queues import outbox
from storage.record.answers import list_messages
from tests.integration.bot.cases.test_flags_offline import send
from tests.integration.bot.clinic.test_better_photo import TOKEN, ask_for_better
from tests.integration.bot.clinic.test_claims import ANN, press
from tests.support.builders import lesion_of, photo_of, readable
from tests.support.offline import Chat, FakeTurn, Sender, settle_flag
from tests.support.senders import GP, GP_FR, HIGH, LOW, buttons, labelled, own_cases, plain_spaces

# The conversations know no database: once is enough.
pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted")]

CALM = {"en": "No sign of melanoma", "fr": "Aucun signe de mélanome"}
FLAGGED = {"en": "🚩 Flagged", "fr": "🚩 Signalée"}
BOTH = pytest.mark.parametrize("who", [GP, GP_FR])
SEVERAL = photo_of(lesion_of(0.05), lesion_of(0.05, left=300))


def find_edit(turn: FakeTurn, answer: FakeTurn) -> str | None:
    """The text that the edit of an answer has, without bold type; None if it is not edited."""
    edits: list[Outgoing] = [each for each in turn.sent if each.replaces == f"{answer.key}:answer"]
    assert len(edits) < 2, "one edit of a message is enough"
    return plain_spaces(edits[0].text or "").replace("<b>", "") if edits else None


async def take_sent(chat: Chat, who: Sender, data: str) -> FakeTurn:
    """A press under a card; the last message to who pressed is in the outbox."""
    turn = await chat.take(chat.press(who, data, on_card=True))
    keyring = chat.application.bot_data["services"].keyring
    last = [each for each in turn.sent if each.chat_id == who.user_id][-1]
    async with chat.database.write() as session:
        await outbox.put_message(session, seal_message(last, keyring), now=0.0)
    return turn


def assert_flagged(said: str | None, who: Sender) -> None:
    assert said is not None
    language = (who.language_code or "")[:2]
    assert FLAGGED[language] in said
    assert CALM[language] not in said


@BOTH
async def test_a_high_photo_flags_the_earlier_answers_of_its_lesion_and_settling_it_ends_all(
    chat: Chat, who: Sender
) -> None:
    first, first_answer = await send(chat, LOW, who)
    second, second_answer = await send(chat, LOW, who)
    joined = await chat.take(chat.press(who, f"o:{second.number}:same:{first.number}"))
    assert find_edit(joined, first_answer) is None, "nothing is flagged yet"
    high, _ = await send(chat, HIGH, who)
    joined = await chat.take(chat.press(who, f"o:{high.number}:same:{first.number}"))
    assert_flagged(find_edit(joined, first_answer), who)
    assert_flagged(find_edit(joined, second_answer), who)
    settled = await settle_flag(chat, who, second.number, "wrong_finding")
    for answer in (first_answer, second_answer):
        said = find_edit(settled, answer)
        assert said is not None
        assert "🚩" not in said


@BOTH
async def test_answers_lose_the_flag_with_the_photo_that_leaves_their_lesion(chat: Chat, who: Sender) -> None:
    first, answer = await send(chat, LOW, who)
    high, _ = await send(chat, HIGH, who)
    await chat.take(chat.press(who, f"o:{high.number}:same:{first.number}"))
    left = await chat.take(chat.press(who, f"o:{high.number}:x"))
    said = find_edit(left, answer)
    assert said is not None
    assert "🚩" not in said


@BOTH
async def test_a_red_flag_of_one_photo_flags_the_answers_of_the_others(chat: Chat, who: Sender) -> None:
    first, answer = await send(chat, LOW, who)
    second, _ = await send(chat, LOW, who)
    await chat.take(chat.press(who, f"o:{second.number}:same:{first.number}"))
    ticked = await chat.take(chat.press(who, f"k:{second.number}:7:r0:1", on_card=True))
    assert_flagged(find_edit(ticked, answer), who)


@pytest.mark.parametrize("who", [GP, Sender(GP_FR.user_id, "fr")])
async def test_what_the_clinic_answers_and_finds_reaches_every_answer_of_the_lesion(
    database: Database, tmp_path: Path, who: Sender
) -> None:
    asked = await ask_for_better(database, tmp_path, who, readable(0.05, 0.05))
    chat = asked.chat
    low, answer = await send(chat, LOW, who)
    await chat.take(chat.press(who, f"o:{low.number}:same:{asked.number}"))

    async def clinic(verb: str) -> str:
        turn, _ = await press(chat, ANN, f"v:{TOKEN}:{verb}")
        said = find_edit(turn, answer)
        assert said is not None
        return said

    assert_flagged(await clinic("urgent"), who)
    assert "🚩" not in await clinic("benign::sure")
    assert_flagged(await clinic("outcome:melanoma"), who)
    assert "🚩" not in await clinic("outcome:benign_histology")


@pytest.mark.parametrize("who", [GP, Sender(GP_FR.user_id, "fr")])
async def test_what_the_clinic_says_of_a_photo_reaches_the_answers_about_lesions_picked_on_it(
    database: Database, tmp_path: Path, who: Sender
) -> None:
    asked = await ask_for_better(database, tmp_path, who, SEVERAL)
    picked = await take_sent(asked.chat, who, f"pick:{asked.number}:1:1")

    async def clinic(verb: str) -> str | None:
        turn, _ = await press(asked.chat, ANN, f"v:{TOKEN}:{verb}")
        return find_edit(turn, picked)

    assert_flagged(await clinic("urgent"), who)
    assert "🚩" not in (await clinic("benign::sure") or "🚩")
    assert_flagged(await clinic("outcome:melanoma"), who)
    assert "🚩" not in (await clinic("outcome:benign_histology") or "🚩")


@BOTH
async def test_a_red_flag_of_a_photo_flags_the_answers_about_lesions_picked_on_it(
    chat: Chat, who: Sender
) -> None:
    photo, _ = await send(chat, SEVERAL, who)
    picked = await take_sent(chat, who, f"pick:{photo.number}:1:1")
    ticked = await chat.take(chat.press(who, f"k:{photo.number}:7:r0:1", on_card=True))
    assert_flagged(find_edit(ticked, picked), who)


@pytest.mark.parametrize("who", [GP, Sender(GP_FR.user_id, "fr")])
@pytest.mark.parametrize("by", ["clinic", "sender"])
async def test_an_outcome_of_a_split_album_reaches_the_list_of_its_moles_and_what_was_picked_on_them(
    database: Database, tmp_path: Path, who: Sender, by: str
) -> None:
    asked = await ask_for_better(database, tmp_path, who, LOW, SEVERAL)
    chat = asked.chat
    split = await take_sent(chat, who, f"s:{asked.number}")
    part, _ = await own_cases(chat, who)
    picked = await take_sent(chat, who, f"pick:{part.number}:1:1")

    async def note(kind: str) -> tuple[int, str]:
        if by == "clinic":
            turn, _ = await press(chat, ANN, f"v:{TOKEN}:outcome:{kind}")
        else:
            turn = await chat.take(chat.press(who, f"outcome:{TOKEN}:{kind}"))
        listed = find_edit(turn, split)
        assert listed is not None
        return listed.count("🚩"), find_edit(turn, picked) or ""

    count, said = await note("melanoma")
    assert count == 2
    assert_flagged(said, who)
    count, said = await note("benign_histology")
    assert count == 0
    assert said
    assert "🚩" not in said


@pytest.mark.parametrize("who", [GP, Sender(GP_FR.user_id, "fr")])
async def test_the_own_card_reassures_no_more_once_the_answer_is_urgent(
    database: Database, tmp_path: Path, who: Sender
) -> None:
    asked = await ask_for_better(database, tmp_path, who, readable(0.05, 0.05))
    async with database.write() as session:
        (shown,) = await list_messages(session, asked.number, subject=asked.subject)
        card = Outgoing(key=shown.key, chat_id=who.user_id, text="card", photo=b"jpeg")
        keyring = asked.chat.application.bot_data["services"].keyring
        await outbox.put_message(session, seal_message(card, keyring), now=0.0)
    turn, _ = await press(asked.chat, ANN, f"v:{TOKEN}:urgent")
    (own,) = [each for each in turn.sent if each.replaces == shown.key]
    assert_flagged(plain_spaces(own.text or "").replace("<b>", ""), who)


@pytest.mark.parametrize(
    ("who", "asks", "headlines"),
    [
        (GP, "🚩 Is it the flagged lesion?", {"low": "LOW RISK", "moderate": "MODERATE RISK"}),
        (
            GP_FR,
            "🚩 Est-ce la lésion signalée ?",
            {"low": "RISQUE FAIBLE", "moderate": "RISQUE INTERMÉDIAIRE"},
        ),
    ],
)
@pytest.mark.parametrize("is_followed", [True, False])
@pytest.mark.parametrize("level", ["low", "moderate"])
async def test_a_linked_photo_shows_the_flag_and_its_own_level(
    chat: Chat, who: Sender, asks: str, headlines: dict[str, str], *, level: str, is_followed: bool
) -> None:
    high, _ = await send(chat, HIGH, who)
    if is_followed:
        await chat.take(chat.press(who, f"o:{high.number}:n"))
    case, answer = await send(chat, LOW if level == "low" else readable(0.5, 0.5), who)
    listed = await chat.take(chat.press(who, labelled(answer, asks)))
    (target,) = [data for data in buttons(listed).values() if data and "none" not in data]
    linked = await chat.take(chat.press(who, target))
    said = find_edit(linked, answer)
    assert_flagged(said, who)
    assert headlines[level] in (said or "")
    (edited,) = [each for each in linked.sent if each.replaces == f"{answer.key}:answer"]
    assert edited.photo is None, "the picture shows the level that it has"
    keys = [key.data or "" for row in edited.keyboard or () for key in row]
    assert f"d:{case.number}" in keys
    assert not [each for each in keys if "which" in each]
    letter = await chat.take(chat.press(who, f"w:{case.number}:{(who.language_code or '')[:2]}:text"))
    assert {"en": "rated high on", "fr": "niveau élevé le"}[(who.language_code or "")[:2]] in plain_spaces(
        letter.text
    )


@pytest.mark.parametrize(
    ("who", "asks"), [(GP, "🚩 Is it the flagged lesion?"), (GP_FR, "🚩 Est-ce la lésion signalée ?")]
)
async def test_a_mole_of_a_split_album_is_asked_about_too(chat: Chat, who: Sender, asks: str) -> None:
    """Its list has only buttons that open its details: they ask, and so does `/history`."""
    await send(chat, HIGH, who)
    await chat.take(*(chat.photo(who, chat.add_photo(LOW), media_group_id="1") for _ in range(2)))
    album, *_ = await own_cases(chat, who)
    split = await chat.take(chat.press(who, f"s:{album.number}", on_card=True))
    ((opened,), _) = split.sent[1].keyboard or ()
    shown = await chat.take(chat.press(who, str(opened.data)))
    last = replace(shown, sent=shown.sent[-1:])
    assert "which" in labelled(last, asks)
    listed = await chat.take(chat.command(who, f"/history {opened.text}"))
    assert "which" in labelled(listed, asks)
