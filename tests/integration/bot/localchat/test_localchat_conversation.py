"""A person and a bot talk over HTTP, and the bot sees what Telegram would show it."""

from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image
from telegram import (
    Bot,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.error import BadRequest

from tests.integration.bot.localchat.support import Inbox, draw_photo
from tests.support.localchat_client import PersonSide, Refused


async def test_get_me_names_the_bot(bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.username, me.is_bot, me.can_read_all_group_messages) == ("nevus_local_bot", True, False)


async def test_a_text_arrives_with_sender_language_and_command(side: PersonSide, gp: int, bot: Bot) -> None:
    update = await Inbox(bot).one()
    message = update.message
    assert message.text == "/start"
    assert message.entities[0].type == "bot_command"
    assert (message.from_user.id, message.chat.id, message.chat.type) == (gp, gp, "private")
    assert (message.from_user.language_code, message.from_user.username) == ("en", "dr_taylor")


async def test_a_deep_link_carries_its_payload(side: PersonSide, inbox: Inbox, gp: int) -> None:
    await side.send(gp, start="abc_123")
    assert (await inbox.one()).message.text == "/start abc_123"


async def test_unconfirmed_updates_are_repeated_and_confirmed_ones_are_not(
    side: PersonSide, inbox: Inbox, gp: int, bot: Bot
) -> None:
    for number in range(3):
        await side.send(gp, text=f"message {number}")
    first = await bot.get_updates(limit=2)
    again = await bot.get_updates(limit=2)
    assert [u.update_id for u in first] == [u.update_id for u in again]
    rest = await bot.get_updates(offset=first[-1].update_id + 1)
    assert [u.message.text for u in rest] == ["message 2"]
    assert [u.message.text for u in await bot.get_updates()] == ["message 2"]
    assert await bot.get_updates(offset=rest[-1].update_id + 1) == ()


async def test_a_negative_offset_gives_the_last_updates(
    side: PersonSide, inbox: Inbox, gp: int, bot: Bot
) -> None:
    for number in range(3):
        await side.send(gp, text=f"message {number}")
    assert [u.message.text for u in await bot.get_updates(offset=-1)] == ["message 2"]
    assert len(await bot.get_updates()) == 1


async def test_a_long_poll_answers_as_soon_as_something_happens(
    side: PersonSide, inbox: Inbox, gp: int
) -> None:
    poll = asyncio.get_running_loop().create_task(inbox.take(wait_s=30))
    await asyncio.sleep(0.2)
    assert not poll.done()
    sent_at = asyncio.get_running_loop().time()
    await side.send(gp, text="hello")
    assert [u.message.text for u in await poll] == ["hello"]
    assert asyncio.get_running_loop().time() - sent_at < 1


async def test_an_answer_is_seen_with_its_entities_and_buttons(side: PersonSide, gp: int, bot: Bot) -> None:
    keyboard = InlineKeyboardMarkup(
        [[InlineKeyboardButton("Yes", callback_data="y"), InlineKeyboardButton("Read", url="https://a.org/")]]
    )
    sent = await bot.send_message(gp, "<b>Hi</b> you", parse_mode="HTML", reply_markup=keyboard)
    assert sent.reply_markup == keyboard
    seen = (await side.messages(gp))[-1]
    assert seen["text"] == "Hi you"
    assert seen["entities"] == [{"type": "bold", "offset": 0, "length": 2}]
    assert seen["from"] == {
        "id": (await bot.get_me()).id,
        "name": "Nevus",
        "is_bot": True,
        "anonymous": False,
    }
    assert seen["keyboard"] == [
        [
            {"text": "Yes", "kind": "callback", "data": "y"},
            {"text": "Read", "kind": "url", "url": "https://a.org/"},
        ]
    ]


async def test_a_photo_arrives_as_telegram_keeps_it(side: PersonSide, inbox: Inbox, gp: int) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Jane Doe"
    await side.send_files(gp, ("photo", "mole.jpg", draw_photo(2000, 1000, exif=exif)), caption="two weeks")
    message = (await inbox.one()).message
    assert message.caption == "two weeks"
    assert [(size.width, size.height) for size in message.photo] == [
        (90, 45),
        (320, 160),
        (800, 400),
        (1280, 640),
    ]
    content = bytes(await (await message.photo[-1].get_file()).download_as_bytearray())
    assert len(content) == message.photo[-1].file_size
    assert b"Jane Doe" not in content
    small = bytes(await (await message.photo[0].get_file()).download_as_bytearray())
    assert Image.open(io.BytesIO(small)).size == (90, 45)


async def test_a_document_arrives_byte_for_byte(side: PersonSide, inbox: Inbox, gp: int) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Jane Doe"
    content = draw_photo(exif=exif)
    await side.send_files(gp, ("document", "mole.jpg", content))
    document = (await inbox.one()).message.document
    assert (document.file_name, document.mime_type, document.file_size) == (
        "mole.jpg",
        "image/jpeg",
        len(content),
    )
    assert bytes(await (await document.get_file()).download_as_bytearray()) == content


async def test_an_unknown_extension_has_no_mime_type(side: PersonSide, inbox: Inbox, gp: int) -> None:
    await side.send_files(gp, ("document", "scan.zzz9", b"abc"))
    assert (await inbox.one()).message.document.mime_type is None


async def test_a_broken_photo_is_sent_as_a_file(side: PersonSide, inbox: Inbox, gp: int) -> None:
    await side.send_files(gp, ("photo", "broken.jpg", b"no picture"))
    message = (await inbox.one()).message
    assert not message.photo
    assert message.document.file_name == "broken.jpg"


async def test_an_album_is_several_updates_with_one_group_id(
    side: PersonSide, inbox: Inbox, gp: int, photo: bytes
) -> None:
    sent = await side.send_files(gp, *[("photo", f"{n}.jpg", photo) for n in range(3)], caption="one mole")
    updates = await inbox.take()
    assert len(updates) == len(sent) == 3
    assert len({u.message.media_group_id for u in updates}) == 1
    assert [u.message.caption for u in updates] == ["one mole", None, None]


async def test_an_album_of_eleven_is_refused(side: PersonSide, gp: int, photo: bytes) -> None:
    with pytest.raises(Refused, match="too_many"):
        await side.send_files(gp, *[("photo", "x.jpg", photo)] * 11)


async def test_an_edited_caption_is_an_edited_message(
    side: PersonSide, inbox: Inbox, gp: int, photo: bytes
) -> None:
    (sent,) = await side.send_files(gp, ("photo", "a.jpg", photo), caption="left arm")
    await inbox.take()
    await side.edit(gp, sent["id"], caption="right arm")
    update = await inbox.one()
    assert update.edited_message.caption == "right arm"
    assert update.edited_message.message_id == sent["id"]
    assert update.edited_message.edit_date is not None


async def test_a_reply_shows_what_it_answers_one_level_deep(
    side: PersonSide, inbox: Inbox, gp: int, bot: Bot
) -> None:
    first = await side.send(gp, text="one")
    answer = await bot.send_message(gp, "two", reply_to_message_id=first["id"])
    assert answer.reply_to_message.text == "one"
    await side.send(gp, text="three", reply_to=answer.message_id)
    third = (await inbox.take())[-1].message
    assert third.reply_to_message.text == "two"
    assert third.reply_to_message.reply_to_message is None


async def test_a_text_becomes_a_card_in_place(side: PersonSide, gp: int, bot: Bot, photo: bytes) -> None:
    acknowledgement = await bot.send_message(gp, "Reading…")
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Details", callback_data="d")]])
    edited = await bot.edit_message_media(
        InputMediaPhoto(photo, caption="<b>low</b>", parse_mode="HTML"),
        gp,
        acknowledgement.message_id,
        reply_markup=keyboard,
    )
    assert edited.caption == "low"
    assert edited.text is None
    seen = (await side.messages(gp))[-1]
    assert (seen["id"], seen["text"], seen["caption"], seen["photo"]["width"]) == (
        acknowledgement.message_id,
        None,
        "low",
        60,
    )
    recaptioned = await bot.edit_message_caption(
        gp, acknowledgement.message_id, caption="moderate", reply_markup=keyboard
    )
    assert recaptioned.caption == "moderate"
    bare = await bot.edit_message_reply_markup(gp, acknowledgement.message_id)
    assert bare.reply_markup is None
    transcript = await side.transcript(gp)
    assert [edit["text"] or edit["caption"] for edit in transcript["messages"][-1]["edits"]] == [
        "Reading…",
        "low",
        "moderate",
    ]


async def test_a_file_is_sent_again_by_its_id(gp: int, bot: Bot, photo: bytes) -> None:
    first = await bot.send_photo(gp, photo)
    second = await bot.send_photo(gp, first.photo[-1].file_id)
    assert second.photo == first.photo
    with pytest.raises(BadRequest, match=r"(?i)can't use file of type photo as document"):
        await bot.send_document(gp, first.photo[-1].file_id)


async def test_albums_and_documents_of_the_bot(side: PersonSide, gp: int, bot: Bot, photo: bytes) -> None:
    sent = await bot.send_media_group(gp, [InputMediaPhoto(photo), InputMediaPhoto(photo)], caption="both")
    assert len({message.media_group_id for message in sent}) == 1
    assert sent[0].caption == "both"
    files = [InputMediaDocument(b"a", filename="a.csv"), InputMediaDocument(b"b", filename="b.csv")]
    assert [m.document.file_name for m in await bot.send_media_group(gp, files)] == ["a.csv", "b.csv"]
    letter = await bot.send_document(gp, b"%PDF-1.7", filename="letter.pdf", caption="print it")
    assert (letter.document.mime_type, letter.caption) == ("application/pdf", "print it")
    assert await side.file(gp, letter.document.file_id) == b"%PDF-1.7"


async def test_a_pressed_button_waits_for_the_answer(
    side: PersonSide, inbox: Inbox, gp: int, bot: Bot
) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="consent:yes")]])
    sent = await bot.send_message(gp, "Agree?", reply_markup=keyboard)
    press = asyncio.get_running_loop().create_task(side.press(gp, sent.message_id, "Yes"))
    query = (await inbox.one()).callback_query
    assert (query.data, query.from_user.id, query.message.message_id) == ("consent:yes", gp, sent.message_id)
    assert query.message.reply_markup == keyboard
    assert not press.done()
    await query.answer("Thank you", show_alert=True)
    assert await press == {"text": "Thank you", "show_alert": True, "url": None}


