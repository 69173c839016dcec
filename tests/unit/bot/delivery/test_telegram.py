"""Which method a message needs, and what Telegram's answers mean."""

import json
from typing import Any

import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.delivery.http import NeverLeftError
from bot.delivery.outgoing import Button, Outgoing
from bot.delivery.refusals import RefusalWords
from bot.delivery.repeat_mark import count_units, mark_repeat
from bot.delivery.sealing import Dispatch
from bot.delivery.telegram import Declined, Later, Outcome, Refused, Sent, TelegramClient, judge
from storage.queues.tables import MessageForm, MessageKind

WORDS = {"en": "Sent again.", "fr": "Renvoyé."}
REFUSAL_WORDS = {
    "en": RefusalWords(picture="No picture.", file="No file.", notice="Refused."),
    "fr": RefusalWords(picture="Pas d'image.", file="Pas de fichier.", notice="Refusé."),
}


class FakeBot:
    """Answers with a message, or raises what it was given, one call after the other."""

    base_url = "https://api.telegram.org/bot1:token"

    def __init__(self, *errors: TelegramError | None) -> None:
        self.errors = list(errors)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    @property
    def request(self) -> "FakeBot":
        return self

    async def post(self, url: str, form: Any) -> Any:
        self.calls.append(
            (url.removeprefix(f"{self.base_url}/"), {**form.json_parameters, **form.multipart_data})
        )
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        if url.endswith("sendMediaGroup"):
            return [{"message_id": 99 + place} for place in range(3)]
        return {"message_id": 99}


def dispatch(
    *,
    target: int | None = None,
    target_kind: MessageKind | None = None,
    unknown: bool = False,
    form: MessageForm = "whole",
    **more: Any,
) -> Dispatch:
    outgoing = Outgoing(key="k", chat_id=7, **({"text": "hello"} | more))
    return Dispatch(outgoing=outgoing, target=target, target_kind=target_kind, unknown=unknown, form=form)


async def deliver(bot: FakeBot, message: Dispatch) -> Outcome:
    client = TelegramClient(bot, repeat_words=WORDS, refusal_words=REFUSAL_WORDS)  # type: ignore[arg-type]
    return await client.deliver(message, attempts=0)


@pytest.mark.parametrize(
    ("message", "method"),
    [
        (dispatch(), "sendMessage"),
        (dispatch(photo=b"x"), "sendPhoto"),
        (dispatch(document=b"x", document_name="a.pdf"), "sendDocument"),
        (dispatch(target=5), "editMessageText"),
        (dispatch(target=5, target_kind="photo"), "editMessageCaption"),
        (dispatch(target=5, edits_caption=True), "editMessageCaption"),
        (dispatch(target=5, target_kind="text", photo=b"x"), "editMessageMedia"),
        (dispatch(target=5, deletes=True), "deleteMessage"),
        (
            dispatch(target=5, text=None, keyboard=((Button(text="a", data="b"),),)),
            "editMessageReplyMarkup",
        ),
    ],
)
async def test_each_message_goes_by_its_method(message: Dispatch, method: str) -> None:
    bot = FakeBot()
    assert isinstance(await deliver(bot, message), Sent)
    assert [name for name, _ in bot.calls] == [method]


async def test_a_text_becomes_a_picture_in_place() -> None:
    bot = FakeBot()
    assert await deliver(bot, dispatch(target=5, target_kind="text", photo=b"x")) == Sent(5, "photo")
    sent = bot.calls[0][1]
    media = json.loads(sent["media"])
    assert media == {"type": "photo", "media": "attach://file", "caption": "hello", "parse_mode": "HTML"}
    assert sent["file"] == ("card.jpg", b"x", "image/jpeg")


async def test_a_document_keeps_its_name_and_buttons_their_places() -> None:
    bot, keyboard = FakeBot(), ((Button(text="a", data="b"), Button(text="c", url="https://d.example")),)
    await deliver(
        bot, dispatch(document=b"x", document_name="a.pdf", keyboard=keyboard, reply_to_message_id=3)
    )
    sent = bot.calls[0][1]
    assert sent["document"] == ("a.pdf", b"x", "application/pdf")
    assert json.loads(sent["reply_markup"]) == {
        "inline_keyboard": [[{"text": "a", "callback_data": "b"}, {"text": "c", "url": "https://d.example"}]]
    }
    assert json.loads(sent["reply_parameters"]) == {"message_id": 3, "allow_sending_without_reply": True}


@pytest.mark.parametrize("said", ["Message to delete not found", "Message_id_invalid"])
async def test_a_message_that_is_gone_needs_no_deletion_and_no_words(said: str) -> None:
    bot = FakeBot(BadRequest(said))
    outcome = await deliver(bot, dispatch(target=5, deletes=True))
    assert not isinstance(outcome, (Later, Declined))
    assert [name for name, _ in bot.calls] == ["deleteMessage"]


