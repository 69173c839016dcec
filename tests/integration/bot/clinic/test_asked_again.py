"""A clinic that has answered is asked about the case again: its answer holds until the next one."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.conversation.wording import plain
from storage.clinic.flags import find_flag
from storage.clinic.referrals import find_latest, find_open, list_of_each
from storage.database.sessions import Database
from tests.integration.bot.clinic.test_better_photo import TOKEN, Asked, ask_for_better
from tests.integration.bot.clinic.test_claims import ANN, press
from tests.support.builders import readable
from tests.support.offline import Sender
from tests.support.records import GROUP
from tests.support.senders import GP, LOW

pytestmark = [pytest.mark.backends("sqlite")]

FR = Sender(7_311_002, "fr")


async def answered_and_asked_again(
    database: Database, tmp_path: Path, gp: Sender, *, kind: str = "routine"
) -> tuple[Asked, str]:
    """The clinic has answered, and the sender has asked again; the token of the second request."""
    asked = await ask_for_better(database, tmp_path, gp, LOW)
    await press(asked.chat, ANN, f"v:{TOKEN}:{kind}")
    turn = await asked.chat.take(asked.chat.press(gp, f"q:{asked.number}:ask"))
    while turn.sent[0].photo is None:  # one question after the other
        turn = await asked.chat.take(asked.chat.press(gp, f"q:{asked.number}:pass"))
    await asked.chat.take(asked.chat.press(gp, f"q:{asked.number}:send", on_card=True))
    async with database.read() as session:
        again = await find_open(session, asked.number)
    assert again is not None
    return asked, again.token


async def read_record(asked: Asked) -> tuple[str, str]:
    """The history and the letter, as texts."""
    history = await asked.chat.take(asked.chat.command(asked.gp, "/history"))
    letter = await asked.chat.take(asked.chat.press(asked.gp, f"w:{asked.number}:en:text"))
    return straight(history.text), straight("".join(each.text or "" for each in letter.sent))


def straight(text: str) -> str:
    return plain(text).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the case's own card says of the clinic's answer, each time that it is edited."""
    said: list[str] = []

    async def edit(*_: object, answer: str, **__: object) -> tuple[()]:
        said.append(straight(answer))
        return ()

    monkeypatch.setattr("bot.clinic.own_card.edit_cards", edit)
    return said


@pytest.mark.parametrize(
    ("gp", "says"),
    [
        (GP, ("Routine appointment; asked again, no answer yet", "asked again, a better photo is needed")),
        (
            FR,
            (
                "Consultation programmée ; avis redemandé, sans réponse à ce jour",
                "avis redemandé, une meilleure photo est nécessaire",
            ),
        ),
    ],
)
async def test_while_a_second_request_waits_the_first_answer_is_shown(
    database: Database, tmp_path: Path, drawn: list[str], gp: Sender, says: tuple[str, str]
) -> None:
    asked, token = await answered_and_asked_again(database, tmp_path, gp)
    history, letter = await read_record(asked)
    assert says[0] in history
    assert "Routine appointment; asked again, no answer yet" in letter
    await press(asked.chat, ANN, f"v:{token}:claim")
    await press(asked.chat, ANN, f"v:{token}:better_photo")
    assert says[0].partition(";")[0].strip() in drawn[-1]
    assert says[1] in (await read_record(asked))[0]
    await press(asked.chat, ANN, f"v:{token}:benign")
    history, letter = await read_record(asked)
    assert "Routine" not in letter
    assert says[1] not in history


@pytest.mark.parametrize("gp", [GP, FR])
async def test_withdrawing_a_second_request_leaves_the_first_answer(
    database: Database, tmp_path: Path, gp: Sender
) -> None:
    asked, token = await answered_and_asked_again(database, tmp_path, gp)
    await asked.chat.take(asked.chat.press(gp, f"request:{token}:yes"))
    history, letter = await read_record(asked)
    assert ("Routine appointment" if gp is GP else "Consultation programmée") in history
    assert "again" not in history
    assert "Answer of the clinic: Routine appointment" in letter
    read = asked.chat.engine.read_count
    turn = await asked.reply(asked.chat.add_photo(readable(0.1, 0.1)))
    assert asked.chat.engine.read_count == read + 1
    assert [each.chat_id for each in turn.sent] == [gp.user_id, GROUP]
    async with database.read() as session:
        latest = await find_latest(session, asked.number)
        listed = await list_of_each(session, [asked.number])
    assert latest is not None
    assert (latest.token, [each.token for each in listed[asked.number]]) == (TOKEN, [TOKEN])


