"""From an update to its conversation, and from its reply to the end of the turn."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Final

from telegram import CallbackQuery, Message, Update
from telegram.ext import CallbackQueryHandler, ChatMemberHandler, MessageHandler, TypeHandler, filters

from bot.cases.command_words import command_words
from bot.cases.photo import answer_photos
from bot.clinic.comments import LINK_PREFIX, ask_comment, take_asked_comment
from bot.clinic.form import take_sentence
from bot.clinic.invites import PREFIX as INVITE
from bot.clinic.invites import redeem
from bot.clinic.linking import follow_move, link_shared
from bot.clinic.locator import take_locator
from bot.clinic.membership import note_standing
from bot.clinic.questions_back import take_reply
from bot.conversation.access import is_let_in, turn_away
from bot.conversation.attachments import Attachment
from bot.conversation.callback_data import Press
from bot.conversation.context import NevusApplication, NevusContext
from bot.conversation.request import Reply, Request, commit, open_request
from bot.conversation.wording import plain
from bot.routing.buttons import answer_press
from bot.routing.commands import Command, answer_command
from bot.routing.edits import answer_edit, answer_edited_text
from bot.routing.groups import answer_anonymous, answer_in_group
from bot.routing.otherwise import answer_anything
from bot.routing.press_answers import answer_in_turn

LONGEST: Final = 64  # signs, as Telegram allows
OF_A_CASE: Final = frozenset({"letter", "remind"})  # commands that without words are about the newest case

# By the payload's beginning.
PAYLOADS: Final[dict[str, Callable[[Request, str], Awaitable[Reply]]]] = {
    INVITE: redeem,
    LINK_PREFIX: ask_comment,
}


def read_payload(message: Message) -> str:
    """The parameter of `/start`; empty if there is none."""
    _, _, payload = (message.text or "").partition(" ")
    return payload.strip()[:LONGEST]


async def answer_payload(request: Request, payload: str) -> Reply | None:
    """Do what the link asks for; None if it asks for nothing."""
    conversation = next((each for prefix, each in PAYLOADS.items() if payload.startswith(prefix)), None)
    return None if conversation is None else await conversation(request, payload)


def register(application: NevusApplication) -> None:
    """Add every handler. Each awaits its work, so that an update counts as done only once it is."""
    new = filters.UpdateType.MESSAGE
    application.add_handler(CallbackQueryHandler(on_press))
    application.add_handler(
        MessageHandler(new & filters.ChatType.PRIVATE, partial(on_message, answer=_answer_private))
    )
    application.add_handler(
        MessageHandler(new & filters.ChatType.GROUPS, partial(on_message, answer=_answer_group))
    )
    edited_photo = filters.UpdateType.EDITED_MESSAGE & (filters.PHOTO | filters.Document.ALL)
    application.add_handler(MessageHandler(edited_photo, partial(on_message, answer=answer_edit)))
    edited_text = filters.UpdateType.EDITED_MESSAGE & filters.TEXT & filters.ChatType.PRIVATE
    application.add_handler(MessageHandler(edited_text, partial(on_message, answer=answer_edited_text)))
    application.add_handler(ChatMemberHandler(on_standing, ChatMemberHandler.MY_CHAT_MEMBER))
    application.add_handler(TypeHandler(Update, on_anything_else))


async def on_message(
    update: Update, context: NevusContext, *, answer: Callable[[Request, Message], Awaitable[Reply]]
) -> None:
    """Commit the answer to a new or edited message."""
    message = update.effective_message
    request = await _request(update, context)
    if request is None or message is None:
        await context.turn.finish()
        return
    await commit(request, await answer(request, message))


async def on_press(update: Update, context: NevusContext) -> None:
    """Handle a pressed button. The press itself is answered in any case."""
    query = update.callback_query
    request = await _request(update, context)
    if query is None:
        await context.turn.finish()
        return
    if request is None:
        await context.turn.finish()
        await answer_in_turn(context.services.supervisor, query)
        return
    try:
        await _press(request, query)
    except Exception:
        if request.turn.attempt >= request.services.settings.work.max_attempts:
            await answer_in_turn(context.services.supervisor, query)  # it is set aside now
        raise


async def _press(request: Request, query: CallbackQuery) -> None:
    """Do what the button says. A notice, which says how it went, comes after the commit."""
    reply, supervisor = await answer_press(request, Press.read(query)), request.services.supervisor
    if reply.notice is not None:
        await commit(request, reply)
        await answer_in_turn(supervisor, query, plain(reply.notice), alert=not reply.passes)
        return
    ends = await asyncio.gather(
        commit(request, reply), answer_in_turn(supervisor, query), return_exceptions=True
    )
    if error := next((end for end in ends if isinstance(end, BaseException)), None):
        raise error


async def on_standing(update: Update, context: NevusContext) -> None:
    """Handle a change of the bot's membership: added, promoted, demoted, removed, blocked, unblocked."""
    change, request = update.my_chat_member, await _request(update, context)
    if request is None or change is None:
        await context.turn.finish()
        return
    await commit(request, await note_standing(request, change))


