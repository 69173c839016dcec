"""Forged and stale buttons, shared chats of strangers, links that ran out: refused, and no id in the log."""

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.clinic.chats import Prospect, seal_clinic
from bot.clinic.group_menus import publish_for_clinics
from bot.conversation import menus
from bot.settings import read_settings
from storage.clinic.links import link_clinic, list_clinics, lose_clinic
from storage.clinic.members import list_members
from storage.clinic.tables import ClinicRow, InviteRow, MemberRow
from storage.database.keys import Keyring
from storage.database.sessions import Database
from tests.support.offline import ADMINISTRATOR, NOON, Chat, Sender

pytestmark = pytest.mark.backends("sqlite")  # the conversations know no database: once is enough

ADMIN, GP = Sender(8_411_001), Sender(8_411_002)
CLINIC = -1_001_234


@pytest.fixture
async def chat(database: Database, keyring: Keyring):
    settings = read_settings({"NEVUS_ADMINS": str(ADMIN.user_id), "NEVUS_ACCESS": "clinic"})
    chat = Chat(database, keyring, settings=settings)
    prospect = Prospect(chat_id=CLINIC, title="Clinic", kind="group", is_asker_admin=True, is_bot_ready=True)
    async with database.write() as session:
        await link_clinic(session, seal_clinic(keyring, prospect, language="en"), now=NOON)
    async with chat.application:
        yield chat


async def clinic_id(chat: Chat) -> int:
    async with chat.database.read() as session:
        return (await list_clinics(session))[0].id


async def count(chat: Chat, row: type) -> int:
    async with chat.database.read() as session:
        return await session.scalar(select(func.count()).select_from(row)) or 0


async def make_link(chat: Chat) -> str:
    """The start parameter of an invitation for a sender."""
    turn = await chat.take(chat.press(ADMIN, f"i:{await clinic_id(chat)}:s"))
    found = re.search(r"start=(inv_[\w-]+)", turn.text)
    assert found
    return found[1]


@pytest.mark.parametrize(
    "data",
    [
        "i:1:s",
        "i:1:d",
        "m:p:1:0",
        "m:a:1:0",
        "m:y:1:0",
        f"j:y:{CLINIC}",
        f"j:l:{CLINIC}:fr",
        "i",
        "m",
        "j",
    ],
)
async def test_an_admins_button_does_nothing_for_others(
    chat: Chat, caplog: pytest.LogCaptureFixture, data: str
):
    await chat.take(chat.command(GP, f"/start {await make_link(chat)}"))
    with caplog.at_level(logging.INFO):
        turn = await chat.take(chat.press(GP, data))
    assert turn.sent == ()
    (answered,) = chat.request.asked("answerCallbackQuery")[-1:]
    assert "Clinic" not in answered["text"]
    assert "refused" in caplog.text
    assert str(GP.user_id) not in caplog.text
    assert (await count(chat, MemberRow), await count(chat, InviteRow), await count(chat, ClinicRow)) == (
        1,
        1,
        1,
    )
    async with chat.database.read() as session:
        assert len(await list_members(session, await clinic_id(chat), limit=5)) == 1


@pytest.mark.parametrize(
    "data", ["i:99:s", "i:1:x", "i:x:s", "m:y:99:0", "m:p:99:0", "m:p:-1:0", "j:l:-5:fr"]
)
async def test_a_stale_or_damaged_button_does_nothing_for_admins_either(chat: Chat, data: str):
    turn = await chat.take(chat.press(ADMIN, data))
    assert turn.sent == ()
    assert await count(chat, InviteRow) == 0


async def test_a_link_that_ran_out_lets_nobody_in(chat: Chat, caplog: pytest.LogCaptureFixture):
    link = await make_link(chat)
    chat._now += timedelta(hours=72)
    with caplog.at_level(logging.INFO):
        turn = await chat.take(chat.command(GP, f"/start {link}"))
    assert "cannot be used" in turn.text
    assert "Clinic" not in turn.text
    assert await count(chat, MemberRow) == 0
    assert link not in caplog.text


