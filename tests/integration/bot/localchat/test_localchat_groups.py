"""Groups and channels: privacy mode, administrators, members and migration, as in Telegram."""

# ruff: noqa: PLR0917 - fixtures are arguments

from __future__ import annotations

import pytest
from telegram import (
    Bot,
    ChatAdministratorRights,
    KeyboardButton,
    KeyboardButtonRequestChat,
    ReplyKeyboardMarkup,
    Update,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden

from tests.integration.bot.localchat.support import Inbox
from tests.support.localchat_client import PersonSide, Refused


@pytest.fixture
async def clinic(side: PersonSide, leroy: int) -> int:
    return (await side.chat(leroy, "Clinic dermatology"))["id"]


@pytest.fixture
async def channel(side: PersonSide, leroy: int) -> int:
    return (await side.chat(leroy, "Clinic channel"))["id"]


async def test_a_fresh_clinic_has_a_group_and_a_channel_without_the_bot(
    side: PersonSide, leroy: int, bot: Bot, clinic: int
) -> None:
    chats = {chat["title"]: chat for chat in await side.chats(leroy)}
    assert {title: (chat["type"], chat["role"]) for title, chat in chats.items()} == {
        "Nevus": ("private", None),
        "Clinic dermatology": ("supergroup", "creator"),
        "Clinic channel": ("channel", "creator"),
    }
    with pytest.raises(Forbidden, match="bot is not a member of the supergroup chat"):
        await bot.send_message(clinic, "hello")
    with pytest.raises(Refused, match="not_found"):
        await side.messages(await side.person("Dr Taylor"), clinic)


async def test_the_bot_gets_updates_about_its_own_membership(
    side: PersonSide, inbox: Inbox, leroy: int, bot: Bot, clinic: int
) -> None:
    await side.set_member(clinic, leroy, bot.id, "member")
    service, change = await inbox.take()
    assert [user.id for user in (service.message or change.message).new_chat_members] == [bot.id]
    changed = change.my_chat_member or service.my_chat_member
    assert (changed.from_user.id, changed.old_chat_member.status, changed.new_chat_member.status) == (
        leroy,
        "left",
        "member",
    )
    await side.set_member(clinic, leroy, bot.id, "administrator", rights={"can_delete_messages": True})
    new = (await inbox.one()).my_chat_member.new_chat_member
    assert (new.status, new.can_delete_messages, new.can_pin_messages) == ("administrator", True, False)
    await side.set_member(clinic, leroy, bot.id, "kicked")
    assert (await inbox.take())[-1].my_chat_member.new_chat_member.status == "kicked"
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await bot.send_message(clinic, "hello")


@pytest.fixture
async def joined(side: PersonSide, inbox: Inbox, leroy: int, bot: Bot, clinic: int) -> int:
    """The clinic with the bot as plain member."""
    await side.set_member(clinic, leroy, bot.id, "member")
    await inbox.take()
    return clinic


async def test_privacy_mode_hides_talk_but_not_commands_and_replies(
    side: PersonSide, inbox: Inbox, leroy: int, bot: Bot, joined: int, photo: bytes
) -> None:
    asked = await bot.send_message(joined, "Comment?")
    await side.send(leroy, joined, text="lunch?")
    await side.send(leroy, joined, text="what does @nevus_local_bot say?")
    await side.send(leroy, joined, text="/triage@other_bot")
    await side.send_files(leroy, ("photo", "mole.jpg", photo), chat=joined, caption="look")
    heard = [
        await side.send(leroy, joined, text="/triage@nevus_local_bot"),
        await side.send(leroy, joined, text="/help"),
        await side.send(leroy, joined, text="urgent", reply_to=asked.message_id),
        (
            await side.send_files(
                leroy, ("photo", "m.jpg", photo), chat=joined, caption="/triage@nevus_local_bot"
            )
        )[0],
    ]
    assert [u.message.message_id for u in await inbox.take()] == [message["id"] for message in heard]


async def test_an_administrator_gets_all_messages(
    side: PersonSide, inbox: Inbox, leroy: int, bot: Bot, joined: int
) -> None:
    await side.set_member(joined, leroy, bot.id, "administrator")
    await inbox.take()
    await side.send(leroy, joined, text="lunch?")
    message = (await inbox.one()).message
    assert (message.text, message.chat.type, message.chat.title) == (
        "lunch?",
        "supergroup",
        "Clinic dermatology",
    )


async def test_an_anonymous_administrator_has_no_name(
    side: PersonSide, inbox: Inbox, leroy: int, bot: Bot, joined: int
) -> None:
    taylor = await side.person("Dr Taylor")
    await side.set_member(joined, leroy, taylor, "administrator", anonymous=True)
    await side.send(taylor, joined, text="/help")
    message = (await inbox.take())[-1].message
    assert (message.from_user.id, message.sender_chat.id) == (1087968824, joined)
    seen = (await side.messages(leroy, joined))[-1]
    assert seen["from"]["anonymous"]
    assert seen["from"]["name"] == "Clinic dermatology"


async def test_administrators_get_updates_about_other_members_if_they_ask(
    side: PersonSide, inbox: Inbox, leroy: int, bot: Bot, joined: int
) -> None:
    taylor, martin = await side.person("Dr Taylor"), await side.person("Dr Martin")
    await side.set_member(joined, leroy, bot.id, "administrator")
    await side.set_member(joined, leroy, taylor, "member")
    assert not any(update.chat_member for update in await inbox.take())
    await inbox.take(allowed_updates=Update.ALL_TYPES)
    await side.set_member(joined, leroy, martin, "member")
    change = (await inbox.take())[-1].chat_member
    assert (change.new_chat_member.user.id, change.new_chat_member.status) == (martin, "member")


async def test_members_are_looked_up_by_administrators(
    side: PersonSide, leroy: int, bot: Bot, joined: int
) -> None:
    with pytest.raises(BadRequest, match="Chat_admin_required"):
        await bot.get_chat_member(joined, leroy)
    assert (await bot.get_chat_member(joined, bot.id)).status == "member"
    await side.set_member(joined, leroy, bot.id, "administrator")
    assert (await bot.get_chat_member(joined, leroy)).status == "creator"
    assert (await bot.get_chat_member(joined, await side.person("Dr Martin"))).status == "left"
    assert {member.user.id for member in await bot.get_chat_administrators(joined)} == {leroy, bot.id}


async def test_others_messages_are_deleted_with_the_right_to_only(
    side: PersonSide, leroy: int, bot: Bot, joined: int
) -> None:
    said = await side.send(leroy, joined, text="patient name")
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await bot.delete_message(joined, said["id"])
    await side.set_member(joined, leroy, bot.id, "administrator", rights={"can_delete_messages": True})
    await side.set_clock(72 * 3600)
    assert await bot.delete_message(joined, said["id"])


async def test_a_channel_shows_posts_without_their_author(
    side: PersonSide, inbox: Inbox, leroy: int, bot: Bot, channel: int
) -> None:
    with pytest.raises(Refused, match="administrator only"):
        await side.set_member(channel, leroy, bot.id, "member")
    await side.set_member(channel, leroy, bot.id, "administrator")
    assert (await inbox.one()).my_chat_member.chat.type == "channel"
    await side.send(leroy, channel, text="notice")
    post = (await inbox.one()).channel_post
    assert (post.text, post.from_user, post.sender_chat.id) == ("notice", None, channel)
    own = await bot.send_message(channel, "card")
    assert (own.from_user, own.sender_chat.id) == (None, channel)
    assert (await own.edit_text("card, claimed")).text == "card, claimed"
    assert (await side.messages(leroy, channel))[-1]["from"] is None


async def test_subscribers_do_not_post(side: PersonSide, leroy: int, channel: int) -> None:
    martin = await side.person("Dr Martin")
    await side.set_member(channel, leroy, martin, "member")
    with pytest.raises(Refused, match="only administrators post"):
        await side.send(martin, channel, text="hello")


async def test_a_bot_without_the_right_does_not_post(
    side: PersonSide, leroy: int, bot: Bot, channel: int
) -> None:
    await side.set_member(channel, leroy, bot.id, "administrator", rights={"can_edit_messages": True})
    with pytest.raises(BadRequest, match="Need administrator rights in the channel chat"):
        await bot.send_message(channel, "card")


async def test_a_migrated_group_names_its_new_id(
    side: PersonSide, inbox: Inbox, leroy: int, bot: Bot
) -> None:
    group = await side.add_group("Small clinic", "group", leroy)
    await side.set_member(group, leroy, bot.id, "member")
    await inbox.take()
    moved = await side.migrate(group)
    away, here = await inbox.take()
    assert (away.message.chat.id, away.message.migrate_to_chat_id) == (group, moved)
    assert (here.message.chat.id, here.message.migrate_from_chat_id) == (moved, group)
    with pytest.raises(ChatMigrated) as refusal:
        await bot.send_message(group, "hello")
    assert refusal.value.new_chat_id == moved
    assert (await bot.send_message(moved, "hello")).chat.type == "supergroup"
    assert [c["id"] for c in await side.chats(leroy) if c["title"] == "Small clinic"] == [moved]


async def test_a_chat_is_shared_by_a_button_and_the_bot_added(
    side: PersonSide, inbox: Inbox, leroy: int, bot: Bot, clinic: int, channel: int
) -> None:
    await side.send(leroy, start="")
    await inbox.take()
    rights = ChatAdministratorRights(
        *[False] * 1, can_manage_chat=True, can_delete_messages=True, can_manage_video_chats=False,
        can_restrict_members=False, can_promote_members=False, can_change_info=False, can_invite_users=False,
        can_post_stories=False, can_edit_stories=False, can_delete_stories=False,
    )  # fmt: skip
    wanted = KeyboardButtonRequestChat(
        7,
        chat_is_channel=False,
        bot_administrator_rights=rights,
        user_administrator_rights=rights,
        request_title=True,
    )
    asked = await bot.send_message(
        leroy,
        "Which group?",
        reply_markup=ReplyKeyboardMarkup([[KeyboardButton("Choose", request_chat=wanted)]]),
    )
    key = (await side.messages(leroy))[-1]["reply_keyboard"][0][0]
    assert (key["kind"], key["request_id"], key["chat_is_channel"]) == ("request_chat", 7, False)
    with pytest.raises(Refused, match="another kind of chat"):
        await side.share_chat(leroy, asked.message_id, 7, channel)
    await side.share_chat(leroy, asked.message_id, 7, clinic)
    updates = await inbox.take()
    shared = updates[-1].message.chat_shared
    assert (shared.request_id, shared.chat_id, shared.title) == (7, clinic, "Clinic dermatology")
    assert any(update.my_chat_member for update in updates)
    assert (await bot.get_chat_member(clinic, bot.id)).can_delete_messages


async def test_a_member_without_the_right_cannot_change_members(
    side: PersonSide, leroy: int, bot: Bot, clinic: int
) -> None:
    martin = await side.person("Dr Martin")
    with pytest.raises(Refused, match="may not do that"):
        await side.set_member(clinic, martin, bot.id, "administrator")
    with pytest.raises(Refused, match="creator cannot be changed"):
        await side.set_member(clinic, martin, leroy, "kicked")
