"""The bot's menus by scope and language, and its descriptions by language."""

from __future__ import annotations

import re
from typing import Any

from bot.localchat.errors import bad_request
from bot.localchat.records import ADMINS, GROUP_TYPES, Chat, Json, LocalPerson
from bot.localchat.state import State

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_SIMPLE_SCOPES = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}
_CHAT_SCOPES = {"chat", "chat_administrators", "chat_member"}
MAX_LENGTHS = {"descriptions": 512, "short_descriptions": 120}


def localized(state: State, what: str, language_code: str | None) -> str:
    """A description in a person's language, else the general one, else nothing."""
    texts: dict[str, str] = state.settings.get(what, {})
    return texts.get((language_code or "")[:2]) or texts.get("", "")


def set_localized(state: State, what: str, text: str, language_code: str) -> None:
    """Sets a description; an empty text removes it.

    Raises:
        BotApiError: the text is too long, or the language does not have two letters.
    """
    check_language(language_code)
    if len(text) > MAX_LENGTHS[what]:
        raise bad_request(f"{what.removesuffix('s').replace('_', ' ')} is too long")
    texts = {**state.settings.get(what, {}), language_code: text}
    state.set(what, {language: text for language, text in texts.items() if text})


def check_language(code: str) -> None:
    """Checks a language code: Telegram accepts two letters, or none.

    Raises:
        BotApiError: it has another form.
    """
    if code and not (len(code) == 2 and code.isascii() and code.isalpha() and code.islower()):
        raise bad_request("invalid language code specified")


def scope_key(scope: Json | None, language_code: str) -> str:
    """The key of the commands of a scope and language.

    Raises:
        BotApiError: the scope is unknown or lacks its chat.
    """
    check_language(language_code)
    kind = scope["type"] if scope else "default"
    if kind in _SIMPLE_SCOPES:
        return f"{kind}|{language_code}"
    if scope is None or kind not in _CHAT_SCOPES:
        raise bad_request("unsupported BotCommandScope type specified")
    if "chat_id" not in scope:
        raise bad_request("chat_id is empty")
    member = f":{scope['user_id']}" if kind == "chat_member" and "user_id" in scope else ""
    return f"{kind}:{scope['chat_id']}{member}|{language_code}"


def check_commands(commands: list[Json]) -> None:
    """Checks the commands of a menu by Telegram's rules.

    Raises:
        BotApiError: there are too many, a name is invalid, or a description is empty or too long.
    """
    if len(commands) > 100:
        raise bad_request("too many commands specified")
    for command in commands:
        if not _COMMAND.fullmatch(command["command"].removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")


def commands_for(state: State, person: LocalPerson | None, chat: Chat | None) -> list[dict[str, Any]]:
    """The menu that a person sees in a chat: of the narrowest scope, if possible in their language."""
    kept: dict[str, list[Json]] = state.settings.get("commands", {})
    language = (person.language_code or "")[:2] if person else ""
    for scope in _scopes(person, chat):
        for code in (language, ""):
            if found := kept.get(f"{scope}|{code}"):
                return found
    return []


def _scopes(person: LocalPerson | None, chat: Chat | None) -> list[str]:
    if chat is None or chat.type == "private":
        own = [f"chat:{chat.id}"] if chat else []
        return [*own, "all_private_chats", "default"]
    if chat.type not in GROUP_TYPES or person is None:
        return ["default"]
    admin = chat.status(person.id) in ADMINS
    narrow = [f"chat_member:{chat.id}:{person.id}"]
    narrow += [f"chat_administrators:{chat.id}"] if admin else []
    wide = ["all_chat_administrators"] if admin else []
    return [*narrow, f"chat:{chat.id}", *wide, "all_group_chats", "default"]
