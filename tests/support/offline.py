"""The real Application and handlers on a request that never leaves the process: it records and answers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from telegram import Update
from telegram.ext import Application, ContextTypes
from telegram.request import BaseRequest, RequestData

from bot.clinic.linked import LinkedClinics
from bot.conversation.context import NevusApplication, NevusContext, Services
from bot.delivery.outgoing import Check, Outgoing, Record
from bot.delivery.supervisor import Supervisor
from bot.delivery.turn import current_turn
from bot.routing.updates import register
from bot.settings import Settings
from bot.texts import Texts
from inference.policy import Policy
from inference.readings import EngineVersions, PhotoFindings, PhotoReading
from storage.database.keys import Keyring
from storage.database.sessions import Database, WriteSession
from tests.support.tiny_release import tiny_pair

BOT = {"id": 7, "is_bot": True, "first_name": "Nevus", "username": "nevus_bot"}
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEXTS = Texts.load()
ADMINISTRATOR = {"status": "administrator", "can_be_edited": False} | {
    f"can_{right}": True
    for right in (
        "manage_chat",
        "delete_messages",
        "manage_video_chats",
        "restrict_members",
        "promote_members",
        "change_info",
        "invite_users",
        "post_stories",
        "edit_stories",
        "delete_stories",
    )
}


class OfflineRequest(BaseRequest):
    """Answers what the handlers ask of Telegram; `files` are what can be downloaded, by file id."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.files: dict[str, bytes] = {}
        self.results: dict[str, Any] = {}  # what a method gives, by its name, in place of what stands below
        self.standing: dict[int, str] = {}  # in a group, by user id: "member", "kicked", "anonymous", ...

    @property
    def read_timeout(self) -> float | None:
        return 5

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        name = url.rsplit("/", 1)[-1]
        if "/file/" in url:
            return 200, self.files[name]
        parameters = request_data.parameters if request_data else {}
        self.calls.append((name, parameters))
        return 200, json.dumps({"ok": True, "result": self._result(name, parameters)}).encode()

    def _result(self, name: str, parameters: dict[str, Any]) -> Any:
        if name in self.results:
            return self.results[name]
        if name == "getMe":
            return BOT
        if name == "getChatMember":
            user = {"id": int(parameters["user_id"]), "is_bot": False, "first_name": "Ann"}
            status = self.standing.get(user["id"], "left")
            if status in ("anonymous", "administrator"):
                return ADMINISTRATOR | {"user": user, "is_anonymous": status == "anonymous"}
            return {"status": status, "user": user, "until_date": 0}
        if name == "getFile":
            file_id = parameters["file_id"]
            return {
                "file_id": file_id,
                "file_unique_id": file_id,
                "file_path": f"photos/{file_id}",
                "file_size": len(self.files[file_id]),
            }
        return True

    def asked(self, name: str) -> list[dict[str, Any]]:
        return [parameters for called, parameters in self.calls if called == name]


@dataclass
class FakeTurn:
    """Commits records to the database and keeps what would be sent."""

    database: Database
    updates: tuple[Update, ...]
    key: str
    attempt: int = 1
    received_at: float = 0.0
    sent: tuple[Outgoing, ...] = ()
    ending: str | None = None
    is_last_try: bool = False

    async def finish(self, *outgoing: Outgoing, record: Sequence[Record] = ()) -> None:
        await self._end("done", outgoing, record)

    async def hold(
        self, *outgoing: Outgoing, record: Sequence[Record] = (), unless: Check | None = None
    ) -> None:
        async with self.database.write() as session:
            is_void = unless is not None and await unless(session)
        await self._end(*(("again", (), ()) if is_void else ("held", outgoing, record)))

    async def postpone(self, *outgoing: Outgoing, delay_s: float) -> None:
        await self._end("postponed", outgoing, ())

    async def _end(self, ending: str, outgoing: tuple[Outgoing, ...], record: Sequence[Record]) -> None:
        assert self.ending is None, "a turn ends once"
        async with self.database.write() as session:
            for step in record:
                await step(session)
        self.ending, self.sent = ending, outgoing

    @property
    def text(self) -> str:
        """The one text that was sent."""
        (outgoing,) = self.sent
        assert outgoing.text is not None
        return outgoing.text


class FakeInbox:
    """Counts what is held."""

    def __init__(self) -> None:
        self.held: dict[int, int] = {}
        self.released: list[int] = []

    async def held_count(self, chat_id: int) -> int:
        return self.held.get(chat_id, 0)

    def release_held(self, chat_id: int) -> Record:
        async def record(_: WriteSession) -> None:
            self.released.append(chat_id)
            self.held.pop(chat_id, None)

        return record

    def drop_held(self, chat_id: int) -> Record:
        async def record(_: WriteSession) -> None:
            self.held.pop(chat_id, None)

        return record


class FakeEngine:
    """Reads what it was told to: findings by the file's bytes, or an error to raise."""

    versions = EngineVersions(
        pair="tiny-1", cnn="tiny", vit="tiny", onnxruntime="1.2", pillow="11", kernel_class="x86-64"
    )

    def __init__(self) -> None:
        self.answers: dict[bytes, PhotoFindings | Exception] = {}
        self.read_count = 0

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def read(self, data: bytes, *, gate: bool = True) -> PhotoReading:
        self.read_count += 1
        answer = self.answers[data]
        if isinstance(answer, Exception):
            raise answer
        return PhotoReading(
            findings=answer,
            preview=np.full((60, 80, 3), 180, np.uint8),
            evidence={opinion.classifier: np.zeros((4, 4), np.float32) for opinion in answer.opinions},
            elapsed_ms=12.0,
        )

    async def open_full(self, data: bytes) -> NDArray[np.uint8]:
        answer = self.answers[data]
        if isinstance(answer, Exception):
            raise answer
        return np.full((120, 160, 3), 180, np.uint8)


