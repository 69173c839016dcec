"""The local chat refuses what Telegram refuses, in the same words."""

# ruff: noqa: PLR0917 - fixtures are arguments

from __future__ import annotations

import io
from typing import Any

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardMarkup, InputMediaPhoto, ReplyKeyboardMarkup
from telegram.error import BadRequest, Forbidden
from yarl import URL

from bot.localchat import LocalChat
from tests.integration.bot.localchat.support import draw_photo
from tests.support.localchat_client import PersonSide


async def call(
    chat: LocalChat, method: str, params: Any = None, *, token: str | None = None, **how: Any
) -> dict[str, Any]:
    """A raw call, for what python-telegram-bot would not send."""
    async with aiohttp.ClientSession() as session:
        how = how or {"json": params or {}}
        async with session.post(f"{chat.api_url}/bot{token or chat.token}/{method}", **how) as reply:
            body: dict[str, Any] = await reply.json()
            assert body["ok"] or body["error_code"] == reply.status
            return body


@pytest.mark.parametrize(
    ("method", "params", "code", "description"),
    [
        ("sendNonsense", {}, 404, "Not Found"),
        ("getMe", {"nonsense": 1}, 400, 'Bad Request: unknown parameter "nonsense"'),
        ("sendMessage", {"text": "x"}, 400, "Bad Request: chat_id is empty"),
        ("sendMessage", {"chat_id": "GP"}, 400, "Bad Request: message text is empty"),
        ("sendMessage", {"chat_id": "GP", "text": " \n "}, 400, "Bad Request: message text is empty"),
        ("sendMessage", {"chat_id": "GP", "text": "🙂" * 2049}, 400, "Bad Request: message is too long"),
        ("sendMessage", {"chat_id": 5, "text": "x"}, 400, "Bad Request: chat not found"),
        ("sendMessage", {"chat_id": "@nobody", "text": "x"}, 400, "Bad Request: chat not found"),
        ("sendMessage", {"chat_id": "GP", "text": "x", "disable_notification": "maybe"}, 400, 'Bad Request: parameter "disable_notification" must be of type Boolean'),  # noqa: E501
        ("sendMessage", {"chat_id": "GP", "text": "x", "reply_parameters": {"message_id": 99999}}, 400, "Bad Request: message to be replied not found"),  # noqa: E501
        ("sendMessage", {"chat_id": "GP", "text": "x", "reply_markup": "[]"}, 400, "Bad Request: object expected as reply markup"),  # noqa: E501
        ("sendPhoto", {"chat_id": "GP"}, 400, "Bad Request: there is no photo in the request"),
        ("sendPhoto", {"chat_id": "GP", "photo": "nonsense"}, 400, "Bad Request: wrong remote file identifier specified: Wrong string length"),  # noqa: E501
        ("sendMediaGroup", {"chat_id": "GP", "media": []}, 400, "Bad Request: media group must include 2-10 items"),  # noqa: E501
        ("editMessageText", {"chat_id": "GP", "text": "x"}, 400, "Bad Request: message identifier is not specified"),  # noqa: E501
        ("editMessageText", {"chat_id": "GP", "message_id": 99999, "text": "x"}, 400, "Bad Request: message to edit not found"),  # noqa: E501
        ("deleteMessage", {"chat_id": "GP", "message_id": 99999}, 400, "Bad Request: message to delete not found"),  # noqa: E501
        ("answerCallbackQuery", {"callback_query_id": "1"}, 400, "Bad Request: query is too old and response timeout expired or query ID is invalid"),  # noqa: E501
        ("getFile", {"file_id": "nonsense"}, 400, "Bad Request: invalid file_id"),
        ("sendChatAction", {"chat_id": "GP", "action": "dancing"}, 400, "Bad Request: wrong parameter action in request"),  # noqa: E501
        ("setMyCommands", {"commands": [{"command": "Ü", "description": "x"}]}, 400, "Bad Request: BOT_COMMAND_INVALID"),  # noqa: E501
        ("setMyDescription", {"description": "x", "language_code": "fra"}, 400, "Bad Request: invalid language code specified"),  # noqa: E501
        ("setMessageReaction", {"chat_id": "GP", "message_id": 1}, 404, "Not Found"),
        ("sendMessage", {"chat_id": "GP", "text": "x", "parse_mode": "MarkdownV2"}, 400, "Bad Request: unsupported parse_mode"),  # noqa: E501
    ],
)  # fmt: skip
async def test_a_refusal_has_telegrams_code_and_words(
    chat: LocalChat, gp: int, method: str, params: dict[str, Any], code: int, description: str
) -> None:
    filled = {name: gp if value == "GP" else value for name, value in params.items()}
    body = await call(chat, method, filled)
    assert (body["ok"], body["error_code"], body["description"]) == (False, code, description)


async def test_methods_are_found_whatever_their_case(chat: LocalChat) -> None:
    assert (await call(chat, "GETME"))["ok"]


async def test_json_form_query_and_multipart_say_the_same(chat: LocalChat, gp: int, side: PersonSide) -> None:
    form = aiohttp.FormData({"chat_id": str(gp), "text": "hi"})
    multipart = aiohttp.MultipartWriter("form-data")
    for name, value in (("chat_id", str(gp)), ("text", "hi")):
        multipart.append(value).set_content_disposition("form-data", name=name)
    query = {"chat_id": str(gp), "text": "hi"}
    for how in (
        {"json": {"chat_id": gp, "text": "hi"}},
        {"data": form},
        {"data": multipart},
        {"params": query},
    ):
        assert (await call(chat, "sendMessage", **how))["result"]["text"] == "hi"


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
async def test_a_broken_body_is_refused(chat: LocalChat, body: bytes) -> None:
    answer = await call(chat, "getMe", data=body, headers={"Content-Type": "application/json"})
    assert answer["description"] == "Bad Request: can't parse request JSON object"


