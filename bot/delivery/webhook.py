"""The webhook: Telegram calls, and gets a 200 once the update is on the disk."""

import asyncio
import hmac
import logging
import time
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web
from telegram import Bot
from telegram.error import RetryAfter, TelegramError

from bot.delivery.http_server import HEADERS_S, BoundedServer
from bot.delivery.polling import Refused, Take
from bot.delivery.telegram_json import find_update_id, parse_json
from bot.delivery.updates import ALLOWED_UPDATES, NameUnknownError, has_usable_id
from bot.delivery.webhook_address import describe_refusal
from bot.monitor.hooks import NULL_MONITOR, MonitorHooks
from bot.settings import Webhook
from storage.database.errors import StorageError

log = logging.getLogger(__name__)

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
HEALTH_PATH: Final = "/healthz"
MAX_BODY_BYTES: Final = 1024**2  # aiohttp's default; the largest updates seen are some tens of kilobytes
BODY_S: Final = 10.0  # to send the body of a request
MAX_AT_ONCE: Final = 200  # twice the most connections that Telegram opens
MOST_A_SECOND: Final = 500  # updates; ten times what a bot within Telegram's limits can answer
LAST_WAIT_S: Final = 30.0


@dataclass(kw_only=True, eq=False)
class WebhookServer:
    """Listens, checks who calls, keeps the update, answers."""

    bot: Bot
    settings: Webhook
    secret: str
    take: Take
    refused: Refused
    monitor: MonitorHooks = NULL_MONITOR
    headers_s: float = HEADERS_S
    body_s: float = BODY_S
    most_connections: int | None = None  # by default what the open files allow

    def __post_init__(self) -> None:
        self._path = find_path(self.settings)
        self._under_way = 0
        self._lately: deque[float] = deque(maxlen=MOST_A_SECOND)
        self._server: BoundedServer | None = None
        self._runner: web.ServerRunner | None = None

    @property
    def port(self) -> int:
        """The port it listens on.

        Raises:
            RuntimeError: it does not listen.
        """
        if self._runner is None or not self._runner.addresses:
            raise RuntimeError("the webhook server is not started")
        return int(self._runner.addresses[0][1])

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address or port is taken or not available.
        """
        self._server = BoundedServer(self._answer, most=self.most_connections, headers_s=self.headers_s)
        self._runner = web.ServerRunner(self._server, shutdown_timeout=5.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.settings.host, self.settings.port).start()

    async def run(self) -> None:
        """Set the webhook, retrying until Telegram accepts it."""
        settings = self.settings
        wait_s, logged = 0.5, ""
        while True:
            try:
                await self.bot.set_webhook(
                    settings.url or "",
                    secret_token=self.secret,
                    allowed_updates=list(ALLOWED_UPDATES),
                    max_connections=settings.max_connections,
                )
            except TelegramError as error:
                asked = error.retry_after if isinstance(error, RetryAfter) else 0
                asked_s = float(asked if isinstance(asked, int) else asked.total_seconds())
                if (reason := describe_refusal(error)) != logged:
                    log.warning("the webhook cannot be set: %s; trying again", reason)
                logged = reason
                await asyncio.sleep(max(wait_s, asked_s))
                wait_s = min(wait_s * 2, LAST_WAIT_S)
            else:
                if logged:
                    log.info("the webhook is set")
                return

    async def stop(self) -> None:
        """Answer open requests, then close. Telegram repeats later updates."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request. A caller without the secret gets a status, and the connection is closed."""
        status = self._find_refusal(request)
        if status is None:
            assert self._server is not None  # noqa: S101 - it has passed this request on
            self._server.trust(request)
            return await self._receive(request)
        response = web.Response(status=status, text="ok" if status == HTTPStatus.OK else None)
        response.force_close()
        return response

    def _find_refusal(self, request: web.BaseRequest) -> HTTPStatus | None:
        """The status for a request that is not from Telegram; None if it is."""
        if request.path == HEALTH_PATH and request.method == "GET":
            return HTTPStatus.OK
        if self._path not in (request.path, request.rel_url.raw_path):
            return HTTPStatus.NOT_FOUND
        if request.method != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "replace")
        # In constant time, so that the secret cannot be guessed letter by letter.
        is_telegram = hmac.compare_digest(given, self.secret.encode())
        return None if is_telegram else HTTPStatus.FORBIDDEN

    async def _receive(self, request: web.BaseRequest) -> web.Response:
        if self._is_flooded():
            return web.Response(status=503, headers={"Retry-After": "1"})
        self._under_way += 1
        try:
            async with asyncio.timeout(self.body_s):
                body = await _read_body(request)
        except (TimeoutError, ConnectionError, web.RequestPayloadError):
            response = web.Response(status=408)
            response.force_close()
            return response
        else:
            return await self._keep(body)
        finally:
            self._under_way -= 1

    def _is_flooded(self) -> bool:
        """Whether too many updates come at once or within a second; Telegram repeats refused ones."""
        now = time.monotonic()
        is_full = len(self._lately) == MOST_A_SECOND and now - self._lately[0] < 1.0
        if is_full or self._under_way >= MAX_AT_ONCE:
            return True
        self._lately.append(now)
        return False

    async def _keep(self, body: bytes | None) -> web.Response:
        """Store the update. One that cannot be stored gets 200, too: Telegram would repeat it for a day."""
        raw = _parse_update(body)
        if raw is None:
            update_id = find_update_id(body or b"")
            log.warning("update %s cannot be read; stepped over", "?" if update_id is None else update_id)
            self.monitor.stepped_over()
            return web.Response(status=200)
        try:
            await self.take([raw])
        except NameUnknownError:  # Telegram repeats it: by then the name may be known
            return web.Response(status=503)
        except StorageError as error:
            log.warning("an update cannot be kept (%s); Telegram keeps it", type(error).__name__)
            await self.refused([raw])
            return web.Response(status=503)
        return web.Response(status=200)


def find_path(settings: Webhook) -> str:
    """The path of Telegram's calls."""
    path = settings.path or urlsplit(settings.url or "").path or "/"
    return path if path.startswith("/") else f"/{path}"


async def _read_body(request: web.BaseRequest) -> bytes | None:
    """The body; None if it is larger than any update."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        return None


def _parse_update(body: bytes | None) -> dict[str, Any] | None:
    """The update; None if the body is not an update that can be stored."""
    try:
        raw = parse_json(body or b"")
    except ValueError:
        return None
    return raw if has_usable_id(raw) else None
