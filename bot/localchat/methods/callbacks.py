"""Answers to pressed buttons."""

from __future__ import annotations

from bot.localchat.entities import utf16_len
from bot.localchat.errors import bad_request
from bot.localchat.methods.registry import bot_method
from bot.localchat.params import Call
from bot.localchat.state import State

_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


@bot_method("answerCallbackQuery")
async def _answer(state: State, call: Call) -> bool:
    query = state.queries.get(call.params["callback_query_id"])
    if query is None or state.clock.now() - query.created > state.config.callback_timeout_s:
        raise bad_request(_TOO_OLD)
    text, url = call.get("text") or None, call.get("url") or None
    if text and utf16_len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    if url and not url.startswith(f"https://t.me/{state.config.bot_username}?start="):
        raise bad_request("URL_INVALID")
    waiting = state.answers.get(query.id)
    if waiting and not waiting.done():
        waiting.set_result({"text": text, "show_alert": bool(call.get("show_alert")), "url": url})
    return True