async def test_a_first_answer_that_is_urgent_keeps_the_letter_urgent(
    database: Database, tmp_path: Path
) -> None:
    asked, token = await answered_and_asked_again(database, tmp_path, GP, kind="urgent")
    for _ in range(2):
        _, letter = await read_record(asked)
        assert "suspicious of melanoma" in letter
        assert "Urgent:" in letter
        await asked.chat.take(asked.chat.press(GP, f"request:{token}:yes"))


async def test_the_case_can_be_reopened_and_answered_after_a_withdrawn_second_request(
    database: Database, tmp_path: Path
) -> None:
    asked, token = await answered_and_asked_again(database, tmp_path, GP)
    await asked.chat.take(asked.chat.press(GP, f"request:{token}:yes"))
    await press(asked.chat, ANN, f"v:{TOKEN}:reopen")
    form = await asked.chat.take(asked.chat.press(GP, f"q:{asked.number}:ask"))
    assert form.sent == (), "the clinic is asked already"
    await press(asked.chat, ANN, f"v:{TOKEN}:claim")
    await press(asked.chat, ANN, f"v:{TOKEN}:urgent")
    assert "Urgent:" in (await read_record(asked))[0]


async def test_the_first_answer_is_corrected_while_a_second_request_waits(
    database: Database, tmp_path: Path, drawn: list[str]
) -> None:
    asked, _ = await answered_and_asked_again(database, tmp_path, GP)
    await press(asked.chat, ANN, f"v:{TOKEN}:urgent")
    assert "The clinic corrected its answer: Urgent" in drawn[-1]
    assert "asked again, no answer yet" in (await read_record(asked))[0]


@pytest.mark.parametrize(
    ("gp", "says"),
    [(GP, "to another request about the case holds"), (FR, "à une autre demande sur ce cas")],
)
@pytest.mark.parametrize("kind", ["urgent", "benign"])
async def test_the_message_about_a_corrected_first_answer_repeats_a_newer_urgent_one(
    database: Database, tmp_path: Path, gp: Sender, says: str, kind: str
) -> None:
    asked, token = await answered_and_asked_again(database, tmp_path, gp)
    for verb in (f"{token}:claim", f"{token}:{kind}", f"{token}:{kind}::sure"):
        await press(asked.chat, ANN, f"v:{verb}")
    turn, _ = await press(asked.chat, ANN, f"v:{TOKEN}:benign")
    said = straight(turn.sent[-1].text or "").replace("’", "'")
    assert (says in said) == (kind == "urgent")


@pytest.mark.parametrize("kind", ["urgent", "benign"])
async def test_a_correction_of_the_first_answer_does_not_undo_a_newer_urgent_one(
    database: Database, tmp_path: Path, kind: str
) -> None:
    asked, token = await answered_and_asked_again(database, tmp_path, GP)
    chat = asked.chat
    for verb in (f"{token}:claim", f"{token}:{kind}", f"{token}:{kind}::sure"):
        await press(chat, ANN, f"v:{verb}")
    chat._now += timedelta(hours=1)
    await press(chat, ANN, f"v:{TOKEN}:benign")
    async with database.read() as session:
        flag = await find_flag(session, asked.number, subject=asked.subject)
    assert (flag.why if flag else None) == ("urgent" if kind == "urgent" else None)


async def test_a_photo_asked_for_on_the_first_card_reaches_that_request(
    database: Database, tmp_path: Path
) -> None:
    """The second request has been answered: the first waits again."""
    asked, token = await answered_and_asked_again(database, tmp_path, GP)
    for verb in (f"{token}:claim", f"{token}:benign", f"{TOKEN}:better_photo"):
        await press(asked.chat, ANN, f"v:{verb}")
    await asked.reply(asked.chat.add_photo(readable(0.1, 0.1)))
    assert len((await asked.case()).photos) == 2
