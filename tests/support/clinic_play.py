"""`nevus run` as a process, and a GP and a dermatologist who talk to it through the local chat."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.localchat_client import PersonSide
from tests.support.product import Product

GROUP = "Clinic dermatology"
PATIENCE_S = 60.0
Message = dict[str, Any]


def told(message: Message) -> str:
    """What a message says."""
    return message["text"] or message["caption"] or ""


def labels(message: Message) -> list[str]:
    """The buttons under it."""
    return [button["text"] for row in message["keyboard"] or [] for button in row]


@dataclass
class Actors:
    """Who plays: a GP and Dr Leroy, who administers the group."""

    product: Product
    side: PersonSide
    gp: int = 0
    leroy: int = 0
    clinic: int = 0

    async def see(self, person: int, *words: str, chat: int | None = None, after: int = 0) -> Message:
        """The newest message of the bot after this one that says all of this."""

        def wanted(message: Message) -> bool:
            by_bot = bool(message["from"]) and message["from"]["is_bot"]
            return by_bot and message["id"] > after and all(each in told(message) for each in words)

        return await self.side.wait_for(person, wanted, chat=chat, timeout_s=PATIENCE_S)

    async def see_that(
        self, person: int, message: Message, wanted: Callable[[Message], bool], *, chat: int | None = None
    ) -> Message:
        """This message, once it is as wanted."""
        return await self.side.wait_for(
            person, lambda m: m["id"] == message["id"] and wanted(m), chat=chat, timeout_s=PATIENCE_S
        )

    async def press(self, person: int, message: Message, label: str, *, chat: int | None = None) -> Any:
        """Presses a button as soon as it stands there."""
        await self.see_that(person, message, lambda m: label in labels(m), chat=chat)
        return await self.side.press(person, message["id"], label, chat=chat)

    async def ask_to_link(self) -> Message:
        """Dr Leroy writes /link; the question which chat."""
        self.leroy = await self.side.person("Dr Leroy")
        self.clinic = int((await self.side.chat(self.leroy, GROUP))["id"])
        await self.side.send(self.leroy, text="/link")
        return await self.see(self.leroy, "Lier une équipe")

    async def choose_group(self, asked: Message) -> Message:
        """And chooses the group; the question in which language."""
        request = asked["reply_keyboard"][0][0]["request_id"]
        await self.side.share_chat(self.leroy, asked["id"], request, self.clinic)
        return await self.see(self.leroy, "Dans quelle langue")

    async def arrive(self, name: str, **more: Any) -> Message:
        """A new GP presses "Start"; the terms."""
        self.gp = await self.side.add_person(name, language_code="en", **more)
        await self.side.send(self.gp, start="")
        return await self.see(self.gp, "please accept")

    async def send_photo(self, content: bytes) -> Message:
        """The GP sends a photo; the message."""
        (sent,) = await self.side.send_files(self.gp, ("photo", "mole.jpg", content))
        return sent