async def test_whoever_used_the_link_is_told_so_and_others_are_not(chat: Chat):
    link = await make_link(chat)
    await chat.take(chat.command(GP, f"/start {link}"))
    assert "already in" in (await chat.take(chat.command(GP, f"/start {link}"))).text
    assert "already in" not in (await chat.take(chat.command(Sender(5), f"/start {link}"))).text


async def test_a_chat_that_a_stranger_shares_is_not_linked(chat: Chat):
    shared = {"request_id": 1, "chat_id": -100_999}
    turn = await chat.take(chat.message(GP, chat_shared=shared))
    assert "I can do nothing with that" in turn.text
    assert await count(chat, ClinicRow) == 1
    assert not chat.request.asked("getChat")


async def test_strangers_are_not_told_of_admins_commands(chat: Chat):
    for word in ("/invite", "/members", "/link", "/stats"):
        told = (await chat.take(chat.command(GP, word))).text
        assert told.startswith("I do not know")
    assert "100" not in (await chat.take(chat.command(ADMIN, "/stats"))).text


async def test_a_removed_clinics_members_keep_their_own_data(chat: Chat):
    """Those who are not let in can still read what is kept of them and have it erased."""
    await chat.take(chat.command(GP, f"/start {await make_link(chat)}"))
    for word in ("/privacy", "/forget", "/history", "/help"):
        assert "invited clinicians" not in (await chat.take(chat.command(GP, word))).sent[0].text


async def test_only_the_group_of_a_linked_clinic_is_offered_its_commands(chat: Chat):
    bot, services = chat.application.bot, chat.application.bot_data["services"]
    await menus.publish(bot, services.texts)
    everywhere = chat.request.asked("setMyCommands")
    assert "open" not in {command["command"] for each in everywhere for command in each["commands"]}
    await publish_for_clinics(bot, services)
    added = chat.request.asked("setMyCommands")[len(everywhere) :]
    assert {each["scope"]["chat_id"] for each in added} == {CLINIC}
    assert all({"open", "mine", "stats"} <= {each["command"] for each in one["commands"]} for one in added)
    async with chat.database.write() as session:
        await lose_clinic(session, await clinic_id(chat), now=NOON)
    await publish_for_clinics(bot, services)
    assert len(chat.request.asked("setMyCommands")) == len(everywhere) + len(added)


def standing(chat: Chat, who: Sender, before: str, after: str) -> dict[str, Any]:
    """A raw update: someone changed the bot's membership in the clinic's group."""
    group = {"id": CLINIC, "type": "supergroup", "title": "Clinic"}
    bot = {"is_bot": True, "id": 7, "first_name": "Nevus"}

    def member(status: str) -> dict[str, Any]:
        known = {"user": bot, "status": status, "until_date": 0}
        return ADMINISTRATOR | {"user": bot, "is_anonymous": False} if status == "administrator" else known

    change = {"chat": group, "from": who.raw, "date": 1_772_000_000}
    change |= {"old_chat_member": member(before), "new_chat_member": member(after)}
    return {"update_id": next(chat._numbers), "my_chat_member": change}


@pytest.mark.parametrize("who", [ADMIN, GP])
@pytest.mark.parametrize("status", ["member", "administrator"])
async def test_a_group_that_takes_the_bot_back_is_offered_no_commands_of_a_clinic(
    chat: Chat, who: Sender, status: str
):
    """Out of a group, the bot can take nothing out of its menu: so it does when it is back."""
    await chat.take(standing(chat, who, "administrator", "kicked"))
    assert not chat.request.asked("deleteMyCommands")
    await chat.take(standing(chat, who, "kicked", status))
    gone = chat.request.asked("deleteMyCommands")
    assert {each["scope"]["chat_id"] for each in gone} == {CLINIC}
    assert {each.get("language_code", "") for each in gone} == {"", "en", "fr"}


async def test_a_start_takes_the_commands_out_of_the_group_of_a_lost_clinic(chat: Chat):
    async with chat.database.write() as session:
        await lose_clinic(session, await clinic_id(chat), now=NOON)
    await publish_for_clinics(chat.application.bot, chat.application.bot_data["services"])
    assert {each["scope"]["chat_id"] for each in chat.request.asked("deleteMyCommands")} == {CLINIC}
