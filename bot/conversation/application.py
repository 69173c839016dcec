"""PTB's application as the product uses it."""

from telegram.ext import Application, ContextTypes

from bot.conversation.context import NevusApplication, NevusContext
from bot.delivery.http import make_polling_request, make_request
from bot.delivery.proxies import check_proxy
from bot.delivery.workers import note_error
from bot.monitor.hooks import NULL_MONITOR, MonitorHooks
from bot.settings import Settings, SettingsError


def make_application(settings: Settings, monitor: MonitorHooks = NULL_MONITOR) -> NevusApplication:
    """PTB's application: no updater, no job queue, no persistence. Ours are durable.

    Raises:
        SettingsError: no token, or a proxy that cannot be used.
    """
    base_url = settings.telegram.api_url.rstrip("/")
    check_proxy(base_url)
    application = (
        Application.builder()
        .token(read_token(settings))
        .base_url(f"{base_url}/bot")
        .base_file_url(f"{base_url}/file/bot")
        .request(make_request(monitor, settings.telegram.files_dir))
        .get_updates_request(make_polling_request(settings.telegram.poll_s, monitor))
        .context_types(ContextTypes(context=NevusContext))
        .updater(None)
        .job_queue(None)
        .build()
    )
    application.add_error_handler(note_error)
    return application


def read_token(settings: Settings) -> str:
    """The bot's token.

    Raises:
        SettingsError: there is none.
    """
    if settings.telegram.token is None:
        raise SettingsError("Set NEVUS_TELEGRAM_TOKEN to the bot's token.")
    return settings.telegram.token.get_secret_value()
