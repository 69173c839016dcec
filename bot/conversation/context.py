"""The typed context that every handler gets: the turn in work and the services it may use."""

from dataclasses import dataclass, field
from typing import Any

from telegram.ext import Application, CallbackContext, ExtBot

from bot.delivery.downloads import DownloadLog
from bot.delivery.turn import Turn, current_turn
from bot.monitor.hooks import NULL_MONITOR, MonitorHooks
from inference.engine import Engine
from storage.database.keys import Keyring
from storage.database.sessions import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Real objects, built once in `bot.app`; handlers build nothing themselves."""

    settings: Any  # bot.settings.Settings
    database: Database
    keyring: Keyring
    engine: Engine
    texts: Any  # bot.texts.Texts
    clock: Any  # () -> datetime, aware, UTC
    inbox: Any  # bot.delivery.inbox.Inbox: release_held(chat_id) and counts
    watch: MonitorHooks = NULL_MONITOR
    downloads: DownloadLog = field(default_factory=DownloadLog)
    release: Any = None  # inference.release.Release: policy, pair and cards of what the engine runs


class NevusContext(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """PTB's context with names instead of string keys."""

    @property
    def turn(self) -> Turn:
        """The turn in work in this task."""
        return current_turn.get()

    @property
    def services(self) -> Services:
        """What the application was built with."""
        services: Services = self.application.bot_data["services"]
        return services


NevusApplication = Application[Any, NevusContext, Any, Any, Any, Any]
