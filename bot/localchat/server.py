"""Puts the local chat together and runs it."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.localchat import bot_api, page, person_api
from bot.localchat.config import LocalChatConfig
from bot.localchat.http import WORLD
from bot.localchat.person_api.groups import create_group
from bot.localchat.records import Json
from bot.localchat.security import add_headers, guard
from bot.localchat.webhook import WebhookSender
from bot.localchat.world import World

_MAX_REQUEST_BYTES = 300 * 1024 * 1024


class LocalChat:
    """A Bot API server on loopback with a page for people.

    Example:
        >>> chat = LocalChat(LocalChatConfig(state_dir=folder))
        >>> await chat.start()
        >>> chat.api_url, chat.token, chat.link
        >>> await chat.stop()
    """

    def __init__(self, config: LocalChatConfig) -> None:
        self._config = config
        self._world: World | None = None
        self._runner: web.AppRunner | None = None
        self._webhook: WebhookSender | None = None
        self._port = config.port

    async def start(self) -> None:
        """Opens the state and listens.

        Raises:
            OSError: the port is taken.
        """
        world = self._world = World(self._config)
        if not world.people:
            _populate(world)
        world.journal.commit()
        world.updates.on_delivered = lambda update: _tell_read(world, update)
        self._webhook = WebhookSender(world)
        self._runner = web.AppRunner(_build(world), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._config.host, self._config.port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        await self._webhook.start()

    async def stop(self) -> None:
        """Ends open streams and polls, and closes the state."""
        if self._world is None or self._runner is None or self._webhook is None:
            return
        self._world.events.close()
        self._world.updates.wake()
        await self._webhook.stop()
        await self._runner.cleanup()
        await asyncio.get_running_loop().run_in_executor(None, self._world.files.close)
        self._world.close()
        self._world = self._runner = self._webhook = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    @property
    def api_url(self) -> str:
        """What `/bot<token>/<method>` is appended to."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def token(self) -> str:
        """The bot's token."""
        return self._opened.token

    @property
    def key(self) -> str:
        """The secret of the person side."""
        return self._opened.key

    @property
    def link(self) -> str:
        """The page, with the secret that lets a browser in."""
        return f"{self.api_url}/?key={self.key}"

    @property
    def owners(self) -> tuple[int, ...]:
        """The people who created the groups and channels: in a fresh state, Dr Leroy."""
        chats = self._opened.chats.values()
        members = (member for chat in chats for member in chat.members)
        return tuple(dict.fromkeys(each.user_id for each in members if each.status == "creator"))

    @property
    def _opened(self) -> World:
        if self._world is None:
            message = "the local chat is not started"
            raise RuntimeError(message)
        return self._world


def _build(world: World) -> web.Application:
    app = web.Application(middlewares=[guard], client_max_size=_MAX_REQUEST_BYTES)
    app[WORLD] = world
    app.on_response_prepare.append(add_headers)
    bot_api.add_routes(app)
    person_api.add_routes(app)
    page.add_routes(app)
    return app


def _populate(world: World) -> None:
    """Three people, a clinic's group and a channel, so that there is somebody to play."""
    world.add_person("Dr Martin", "dr_martin", "fr")
    world.add_person("Dr Taylor", "dr_taylor", "en")
    leroy = world.add_person("Dr Leroy", "dr_leroy", "fr")
    create_group(world, "supergroup", "Clinic dermatology", [leroy.id])
    create_group(world, "channel", "Clinic channel", [leroy.id])


def _tell_read(world: World, update: Json) -> None:
    message = update.get("message")
    if message:
        chat = world.chats[message["chat"]["id"]]
        data = {"chat_id": chat.id, "message_id": message["message_id"]}
        world.events.announce("read", world.audience(chat), data)