async def on_anything_else(update: Update, context: NevusContext) -> None:  # noqa: ARG001
    """Edited texts in groups, posts in channels, changes of members: an edit never makes a second case."""
    await context.turn.finish()


async def _request(update: Update, context: NevusContext) -> Request | None:
    user, chat = update.effective_user, update.effective_chat
    return None if user is None or chat is None else await open_request(context, user=user, chat=chat)


async def _answer_group(request: Request, message: Message) -> Reply:
    """Answer a message in a group that addresses the bot. Nobody is greeted for joining or leaving."""
    request = replace(request, reply_to=message.message_id)
    if message.migrate_to_chat_id:
        return follow_move(request, old=request.chat_id, new=message.migrate_to_chat_id)
    if message.migrate_from_chat_id:
        return follow_move(request, old=message.migrate_from_chat_id, new=request.chat_id)
    if _is_service(message) or message.is_automatic_forward:
        return Reply()
    if message.sender_chat is not None:
        return answer_anonymous(request)
    return await answer_in_group(request, message)


async def _answer_private(request: Request, message: Message) -> Reply:
    command = Command.of(message)
    if (reply := await _answer_particular(request, message, command)) is not None:
        return reply
    is_photo = message.animation is None and bool(Attachment.of(message))
    leads_to_one = bool(message.text) if command is None else command.name in ("start", "triage")
    if (is_photo or leads_to_one) and not await is_let_in(request):
        return turn_away(replace(request, reply_to=message.message_id))
    if is_photo:
        messages = [each for update in request.turn.updates if (each := update.effective_message)]
        reply = await answer_photos(replace(request, reply_to=messages[0].message_id), messages)
        # A command in a photo's caption is answered as well; the photo never suffers from it.
        if command is None or reply.is_held or command.name == "triage":
            return reply
        more = await _answer_caption(request, command, has_case=bool(reply.records))
        own = tuple(replace(each, key=f"{request.turn.key}:command") for each in more.messages)
        return replace(
            reply,
            messages=(*reply.messages, *own),
            records=(*reply.records, *more.records),
            effects=(*reply.effects, *more.effects),
        )
    if command is not None:
        return await answer_command(request, command)
    return await answer_anything(request, message)


async def _answer_caption(request: Request, command: Command, *, has_case: bool) -> Reply:
    """The answer to a command in a photo's caption. The photo's case is not in the record before the answer.

    So "the newest case" would be the one before the photo's, and a list of the cases would lack it.
    """
    if command.name in OF_A_CASE and not command_words(request):
        return request.answer("caption-command", command=f"/{command.name}")
    is_list = command.name == "export" or (command.name == "history" and not command_words(request))
    if has_case and is_list:
        return request.answer("caption-list", command=f"/{command.name}")
    return await answer_command(request, command)


async def _answer_particular(request: Request, message: Message, command: Command | None) -> Reply | None:
    """A shared chat, a link's payload, what a referral asked for; None for everything else."""
    if message.chat_shared is not None:
        return await link_shared(request, message)
    if command is None:
        return await take_locator(request, message) or await answer_reply(request, message)
    payload = read_payload(message) if command.name == "start" else ""
    return await answer_payload(request, payload) if payload else None


def _is_service(message: Message) -> bool:
    return bool(
        message.new_chat_members
        or message.left_chat_member
        or message.group_chat_created
        or message.supergroup_chat_created
        or message.pinned_message
    )


async def answer_reply(request: Request, message: Message) -> Reply | None:
    """Handle a reply to one of the bot's messages; None if no conversation expects it."""
    if message.reply_to_message is None:
        return None
    request = replace(request, reply_to=message.message_id)
    for conversation in (take_sentence, take_asked_comment, take_reply):
        reply = await conversation(request, message)
        if reply is not None:
            return reply
    return None
