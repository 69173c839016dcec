"""Photos, files and albums of the bot, and downloads."""

from __future__ import annotations

import secrets

from bot.localchat import photos
from bot.localchat.botview import show_file, show_message
from bot.localchat.errors import bad_request
from bot.localchat.files import MAX_DOWNLOAD_BYTES, check_document, check_photo
from bot.localchat.methods.registry import bot_method
from bot.localchat.methods.sending import admit, begin, new_message, set_caption
from bot.localchat.params import Call, UploadedFile
from bot.localchat.records import Json, Message, StoredFile
from bot.localchat.state import State

_WRONG_ID = "wrong remote file identifier specified: Wrong string length"


async def attach_photo(state: State, call: Call, given: str) -> list[int]:
    """The numbers of a photo's sizes; the photo is uploaded or given by id.

    Raises:
        BotApiError: Telegram would refuse it.
    """
    if not given.startswith("attach://"):
        stored = _reuse(state, given, "photo")
        full = stored.parent or stored.number
        return [*state.files.children(full), full]
    upload = _upload(call, given)
    check_photo(upload.content)
    try:
        return await state.files.add_photo(upload.content)
    except photos.NotAPhoto as error:
        raise bad_request("IMAGE_PROCESS_FAILED") from error


async def attach_document(state: State, call: Call, given: str) -> int:
    """The number of a file that is uploaded or given by id.

    Raises:
        BotApiError: Telegram would refuse it.
    """
    if not given.startswith("attach://"):
        return _reuse(state, given, "document").number
    upload = _upload(call, given)
    check_document(upload.content)
    return await state.files.add_document(upload.content, upload.name)


def _upload(call: Call, given: str) -> UploadedFile:
    upload = call.files.get(given.removeprefix("attach://"))
    if upload is None:
        raise bad_request("can't parse file: attached file is not found")
    return upload


def _reuse(state: State, given: str, kind: str) -> StoredFile:
    if "://" in given:
        raise bad_request("wrong HTTP URL specified")  # the local chat fetches nothing
    stored = state.files.find(given)
    if stored is None:
        raise bad_request(_WRONG_ID)
    if stored.kind != kind:
        name = {"photo": "Photo", "document": "Document"}
        raise bad_request(f"can't use file of type {name[stored.kind]} as {name[kind]}")
    return stored


async def set_media(state: State, call: Call, message: Message, media: Json) -> None:
    """Puts an `InputMedia` into a message.

    Raises:
        BotApiError: it is neither photo nor document, or Telegram would refuse it.
    """
    if media["type"] == "photo":
        message.photo, message.document = await attach_photo(state, call, media["media"]), None
    elif media["type"] == "document":
        message.photo, message.document = [], await attach_document(state, call, media["media"])
    else:
        raise bad_request(f"can't parse InputMedia: the local chat has no media of type {media['type']}")
    set_caption(message, media)


@bot_method("sendPhoto")
async def _send_photo(state: State, call: Call) -> Json:
    return await _send_one(state, call, {"type": "photo", "media": call.params["photo"]})


@bot_method("sendDocument")
async def _send_document(state: State, call: Call) -> Json:
    return await _send_one(state, call, {"type": "document", "media": call.params["document"]})


async def _send_one(state: State, call: Call, media: Json) -> Json:
    chat, reply_to, markup = begin(state, call)
    media |= {name: value for name, value in call.params.items() if "caption" in name or name == "parse_mode"}
    set_caption(Message(chat.id, 0, 0), media)  # a message that is refused does not count as sent
    admit(state, chat)
    draft = Message(chat.id, 0, 0, markup=markup)
    await set_media(state, call, draft, media)
    return show_message(state, _publish(state, call, draft, reply_to))


@bot_method("sendMediaGroup")
async def _send_media_group(state: State, call: Call) -> list[Json]:
    chat, reply_to, _ = begin(state, call)
    items = call.params["media"]
    if not 2 <= len(items) <= 10:
        raise bad_request("media group must include 2-10 items")
    if len({item["type"] for item in items}) > 1:
        raise bad_request("documents can't be mixed with other media types")
    admit(state, chat, len(items))
    drafts = [Message(chat.id, 0, 0) for _ in items]
    for draft, item in zip(drafts, items, strict=True):
        await set_media(state, call, draft, item)
    group_id = str(secrets.randbelow(9 * 10**16) + 10**16)
    for draft in drafts:
        draft.media_group_id = group_id
    return [show_message(state, _publish(state, call, draft, reply_to)) for draft in drafts]


def _publish(state: State, call: Call, draft: Message, reply_to: int | None) -> Message:
    message = new_message(state, state.chats[draft.chat_id], call, reply_to)
    draft.extra |= message.extra
    message.take_content(draft)
    message.markup, message.media_group_id = draft.markup, draft.media_group_id
    return state.publish(message)


@bot_method("getFile")
async def _get_file(state: State, call: Call) -> Json:
    stored = state.files.find(call.params["file_id"])
    if stored is None:
        raise bad_request("invalid file_id")
    if stored.size and stored.size > MAX_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return show_file(stored)
