"""A start that is refused and a stop that was asked for: the sentence for it, and nothing after it."""

import asyncio
import os
import signal
import time
from pathlib import Path

from bot.localchat import LocalChat, LocalChatConfig
from tests.support.product import COMMAND, ROOT, Product
from tests.support.tiny_release import write_tiny_release


async def test_a_refused_token_is_said_in_one_sentence(tmp_path: Path) -> None:
    """Well formed, and not the bot's."""
    write_tiny_release(tmp_path / "models")
    chat = LocalChat(LocalChatConfig(state_dir=tmp_path / "chat"))
    await chat.start()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEVUS_")} | {
        "NEVUS_DATA_DIR": str(tmp_path / "var"),
        "NEVUS_MODELS_DIR": str(tmp_path / "models"),
        "NEVUS_TELEGRAM_API_URL": chat.api_url,
        "NEVUS_TELEGRAM_TOKEN": "1:not-this-one",
    }
    try:
        process = await asyncio.create_subprocess_exec(
            *COMMAND, cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE
        )
        _, said = await process.communicate()
    finally:
        await chat.stop()
    assert process.returncode == 2
    assert said.decode() == (
        "nevus: Set NEVUS_TELEGRAM_TOKEN to a valid token: the Bot API refuses this one.\n"
    )


def test_the_local_chat_stops_without_a_warning(tmp_path: Path) -> None:
    write_tiny_release(tmp_path / "models")
    product = Product(tmp_path / "var", tmp_path / "models")
    product.start()
    product.add_person("Dr Taylor", "en")  # an answer: signals are listened to by now
    process = product.process
    assert process is not None
    assert process.stdout is not None
    process.send_signal(signal.SIGINT)
    assert process.wait() == 0
    while not process.stdout.closed:  # all of it was read then
        time.sleep(0.02)
    assert product.lines[-1].startswith("Stopping. ")