async def test_an_unanswered_button_gives_up_and_the_late_answer_is_too_old(
    side: PersonSide, inbox: Inbox, gp: int, bot: Bot
) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y")]])
    sent = await bot.send_message(gp, "Agree?", reply_markup=keyboard)
    assert await side.press(gp, sent.message_id, "Yes") == {"text": None, "show_alert": False, "url": None}
    query = (await inbox.one()).callback_query
    with pytest.raises(
        BadRequest, match="Query is too old and response timeout expired or query id is invalid"
    ):
        await query.answer()


async def test_reply_keyboards_are_shown(side: PersonSide, gp: int, bot: Bot) -> None:
    await bot.send_message(gp, "Choose", reply_markup=ReplyKeyboardMarkup([["Left", "Right"]]))
    assert (await side.messages(gp))[-1]["reply_keyboard"] == [
        [{"text": "Left", "kind": "text"}, {"text": "Right", "kind": "text"}]
    ]
    await bot.send_message(gp, "Thanks", reply_markup=ReplyKeyboardRemove())
    assert (await side.messages(gp))[-1]["reply_keyboard"] == {"remove": True}
    await bot.send_message(gp, "Comment?", reply_markup=ForceReply(input_field_placeholder="Words"))
    assert (await side.messages(gp))[-1]["reply_keyboard"] == {"force_reply": True, "placeholder": "Words"}


