"""Delivers updates to the webhook: in order within a chat, chats in parallel, repeated until a 2xx answer."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

import aiohttp
import orjson

from bot.localchat.records import Json, PendingUpdate
from bot.localchat.state import State

_log = logging.getLogger(__name__)
_MAX_RETRY_S = 600.0


class WebhookSender:
    """Sends pending updates while a webhook is set."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._pushed = asyncio.Event()
        self._deliveries: dict[int, asyncio.Task[None]] = {}  # by update id
        self._busy_chats: set[int | None] = set()
        self._main: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Starts watching the queue."""
        timeout = aiohttp.ClientTimeout(total=self._state.config.webhook_timeout_s)
        # A loopback webhook has a self-signed certificate.
        self._session = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(ssl=False))
        self._state.updates.on_push = self._pushed.set
        self._main = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Stops; unconfirmed updates stay in the queue."""
        tasks = [task for task in (self._main, *self._deliveries.values()) if task]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        if self._session:
            await self._session.close()

    async def _run(self) -> None:
        while True:
            self._pushed.clear()
            webhook: Json = self._state.settings.get("webhook") or {}
            most = webhook.get("max_connections", 0)
            for update in self._state.updates.waiting() if webhook else ():
                if len(self._deliveries) >= most:
                    break
                if update.update_id not in self._deliveries and update.chat_id not in self._busy_chats:
                    self._busy_chats.add(update.chat_id)
                    task = asyncio.get_running_loop().create_task(self._deliver(update))
                    self._deliveries[update.update_id] = task
            await self._pushed.wait()

    async def _deliver(self, update: PendingUpdate) -> None:
        try:
            while webhook := self._state.settings.get("webhook"):
                wait_s = await self._post(webhook, update)
                if wait_s is None:
                    self._state.updates.confirm(update.update_id)
                    self._state.store.commit()
                    self._state.updates.on_delivered(update.body)
                    return
                await self._pause(wait_s, webhook)
        finally:
            self._busy_chats.discard(update.chat_id)
            self._deliveries.pop(update.update_id, None)
            self._pushed.set()

    async def _pause(self, wait_s: float, webhook: Json) -> None:
        # A new webhook is called at once.
        deadline = asyncio.get_running_loop().time() + wait_s
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            if self._state.settings.get("webhook") is not webhook:
                return
            await asyncio.sleep(min(left, 0.1))

    async def _post(self, webhook: Json, update: PendingUpdate) -> float | None:
        """Sends an update. Returns None on success, else the seconds until the next attempt."""
        if self._session is None:
            return _MAX_RETRY_S
        headers = {"Content-Type": "application/json"}
        if webhook.get("secret_token"):
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook["secret_token"]
        body = orjson.dumps(update.sendable)
        try:
            async with self._session.post(
                webhook["url"], data=body, headers=headers, allow_redirects=False
            ) as reply:
                if 200 <= reply.status < 300:
                    return None
                self._note_error(webhook, f"Wrong response from the webhook: {reply.status} {reply.reason}")
                retry_after = reply.headers.get("Retry-After", "")
                if retry_after.isdecimal():
                    return min(float(retry_after), _MAX_RETRY_S)
                return self._state.config.webhook_retry_s
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            timed_out = isinstance(error, TimeoutError)
            self._note_error(webhook, "Read timeout expired" if timed_out else "Connection refused")
            return self._state.config.webhook_retry_s

    def _note_error(self, webhook: Json, reason: str) -> None:
        webhook |= {"last_error_date": self._state.clock.date(), "last_error_message": reason}
        self._state.store.set("webhook", self._state.settings.get("webhook"))
        _log.info("webhook: %s", reason)
