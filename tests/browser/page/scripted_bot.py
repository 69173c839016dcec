"""A bot whose steps a test calls one by one, over the Bot API."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

Json = dict[str, Any]
KINDS = ["message", "edited_message", "callback_query", "my_chat_member", "chat_member", "channel_post"]


@dataclass
class ScriptedBot:
    """Raw Bot API calls, in the order of the test."""

    api_url: str
    token: str
    offset: int = 0
    waiting: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = httpx.Client(timeout=20)

    def call(self, method: str, *, files: Json | None = None, **parameters: Any) -> Any:
        """The result of a method; a refusal fails the test."""
        data = {name: _as_field(value) for name, value in parameters.items()}
        url = f"{self.api_url}/bot{self.token}/{method}"
        reply = self.client.post(url, data=data, files=files).json()
        assert reply["ok"], reply
        return reply["result"]

    def next_update(self, kind: str) -> Json:
        """The next update of a kind, such as `message`; others stay in the queue."""
        for _ in range(10):
            for update in self.waiting:
                if kind in update:
                    self.waiting.remove(update)
                    found: Json = update[kind]
                    return found
            self.poll()
        raise AssertionError(f"the bot got no {kind}, but {self.waiting}")

    def poll(self, timeout_s: int = 2) -> None:
        """Fetches pending updates."""
        updates = self.call("getUpdates", offset=self.offset, timeout=timeout_s, allowed_updates=KINDS)
        for update in updates:
            self.offset = update["update_id"] + 1
            self.waiting.append(update)

    def say(self, chat_id: int, text: str, **parameters: Any) -> Json:
        """Sends a text."""
        sent: Json = self.call("sendMessage", chat_id=chat_id, text=text, **parameters)
        return sent

    def show(self, chat_id: int, picture: bytes, caption: str, **parameters: Any) -> Json:
        """Sends a picture."""
        files = {"photo": ("card.jpg", picture)}
        sent: Json = self.call("sendPhoto", chat_id=chat_id, caption=caption, files=files, **parameters)
        return sent


def inline(*rows: list[tuple[str, str]]) -> Json:
    """An inline keyboard of (text, callback data); data that is an address makes a link."""
    return {"inline_keyboard": [[_button(text, data) for text, data in row] for row in rows]}


def _button(text: str, data: str) -> Json:
    return {"text": text, "url" if data.startswith("http") else "callback_data": data}


def _as_field(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
