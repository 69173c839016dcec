"""Menus, names and descriptions of the bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.localchat.params import Call
from bot.localchat.profile import check_commands, localized, scope_key, set_localized
from bot.localchat.records import Json
from bot.localchat.world import World

_NO_RIGHTS = (
    *(
        "is_anonymous",
        "can_manage_chat",
        "can_delete_messages",
        "can_manage_video_chats",
        "can_restrict_members",
    ),
    *("can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories"),
    "can_delete_stories",
)


def _key(call: Call) -> str:
    return scope_key(call.get("scope"), call.get("language_code") or "")


async def _set_commands(world: World, call: Call) -> bool:
    commands = [{**c, "command": c["command"].removeprefix("/")} for c in call.params["commands"]]
    check_commands(commands)
    world.set("commands", {**world.settings.get("commands", {}), _key(call): commands})
    return True


async def _get_commands(world: World, call: Call) -> list[Json]:
    found: list[Json] = world.settings.get("commands", {}).get(_key(call), [])
    return found


async def _delete_commands(world: World, call: Call) -> bool:
    gone = _key(call)
    world.set("commands", {k: v for k, v in world.settings.get("commands", {}).items() if k != gone})
    return True


def _setter(what: str, parameter: str) -> Callable[[World, Call], Awaitable[bool]]:
    async def set_text(world: World, call: Call) -> bool:
        set_localized(world, what, call.get(parameter) or "", call.get("language_code") or "")
        return True

    return set_text


def _getter(what: str, parameter: str) -> Callable[[World, Call], Awaitable[Json]]:
    async def get_text(world: World, call: Call) -> Json:
        fallback = world.config.bot_name if what == "names" else ""
        return {parameter: localized(world, what, call.get("language_code")) or fallback}

    return get_text


async def _set_menu_button(world: World, call: Call) -> bool:
    world.set("menu_button", call.get("menu_button") or {"type": "default"})
    return True


async def _get_menu_button(world: World, _call: Call) -> Json:
    button: Json = world.settings.get("menu_button") or {"type": "commands"}
    return button


async def _set_default_rights(world: World, call: Call) -> bool:
    place = "channels" if call.get("for_channels") else "groups"
    world.set("default_rights", {**world.settings.get("default_rights", {}), place: call.get("rights")})
    return True


async def _get_default_rights(world: World, call: Call) -> Json:
    place = "channels" if call.get("for_channels") else "groups"
    return world.settings.get("default_rights", {}).get(place) or dict.fromkeys(_NO_RIGHTS, False)


HANDLERS = {
    "setMyCommands": _set_commands,
    "getMyCommands": _get_commands,
    "deleteMyCommands": _delete_commands,
    "setMyName": _setter("names", "name"),
    "getMyName": _getter("names", "name"),
    "setMyDescription": _setter("descriptions", "description"),
    "getMyDescription": _getter("descriptions", "description"),
    "setMyShortDescription": _setter("short_descriptions", "short_description"),
    "getMyShortDescription": _getter("short_descriptions", "short_description"),
    "setChatMenuButton": _set_menu_button,
    "getChatMenuButton": _get_menu_button,
    "setMyDefaultAdministratorRights": _set_default_rights,
    "getMyDefaultAdministratorRights": _get_default_rights,
}
