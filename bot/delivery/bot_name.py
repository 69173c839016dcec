"""Keeps the bot's user name between starts, so that updates can be taken while Telegram is away."""

import json
import logging
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

FILE_NAME: Final = "bot-name.json"


class BotNameFile:
    """A file in the data directory: `{"id": 1234567, "username": "nevus_bot"}`."""

    def __init__(self, data_dir: Path, *, bot_id: int) -> None:
        self._path = data_dir / FILE_NAME
        self._bot_id = bot_id

    def read(self) -> str | None:
        """Return the name as the last start learned it; None if unknown, or another bot's."""
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            is_ours = content["id"] == self._bot_id and isinstance(content["username"], str)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return str(content["username"]) if is_ours else None

    def write(self, username: str) -> None:
        """Keep the name. A start does not depend on it: a failure is logged only."""
        if self.read() == username:
            return
        draft = self._path.with_suffix(".new")
        try:
            draft.write_text(json.dumps({"id": self._bot_id, "username": username}), encoding="utf-8")
            draft.replace(self._path)
        except OSError as error:
            log.warning("the bot's name could not be kept (%s)", type(error).__name__)
