"""The source of updates that the settings choose."""

from dataclasses import dataclass
from typing import Protocol

from telegram import Bot

from bot.delivery.http import make_polling_request
from bot.delivery.inbox import Inbox
from bot.delivery.notices import StorageNotice
from bot.delivery.polling import Polling
from bot.monitor.hooks import MonitorHooks
from bot.settings import Settings
from bot.texts import Texts
from storage.database.keys import Keyring
from storage.database.sessions import Database


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNeeds:
    """What a source is built from."""

    settings: Settings
    bot: Bot
    token: str
    inbox: Inbox
    texts: Texts
    keyring: Keyring
    database: Database
    owner: str
    monitor: MonitorHooks


def make_source(needs: SourceNeeds) -> UpdateSource:
    """Webhook or long polling; of several processes one polls at a time."""
    telegram, bot = needs.settings.telegram, needs.bot
    refused = StorageNotice(bot, needs.texts)
    if needs.settings.webhook.url:
        from bot.delivery.webhook import WebhookServer  # a server's imports, only if it is used

        secret = needs.settings.webhook.secret
        return WebhookServer(
            bot=bot,
            settings=needs.settings.webhook,
            secret=secret.get_secret_value() if secret is not None else needs.keyring.webhook_secret(),
            take=needs.inbox.take,
            refused=refused,
            monitor=needs.monitor,
        )
    polling = Polling(
        request=make_polling_request(telegram.poll_s, needs.monitor),
        bot_url=f"{telegram.api_url.rstrip('/')}/bot{needs.token}",
        take=needs.inbox.take,
        refused=refused,
        remove_webhook=bot.delete_webhook,
        poll_s=telegram.poll_s,
        monitor=needs.monitor,
    )
    if needs.settings.one_process:
        return polling
    from bot.delivery.standby import Candidacy, StandbyPolling

    return StandbyPolling(
        polling,
        Candidacy(
            database=needs.database,
            name=f"poller:{needs.token.partition(':')[0]}",
            owner=needs.owner,
            lease_s=needs.settings.telegram.poller_lease_s,
        ),
    )
