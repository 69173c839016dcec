"""Photos, files and albums of the bot, and downloads."""

from __future__ import annotations

import secrets

from bot.localchat import photos
from bot.localchat.botview import show_file, show_message
from bot.localchat.errors import bad_request
from bot.localchat.files import MAX_DOWNLOAD_BYTES, check_document, check_photo
from bot.localchat.methods.sending import admit, begin, new_message, set_caption
from bot.localchat.params import Call, Upload
from bot.localchat.records import Json, Message, StoredFile
from bot.localchat.world import World

_WRONG_ID = "wrong remote file identifier specified: Wrong string length"


async def attach_photo(world: World, call: Call, given: str) -> list[int]:
    """The sizes of a photo given by upload or id.

    Raises:
        BotApiError: Telegram would not take it.
    """
    if not given.startswith("attach://"):
        stored = _reuse(world, given, "photo")
        return _sizes(world, stored)
    upload = _upload(call, given)
    check_photo(upload.content)
    try:
        return await world.files.add_photo(upload.content)
    except photos.NotAPhoto as error:
        raise bad_request("IMAGE_PROCESS_FAILED") from error


async def attach_document(world: World, call: Call, given: str) -> int:
    """The number of a file given by upload or id.

    Raises:
        BotApiError: Telegram would not take it.
    """
    if not given.startswith("attach://"):
        return _reuse(world, given, "document").number
    upload = _upload(call, given)
    check_document(upload.content)
    return await world.files.add_document(upload.content, upload.name)


def _upload(call: Call, given: str) -> Upload:
    upload = call.files.get(given.removeprefix("attach://"))
    if upload is None:
        raise bad_request("can't parse file: attached file is not found")
    return upload


def _reuse(world: World, given: str, kind: str) -> StoredFile:
    if "://" in given:
        raise bad_request("wrong HTTP URL specified")  # the local chat fetches nothing
    stored = world.files.find(given)
    if stored is None:
        raise bad_request(_WRONG_ID)
    if stored.kind != kind:
        name = {"photo": "Photo", "document": "Document"}
        raise bad_request(f"can't use file of type {name[stored.kind]} as {name[kind]}")
    return stored


def _sizes(world: World, stored: StoredFile) -> list[int]:
    full = stored.parent or stored.number
    return [*world.files.children(full), full]


async def set_media(world: World, call: Call, message: Message, media: Json) -> None:
    """Puts an `InputMedia` into a message.

    Raises:
        BotApiError: another kind than photo or document, or one that Telegram would not take.
    """
    if media["type"] == "photo":
        message.photo, message.document = await attach_photo(world, call, media["media"]), None
    elif media["type"] == "document":
        message.photo, message.document = [], await attach_document(world, call, media["media"])
    else:
        raise bad_request(f"can't parse InputMedia: the local chat has no media of type {media['type']}")
    set_caption(message, media)


async def _send_photo(world: World, call: Call) -> Json:
    return await _send_one(world, call, {"type": "photo", "media": call.params["photo"]})


async def _send_document(world: World, call: Call) -> Json:
    return await _send_one(world, call, {"type": "document", "media": call.params["document"]})


async def _send_one(world: World, call: Call, media: Json) -> Json:
    chat, reply_to, markup = begin(world, call)
    media |= {name: value for name, value in call.params.items() if "caption" in name or name == "parse_mode"}
    set_caption(Message(chat.id, 0, 0), media)  # a message that is refused does not count as sent
    admit(world, chat)
    draft = Message(chat.id, 0, 0, markup=markup)
    await set_media(world, call, draft, media)
    return show_message(world, _publish(world, call, draft, reply_to))


async def _send_media_group(world: World, call: Call) -> list[Json]:
    chat, reply_to, _ = begin(world, call)
    items = call.params["media"]
    if not 2 <= len(items) <= 10:
        raise bad_request("media group must include 2-10 items")
    if len({item["type"] for item in items}) > 1:
        raise bad_request("documents can't be mixed with other media types")
    admit(world, chat, len(items))
    drafts = [Message(chat.id, 0, 0) for _ in items]
    for draft, item in zip(drafts, items, strict=True):
        await set_media(world, call, draft, item)
    group_id = str(secrets.randbelow(9 * 10**16) + 10**16)
    for draft in drafts:
        draft.media_group_id = group_id
    return [show_message(world, _publish(world, call, draft, reply_to)) for draft in drafts]


def _publish(world: World, call: Call, draft: Message, reply_to: int | None) -> Message:
    message = new_message(world, world.chats[draft.chat_id], call, reply_to)
    draft.extra |= message.extra
    message.take_content(draft)
    message.markup, message.media_group_id = draft.markup, draft.media_group_id
    return world.publish(message)


async def _get_file(world: World, call: Call) -> Json:
    stored = world.files.find(call.params["file_id"])
    if stored is None:
        raise bad_request("invalid file_id")
    if stored.size and stored.size > MAX_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return show_file(stored)


HANDLERS = {
    "sendPhoto": _send_photo,
    "sendDocument": _send_document,
    "sendMediaGroup": _send_media_group,
    "getFile": _get_file,
}
