"""Checks of keyboards, as Telegram makes them."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.localchat.errors import bad_request
from bot.localchat.records import Json

_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
_MAX_CALLBACK_BYTES = 64
_MAX_COPY = 256
_STYLES = {"danger", "success", "primary"}


def check_markup(markup: Json | None, chat_type: str) -> Json | None:
    """The keyboard as it is kept; None for an empty inline keyboard.

    Raises:
        BotApiError: a button without text or action, data that is too long, a bad link,
            or a misplaced request.
    """
    if not markup:
        return None
    if "inline_keyboard" in markup:
        rows = [row for row in markup["inline_keyboard"] if row]
        for button in (button for row in rows for button in row):
            _check_button(button)
        return {"inline_keyboard": rows} if rows else None
    if chat_type == "channel":
        raise bad_request("reply markup must be an inline keyboard in channels")
    for row in markup.get("keyboard", []):
        for key in row:
            _check_key(key, chat_type)
    return markup


def _check_button(button: Json) -> None:
    if not button["text"].strip():
        raise bad_request("can't parse inline keyboard button: text buttons are empty")
    given = [action for action in _ACTIONS if action in button]
    if len(given) != 1:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if button.get("style", "primary") not in _STYLES:
        raise bad_request("can't parse inline keyboard button: invalid button style specified")
    if given[0] == "callback_data" and not 1 <= len(button["callback_data"].encode()) <= _MAX_CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if given[0] == "copy_text" and not 1 <= len(button["copy_text"]["text"]) <= _MAX_COPY:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if given[0] == "url":
        _check_link(button["url"])


def _check_link(url: str) -> None:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        fine = parts.scheme in {"http", "https", "tg"} and bool(parts.hostname)
    except ValueError:
        fine = False
    if not fine or (parts.scheme != "tg" and "." not in (parts.hostname or "")):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _check_key(key: Json, chat_type: str) -> None:
    if not key["text"]:
        raise bad_request("keyboard button text must be non-empty")
    if any(field.startswith("request_") for field in key) and chat_type != "private":
        raise bad_request("can't parse keyboard button: requests can be used in private chats only")