async def test_menus_follow_language_and_scope(side: PersonSide, gp: int, bot: Bot) -> None:
    martin = await side.person("Dr Martin")
    await bot.set_my_commands([("help", "What it does")])
    await bot.set_my_commands([("help", "Ce que ça fait")], language_code="fr")
    await bot.set_my_commands([("stats", "Figures")], scope={"type": "chat", "chat_id": gp})  # type: ignore[arg-type]
    await bot.set_my_description("Aide au tri", language_code="fr")
    assert (await side.bot_as_seen(martin))["commands"] == [
        {"command": "help", "description": "Ce que ça fait"}
    ]
    assert (await side.bot_as_seen(gp))["commands"] == [{"command": "stats", "description": "Figures"}]
    assert (await side.bot_as_seen(martin))["description"] == "Aide au tri"
    await bot.delete_my_commands(scope={"type": "chat", "chat_id": gp})  # type: ignore[arg-type]
    assert (await side.bot_as_seen(gp))["commands"] == [{"command": "help", "description": "What it does"}]


async def test_a_chat_can_be_looked_up(gp: int, bot: Bot) -> None:
    chat = await bot.get_chat(gp)
    assert (chat.first_name, chat.type) == ("Dr Taylor", "private")
    assert (await bot.get_chat_member(gp, gp)).status == "member"


async def test_deleting_is_seen_by_the_person(side: PersonSide, gp: int, bot: Bot) -> None:
    sent = await bot.send_message(gp, "secret")
    assert await bot.delete_message(gp, sent.message_id)
    gone = (await side.messages(gp))[-1]
    assert (gone["deleted"], gone["text"]) == (True, None)
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(gp, sent.message_id)
