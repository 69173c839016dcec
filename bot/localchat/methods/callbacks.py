"""Answers to pressed buttons."""

from __future__ import annotations

from bot.localchat.entities import utf16_len
from bot.localchat.errors import bad_request
from bot.localchat.params import Call
from bot.localchat.world import World

_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


async def _answer(world: World, call: Call) -> bool:
    query = world.queries.get(call.params["callback_query_id"])
    if query is None or world.clock.now() - query.created > world.config.callback_timeout_s:
        raise bad_request(_TOO_OLD)
    text, url = call.get("text") or None, call.get("url") or None
    if text and utf16_len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    if url and not url.startswith(f"https://t.me/{world.config.bot_username}?start="):
        raise bad_request("URL_INVALID")
    waiting = world.answers.get(query.id)
    if waiting and not waiting.done():
        waiting.set_result({"text": text, "show_alert": bool(call.get("show_alert")), "url": url})
    return True


HANDLERS = {"answerCallbackQuery": _answer}
