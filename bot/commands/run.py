"""`nevus run`: start the product and keep it running."""

import argparse
import asyncio
import gc
import logging
import os
import sys
from typing import TYPE_CHECKING, Any, Final

from bot.commands.starting import FULL, make_data_dir, open_database
from bot.logs import MaskedFormatter, configure_logs
from bot.settings import Settings, SettingsError, describe_unknown, find_unknown, read_settings

if TYPE_CHECKING:
    from bot.commands.data_dir_lock import DataDirLock
    from bot.lifecycle import Product
    from bot.localchat import LocalChat

log = logging.getLogger("nevus")

# How long a thread that reads a photo may keep the interpreter while the event loop wants it, in seconds. An
# answer takes it dozens of times (a change of threads for each statement); Python's own 0.005 adds up.
SWITCH_S: Final = 0.0005
STOPPING: Final = "Stopping. Photos that are being processed are finished, or kept for the next start."
SIDE_THREADS: Final = 4  # that draw cards, write files and look names up
YIELDING: Final = "Stopping for a command that needs the database. Then the bot starts again."
DESCRIPTION: Final = (
    "Start the bot. With NEVUS_TELEGRAM_TOKEN it serves Telegram: by long polling, or by webhook if "
    "NEVUS_WEBHOOK_URL is set. Without a token it starts the local chat, a page in the browser that replaces "
    "Telegram, and prints its link. Ctrl-C or SIGTERM stop it: photos that are being processed are finished, "
    "or kept for the next start."
)


def add_parser(subparsers: Any) -> None:
    """Add the command to the front's parser."""
    parser = subparsers.add_parser("run", help="start the product", description=DESCRIPTION)
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace) -> int:
    """Run until stopped; 0 after a stop."""
    gc.disable()  # until all is loaded: nothing of it is garbage
    from bot.commands.data_dir_lock import DataDirLock
    from bot.delivery.supervisor import end_at_once

    try:
        settings = read_settings(os.environ)
        formatter = configure_logs(
            style=settings.log.format, level=settings.log.level, secrets=list_secrets(settings)
        )
        for name, closest in find_unknown(os.environ):
            log.warning("%s", describe_unknown(name, closest))
        make_data_dir(settings)
        lock = DataDirLock.of(settings)
        lock.acquire()
        try:
            open_database(settings)
            asyncio.run(_serve(settings, formatter, lock))
        finally:
            lock.release()
    except MemoryError:
        end_at_once()
        raise
    finally:
        gc.enable()
    return 0


def list_secrets(settings: Settings) -> list[str]:
    """Everything that must not appear in a log."""
    secrets = [settings.telegram.token, settings.webhook.secret]
    return [secret.get_secret_value() for secret in secrets if secret is not None] + (
        [settings.database_url] if settings.database_url else []
    )


async def _serve(settings: Settings, formatter: MaskedFormatter, lock: "DataDirLock") -> None:
    from bot.lifecycle import stop_on_signals
    from inference.priority import open_threads

    stop = asyncio.Event()
    with stop_on_signals(stop.set):  # also while it starts, or yields to a command
        asyncio.get_running_loop().set_default_executor(open_threads(SIDE_THREADS, name="side"))
        chat = await _start_local_chat(settings) if settings.telegram.token is None else None
        try:
            if chat is not None:
                formatter.hide([chat.token, chat.key])
                settings = point_at(settings, api_url=chat.api_url, token=chat.token)
                settings = settings.model_copy(update={"admins": settings.admins or chat.owners})
            link = chat.link if chat is not None else None
            while await _serve_bot(settings, link, lock, stop=stop):
                if not await lock.yield_to_command(stop):
                    break
                await asyncio.to_thread(open_database, settings)
                if stop.is_set():
                    break
        finally:
            if chat is not None:
                await chat.stop()


async def _serve_bot(
    settings: Settings, link: str | None, lock: "DataDirLock", *, stop: asyncio.Event
) -> bool:
    """Run until `stop` is set or a command needs the database; True if only the command ended it."""
    from bot.app import build
    from inference.memory import keep_freed_memory

    keep_freed_memory()
    sys.setswitchinterval(SWITCH_S)
    product = build(settings)
    if not await _start(product, stop):
        return False
    gc.freeze()  # what was loaded stays: later collections, which stop the event loop, pass over it
    gc.enable()
    try:
        started = describe_start(settings, product.application.bot.username, link)
        _say(started, as_log=link is None and settings.log.format == "json")  # a log masks the link's secret
        for reason in (lock.wait_for_command(), stop.wait()):
            waiting = product.supervisor.spawn(reason, name="reason to stop")
            waiting.add_done_callback(lambda _: product.ask_to_stop())
        await product.run_until_stopped()
        text = STOPPING if stop.is_set() else YIELDING
        _say(text, as_log=settings.log.format == "json")
    finally:
        await product.stop()
    return not stop.is_set()


async def _start(product: "Product", stop: asyncio.Event) -> bool:
    """Start the bot; False if `stop` was set before it had started: then it has stopped again."""
    loop = asyncio.get_running_loop()
    starting, stopping = loop.create_task(product.start()), loop.create_task(stop.wait())
    await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if starting.done():
        starting.result()
        return True
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    return False


def _say(text: str, *, as_log: bool) -> None:
    """Print a text, or log it as one line if machines read the log."""
    if as_log:
        log.info("%s", " ".join(text.split()))
    else:
        print(text, flush=True)


async def _start_local_chat(settings: Settings) -> "LocalChat":
    from bot.localchat import LocalChat, LocalChatConfig
    from storage.database.errors import FULL as DISK_FULL
    from storage.database.errors import DiskFull, translated_errors

    config = LocalChatConfig(
        state_dir=settings.data_dir / "localchat", port=settings.localchat.port, keeps_edits=False
    )
    chat = LocalChat(config)
    try:
        with translated_errors():
            await chat.start()
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull(DISK_FULL[1]) from error
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
    """Describe what runs, where, and how to stop it."""
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
