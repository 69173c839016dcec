"""Deleting and pinning."""

from __future__ import annotations

from bot.localchat.botview import show_message
from bot.localchat.delivery import tell_bot
from bot.localchat.errors import BotApiError, bad_request
from bot.localchat.params import Call
from bot.localchat.records import Message
from bot.localchat.targets import bot_can, check_deletable, find_message, open_chat
from bot.localchat.world import World


def remove(world: World, message: Message) -> None:
    """Marks a message as deleted and tells those who saw it."""
    message.deleted_at = world.clock.date()
    world.touch("delete", message)


async def _delete_message(world: World, call: Call) -> bool:
    chat = open_chat(world, call.get("chat_id"))
    message = find_message(world, chat, call.get("message_id"), "message to delete not found")
    check_deletable(world, chat, message)
    remove(world, message)
    return True


async def _delete_messages(world: World, call: Call) -> bool:
    chat = open_chat(world, call.get("chat_id"))
    numbers = call.params["message_ids"]
    if not 1 <= len(numbers) <= 100:
        raise bad_request("message identifiers are not specified")
    for message in filter(None, (world.find_message(chat.id, number) for number in numbers)):
        try:
            check_deletable(world, chat, message)
        except BotApiError:
            continue  # Telegram skips what cannot be deleted
        remove(world, message)
    return True


async def _pin(world: World, call: Call) -> bool:
    chat = open_chat(world, call.get("chat_id"))
    message = find_message(world, chat, call.get("message_id"), "message to pin not found")
    right = "can_edit_messages" if chat.type == "channel" else "can_pin_messages"
    if chat.type != "private" and not bot_can(world, chat, right):
        raise bad_request("not enough rights to manage pinned messages in the chat")
    notice = world.new_message(chat, world.bot_id)
    notice.service = {"pinned_message": show_message(world, message, nested=False)}
    tell_bot(world, world.publish(notice))
    return True


async def _unpin(world: World, call: Call) -> bool:
    open_chat(world, call.get("chat_id"))
    return True


HANDLERS = {
    "deleteMessage": _delete_message,
    "deleteMessages": _delete_messages,
    "pinChatMessage": _pin,
    "unpinChatMessage": _unpin,
}
