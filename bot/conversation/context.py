"""The typed context that every handler gets: the current turn and the services it may use."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from telegram.ext import Application, CallbackContext, ExtBot

from bot.conversation.clinics import NO_CLINICS, Clinics
from bot.delivery.downloads import DownloadLog
from bot.delivery.inbox import Inbox
from bot.delivery.supervisor import Supervisor
from bot.delivery.turn import Turn, current_turn
from bot.monitor.hooks import NULL_MONITOR, MonitorHooks
from bot.settings import Settings
from bot.texts import Texts
from inference.engine import Engine
from inference.release import Release
from inference.tested import AnswerFigures
from storage.database.keys import Keyring
from storage.database.sessions import Database


@dataclass(frozen=True, kw_only=True)  # no slots: a cached property needs a __dict__
class Services:
    """Real objects, built once in `bot.app`; handlers build nothing themselves."""

    settings: Settings
    database: Database
    keyring: Keyring
    engine: Engine
    texts: Texts
    clock: Callable[[], datetime]  # aware, UTC
    inbox: Inbox
    supervisor: Supervisor
    clinics: Clinics = NO_CLINICS
    monitor: MonitorHooks = NULL_MONITOR
    downloads: DownloadLog = field(default_factory=DownloadLog)
    loaded_release: Release | None = None  # once the networks are loaded

    @property
    def release(self) -> Release:
        """Policy, pair and cards of the networks; no handler runs before they are loaded."""
        if self.loaded_release is None:
            raise RuntimeError("the networks are not loaded yet")
        return self.loaded_release

    @cached_property
    def tested(self) -> AnswerFigures:
        """The figures of the networks that an answer may show; none before they are loaded."""
        if self.loaded_release is None:
            return AnswerFigures()
        return AnswerFigures.from_pair(self.loaded_release.pair, self.settings.prevalence)


class NevusContext(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """PTB's context with names instead of string keys."""

    @property
    def turn(self) -> Turn:
        """The current turn of this task."""
        return current_turn.get()

    @property
    def services(self) -> Services:
        """What the application was built with."""
        services: Services = self.application.bot_data["services"]
        return services


NevusApplication = Application[Any, NevusContext, Any, Any, Any, Any]