@dataclass(frozen=True)
class FakeRelease:
    """What is known of a release without its networks."""

    pair: dict[str, Any] = field(default_factory=tiny_pair)

    @property
    def policy(self) -> Policy:
        return Policy.from_dict(self.pair)


class Chat:
    """One bot with its handlers, and anybody who writes to it."""

    def __init__(self, database: Database, keyring: Keyring, *, settings: Settings | None = None) -> None:
        self.request = OfflineRequest()
        self.inbox = FakeInbox()
        self.engine = FakeEngine()
        self.database = database
        self.application: NevusApplication = (
            Application.builder()
            .token("7:offline")
            .request(self.request)
            .get_updates_request(OfflineRequest())
            .context_types(ContextTypes(context=NevusContext))
            .updater(None)
            .build()
        )
        self._numbers = iter(range(1, 10_000))
        self._now = NOON
        register(self.application)
        self.application.add_error_handler(_raise)
        self.application.bot_data["services"] = Services(
            settings=settings or Settings(),
            database=database,
            keyring=keyring,
            engine=self.engine,
            texts=TEXTS,
            clock=lambda: self._now,
            inbox=self.inbox,
            supervisor=Supervisor(),
            clinics=LinkedClinics(self.application),
            loaded_release=FakeRelease(),
        )

    async def take(
        self,
        *raws: dict[str, Any],
        key: str | None = None,
        attempt: int = 1,
        is_last_try: bool = False,
    ) -> FakeTurn:
        """Answer one update, or the items of an album."""
        self._now += timedelta(minutes=1)
        updates = tuple(Update.de_json(raw, self.application.bot) for raw in raws)
        name = key or f"turn-{next(self._numbers)}"
        turn = FakeTurn(self.database, updates, name, attempt, is_last_try=is_last_try)
        current_turn.set(turn)
        self.error = None
        await self.application.process_update(updates[0])
        if error := self.application.bot_data.pop("error", None):
            raise error
        return turn

    def add_photo(self, findings: PhotoFindings | Exception) -> bytes:
        """A file that reads as these findings."""
        data = f"photo {next(self._numbers)}".encode()
        self.engine.answers[data] = findings
        return data

    def message(self, user: "Sender", **content: Any) -> dict[str, Any]:
        """A raw update of a private message."""
        message_id = next(self._numbers)
        message = {"message_id": message_id, "date": 1_772_000_000, "from": user.raw, "chat": user.chat}
        return {"update_id": message_id, "message": message | content}

    def photo(self, user: "Sender", data: bytes, **content: Any) -> dict[str, Any]:
        file_id = f"file{next(self._numbers)}"
        self.request.files[file_id] = data
        size = {"file_id": file_id, "file_unique_id": file_id, "width": 90, "height": 60, "file_size": 5}
        return self.message(user, photo=[size], **content)

    def document(self, user: "Sender", data: bytes, **content: Any) -> dict[str, Any]:
        file_id = f"file{next(self._numbers)}"
        self.request.files[file_id] = data
        document = {"file_id": file_id, "file_unique_id": file_id, "file_size": len(data)}
        return self.message(user, document=document | content)

    def press(self, user: "Sender", data: str, *, on_card: bool = False) -> dict[str, Any]:
        number = next(self._numbers)
        message = {"message_id": 900, "date": 1_772_000_000, "chat": user.chat, "from": BOT}
        size = {"file_id": "card", "file_unique_id": "card", "width": 1024, "height": 900}
        message |= {"photo": [size], "caption": "x"} if on_card else {"text": "x"}
        query = {"id": str(number), "from": user.raw, "chat_instance": "1", "data": data, "message": message}
        return {"update_id": number, "callback_query": query}

    def command(self, user: "Sender", text: str) -> dict[str, Any]:
        length = len(text.split(maxsplit=1)[0])
        return self.message(
            user, text=text, entities=[{"type": "bot_command", "offset": 0, "length": length}]
        )


@dataclass(frozen=True)
class Sender:
    """A person in private chat, or in a group."""

    user_id: int
    language_code: str | None = "en"
    group_id: int | None = None

    @property
    def raw(self) -> dict[str, Any]:
        known = {"id": self.user_id, "is_bot": False, "first_name": "Planted Name"}
        return known | ({"language_code": self.language_code} if self.language_code else {})

    @property
    def chat(self) -> dict[str, Any]:
        if self.group_id is not None:
            return {"id": self.group_id, "type": "supergroup", "title": "Group"}
        return {"id": self.user_id, "type": "private", "first_name": "Planted Name"}


def find_data(turn: FakeTurn, part: str) -> str:
    """The data of the one button of a turn's first message that holds this part."""
    rows = turn.sent[0].keyboard or ()
    (found,) = [button.data for row in rows for button in row if button.data and part in button.data]
    return found


async def settle_flag(chat: Chat, who: Sender, number: str, reason: str) -> FakeTurn:
    """Settle the flag of a case by a mistake, through the page that asks for the reason."""
    page = await chat.take(chat.press(who, f"o:{number}:settle:mistake"))
    return await chat.take(chat.press(who, find_data(page, f":{reason}:")))


async def _raise(_: object, context: Any) -> None:
    """Give the error to the test."""
    context.application.bot_data["error"] = context.error
