"""Two pollers, flood limits and injected faults."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto
from telegram.error import BadRequest, Conflict, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.localchat import LocalChat
from tests.integration.bot.localchat.support import Inbox, draw_photo, make_bot, make_config
from tests.support.localchat_client import PersonSide, Refused


async def test_the_second_poller_ends_the_first(chat: LocalChat, inbox: Inbox, bot: Bot) -> None:
    first = asyncio.get_running_loop().create_task(inbox.take(wait_s=20))
    await asyncio.sleep(0.3)
    async with make_bot(chat) as other:
        assert await other.get_updates() == ()
    with pytest.raises(Conflict, match="terminated by other getUpdates request; make sure that only one bot"):
        await first


async def test_polling_and_a_webhook_exclude_each_other(inbox: Inbox, bot: Bot) -> None:
    poll = asyncio.get_running_loop().create_task(inbox.take(wait_s=20))
    await asyncio.sleep(0.3)
    await bot.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(Conflict, match="terminated by setWebhook"):
        await poll
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_a_flood_in_one_chat_gets_429(side: PersonSide, gp: int, bot: Bot) -> None:
    await side.set_limits(enabled=True, chat_burst=3)
    for _ in range(3):
        await bot.send_message(gp, "x")
    with pytest.raises(RetryAfter, match=r"Retry in (0:00:01|1 seconds)"):
        await bot.send_message(gp, "x")
    assert await bot.send_chat_action(gp, "typing"), "only messages count"
    await side.set_limits(enabled=False)
    assert await bot.send_message(gp, "x")
    requests = (await side.transcript(gp))["requests"]
    assert [(r["method"], r["error_code"]) for r in requests if not r["ok"]] == [("sendMessage", 429)]


async def test_limits_need_sensible_figures(side: PersonSide) -> None:
    with pytest.raises(Refused, match="above zero"):
        await side.set_limits(enabled=True, chat_per_s=0)
    assert (await side.state())["limits"] == "off"


@pytest.mark.parametrize(
    ("kind", "error"), [("429", RetryAfter), ("500", NetworkError), ("502", NetworkError)]
)
async def test_a_fault_strikes_as_often_as_its_count(
    side: PersonSide, gp: int, bot: Bot, kind: str, error: type
) -> None:
    await side.order_fault(method="sendMessage", kind=kind, count=2, retry_after=7)
    for _ in range(2):
        with pytest.raises(error):
            await bot.send_message(gp, "lost")
    assert await bot.send_message(gp, "through")
    assert [m["text"] for m in await side.messages(gp)] == ["/start", "through"]


async def test_a_photo_can_be_refused_in_telegrams_words(
    side: PersonSide, gp: int, bot: Bot, photo: bytes
) -> None:
    description = "Bad Request: IMAGE_PROCESS_FAILED"
    await side.order_fault(method="sendPhoto", kind="400", description=description)
    for _ in range(3):
        with pytest.raises(BadRequest, match="Image_process_failed"):
            await bot.send_photo(gp, photo)
    assert await bot.send_message(gp, "words still pass")


async def test_one_file_can_fail_while_others_are_given(
    side: PersonSide, inbox: Inbox, gp: int, bot: Bot, photo: bytes
) -> None:
    await side.send_files(gp, ("photo", "a.jpg", photo))
    await side.send_files(gp, ("photo", "b.jpg", draw_photo(640, 480)))
    bad, good = [update.message.photo for update in await inbox.take()]
    await side.order_fault(method="getFile", kind="500", file_id=bad[-1].file_id)
    with pytest.raises(NetworkError):
        await bot.get_file(bad[-1].file_id)
    assert await bot.get_file(good[0].file_id)
    await side.call("DELETE", "/api/faults")
    await side.order_fault(method="file", kind="502", file_id=good[-1].file_id)
    with pytest.raises(NetworkError):
        await (await bot.get_file(good[0].file_id)).download_as_bytearray()
    assert await (await bot.get_file(bad[-1].file_id)).download_as_bytearray()


async def test_a_download_can_be_shorter_than_announced(
    side: PersonSide, inbox: Inbox, gp: int, bot: Bot, photo: bytes
) -> None:
    await side.send_files(gp, ("photo", "a.jpg", photo))
    file = await (await inbox.one()).message.photo[-1].get_file()
    await side.order_fault(method="file", kind="short", count=1)
    assert len(await file.download_as_bytearray()) == file.file_size // 2
    assert len(await file.download_as_bytearray()) == file.file_size


async def test_an_answer_can_be_something_else_than_json(side: PersonSide, gp: int, bot: Bot) -> None:
    await side.order_fault(method="sendMessage", kind="not_json", count=1)
    with pytest.raises(TelegramError, match="Invalid server response"):
        await bot.send_message(gp, "x")
    assert [m["text"] for m in await side.messages(gp)] == ["/start"]


@pytest.mark.parametrize("raw", [b"\xff\xfe\xfd", rb"\ud83d", b"plain"])
async def test_callback_data_can_be_any_bytes(tmp_path: Path, raw: bytes) -> None:
    """As a modified client can send them; the Bot API server passes them through."""
    chat = LocalChat(make_config(tmp_path))
    await chat.start()
    async with PersonSide(chat.api_url, chat.key) as side, make_bot(chat) as bot:
        gp = await side.person("Dr Taylor")
        await side.send(gp, start="")
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y")]])
        sent = await bot.send_message(gp, "?", reply_markup=keyboard)
        press = asyncio.get_running_loop().create_task(side.press(gp, sent.message_id, "Yes", raw_data=raw))
        async with aiohttp.ClientSession() as session:
            body = b""
            while b"callback_query" not in body:
                reply = await session.get(f"{chat.api_url}/bot{chat.token}/getUpdates")
                body = await reply.read()
        assert b'"data":"' + raw + b'"' in body
        await press
        await chat.stop()
        await chat.start()
        async with aiohttp.ClientSession() as session:
            reply = await session.get(f"{chat.api_url}/bot{chat.token}/getUpdates")
            assert b'"data":"' + raw + b'"' in await reply.read(), "it survives a restart"
    await chat.stop()


async def test_cut_before_does_nothing_and_cut_after_does_the_work(
    side: PersonSide, gp: int, bot: Bot
) -> None:
    await side.order_fault(method="sendMessage", kind="cut_before", count=1)
    with pytest.raises(NetworkError):
        await bot.send_message(gp, "never sent")
    await side.order_fault(method="sendMessage", kind="cut_after", count=1)
    with pytest.raises(NetworkError):
        await bot.send_message(gp, "sent, but who knows")
    assert [m["text"] for m in await side.messages(gp)] == ["/start", "sent, but who knows"]


async def test_a_slow_answer_and_a_truncated_one(side: PersonSide, gp: int, bot: Bot) -> None:
    await side.order_fault(method="sendMessage", kind="slow", delay_s=1.0, count=1)
    with pytest.raises(TimedOut):
        await bot.send_message(gp, "x", read_timeout=0.3)
    await side.order_fault(method="getMe", kind="truncate", count=1)
    with pytest.raises(NetworkError):
        await bot.get_me()


async def test_downloads_can_fail(side: PersonSide, inbox: Inbox, gp: int, bot: Bot, photo: bytes) -> None:
    await side.send_files(gp, ("photo", "a.jpg", photo))
    file = await (await inbox.one()).message.photo[-1].get_file()
    await side.order_fault(method="file", kind="truncate", count=1)
    with pytest.raises(NetworkError):
        await file.download_as_bytearray()
    await side.order_fault(method="file", kind="slow", delay_s=0.4, count=1)
    began = time.monotonic()
    whole = await file.download_as_bytearray()
    assert time.monotonic() - began >= 0.4
    assert len(whole) == file.file_size
    await side.order_fault(method="file", kind="500", count=1)
    with pytest.raises(NetworkError):
        await file.download_as_bytearray()


async def test_a_fault_can_strike_one_chat_and_be_cleared(side: PersonSide, gp: int, bot: Bot) -> None:
    other = await side.add_person("Dr Petit")
    await side.send(other, start="")
    await side.order_fault(method="*", kind="500", chat_id=other)
    assert await bot.send_message(gp, "fine")
    with pytest.raises(NetworkError):
        await bot.send_message(other, "not")
    assert [fault["hits"] for fault in (await side.call("GET", "/api/faults"))["faults"]] == [1]
    await side.call("DELETE", "/api/faults")
    assert await bot.send_message(other, "again")


async def test_a_repeated_edit_after_a_cut_connection_is_not_modified(
    side: PersonSide, gp: int, bot: Bot, photo: bytes
) -> None:
    sent = await bot.send_photo(gp, photo, caption="one")
    await side.order_fault(method="editMessageCaption", kind="cut_after", count=1)
    with pytest.raises(NetworkError):
        await sent.edit_caption("two")
    with pytest.raises(BadRequest, match="not modified"):
        await sent.edit_caption("two")


async def test_updates_are_kept_for_a_day(side: PersonSide, inbox: Inbox, gp: int, bot: Bot) -> None:
    await side.send(gp, text="old")
    await side.set_clock(23 * 3600)
    assert len(await bot.get_updates()) == 1
    await side.set_clock(25 * 3600)
    assert await bot.get_updates() == ()


async def test_kinds_that_were_not_asked_for_are_not_queued(
    side: PersonSide, inbox: Inbox, gp: int, bot: Bot
) -> None:
    await bot.get_updates(allowed_updates=["edited_message"])
    sent = await side.send(gp, text="one")
    await side.edit(gp, sent["id"], text="two")
    (update,) = await bot.get_updates()
    assert update.edited_message.text == "two"


async def test_albums_are_all_or_nothing(side: PersonSide, gp: int, bot: Bot, photo: bytes) -> None:
    with pytest.raises(BadRequest, match="Image_process_failed"):
        await bot.send_media_group(gp, [InputMediaPhoto(photo), InputMediaPhoto(b"no picture")])
    assert [m["text"] for m in await side.messages(gp)] == ["/start"]


async def test_a_crash_inside_a_method_is_an_internal_error_without_details(
    chat: LocalChat, gp: int, caplog: pytest.LogCaptureFixture
) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError

    chat._state.flood.admit = explode  # type: ignore[union-attr, method-assign]
    async with aiohttp.ClientSession() as session:
        reply = await session.post(
            f"{chat.api_url}/bot{chat.token}/sendMessage", json={"chat_id": gp, "text": "x"}
        )
        assert await reply.json() == {"ok": False, "error_code": 500, "description": "Internal Server Error"}
    assert chat.token not in caplog.text
