"""`python -m bot.localchat`: the local chat as a separate process."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path
from typing import Any

import orjson

from bot.localchat import FloodLimits, LocalChat, LocalChatConfig

_EPILOG = """
When it listens, it prints one JSON line: {"api_url", "token", "link", "key"}.
Open the link in a browser to play the people. Give the api_url and the token to a bot.
It listens on 127.0.0.1 only. SIGTERM and SIGINT stop it cleanly. The state stays in --state-dir.
"""


def main(arguments: list[str] | None = None) -> int:
    """Runs until SIGTERM or SIGINT. Returns 2 for wrong usage, 1 when it cannot listen."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    try:
        faults: list[dict[str, Any]] = orjson.loads(options.faults.read_bytes()) if options.faults else []
        config = LocalChatConfig(
            state_dir=options.state_dir,
            port=options.port,
            token=options.token,
            key=options.key,
            limits=FloodLimits(enabled=options.limits == "on"),
            faults=tuple(faults),
            webhook_retry_s=options.webhook_retry,
            privacy_mode=options.privacy == "on",
            bot_username=options.bot_username,
            bot_name=options.bot_name,
        )
    except (ValueError, OSError) as error:
        print(f"localchat: {error}", file=sys.stderr)
        return 2
    return asyncio.run(_serve(config))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot.localchat",
        description="A Bot API server on loopback with a chat page, to try a bot without Telegram.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--state-dir",
        type=Path,
        required=True,
        help="folder for the database and the files; created if missing",
    )
    add("--port", type=int, default=8081, help="port on 127.0.0.1; 0 for any free port (default: 8081)")
    add("--token", help="the bot's token (default: generated once, kept in the state)")
    add("--key", help="secret of the page and its API (default: generated once, kept in the state)")
    add("--limits", choices=("on", "off"), default="on", help="Telegram's flood limits (default: on)")
    add(
        "--faults", type=Path, metavar="FILE", help="JSON file with a list of faults to inject from the start"
    )
    add(
        "--webhook-retry",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="pause before a failed webhook call is repeated (default: 60)",
    )
    add(
        "--privacy",
        choices=("on", "off"),
        default="on",
        help="the bot's privacy mode in groups (default: on)",
    )
    add("--bot-username", default="nevus_local_bot", help="the bot's @name (default: nevus_local_bot)")
    add("--bot-name", default="Nevus", help="the bot's display name (default: Nevus)")
    return parser


async def _serve(config: LocalChatConfig) -> int:
    chat = LocalChat(config)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await chat.start()
    except OSError as error:
        print(f"localchat: cannot listen on port {config.port}: {error.strerror}", file=sys.stderr)
        return 1
    ready = {"api_url": chat.api_url, "token": chat.token, "link": chat.link, "key": chat.key}
    print(orjson.dumps(ready).decode(), flush=True)
    await stop.wait()
    await chat.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
