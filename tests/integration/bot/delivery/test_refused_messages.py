"""Telegram refuses a message: it is tried again, then its words are sent, then a notice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import bot.delivery.sender
from bot.cli import main
from bot.delivery.outgoing import Button, Outgoing, Priority
from bot.logs import configure_logs
from tests.support.durable import Scene, draw_square, open_scene

pytestmark = pytest.mark.backends("sqlite")

REFUSALS = (
    ("400", "Bad Request: IMAGE_PROCESS_FAILED"),
    ("400", "Bad Request: PHOTO_INVALID_DIMENSIONS"),
    ("400", "Bad Request: not enough rights to send photos to the chat"),
    ("413", "Request Entity Too Large"),
)
PICTURE = "⚠️ Telegram refused the picture. These words are complete and up to date."
NOTICE = "⚠️ Telegram refused my answer"


@pytest.fixture
async def scene(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(bot.delivery.sender, "REFUSED_RETRY_S", 0.05)
    async with open_scene(tmp_path, database_url) as opened:
        opened.engine.gate.set()
        yield opened


async def refuse(
    scene: Scene, *methods: str, count: int | None = None, status: str, description: str
) -> None:
    for method in methods:
        await scene.side.order_fault(method=method, kind=status, description=description, count=count)


async def greet(scene: Scene, person: int) -> None:
    """A bot may write to someone once they wrote to it."""
    await scene.side.send(person, text="hello")
    await scene.wait_for_text(person, "re hello")


async def shown(scene: Scene, person: int) -> list[dict[str, Any]]:
    messages = await scene.side.messages(person, limit=200)
    return [each for each in messages if each["from"] and each["from"]["is_bot"] and not each["deleted"]]


@pytest.mark.parametrize(("status", "description"), REFUSALS)
@pytest.mark.parametrize("count", [1, None], ids=["once", "always"])
async def test_a_refused_card_arrives_whole_or_in_words(
    scene: Scene, status: str, description: str, count: int | None
) -> None:
    """One answer a photo, in the place of its acknowledgement; the next photo of the chat goes on."""
    gp = await scene.side.person("Dr Taylor")
    await scene.start()
    methods = "sendPhoto", "editMessageMedia"
    await refuse(scene, *methods, count=count, status=status, description=description)
    await scene.photo(gp, "mole")
    await scene.wait_for_text(gp, "answer mole")
    (answer,) = await shown(scene, gp)
    if count is None:
        assert answer["text"] == f"answer mole x1\n\n{PICTURE}"
    else:
        assert (answer["text"], answer["caption"]) == (None, "answer mole x1")
        assert answer["photo"]


async def test_a_message_refused_in_every_form_is_replaced_by_a_notice(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No acknowledgement stands for ever; the log quotes nothing; `nevus inbox` does not call it done."""
    configure_logs(style="text", level="INFO")
    gp = await scene.side.person("Dr Taylor")
    product = await scene.start()
    parse = "Bad Request: can't parse entities: Mrs Smith"
    await refuse(scene, "editMessageMedia", "sendPhoto", status="400", description=parse)
    # The acknowledgement goes out by sendMessage; the words of the answer by one of these, once.
    await scene.side.order_fault(method="editMessageText", kind="400", description=parse, count=1)
    scene.engine.gate.clear()
    await scene.photo(gp, "mole")
    await scene.wait_for_text(gp, "🔎")
    scene.engine.gate.set()
    said = await scene.wait_for_text(gp, NOTICE)
    assert len(said) == 1
    await scene.until(lambda: product.sender._under_way == set())
    logged = capsys.readouterr().err
    assert "was refused as whole (400, can't parse entities); next: again" in logged
    assert "was refused as words (400, can't parse entities); next: notice" in logged
    assert "Smith" not in logged
    await scene.stop()
    listed = await asyncio.to_thread(_list_inbox, scene, tmp_path, capsys)
    assert "refused 1" in listed
    assert "done" not in listed
    assert "a notice was sent instead" in listed


