"""Shared by the local chat's tests: a schema check, a polling inbox, drawn photos."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image
from telegram import Bot, Update

from bot.localchat import FloodLimits, LocalChat, LocalChatConfig
from tests.support.schema import SCHEMA_PATH, validate_exchange


class SchemaCheck:
    """Compares every exchange of a test with the published schema."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.seen: list[tuple[str, dict[str, Any], Any]] = []

    def __call__(self, method: str, params: dict[str, Any], envelope: object) -> None:
        self.seen.append((method, params, envelope))
        if SCHEMA_PATH.exists():
            self.problems += validate_exchange(method, params, envelope)


def make_config(folder: Path, **changes: Any) -> LocalChatConfig:
    given = {"state_dir": folder, "limits": FloodLimits(enabled=False), "callback_timeout_s": 2.0, **changes}
    return LocalChatConfig(**given)


def make_bot(chat: LocalChat) -> Bot:
    return Bot(chat.token, base_url=f"{chat.api_url}/bot", base_file_url=f"{chat.api_url}/file/bot")


class Inbox:
    """Polls as a bot does: each call confirms the updates before it."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.offset = 0

    async def take(self, wait_s: int = 0, **options: Any) -> list[Update]:
        updates = await self.bot.get_updates(offset=self.offset, timeout=wait_s, **options)
        self.offset = updates[-1].update_id + 1 if updates else self.offset
        return list(updates)

    async def one(self, **options: Any) -> Update:
        updates = await self.take(wait_s=5, **options)
        assert len(updates) == 1, updates
        return updates[0]


def draw_photo(width: int = 60, height: int = 40, kind: str = "JPEG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    image.save(buffer, kind, **options)
    return buffer.getvalue()
