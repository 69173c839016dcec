"""What `nevus check` asks the Bot API: the bot's name, and the webhook."""

import asyncio
import os
from dataclasses import dataclass
from typing import Final, Literal

from telegram import Bot, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from bot.delivery.http import make_request
from bot.delivery.proxies import check_proxy
from bot.delivery.webhook_address import find_address_fault
from bot.settings import Settings, SettingsError

ASK_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class TelegramFinding:
    """One line of the table."""

    subject: Literal["Bot API", "webhook"]
    mark: Literal["ok", "warn", "FAIL"]
    text: str


def ask_telegram(settings: Settings) -> list[TelegramFinding]:
    """Ask the Bot API for the bot's name and its webhook.

    Raises:
        SettingsError: a setting is wrong, or the Bot API does not answer.
    """
    folder = settings.telegram.files_dir
    if folder is not None and not (folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)):
        raise SettingsError("Set NEVUS_TELEGRAM_FILES_DIR to a folder that can be read.")
    check_proxy(settings.telegram.api_url)
    return asyncio.run(_ask(settings))


async def _ask(settings: Settings) -> list[TelegramFinding]:
    token = settings.telegram.token
    bot = Bot(
        token.get_secret_value() if token is not None else "",
        base_url=f"{settings.telegram.api_url.rstrip('/')}/bot",
        request=make_request(),
        get_updates_request=make_request(),  # PTB's own client would read the proxy settings in its way
    )
    try:
        async with asyncio.timeout(ASK_S), bot:
            try:
                info = await bot.get_webhook_info()
            except TelegramError:  # the server does not say
                info = WebhookInfo(url="", has_custom_certificate=False, pending_update_count=0)
            name = TelegramFinding("Bot API", "ok", f"answers as @{bot.username}")
            return [name, *_judge_webhook(settings, info)]
    except InvalidToken:
        raise SettingsError(
            "Set NEVUS_TELEGRAM_TOKEN to a valid token: the Bot API refuses this one."
        ) from None
    except (TelegramError, TimeoutError):
        raise SettingsError(
            "The Bot API does not answer: check NEVUS_TELEGRAM_API_URL and the network."
        ) from None
    finally:
        await bot.shutdown()  # if the first call timed out, nothing else closes it


def _judge_webhook(settings: Settings, info: WebhookInfo) -> list[TelegramFinding]:
    """An address that Telegram has taken is right, whatever its port; what it last met there is shown."""
    url = settings.webhook.url
    if not url:
        found = "is set: `nevus run` removes it, because NEVUS_WEBHOOK_URL is not set"
        return [TelegramFinding("webhook", "warn", found)] if info.url else []
    if info.url != url:
        fault = find_address_fault(url) if settings.telegram.files_dir is None else None
        not_yet = "not set yet: `nevus run` sets it"
        return [TelegramFinding("webhook", "FAIL" if fault else "ok", fault or not_yet)]
    if not info.last_error_message:
        return [TelegramFinding("webhook", "ok", "is set")]
    message = " ".join(info.last_error_message.split())
    at = f" at {info.last_error_date:%Y-%m-%d %H:%M} UTC" if info.last_error_date is not None else ""
    waiting = f"; {info.pending_update_count} updates wait" if info.pending_update_count else ""
    return [TelegramFinding("webhook", "warn", f"is set; Telegram's last error{at}: {message}{waiting}")]