def _list_inbox(scene: Scene, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NEVUS_DATA_DIR", str(folder))
        environment.setenv("NEVUS_DATABASE_URL", str(scene.settings.database_url))
        assert main(["inbox"]) == 0
    return capsys.readouterr().out


async def test_a_refused_answer_survives_a_kill_at_each_form(scene: Scene) -> None:
    """What Telegram refused is not out: after a start it is no repeat, and it goes on from its form."""
    gp = await scene.side.person("Dr Taylor")
    product = await scene.start()
    await refuse(
        scene, "sendPhoto", "editMessageMedia", status="400", description="Bad Request: PHOTO_INVALID"
    )
    forms: list[str] = []
    client: Any = product.sender.client

    async def deliver(dispatch: Any, *, attempts: int) -> Any:
        forms.append(dispatch.form)
        if dispatch.form == "words":
            raise asyncio.CancelledError  # the process ends before the request
        return await type(client).deliver(client, dispatch, attempts=attempts)

    client_type = type(client)
    product.sender.client = type("Dying", (), {"deliver": staticmethod(deliver)})()  # type: ignore[assignment]
    await scene.photo(gp, "mole")
    await scene.until(lambda: "words" in forms)
    await scene.crash()
    product = await scene.start()
    assert isinstance(product.sender.client, client_type)
    said = await scene.wait_for_text(gp, "answer mole")
    answers = [each for each in said if each.startswith("answer")]
    assert len(answers) == 1
    assert PICTURE in answers[0]


@pytest.mark.parametrize("kind", ["photo", "document"])
async def test_buttons_stay_and_edits_follow_what_was_sent(scene: Scene, kind: str) -> None:
    gp = await scene.side.person("Dr Taylor")
    await scene.start()
    await greet(scene, gp)
    await refuse(scene, "sendPhoto", "sendDocument", status="400", description="Bad Request: wrong type")
    keyboard = ((Button(text="press", data="x"),),)
    content = {"photo": draw_square()} if kind == "photo" else {"document": b"%PDF", "document_name": "a.pdf"}
    await scene.put(Outgoing(key="card", chat_id=gp, text="words", keyboard=keyboard, **content))  # type: ignore[arg-type]
    await scene.until(lambda: _has_text(scene, gp, "words"))
    (_, card) = await shown(scene, gp)
    assert [[each["text"] for each in row] for row in card["keyboard"]] == [["press"]]
    await scene.put(Outgoing(key="edit", chat_id=gp, text="new words", photo=draw_square(), replaces="card"))
    await scene.until(lambda: _has_text(scene, gp, "new words"))
    (_, card) = await shown(scene, gp)
    assert card["text"] == "new words"
    assert not card["photo"]


async def _has_text(scene: Scene, person: int, text: str) -> bool:
    return any(text in each for each in await scene.said(person))


async def test_a_picture_that_must_go_is_deleted_when_its_cover_is_refused(scene: Scene) -> None:
    """After /forget no photo may stay below words that say it is gone."""
    gp = await scene.side.person("Dr Taylor")
    await scene.start()
    await greet(scene, gp)
    await scene.put(Outgoing(key="card", chat_id=gp, text="her photo", photo=draw_square()))
    await scene.until(lambda: _has_text(scene, gp, "her photo"))
    await refuse(scene, "editMessageMedia", status="400", description="Bad Request: IMAGE_PROCESS_FAILED")
    erasure = Outgoing(
        key="card:erased",
        chat_id=gp,
        text="erased",
        photo=draw_square("grey"),
        replaces="card",
        erases=True,
        priority=Priority.REFERRAL,
    )
    await scene.put(erasure)

    async def is_gone() -> bool:
        return len(await shown(scene, gp)) == 1

    await scene.until(is_gone)


async def _send_dicom(scene: Scene) -> tuple[int, int, Any]:
    """A message that is to be deleted: whose, its id, and the order to delete it."""
    gp = await scene.side.person("Dr Taylor")
    await scene.start()
    await greet(scene, gp)
    (asked,) = [each for each in await scene.side.messages(gp, limit=9) if not each["from"]["is_bot"]]
    order = Outgoing(
        key="turn:delete:1", chat_id=gp, text="please delete it", edit_message_id=asked["id"], deletes=True
    )
    return gp, asked["id"], order


async def _is_deleted(scene: Scene, person: int, message_id: int) -> bool:
    messages = await scene.side.messages(person, limit=9)
    return all(each["deleted"] for each in messages if each["id"] == message_id)


async def test_a_message_is_deleted_also_if_the_bot_is_killed_before(scene: Scene) -> None:
    gp, message_id, order = await _send_dicom(scene)
    product: Any = scene.product
    tried: list[str] = []

    async def die(dispatch: Any, *, attempts: int) -> Any:
        tried.append(dispatch.outgoing.key)
        raise asyncio.CancelledError  # the process ends before the request

    product.sender.client = type("Dying", (), {"deliver": staticmethod(die)})()
    await scene.put(order)
    await scene.until(lambda: tried == [order.key])
    await scene.crash()
    assert not await _is_deleted(scene, gp, message_id)
    await scene.start()
    await scene.until(lambda: _is_deleted(scene, gp, message_id))
    assert not await _has_text(scene, gp, "please delete it")


async def test_a_deletion_that_telegram_refuses_is_asked_of_the_sender(scene: Scene) -> None:
    gp, message_id, order = await _send_dicom(scene)
    await refuse(scene, "deleteMessage", status="400", description="Bad Request: message can't be deleted")
    await scene.put(order)
    await scene.until(lambda: _has_text(scene, gp, "please delete it"))
    assert not await _is_deleted(scene, gp, message_id)