async def test_a_wrong_token_is_unauthorized(chat: LocalChat) -> None:
    assert (await call(chat, "getMe", token="1:x"))["error_code"] == 401
    async with aiohttp.ClientSession() as session:
        assert (await session.get(f"{chat.api_url}/file/bot1:x/photos/file_1.jpg")).status == 401
        assert (await session.get(f"{chat.api_url}/file/bot{chat.token}/photos/file_1.jpg")).status == 404
        for path in ("../localchat.sqlite", "photos/../../localchat.sqlite", "..%2Flocalchat.sqlite"):
            url = URL(f"{chat.api_url}/file/bot{chat.token}/{path}", encoded=True)
            assert (await session.get(url)).status == 404


async def test_captions_have_1024_units_after_parsing(gp: int, bot: Bot, photo: bytes) -> None:
    assert (
        len((await bot.send_photo(gp, photo, caption="<b>" + "x" * 1024 + "</b>", parse_mode="HTML")).caption)
        == 1024
    )
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_photo(gp, photo, caption="🙂" * 513)


async def test_photos_have_telegrams_limits(gp: int, bot: Bot) -> None:
    with pytest.raises(BadRequest, match="too big for a photo"):
        await bot.send_photo(gp, draw_photo() + bytes(10 * 1024 * 1024))
    with pytest.raises(BadRequest, match="Photo_invalid_dimensions"):
        await bot.send_photo(gp, draw_photo(2100, 100))
    with pytest.raises(BadRequest, match="Photo_invalid_dimensions"):
        await bot.send_photo(gp, draw_photo(9000, 1001))
    with pytest.raises(BadRequest, match="Image_process_failed"):
        await bot.send_photo(gp, b"no picture")
    with pytest.raises(BadRequest, match="must be non-empty"):
        await bot.send_document(gp, b"", filename="x")


async def test_files_have_telegrams_limits(chat: LocalChat, side: PersonSide, gp: int, bot: Bot) -> None:
    (sent,) = await side.send_files(gp, ("document", "scan.bin", bytes(20 * 1024 * 1024 + 1)))
    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(sent["document"]["file_id"])
    form = aiohttp.FormData({"chat_id": str(gp)})
    form.add_field("document", io.BytesIO(bytes(50 * 1024 * 1024 + 1)), filename="x")
    body = await call(chat, "sendDocument", data=form)
    assert (body["error_code"], body["description"]) == (413, "Request Entity Too Large")


async def test_an_edit_that_changes_nothing_is_refused(gp: int, bot: Bot, photo: bytes) -> None:
    text = await bot.send_message(gp, "same")
    with pytest.raises(BadRequest, match="Message is not modified"):
        await text.edit_text("same")
    card = await bot.send_photo(gp, photo, caption="same")
    with pytest.raises(BadRequest, match="Message is not modified"):
        await card.edit_caption("same")
    with pytest.raises(BadRequest, match="Message is not modified"):
        await card.edit_reply_markup()
    with pytest.raises(BadRequest, match="Message is not modified"):
        await card.edit_media(InputMediaPhoto(card.photo[-1].file_id, caption="same"))


async def test_text_and_caption_are_not_mixed_up(gp: int, bot: Bot, photo: bytes) -> None:
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await (await bot.send_photo(gp, photo)).edit_text("x")
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await (await bot.send_message(gp, "x")).edit_caption("y")


async def test_only_own_messages_without_reply_keyboards_are_edited(
    side: PersonSide, gp: int, bot: Bot
) -> None:
    said = await side.send(gp, text="mine")
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", gp, said["id"])
    asked = await bot.send_message(gp, "?", reply_markup=ReplyKeyboardMarkup([["a"]]))
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await asked.edit_text("!")


async def test_after_48_hours_nothing_is_deleted_but_still_edited(
    side: PersonSide, gp: int, bot: Bot, photo: bytes
) -> None:
    card = await bot.send_photo(gp, photo)
    await side.set_clock(48 * 3600 + 5)
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await card.delete()
    await card.edit_media(InputMediaPhoto(draw_photo(50, 50)))


async def test_a_stranger_is_not_written_to(side: PersonSide, bot: Bot) -> None:
    stranger = await side.person("Dr Martin")
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(stranger, "hello")


async def test_who_blocked_the_bot_gets_nothing_more(side: PersonSide, inbox: Any, gp: int, bot: Bot) -> None:
    await side.block(gp)
    change = (await inbox.one()).my_chat_member
    assert (change.old_chat_member.status, change.new_chat_member.status) == ("member", "kicked")
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(gp, "hello")
    await side.block(gp, blocked=False)
    assert (await inbox.one()).my_chat_member.new_chat_member.status == "member"
    assert await bot.send_message(gp, "hello")


async def test_an_empty_inline_keyboard_is_none(gp: int, bot: Bot) -> None:
    assert (await bot.send_message(gp, "x", reply_markup=InlineKeyboardMarkup([]))).reply_markup is None
