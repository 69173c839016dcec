"""getMe, getUpdates and the webhook's settings."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from bot.localchat.botview import show_bot
from bot.localchat.config import LOOPBACK
from bot.localchat.errors import BotApiError, bad_request
from bot.localchat.methods.registry import bot_method
from bot.localchat.params import Call
from bot.localchat.records import Json
from bot.localchat.state import State

_MAX_TIMEOUT_S = 50  # Telegram's bound for a long poll
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
_REPLACED = "Conflict: terminated by setWebhook request"


@bot_method("getMe")
async def _get_me(state: State, _call: Call) -> Json:
    return {
        **show_bot(state),
        "can_join_groups": True,
        "can_read_all_group_messages": not state.config.privacy_mode,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@bot_method("getUpdates")
async def _get_updates(state: State, call: Call) -> list[Json]:
    if state.settings.get("webhook"):
        raise BotApiError(409, _ACTIVE)
    state.updates.allow(call.get("allowed_updates"))
    limit = min(max(call.get("limit") or 100, 1), 100)
    timeout_s = min(max(call.get("timeout") or 0, 0), _MAX_TIMEOUT_S)
    return await state.updates.poll(call.get("offset") or 0, limit, timeout_s)


@bot_method("setWebhook")
async def _set_webhook(state: State, call: Call) -> bool:
    url = call.params["url"]
    if not url:
        return await _delete_webhook(state, call)
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise bad_request("bad webhook: invalid webhook URL specified") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if host not in LOOPBACK and not host.startswith("127."):
        # Nothing leaves the machine: this server is for trying out and testing.
        raise bad_request("bad webhook: the local chat calls loopback addresses only")
    secret = call.get("secret_token")
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    state.updates.allow(call.get("allowed_updates"))
    if call.get("drop_pending_updates"):
        state.updates.drop_all()
    webhook = {"url": url, "secret_token": call.get("secret_token")}
    webhook["max_connections"] = min(max(call.get("max_connections") or 40, 1), 100)
    webhook["has_custom_certificate"] = call.get("certificate") is not None
    state.set("webhook", webhook)
    state.updates.interrupt(BotApiError(409, _REPLACED))
    state.updates.on_push()
    return True


@bot_method("deleteWebhook")
async def _delete_webhook(state: State, call: Call) -> bool:
    state.set("webhook", None)
    if call.get("drop_pending_updates"):
        state.updates.drop_all()
    return True


@bot_method("getWebhookInfo")
async def _get_webhook_info(state: State, _call: Call) -> Json:
    webhook: dict[str, Any] = state.settings.get("webhook") or {}
    info = {
        "url": webhook.get("url", ""),
        "has_custom_certificate": webhook.get("has_custom_certificate", False),
        "pending_update_count": state.updates.count(),
    }
    if webhook:
        info["max_connections"] = webhook["max_connections"]
        info |= {name: webhook[name] for name in ("last_error_date", "last_error_message") if name in webhook}
    if state.updates.allowed:
        info["allowed_updates"] = state.updates.allowed
    return info
