"""The state of one local chat in memory, written through to the record store."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from bot.localchat.clock import Clock
from bot.localchat.config import FloodLimits, LocalChatConfig
from bot.localchat.errors import not_found
from bot.localchat.events import EventLog
from bot.localchat.faults import Fault, parse_fault
from bot.localchat.files import FileStore
from bot.localchat.limits import FloodLimiter
from bot.localchat.private_files import make_private
from bot.localchat.record_store import RecordStore
from bot.localchat.records import Chat, ChatType, Json, LocalPerson, Message, Query, RequestLine
from bot.localchat.updates import UpdateQueue

_COLORS = ("#3d7ea6", "#8a5fa8", "#2f8f6b", "#b0653a", "#a94f64", "#5b6fb5", "#7a8b2f", "#94713c")
_REQUESTS_KEPT = 50_000


class State:
    """People, chats, messages, files, updates, events and settings of one local chat."""

    def __init__(self, config: LocalChatConfig) -> None:
        self.config = config
        make_private(config.state_dir)
        self.store = RecordStore(config.state_dir / "localchat.sqlite")
        self.settings = self.store.load_settings()
        self.clock = Clock(self.settings.get("clock_offset_s", 0.0))
        self.files = FileStore(config.state_dir / "files", self.store)
        self.updates = UpdateQueue(self.store, self.clock, self.settings)
        self.events = EventLog(self.store, self.settings)
        kept = self.settings.get("limits")
        self.flood = FloodLimiter(FloodLimits(**kept) if kept else config.limits)
        self.faults: list[Fault] = [
            parse_fault(fault) for fault in self.settings.get("faults", config.faults)
        ]
        self.people = {person.id: person for person in self.store.load(LocalPerson)}
        self.chats = {chat.id: chat for chat in self.store.load(Chat)}
        self.messages: dict[int, dict[int, Message]] = {}
        for message in self.store.load(Message):
            self.messages.setdefault(message.chat_id, {})[message.message_id] = message
        self.queries = {query.id: query for query in self.store.load(Query)}
        self.answers: dict[str, asyncio.Future[Json]] = {}  # pressed buttons whose answer is awaited
        self.requests = deque(self.store.load(RequestLine), maxlen=_REQUESTS_KEPT)
        self.token: str = config.token or self._keep(
            "token",
            self.settings.get("token")
            or (f"{secrets.randbelow(900_000_000) + 7_000_000_000}:{secrets.token_urlsafe(26)[:35]}"),
        )
        self.key: str = config.key or self._keep("key", self.settings.get("key") or secrets.token_urlsafe(24))
        self.bot_id = int(self.token.partition(":")[0])

    def _keep(self, name: str, value: str) -> str:
        self.set(name, value)
        return value

    def set(self, name: str, value: Any) -> None:
        """Changes a setting."""
        self.settings[name] = value
        self.store.set(name, value)

    def save(self, *records: object) -> None:
        """Marks records as changed; the next commit writes them."""
        for record in records:
            self.store.save(record)

    def close(self) -> None:
        """Commits and closes files and threads."""
        self.events.close()
        self.files.close()
        self.store.close()

    # People

    def add_person(self, first_name: str, username: str | None, language_code: str | None) -> LocalPerson:
        """Adds a person and their empty private chat with the bot."""
        number = self.settings.get("next_person_id") or secrets.randbelow(900_000) * 1000 + 1_100_000_000
        self.set("next_person_id", number + 1 + secrets.randbelow(999))
        color = _COLORS[len(self.people) % len(_COLORS)]
        person = LocalPerson(number, first_name, username, language_code, color)
        self.people[number] = person
        self.chats[number] = Chat(number, "private")
        self.save(person, self.chats[number])
        return person

    def person(self, person_id: int) -> LocalPerson:
        """The person with this id.

        Raises:
            PersonApiError: there is no such person.
        """
        if person := self.people.get(person_id):
            return person
        raise not_found("person")

    # Chats

    def add_chat(self, kind: ChatType, title: str) -> Chat:
        """Adds a group, supergroup or channel without members."""
        number = secrets.randbelow(900_000_000) + 1_000_000_000
        chat = Chat(-number if kind == "group" else -1_000_000_000_000 - number, kind, title)
        self.chats[chat.id] = chat
        self.save(chat)
        return chat

    def chat(self, chat_id: int) -> Chat:
        """The chat with this id.

        Raises:
            PersonApiError: there is no such chat.
        """
        if chat := self.chats.get(chat_id):
            return chat
        raise not_found("chat")

    def audience(self, chat: Chat) -> list[int]:
        """Ids of the people in a chat."""
        if chat.type == "private":
            return [chat.id]
        return [user_id for user_id in chat.present() if user_id in self.people]

    # Messages

    def new_message(self, chat: Chat, sender: int | None) -> Message:
        """An empty message with its id and date; `publish` adds it to the chat."""
        # Telegram numbers messages of private chats and groups per account, of the others per chat.
        if chat.type in {"supergroup", "channel"}:
            number = chat.last_message_id = chat.last_message_id + 1
            self.save(chat)
        else:
            number = self.settings.get("last_message_id", 0) + 1
            self.set("last_message_id", number)
        return Message(chat.id, number, self.clock.date(), sender)

    def publish(self, message: Message) -> Message:
        """Adds a message to its chat and sends the event."""
        self.messages.setdefault(message.chat_id, {})[message.message_id] = message
        self.touch("message", message)
        return message

    def touch(self, kind: str, message: Message) -> None:
        """Saves a message and sends the event `kind` (message, edit, delete) about it."""
        self.save(message)
        people = self.audience(self.chats[message.chat_id])
        self.events.publish(kind, people, chat_id=message.chat_id, message_id=message.message_id)

    def delete(self, message: Message) -> None:
        """Marks a message as deleted and sends the event. Its files go unless edits are kept, too."""
        message.deleted_at = self.clock.date()
        if not self.config.keeps_edits:
            files = [*message.photo, *([message.document] if message.document is not None else [])]
            message.photo, message.document = [], None
            self.note_edit(message, {}, files=files)
        self.touch("delete", message)

    def note_edit(self, message: Message, old: Json, *, files: Iterable[int] = ()) -> None:
        """Keeps a message's earlier content, or deletes those of `files` that no message shows any more."""
        if self.config.keeps_edits:
            message.edits.append(old)
            return
        shown = {
            number
            for chat in self.messages.values()
            for each in chat.values()
            for number in (*each.photo, each.document)
        }
        self.files.drop(set(files) - shown)

    def find_message(self, chat_id: int, message_id: int | None) -> Message | None:
        """A message that exists and is not deleted, or None."""
        message = self.messages.get(chat_id, {}).get(message_id or 0)
        return message if message and message.deleted_at is None else None

    def last_message(self, chat_id: int) -> Message | None:
        """The newest message that is not deleted."""
        found = reversed(self.messages.get(chat_id, {}).values())
        return next((message for message in found if message.deleted_at is None), None)

    # Requests of the bot

    def note_request(self, method: str, error_code: int | None, chat_id: int | None) -> None:
        """Records a request of the bot."""
        number = self.requests[-1].number + 1 if self.requests else 1
        line = RequestLine(number, method, self.clock.now(), error_code is None, error_code, chat_id)
        if len(self.requests) == self.requests.maxlen:
            self.store.drop(self.requests[0])
        self.requests.append(line)
        self.save(line)

    # Settings

    def set_limits(self, limits: FloodLimits) -> None:
        """Changes the flood limits."""
        self.flood.limits = limits
        self.set("limits", asdict(limits))

    def save_faults(self) -> None:
        """Saves the injected faults and how often they struck."""
        self.set("faults", [fault.describe() for fault in self.faults])
