"""The bot's menus and descriptions."""

from __future__ import annotations

from bot.localchat.methods.registry import bot_method
from bot.localchat.params import Call
from bot.localchat.profile import check_commands, scope_key, set_localized
from bot.localchat.state import State


def _key(call: Call) -> str:
    return scope_key(call.get("scope"), call.get("language_code") or "")


@bot_method("setMyCommands")
async def _set_commands(state: State, call: Call) -> bool:
    commands = [{**c, "command": c["command"].removeprefix("/")} for c in call.params["commands"]]
    check_commands(commands)
    state.set("commands", {**state.settings.get("commands", {}), _key(call): commands})
    return True


@bot_method("deleteMyCommands")
async def _delete_commands(state: State, call: Call) -> bool:
    gone = _key(call)
    state.set("commands", {k: v for k, v in state.settings.get("commands", {}).items() if k != gone})
    return True


@bot_method("setMyDescription")
async def _set_description(state: State, call: Call) -> bool:
    set_localized(state, "descriptions", call.get("description") or "", call.get("language_code") or "")
    return True


@bot_method("setMyShortDescription")
async def _set_short_description(state: State, call: Call) -> bool:
    text = call.get("short_description") or ""
    set_localized(state, "short_descriptions", text, call.get("language_code") or "")
    return True
