"""The bot's menus and descriptions."""

from __future__ import annotations

from bot.localchat.params import Call
from bot.localchat.profile import check_commands, scope_key, set_localized
from bot.localchat.world import World


def _key(call: Call) -> str:
    return scope_key(call.get("scope"), call.get("language_code") or "")


async def _set_commands(world: World, call: Call) -> bool:
    commands = [{**c, "command": c["command"].removeprefix("/")} for c in call.params["commands"]]
    check_commands(commands)
    world.set("commands", {**world.settings.get("commands", {}), _key(call): commands})
    return True


async def _delete_commands(world: World, call: Call) -> bool:
    gone = _key(call)
    world.set("commands", {k: v for k, v in world.settings.get("commands", {}).items() if k != gone})
    return True


async def _set_description(world: World, call: Call) -> bool:
    set_localized(world, "descriptions", call.get("description") or "", call.get("language_code") or "")
    return True


async def _set_short_description(world: World, call: Call) -> bool:
    text = call.get("short_description") or ""
    set_localized(world, "short_descriptions", text, call.get("language_code") or "")
    return True


HANDLERS = {
    "setMyCommands": _set_commands,
    "deleteMyCommands": _delete_commands,
    "setMyDescription": _set_description,
    "setMyShortDescription": _set_short_description,
}
