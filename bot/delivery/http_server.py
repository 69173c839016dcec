"""An HTTP server for a public address: bounded connections, and time limits for callers it does not know.

aiohttp limits how long a connection is idle, but not how many there are. Here a connection has `HEADERS_S`
seconds to send its first request and identify its caller. At the limit a new connection closes the oldest of
those that have not. So callers who hold connections open cannot block Telegram.
"""

import asyncio
import logging
import resource
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

MOST_CONNECTIONS: Final = 300  # three times the most that Telegram opens
HEADERS_S: Final = 10.0
IDLE_S: Final = 130.0  # of callers that are known; longer than nginx (60) and Caddy (120) keep connections
LINGERING_S: Final = 1.0  # how long the rest of a refused request is read and dropped

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def _is_own_fault(record: logging.LogRecord) -> bool:
    """A filter that drops requests that are not HTTP: anyone can send them."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


class BoundedServer(web.Server):
    """Use it with `aiohttp.web.ServerRunner`."""

    def __init__(self, handler: Handler, *, most: int | None = None, headers_s: float = HEADERS_S) -> None:
        """Bound the connections.

        Args:
            handler: answers a request; closes the connection of a caller that it does not `trust`.
            most: connections at once; by default as many as half of the open files allow, 300 at most.
            headers_s: seconds for the first request of a connection.
        """
        log = logging.getLogger(__name__)
        log.addFilter(_is_own_fault)
        super().__init__(
            handler,
            keepalive_timeout=IDLE_S,
            lingering_time=LINGERING_S,
            access_log=None,
            logger=log,
        )
        self._most = find_most_connections() if most is None else most
        self._headers_s = headers_s
        self._unknown: dict[web.RequestHandler, tuple[asyncio.Transport, asyncio.TimerHandle]] = {}
        self._trusted: set[web.RequestHandler] = set()

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Start the time limit; beyond the limit close the oldest unknown connection, if need be this one."""
        super().connection_made(handler, transport)
        timer = asyncio.get_running_loop().call_later(self._headers_s, transport.abort)
        self._unknown[handler] = transport, timer
        if len(self._unknown) + len(self._trusted) > self._most:
            oldest, _ = self._forget(next(iter(self._unknown)))
            asyncio.get_running_loop().call_soon(oldest.abort)  # not before aiohttp has set this one up

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """Forget the connection."""
        if handler in self._unknown:
            self._forget(handler)
        self._trusted.discard(handler)
        super().connection_lost(handler, exc)

    def trust(self, request: web.BaseRequest) -> None:
        """Keep the request's connection open: its caller is known."""
        if request.protocol in self._unknown:
            self._forget(request.protocol)
            self._trusted.add(request.protocol)

    def _forget(self, handler: web.RequestHandler) -> tuple[asyncio.Transport, asyncio.TimerHandle]:
        transport, timer = self._unknown.pop(handler)
        timer.cancel()
        return transport, timer


def find_most_connections() -> int:
    """Half of the open files at most: the database, downloads and the engine need the rest."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, max(soft // 2, 1))
