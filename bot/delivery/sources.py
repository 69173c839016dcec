"""The source of updates that the settings choose."""

from typing import Protocol

from telegram import Bot

from bot.delivery.http import make_polling_request
from bot.delivery.inbox import Inbox
from bot.delivery.notices import StorageNotice
from bot.delivery.polling import Polling
from bot.settings import Settings
from bot.texts import Texts


class UpdateSource(Protocol):
    """Long polling or webhook."""

    async def start(self) -> None:
        """Open what is needed.

        Raises:
            OSError: the address is taken or not available.
        """
        ...

    async def run(self) -> None:
        """Take updates until cancelled; may return once updates come without further calls."""
        ...

    async def stop(self) -> None:
        """Finish what is under way and close."""
        ...


def make_source(settings: Settings, inbox: Inbox, *, bot: Bot, texts: Texts) -> UpdateSource:
    """Webhook or long polling; of several processes one polls at a time."""
    telegram, monitor = settings.telegram, inbox.monitor
    refused = StorageNotice(bot, texts)
    if settings.webhook.url:
        from bot.delivery.webhook import WebhookServer  # a server's imports, only if it is used

        secret = settings.webhook.secret
        return WebhookServer(
            bot=bot,
            settings=settings.webhook,
            secret=secret.get_secret_value() if secret is not None else inbox.keyring.webhook_secret(),
            take=inbox.take,
            refused=refused,
            monitor=monitor,
        )
    polling = Polling(
        request=make_polling_request(telegram.poll_s, monitor),
        bot_url=f"{telegram.api_url.rstrip('/')}/bot{bot.token}",
        take=inbox.take,
        refused=refused,
        remove_webhook=bot.delete_webhook,
        poll_s=telegram.poll_s,
        monitor=monitor,
    )
    if settings.one_process:
        return polling
    from bot.delivery.standby import Candidacy, StandbyPolling

    return StandbyPolling(
        polling,
        Candidacy(
            database=inbox.database,
            name=f"poller:{bot.token.partition(':')[0]}",
            owner=inbox.owner,
            lease_s=telegram.poller_lease_s,
        ),
    )
