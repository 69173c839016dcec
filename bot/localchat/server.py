"""Builds and runs the local chat."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.localchat import bot_api, page, person_api
from bot.localchat.config import LocalChatConfig
from bot.localchat.http import STATE
from bot.localchat.person_api.groups import create_group
from bot.localchat.records import Json
from bot.localchat.security import add_headers, guard
from bot.localchat.state import State
from bot.localchat.webhook import WebhookSender

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
        self._state: State | None = None
        self._runner: web.AppRunner | None = None
        self._webhook: WebhookSender | None = None
        self._port = config.port

    async def start(self) -> None:
        """Loads the state and listens.

        Raises:
            OSError: the port is taken.
        """
        state = self._state = State(self._config)
        if not state.people:
            state.add_person("Dr Martin", "dr_martin", "fr")
            state.add_person("Dr Taylor", "dr_taylor", "en")
            leroy = state.add_person("Dr Leroy", "dr_leroy", "fr")
            create_group(state, "supergroup", "Clinic dermatology", [leroy.id])
            create_group(state, "channel", "Clinic channel", [leroy.id])
        state.store.commit()

        def report_read(update: Json) -> None:
            if message := update.get("message"):
                chat = state.chats[message["chat"]["id"]]
                data = {"chat_id": chat.id, "message_id": message["message_id"]}
                state.events.send_transient("read", state.audience(chat), data)

        state.updates.on_delivered = report_read
        self._webhook = WebhookSender(state)
        app = web.Application(middlewares=[guard], client_max_size=_MAX_REQUEST_BYTES)
        app[STATE] = state
        app.on_response_prepare.append(add_headers)
        for side in (bot_api, person_api, page):  # the page last: its files can have any name
            side.add_routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._config.host, self._config.port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        await self._webhook.start()

    async def stop(self) -> None:
        """Closes open streams and polls, then the state."""
        if self._state is None or self._runner is None or self._webhook is None:
            return
        self._state.events.close()
        self._state.updates.wake()
        await self._webhook.stop()
        await self._runner.cleanup()
        await asyncio.get_running_loop().run_in_executor(None, self._state.files.close)
        self._state.close()
        self._state = self._runner = self._webhook = None

    @property
    def port(self) -> int:
        """The port of the server."""
        return self._port

    @property
    def api_url(self) -> str:
        """The address before `/bot<token>/<method>`."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def token(self) -> str:
        """The bot's token."""
        return self._opened.token

    @property
    def key(self) -> str:
        """The secret of the person's side."""
        return self._opened.key

    @property
    def link(self) -> str:
        """The address of the page, with the secret."""
        return f"{self.api_url}/?key={self.key}"

    @property
    def owners(self) -> tuple[int, ...]:
        """The people who created the groups and channels: in a fresh state, Dr Leroy."""
        chats = self._opened.chats.values()
        members = (member for chat in chats for member in chat.members)
        return tuple(dict.fromkeys(each.user_id for each in members if each.status == "creator"))

    @property
    def _opened(self) -> State:
        if self._state is None:
            message = "the local chat is not started"
            raise RuntimeError(message)
        return self._state
