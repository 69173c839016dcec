"""The running product: the order of its start, and a stop that loses nothing."""

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from telegram.error import InvalidToken, RetryAfter, TelegramError

from bot.cases.comparing import Comparisons
from bot.cases.upkeep import RecordUpkeep
from bot.clinic.upkeep import ClinicUpkeep
from bot.conversation.context import NevusApplication, Services
from bot.delivery.acknowledgements import Acknowledgements
from bot.delivery.bot_name import BotNameFile
from bot.delivery.housekeeping import Housekeeping
from bot.delivery.inbox import Inbox
from bot.delivery.replicas import Replicas
from bot.delivery.sender import Sender
from bot.delivery.sources import UpdateSource
from bot.delivery.supervisor import Supervisor
from bot.delivery.telegram_check import TelegramCheck, classify
from bot.delivery.workers import Workers
from bot.delivery.write_queue import WriteQueue
from bot.errors import OperatorError
from bot.settings import Settings
from storage.database.errors import StorageError

if TYPE_CHECKING:
    from bot.monitor.health import Phase
    from bot.monitor.server import MonitorServer

log = logging.getLogger(__name__)

SENDING_SHARE: Final = 0.25  # of the grace period: for what the last turns said
LAST_WAIT_S: Final = 30.0
SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def stop_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at the first SIGTERM or SIGINT in this block; a second one has its default effect.

    So a stop that takes too long can be cut short.
    """
    loop = asyncio.get_running_loop()

    def forget() -> None:
        for number in SIGNALS:
            loop.remove_signal_handler(number)

    def hear() -> None:
        forget()
        stop()

    for number in SIGNALS:
        loop.add_signal_handler(number, hear)
    try:
        yield
    finally:
        forget()


class StartError(OperatorError):
    """The start is refused: one sentence that says what to do."""


@dataclass(kw_only=True, eq=False)
class Product:
    """Starts, runs until asked to stop, and stops, once."""

    settings: Settings
    services: Services
    application: NevusApplication
    supervisor: Supervisor
    write_queue: WriteQueue
    inbox: Inbox
    sender: Sender
    acknowledgements: Acknowledgements
    workers: Workers
    housekeeping: Housekeeping
    record_upkeep: RecordUpkeep
    comparisons: Comparisons
    clinic_upkeep: ClinicUpkeep
    source: UpdateSource
    name_file: BotNameFile
    telegram_check: TelegramCheck
    replicas: Replicas | None  # None if no other process can run
    monitor: "MonitorServer | None" = None

    def __post_init__(self) -> None:
        self._stop_asked = asyncio.Event()
        self._source_task: asyncio.Task[Any] | None = None

    async def start(self) -> None:
        """Take updates as soon as the listener is open, answer them once the networks are loaded.

        While Telegram does not answer, this waits; the webhook keeps updates meanwhile. Those that need the
        bot's name are refused (503), unless the last start has left the name.

        Raises:
            StartError: the token is refused, an address is taken.
            EngineError: the networks cannot be loaded; the text says why.
        """
        spawn, serve = self.supervisor.spawn, self.supervisor.serve
        await self._open_monitor()
        serve(self.write_queue.run, name="write queue")
        try:
            if (username := self.name_file.read()) is not None:
                self.inbox.introduce(username=username)
            await self.inbox.recover()
            try:
                await self.source.start()
            except OSError:
                raise StartError(
                    "Set NEVUS_WEBHOOK_HOST and NEVUS_WEBHOOK_PORT to an address that is free here."
                ) from None
            self._set_phase("taking")
            async with asyncio.TaskGroup() as group:  # either may fail while the other still waits
                group.create_task(self.services.engine.start())
                group.create_task(self._start_services())
        except BaseExceptionGroup as failed:
            await self.stop()
            raise failed.exceptions[0] from None
        except BaseException:
            await self.stop()
            raise
        release = getattr(self.services.engine, "release", None)
        self.application.bot_data["services"] = replace(self.services, loaded_release=release)
        serve(self.workers.run, name="workers")
        serve(self.clinic_upkeep.run, name="clinic upkeep")
        serve(self.comparisons.run, name="comparisons")
        spawn(self._publish_menus(), name="menus")
        self._set_phase("running")

    async def run_until_stopped(self) -> None:
        """Wait for `ask_to_stop`."""
        await self._stop_asked.wait()

    def ask_to_stop(self) -> None:
        """End `run_until_stopped`."""
        self._stop_asked.set()

    async def stop(self) -> None:
        """Take nothing more, finish or requeue turns, send what can be sent, close everything."""
        grace_s = self.settings.work.grace_s
        deadline = time.monotonic() + grace_s
        self._set_phase("stopping")
        await _try("source", self.source.stop())
        if self._source_task is not None:
            self._source_task.cancel()
            await asyncio.gather(self._source_task, return_exceptions=True)
        await _try("work", self.workers.drain(grace_s * (1 - SENDING_SHARE)))
        await _try("sending", self.sender.drain(max(deadline - time.monotonic(), 0.5)))
        await _try("networks", self.services.engine.stop())
        await self.supervisor.stop()
        if self.replicas is not None:
            await _try("replicas", self.replicas.leave())
        if self.monitor is not None:
            await _try("monitor", self.monitor.stop())
        await _try("Telegram", self.application.shutdown())
        await _try("Telegram", self.application.bot.shutdown())  # if the bot never got its name
        await self.services.database.close()

    async def _start_services(self) -> None:
        """Start what needs Telegram and does not need the networks."""
        serve = self.supervisor.serve
        await self._meet_telegram()
        self._source_task = serve(self.source.run, name="source")
        serve(self.telegram_check.run, name="Telegram check")
        serve(self.sender.run, name="sender")
        serve(self.acknowledgements.run, name="acknowledgements")
        serve(self.housekeeping.run, name="housekeeping")
        if self.replicas is not None:
            serve(self.replicas.run, name="replicas")
        serve(self.record_upkeep.run, name="record upkeep")

    def _set_phase(self, phase: "Phase") -> None:
        if self.monitor is not None:
            self.monitor.set_phase(phase)

    async def _open_monitor(self) -> None:
        """Open the monitor first, so that a slow start can be observed."""
        monitor = self.monitor
        if monitor is None:
            return
        try:
            await monitor.start()
        except OSError:
            raise StartError(
                "Set NEVUS_MONITOR_HOST and NEVUS_MONITOR_PORT to an address that is free here."
            ) from None
        self.supervisor.serve(monitor.run, name="monitor")

    async def _meet_telegram(self) -> None:
        """Learn the bot's name, for as long as it takes."""
        wait_s, monitor = 0.5, self.services.monitor
        while True:
            try:
                await self.application.initialize()
            except InvalidToken:
                raise StartError(
                    "Set NEVUS_TELEGRAM_TOKEN to a valid token: the Bot API refuses this one."
                ) from None
            except TelegramError as error:
                monitor.called("get_me", fault=classify(error))
                asked = error.retry_after if isinstance(error, RetryAfter) else 0
                asked_s = float(asked if isinstance(asked, int) else asked.total_seconds())
                log.warning("the Bot API does not answer (%s); trying again", type(error).__name__)
                await asyncio.sleep(max(wait_s, asked_s))
                wait_s = min(wait_s * 2, LAST_WAIT_S)
            else:
                break
        monitor.called("get_me")
        username = self.application.bot.username
        self.inbox.introduce(username=username)
        self.name_file.write(username)

    async def _publish_menus(self) -> None:
        """Command menus, as far as Telegram takes them: nothing waits for it."""
        from bot.clinic.group_menus import publish_for_clinics
        from bot.conversation import menus

        try:
            bot, texts = self.application.bot, self.services.texts
            await menus.publish(bot, texts)
            await menus.publish_for_admins(bot, texts, self.settings)
            await publish_for_clinics(bot, self.services)
        except (StorageError, TelegramError) as error:
            log.info("the command menus could not be published (%s)", type(error).__name__)


async def _try(what: str, step: Any) -> None:
    """Run one step of the stop; log its failure and go on."""
    try:
        await step
    except Exception as error:  # noqa: BLE001
        log.warning("stopping: %s failed (%s)", what, type(error).__name__)