async def test_an_edit_that_changes_nothing_has_succeeded() -> None:
    bot = FakeBot(BadRequest("Message is not modified: specified new message content is the same"))
    assert await deliver(bot, dispatch(target=5)) == Sent(5, "text")


async def test_where_the_message_is_gone_a_new_one_is_sent() -> None:
    bot = FakeBot(BadRequest("Message to edit not found"))
    assert await deliver(bot, dispatch(target=5)) == Sent(99, "text")
    assert bot.calls[1][1]["text"] == "hello"


async def test_a_new_message_for_one_that_is_gone_can_be_of_unknown_fate() -> None:
    """Cut off while it went out: the next try has no message to edit either, and has to say so."""
    gone, cut = BadRequest("Message to edit not found"), NetworkError("x")
    outcome = await deliver(FakeBot(gone, cut), dispatch(target=5))
    assert isinstance(outcome, Later)
    assert outcome.unknown
    bot = FakeBot(gone)
    assert await deliver(bot, dispatch(target=5, unknown=True)) == Sent(99, "text")
    assert "Sent again." in bot.calls[1][1]["text"]


async def test_buttons_of_a_message_that_is_gone_are_not_sent_alone() -> None:
    bot = FakeBot(BadRequest("Message to edit not found"))
    outcome = await deliver(bot, dispatch(target=5, text=None, keyboard=((Button(text="a", data="b"),),)))
    assert isinstance(outcome, Refused)


async def test_the_words_of_an_unknown_message_are_edited_whatever_it_is() -> None:
    bot = FakeBot(BadRequest("There is no text in the message to edit"))
    assert isinstance(await deliver(bot, dispatch(target=5)), Sent)
    assert [name for name, _ in bot.calls] == ["editMessageText", "editMessageCaption"]


async def test_a_send_of_unknown_fate_is_marked_and_an_edit_is_not() -> None:
    bot = FakeBot()
    await deliver(bot, dispatch(unknown=True, language="fr"))
    await deliver(bot, dispatch(unknown=True, target=5))
    assert "Renvoyé." in bot.calls[0][1]["text"]
    assert bot.calls[1][1]["text"] == "hello"


async def test_a_group_that_moved_is_followed() -> None:
    bot = FakeBot(ChatMigrated(-1007))
    assert isinstance(await deliver(bot, dispatch()), Sent)
    assert bot.calls[1][1]["chat_id"] == "-1007"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RetryAfter(7), Later(7.0, flood=True)),
        (Forbidden("Forbidden: bot was blocked by the user"), Refused("forbidden")),
        (BadRequest("Chat not found"), Refused("chat not found")),
        (
            BadRequest("can't parse entities: Mrs Smith"),
            Declined(code=400, reason="can't parse entities", next_form="again"),
        ),
    ],
)
def test_what_telegram_says_is_heeded(error: TelegramError, expected: Outcome) -> None:
    assert judge(error, attempts=0, editing=False) == expected


@pytest.mark.parametrize(
    ("error", "unknown"),
    [
        (NeverLeftError("x"), False),
        (TimedOut(), True),
        (NetworkError("x"), True),
        (NetworkError("Internal Server Error (500)"), True),
    ],
)
def test_only_a_request_that_may_have_left_is_of_unknown_fate(error: TelegramError, unknown: bool) -> None:
    sending, editing = (judge(error, attempts=0, editing=editing) for editing in (False, True))
    assert isinstance(sending, Later)
    assert sending.unknown is unknown
    assert isinstance(editing, Later)
    assert editing.unknown is False


def test_waits_grow_to_a_minute() -> None:
    waits = [judge(NetworkError("x"), attempts=attempts, editing=False) for attempts in range(30)]
    assert all(isinstance(wait, Later) and wait.delay_s <= 72 for wait in waits)


def test_a_mark_fits_or_shrinks_to_a_sign() -> None:
    assert mark_repeat("a", words="again", room=100) == "a\n\n<i>again</i>"
    assert mark_repeat("a" * 98, words="again", room=100) == "↻ " + "a" * 98
    assert count_units("<b>😀&amp;</b>") == 3


async def test_a_group_that_moved_is_reported_before_the_message_follows_it():
    moves: list[tuple[int, int]] = []

    async def follow(old: int, new: int) -> None:
        moves.append((old, new))

    bot = FakeBot(ChatMigrated(-100_7), None)
    client = TelegramClient(bot, repeat_words=WORDS, refusal_words=REFUSAL_WORDS, follow=follow)  # type: ignore[arg-type]
    assert isinstance(await client.deliver(dispatch(), attempts=0), Sent)
    assert moves == [(7, -100_7)]
    assert bot.calls[-1][1]["chat_id"] == "-1007"


