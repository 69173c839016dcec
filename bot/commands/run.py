"""`nevus run`: start the product and keep it running."""

import argparse
import asyncio
import gc
import logging
import os
import sys
from typing import TYPE_CHECKING, Any, Final

from bot.commands import REFUSED
from bot.commands.starting import make_data_dir, open_database
from bot.logs import MaskedFormatter, configure_logs
from bot.settings import Settings, SettingsError, describe_unknown, find_unknown, read_settings

if TYPE_CHECKING:
    from bot.data_dir_lock import Tenancy
    from bot.lifecycle import Product
    from bot.localchat import LocalChat

log = logging.getLogger("nevus")

# How long a thread that reads a photo may keep the interpreter while the event loop wants it, in seconds. An
# answer takes it dozens of times (a change of threads for each statement); Python's own 0.005 adds up.
SWITCH_S: Final = 0.0005
STOPPING: Final = "Stopping: what is in work is finished or kept."
SIDE_THREADS: Final = 4  # that draw cards, write files and look names up
STEPPING_ASIDE: Final = "Making way for a command: what is in work is finished or kept; then it goes on."
DESCRIPTION: Final = (
    "Start the product. With NEVUS_TELEGRAM_TOKEN it serves Telegram: by long polling, or by webhook where "
    "NEVUS_WEBHOOK_URL is set. Without a token it starts the local chat, a page in the browser that stands "
    "in for Telegram, and prints its link. Ctrl-C or SIGTERM stop it: what is in work is finished or kept."
)


