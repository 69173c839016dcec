"""Two pollers, flood limits and ordered faults."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest
from telegram import Bot, InputMediaPhoto
from telegram.error import BadRequest, Conflict, NetworkError, RetryAfter, TimedOut

from bot.localchat import LocalChat
from tests.integration.localchat.support import Inbox, make_bot
from tests.localchat_client import PersonSide, Refused


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


async def test_a_flood_in_one_chat_is_told_to_wait(side: PersonSide, gp: int, bot: Bot) -> None:
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
async def test_an_ordered_refusal_comes_as_often_as_ordered(
    side: PersonSide, gp: int, bot: Bot, kind: str, error: type
) -> None:
    await side.order_fault(method="sendMessage", kind=kind, count=2, retry_after=7)
    for _ in range(2):
        with pytest.raises(error):
            await bot.send_message(gp, "lost")
    assert await bot.send_message(gp, "through")
    assert [m["text"] for m in await side.messages(gp)] == ["/start", "through"]


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


async def test_downloads_have_faults_of_their_own(
    side: PersonSide, inbox: Inbox, gp: int, bot: Bot, photo: bytes
) -> None:
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


async def test_faults_can_be_for_one_chat_and_taken_back(side: PersonSide, gp: int, bot: Bot) -> None:
    other = await side.add_person("Dr Petit")
    await side.send(other, start="")
    await side.order_fault(method="*", kind="500", chat_id=other)
    assert await bot.send_message(gp, "fine")
    with pytest.raises(NetworkError):
        await bot.send_message(other, "not")
    assert [fault["hits"] for fault in (await side.call("GET", "/api/faults"))["faults"]] == [1]
    await side.call("DELETE", "/api/faults")
    assert await bot.send_message(other, "again")


async def test_an_edit_struck_after_the_work_is_not_modified_the_second_time(
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

    chat._world.gate.admit = explode  # type: ignore[union-attr, method-assign]
    async with aiohttp.ClientSession() as session:
        reply = await session.post(
            f"{chat.api_url}/bot{chat.token}/sendMessage", json={"chat_id": gp, "text": "x"}
        )
        assert await reply.json() == {"ok": False, "error_code": 500, "description": "Internal Server Error"}
    assert chat.token not in caplog.text