@pytest.mark.parametrize(
    ("message", "method", "next_form"),
    [
        (dispatch(photo=b"x"), "sendPhoto", "again"),
        (dispatch(photo=b"x", form="again"), "sendPhoto", "words"),
        (dispatch(photo=b"x", form="words"), "sendMessage", "notice"),
        (dispatch(photo=b"x", form="notice"), "sendMessage", None),
        (dispatch(photo=b"x", target=5, target_kind="text"), "editMessageMedia", "again"),
        (dispatch(photo=b"x", target=5, target_kind="text", form="words"), "editMessageText", "notice"),
        (dispatch(document=b"x", form="words"), "sendMessage", "notice"),
        (dispatch(photo=b"x", target=5, erases=True, form="words"), "deleteMessage", None),
    ],
)
async def test_a_refusal_names_the_form_that_follows(
    message: Dispatch, method: str, next_form: MessageForm | None
) -> None:
    bot = FakeBot(BadRequest("IMAGE_PROCESS_FAILED"))
    outcome = await deliver(bot, message)
    assert outcome == Declined(code=400, reason="image_process_failed", next_form=next_form)
    assert [name for name, _ in bot.calls] == [method]


async def test_words_are_sent_with_their_buttons() -> None:
    bot, keyboard = FakeBot(), ((Button(text="a", data="b"),),)
    outcome = await deliver(
        bot, dispatch(photo=b"x", keyboard=keyboard, target=5, target_kind="text", form="words")
    )
    assert outcome == Sent(5, "text")
    assert bot.calls[0][1]["text"] == "hello\n\nNo picture."
    assert json.loads(bot.calls[0][1]["reply_markup"]) == {
        "inline_keyboard": [[{"text": "a", "callback_data": "b"}]]
    }


async def test_words_of_unknown_fate_are_marked() -> None:
    """A cut before the first refusal may have brought it out."""
    bot = FakeBot()
    await deliver(bot, dispatch(photo=b"x", unknown=True, form="words"))
    assert "Sent again." in bot.calls[0][1]["text"]


async def test_a_message_that_was_deleted_already_is_erased() -> None:
    bot = FakeBot(BadRequest("Message to delete not found"))
    assert isinstance(await deliver(bot, dispatch(photo=b"x", target=5, erases=True, form="words")), Sent)


async def test_an_album_is_one_protected_call_with_its_words_under_the_first_photo() -> None:
    bot = FakeBot()
    album = dispatch(text="3 photos", photo=b"a", more_photos=(b"b", b"c"), is_protected=True)
    outcome = await deliver(bot, album)
    assert outcome == Sent(99, "photo", album=(99, 100, 101))
    ((method, fields),) = bot.calls
    assert (method, fields["protect_content"]) == ("sendMediaGroup", "true")
    media = json.loads(fields["media"])
    assert [each.get("caption") for each in media] == ["3 photos", None, None]
    assert [fields[each["media"].removeprefix("attach://")][1] for each in media] == [b"a", b"b", b"c"]


async def test_a_single_photo_can_be_protected() -> None:
    bot = FakeBot()
    await deliver(bot, dispatch(photo=b"a", is_protected=True))
    assert (bot.calls[0][0], bot.calls[0][1]["protect_content"]) == ("sendPhoto", "true")


@pytest.mark.parametrize(
    ("form", "method"),
    [("whole", "deleteMessage"), ("again", "deleteMessage"), ("words", "editMessageMedia")],
)
async def test_a_photo_to_erase_is_deleted_and_edited_if_that_is_refused(
    form: MessageForm, method: str
) -> None:
    bot = FakeBot()
    erasure = dispatch(target=5, target_kind="photo", form=form, photo=b"x", deletes=True, erases=True)
    await deliver(bot, erasure)
    assert bot.calls[0][0] == method


async def test_what_was_never_sent_needs_no_deletion() -> None:
    bot = FakeBot()
    outcome = await deliver(bot, dispatch(photo=b"x", deletes=True, erases=True))
    assert outcome == Refused("nothing to delete")
    assert not bot.calls


async def test_an_album_that_may_have_gone_out_before_says_so_under_its_first_photo() -> None:
    bot = FakeBot()
    await deliver(bot, dispatch(text="2 photos", photo=b"a", more_photos=(b"b",), unknown=True))
    first, second = json.loads(bot.calls[0][1]["media"])
    assert "Sent again." in first["caption"]
    assert "caption" not in second