def add_parser(subparsers: Any) -> None:
    """Add the command to the front's parser."""
    parser = subparsers.add_parser("run", help="start the product", description=DESCRIPTION)
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace) -> int:
    """Run until stopped; the exit code: 0 after a stop, 2 when the start was refused."""
    gc.disable()  # until all is loaded: nothing of it is garbage
    from bot.data_dir_lock import AlreadyRunningError
    from bot.lifecycle import StartError
    from inference.engine import EngineError
    from storage.database.errors import StorageError

    try:
        settings = read_settings(os.environ)
        formatter = configure_logs(
            style=settings.log.format, level=settings.log.level, secrets=list_secrets(settings)
        )
        _warn_of_unknown()
        return _run(settings, formatter)
    except (SettingsError, StartError, StorageError, EngineError, AlreadyRunningError) as error:
        print(f"nevus: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return 0
    finally:
        gc.enable()


def list_secrets(settings: Settings) -> list[str]:
    """Everything that must not stand in a log."""
    secrets = [settings.telegram.token, settings.webhook.secret]
    return [secret.get_secret_value() for secret in secrets if secret is not None] + (
        [settings.database_url] if settings.database_url else []
    )


def _run(settings: Settings, formatter: MaskedFormatter) -> int:
    from bot.data_dir_lock import Tenancy

    make_data_dir(settings)
    tenancy = Tenancy(settings.data_dir, alone=settings.one_process)
    tenancy.move_in()
    try:
        open_database(settings)
        asyncio.run(_serve(settings, formatter, tenancy))
    finally:
        tenancy.move_out()
    return 0


async def _serve(settings: Settings, formatter: MaskedFormatter, tenancy: "Tenancy") -> None:
    from bot.lifecycle import told_by_signals
    from inference.priority import open_threads

    stop = asyncio.Event()
    with told_by_signals(stop.set):  # the whole time: also while it starts, or makes way for a command
        asyncio.get_running_loop().set_default_executor(open_threads(SIDE_THREADS, name="side"))
        chat = await _start_local_chat(settings) if settings.telegram.token is None else None
        try:
            if chat is not None:
                formatter.hide([chat.token, chat.key])
                settings = point_at(settings, api_url=chat.api_url, token=chat.token)
                settings = settings.model_copy(update={"admins": settings.admins or chat.owners})
            link = chat.link if chat is not None else None
            while await _serve_bot(settings, link, tenancy, stop=stop):
                if not await _make_way(settings, tenancy, stop=stop):
                    break
        finally:
            if chat is not None:
                await chat.stop()


async def _serve_bot(
    settings: Settings, link: str | None, tenancy: "Tenancy", *, stop: asyncio.Event
) -> bool:
    """Run until `stop` is set, or a command wants the database: whether that alone is why it ended."""
    from bot.app import build

    sys.setswitchinterval(SWITCH_S)
    product = build(settings)
    if not await _start(product, stop):
        return False
    gc.freeze()  # what was loaded stays: later collections, which stop the event loop, pass over it
    gc.enable()
    try:
        started = describe_start(settings, product.parts.application.bot.username, link)
        _say(started, as_log=link is None and settings.log.format == "json")  # a log masks the link's secret
        for reason in (tenancy.wait_until_wanted(), stop.wait()):
            waiting = product.parts.supervisor.spawn(reason, name="reason to stop")
            waiting.add_done_callback(lambda _: product.ask_to_stop())
        await product.run_until_stopped()
        text = STOPPING if stop.is_set() else STEPPING_ASIDE
        _say(text, as_log=settings.log.format == "json")
    finally:
        await product.stop()
    return not stop.is_set()


async def _start(product: "Product", stop: asyncio.Event) -> bool:
    """Start it; False where `stop` was set before it had: then it has stopped again."""
    loop = asyncio.get_running_loop()
    starting, told = loop.create_task(product.start()), loop.create_task(stop.wait())
    await asyncio.wait((starting, told), return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if starting.done():
        starting.result()
        return True
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    return False


async def _make_way(settings: Settings, tenancy: "Tenancy", *, stop: asyncio.Event) -> bool:
    """Let a command have the database; whether to start again: False when `stop` was set meanwhile."""
    if not await tenancy.make_way(stop):
        return False
    await asyncio.to_thread(open_database, settings)
    return not stop.is_set()


def _say(text: str, *, as_log: bool) -> None:
    """To whoever started it; where machines read the log, as one line of it."""
    if as_log:
        log.info("%s", " ".join(text.split()))
    else:
        print(text, flush=True)


async def _start_local_chat(settings: Settings) -> "LocalChat":
    from bot.localchat import LocalChat, LocalChatConfig

    config = LocalChatConfig(
        state_dir=settings.data_dir / "localchat", port=settings.localchat.port, keeps_edits=False
    )
    chat = LocalChat(config)
    try:
        await chat.start()
    except OSError:
        port = settings.localchat.port
        raise SettingsError(f"Set NEVUS_LOCALCHAT_PORT to a free port: {port} is taken.") from None
    return chat


def point_at(settings: Settings, *, api_url: str, token: str) -> Settings:
    """The settings with another Bot API server."""
    telegram = settings.telegram.model_validate(
        settings.telegram.model_dump() | {"api_url": api_url, "token": token}
    )
    return settings.model_copy(update={"telegram": telegram})


def describe_start(settings: Settings, username: str, link: str | None) -> str:
    """What runs, where, and how to stop it."""
    if link is not None:
        where = [
            ("Local chat", link),
            ("", "Open this link in a browser. It holds a secret: do not share it."),
        ]
    elif settings.webhook.url:
        where = [("Telegram", f"@{username}, by webhook on {settings.webhook.host}:{settings.webhook.port}")]
    else:
        where = [("Telegram", f"@{username}, by long polling")]
    if settings.engine == "oip":
        where.append(("Networks", f"on {', '.join(settings.oip.addresses)}"))
    lines = [*where, ("Data", str(settings.data_dir.resolve())), ("Stop", "Ctrl-C")]
    body = "\n".join(f"  {name:<12}{value}" for name, value in lines)
    return f"\nNevus runs. A research prototype, not a medical device.\n\n{body}\n"


def _warn_of_unknown() -> None:
    for name, closest in find_unknown(os.environ):
        log.warning("%s", describe_unknown(name, closest))
