"""The one place that builds real objects and wires them."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.cases.comparing import Comparisons
from bot.cases.upkeep import RecordUpkeep
from bot.clinic.chats import follow_chat
from bot.clinic.linked import LinkedClinics
from bot.clinic.upkeep import ClinicUpkeep
from bot.conversation.acknowledgement_texts import make_composer
from bot.conversation.application import make_application, read_token
from bot.conversation.context import NevusApplication, Services
from bot.conversation.probing import make_probe
from bot.delivery.acknowledgement_plan import Pace
from bot.delivery.acknowledgements import Acknowledgements
from bot.delivery.bot_name import BotNameFile
from bot.delivery.housekeeping import Housekeeping
from bot.delivery.inbox import Inbox
from bot.delivery.limits import Limiter
from bot.delivery.notices import make_notify
from bot.delivery.refusals import RefusalWords
from bot.delivery.replicas import Replicas
from bot.delivery.sender import Sender
from bot.delivery.sources import make_source
from bot.delivery.stalls import Stalls
from bot.delivery.supervisor import Alarm, Supervisor
from bot.delivery.suspects import CountedEngine, Suspects
from bot.delivery.telegram import TelegramClient
from bot.delivery.telegram_check import TelegramCheck
from bot.delivery.unit_of_work import TurnStore
from bot.delivery.workers import Workers
from bot.delivery.write_queue import WriteQueue
from bot.engines import make_engine
from bot.lifecycle import Product
from bot.monitor.hooks import MonitorHooks
from bot.monitor.watched import Watched
from bot.monitor.wiring import make_hooks, make_monitor_server, watch_engine
from bot.routing.updates import register
from bot.settings import Settings
from bot.texts import Texts
from storage.database.keys import Keyring
from storage.database.sessions import Database

if TYPE_CHECKING:
    from inference.engine import Engine
    from inference.evaluation.drift import DriftReport


def read_clock() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What a test replaces."""

    engine: "Engine | None" = None
    clock: Callable[[], datetime] = read_clock
    register: Callable[[NevusApplication], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """What most parts of the product share."""

    settings: Settings
    database: Database
    keyring: Keyring
    write_queue: WriteQueue
    supervisor: Supervisor
    texts: Texts
    pace: Pace
    suspects: Suspects
    alarm: Alarm  # rings when workers may claim a turn
    now: Callable[[], float]  # Unix seconds
    owner: str  # of what this process claims; new at each start
    monitor: MonitorHooks
    limiter: Limiter


def build(settings: Settings, overrides: Overrides | None = None) -> Product:
    """Build the whole product, not started. The database must be migrated.

    Raises:
        SettingsError: there is no token.
        KeyFileError, StorageError: key or database cannot be opened.
    """
    overrides = overrides or Overrides()
    base = _make_base(settings, overrides)
    application = make_application(settings, base.monitor)
    bot_id = int(read_token(settings).partition(":")[0])
    sender = _make_sender(base, application)
    acknowledgements = _make_acknowledgements(base, application, sender)
    inbox = _make_inbox(base, bot_id, acknowledgements)
    engine = CountedEngine(overrides.engine or make_engine(settings), base.suspects)
    services = Services(
        settings=settings,
        database=base.database,
        keyring=base.keyring,
        engine=watch_engine(engine, base.monitor),
        texts=base.texts,
        clock=overrides.clock,
        inbox=inbox,
        supervisor=base.supervisor,
        clinics=LinkedClinics(application),
        monitor=base.monitor,
    )
    (overrides.register or register)(application)
    write_queue, notify = base.write_queue, sender.notify
    return Product(
        settings=settings,
        services=services,
        application=application,
        supervisor=base.supervisor,
        write_queue=write_queue,
        inbox=inbox,
        sender=sender,
        acknowledgements=acknowledgements,
        workers=_make_workers(base, services, application, sender=sender, acknowledgements=acknowledgements),
        housekeeping=Housekeeping(
            inbox=inbox,
            write_queue=write_queue,
            work=settings.work,
            alone=settings.one_process,
            owner=base.owner,
        ),
        record_upkeep=RecordUpkeep(
            write_queue=write_queue,
            database=base.database,
            keyring=base.keyring,
            texts=base.texts,
            settings=settings,
            now=base.now,
            notify=notify,
            erase_in_groups=services.clinics.erase,
        ),
        comparisons=Comparisons(application=application, write_queue=write_queue, notify=notify),
        clinic_upkeep=ClinicUpkeep(application=application, write_queue=write_queue, notify=notify),
        source=make_source(settings, inbox, bot=application.bot, texts=base.texts),
        name_file=BotNameFile(settings.data_dir, bot_id=bot_id),
        telegram_check=TelegramCheck(application.bot, base.monitor, webhook_url=settings.webhook.url),
        replicas=None
        if settings.one_process
        else Replicas(database=base.database, owner=base.owner, share=base.limiter.share),
        monitor=make_monitor_server(
            settings,
            base.monitor,
            Watched(
                database=base.database,
                engine=services.engine,
                judge_drift=partial(judge_drift, base.database),
                now=base.now,
            ),
        ),
    )


def _make_base(settings: Settings, overrides: Overrides) -> _Base:
    database, clock, owner = Database(settings.sql_url), overrides.clock, secrets.token_hex(8)
    write_queue = WriteQueue(database)
    return _Base(
        settings=settings,
        database=database,
        keyring=Keyring.open(settings.key_path),
        write_queue=write_queue,
        suspects=Suspects(write_queue, owner=owner),
        supervisor=Supervisor(),
        texts=Texts.load(),
        alarm=Alarm(),
        pace=Pace(at_once=settings.work.photo_turns, busy_from=settings.work.busy_photos),
        now=time.time if clock is read_clock else lambda: clock().timestamp(),
        owner=owner,
        monitor=make_hooks(settings),
        limiter=Limiter(settings.limits, monotonic=time.monotonic),
    )


def _make_sender(base: _Base, application: NevusApplication) -> Sender:
    words = {language: base.texts.repeat_mark(language) for language in base.texts.languages}
    client = TelegramClient(
        application.bot,
        repeat_words=words,
        refusal_words={language: RefusalWords.read(base.texts, language) for language in words},
        follow=partial(follow_chat, base.write_queue, base.keyring),
    )
    return Sender(
        client=client,
        write_queue=base.write_queue,
        database=base.database,
        keyring=base.keyring,
        limiter=base.limiter,
        supervisor=base.supervisor,
        now=base.now,
        owner=base.owner,
        alone=base.settings.one_process,
        lease_s=base.settings.work.lease_s,
        monitor=base.monitor,
    )


def _make_acknowledgements(base: _Base, application: NevusApplication, sender: Sender) -> Acknowledgements:
    return Acknowledgements(
        write_queue=base.write_queue,
        keyring=base.keyring,
        now=base.now,
        after_s=base.settings.acknowledge_after_s,
        pace=base.pace,
        compose=make_composer(
            bot=application.bot, texts=base.texts, keyring=base.keyring, settings=base.settings
        ),
        notify=sender.notify,
        ring=base.alarm.ring,
    )


def _make_inbox(base: _Base, bot_id: int, acknowledgements: Acknowledgements) -> Inbox:
    return Inbox(
        bot_id=bot_id,
        write_queue=base.write_queue,
        database=base.database,
        keyring=base.keyring,
        work=base.settings.work,
        now=base.now,
        owner=base.owner,
        alone=base.settings.one_process,
        alarm=base.alarm,
        announce=acknowledgements.expect,
        monitor=base.monitor,
    )


def _make_workers(
    base: _Base,
    services: Services,
    application: NevusApplication,
    *,
    sender: Sender,
    acknowledgements: Acknowledgements,
) -> Workers:
    settings, bot = base.settings, application.bot
    return Workers(
        inbox=services.inbox,
        turn_store=TurnStore(
            write_queue=base.write_queue,
            keyring=base.keyring,
            now=base.now,
            owner=base.owner,
            notify=sender.notify,
            ring=base.alarm.ring,
            ring_in=base.alarm.ring_in,
            answered=acknowledgements.answered,
            monitor=base.monitor,
        ),
        bot=bot,
        answer=application.process_update,
        supervisor=base.supervisor,
        work=settings.work,
        acknowledgements=acknowledgements,
        pace=base.pace,
        notify=make_notify(base.texts, base.database, base.keyring, default_language=settings.language),
        suspects=base.suspects,
        stalls=Stalls(services.downloads, make_probe(services, bot), now=base.now),
        log_ref=base.keyring.log_ref,
        monitor=base.monitor,
    )


async def judge_drift(database: Database, pair: Mapping[str, Any]) -> "DriftReport":
    """Compare recent photos with those of the calibration."""
    from bot.cases.recent_photos import judge_recent  # loaded only if drift is watched

    return await judge_recent(database, pair)
