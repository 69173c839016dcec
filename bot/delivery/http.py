"""HTTP transport to the Bot API. No content of requests or replies is logged.

aiohttp takes a fifth of the time of PTB's own client (httpx), measured with five calls of a photo.
"""

import asyncio
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from mimetypes import guess_type
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast
from urllib.parse import quote, urlencode

import aiohttp
import httpx
import orjson
from telegram import Bot
from telegram.error import BadRequest, NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.delivery.local_files import LocalFiles, mark_file_path, split_file_url
from bot.delivery.proxies import find_proxy
from bot.delivery.telegram_json import UnreadableReplyError, parse_json
from bot.monitor.hooks import NULL_MONITOR, MonitorHooks

CONNECT_S: Final = 5.0
READ_S: Final = 20.0
WRITE_S: Final = 20.0
UPLOAD_S: Final = 60.0
POOL_S: Final = 30.0
IDLE_S: Final = (
    5.0  # close an idle connection before the server does, so that no request is written into a closed one
)
CONNECTIONS: Final = 48  # messages under way, downloads, button answers

# Refusals that PTB reports as network errors, which would be retried for a day.
_DECLINED: Final = frozenset(
    {
        HTTPStatus.NOT_ACCEPTABLE,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.REQUEST_URI_TOO_LONG,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    }
)
_KEPT: Final = ("message_id", "date", "chat")  # of a message that was sent

# Errors of a request that cannot have reached the server.
_NEVER_LEFT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


class NeverLeftError(NetworkError):
    """The request did not leave this machine and had no effect."""


class DeclinedError(BadRequest):
    """The request was refused with a status other than 400 and had no effect."""

    def __init__(self, status: HTTPStatus) -> None:
        """Keep the status as `code`; the body, which may quote the request, is dropped."""
        super().__init__(f"{status.phrase} ({status.value})")
        self.code = status.value


@dataclass(frozen=True, slots=True)
class CallFile:
    """A file sent with a call; its media type follows from its name."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Form:
    """The part of PTB's `RequestData` that `do_request` reads."""

    json_parameters: Mapping[str, str]
    files: Mapping[str, CallFile]

    @property
    def contains_files(self) -> bool:
        return bool(self.files)

    @property
    def multipart_data(self) -> dict[str, tuple[str, bytes, str | None]]:
        return {
            part: (file.name, file.content, guess_type(file.name)[0]) for part, file in self.files.items()
        }


async def call(
    bot: Bot, method: str, fields: Mapping[str, Any], files: Mapping[str, CallFile] = MappingProxyType({})
) -> Any:
    """Call a method of the Bot API with plain values and return its plain result.

    Fields that are None are left out. PTB's own methods build objects of requests and replies, which takes a
    third of the processor time of a message.

    Raises:
        TelegramError: as PTB raises it for its own methods.
    """
    given = {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in fields.items()
        if value is not None
    }
    return await bot.request.post(f"{bot.base_url}/{method}", cast("RequestData", _Form(given, files)))


class HttpRequest(BaseRequest):
    """PTB's transport on aiohttp. A timeout given with a call replaces the default of that step."""

    def __init__(
        self,
        *,
        connections: int,
        read_s: float,
        monitor: MonitorHooks = NULL_MONITOR,
        files: LocalFiles | None = None,
    ) -> None:
        """Prepare. Args: connections: at once. read_s: seconds for a reply to begin or to continue."""
        self._monitor = monitor
        self._files = files or LocalFiles(None)
        self._connections = connections
        self._read_s = read_s
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds to wait for a reply."""
        return self._read_s

    async def initialize(self) -> None:
        """Open the session."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=IDLE_S)
            headers = {"User-Agent": self.USER_AGENT}
            self._session = aiohttp.ClientSession(
                connector=connector, headers=headers, cookie_jar=aiohttp.DummyCookieJar()
            )

    async def shutdown(self) -> None:
        """Close every connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(  # type: ignore[override] # PTB passes the timeouts by name
        self, url: str, method: str, request_data: RequestData | None = None, **timeouts: Any
    ) -> tuple[int, bytes]:
        """Status and body of the reply. Timeouts are named as PTB names them: `read_timeout` and so on.

        Raises:
            NeverLeftError: the request cannot have reached the server.
            DeclinedError: the server refused it for its size or form.
            LocalFileError: the file is one of `bot.delivery.local_files`, and cannot be read.
            NetworkError, TimedOut: the request may have reached the server.
        """
        if self._session is None:
            raise RuntimeError("the request is not initialised")
        url, path = split_file_url(url)
        if path is not None:
            return HTTPStatus.OK, await asyncio.to_thread(self._files.read, path)
        body, headers = _write_body(request_data)
        has_files = request_data is not None and request_data.contains_files
        options: dict[str, Any] = {
            "timeout": self._find_timeout(timeouts, UPLOAD_S if has_files else WRITE_S),
            "ssl": _read_certificates() if url.startswith("https:") else True,
            "proxy": find_proxy(url),
        }
        try:
            async with self._session.request(method, url, data=body, headers=headers, **options) as reply:
                if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
                    self._monitor.turned_away()
                if reply.status in _DECLINED:
                    raise DeclinedError(HTTPStatus(reply.status))
                return reply.status, await reply.read()
        except _NEVER_LEFT as error:
            raise NeverLeftError(type(error).__name__) from error
        except TimeoutError as error:
            raise TimedOut from error
        except aiohttp.ClientError as error:
            # The name only: the text of an error may contain the address, which contains the token.
            raise NetworkError(type(error).__name__) from error

    def _find_timeout(self, given: Mapping[str, Any], write_s: float) -> aiohttp.ClientTimeout:
        """The timeouts of a request. Aiohttp has none for writing: it is part of the total."""
        read_s = _seconds(given.get("read_timeout"), self._read_s)
        connect_s = _seconds(given.get("connect_timeout"), CONNECT_S)
        queue_s = connect_s + _seconds(given.get("pool_timeout"), POOL_S)
        total_s = queue_s + _seconds(given.get("write_timeout"), write_s) + read_s
        return aiohttp.ClientTimeout(total=total_s, connect=queue_s, sock_connect=connect_s, sock_read=read_s)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Parse a reply without writing any of it to the log.

        Raises:
            UnreadableReplyError: not a JSON object.
        """
        try:
            reply = parse_json(payload)
        except ValueError:
            raise UnreadableReplyError(payload) from None
        if not isinstance(reply, dict):
            raise UnreadableReplyError(payload)
        # Telegram returns a sent message in full. Only its id is needed; PTB would parse the rest.
        message = reply.get("result")
        if isinstance(message, dict) and "message_id" in message:
            reply["result"] = {name: message[name] for name in _KEPT if name in message}
        return mark_file_path(reply)


def make_request(monitor: MonitorHooks = NULL_MONITOR, files_dir: Path | None = None) -> HttpRequest:
    """For everything but getUpdates. `files_dir`: the folder of an own Bot API server with `--local`."""
    return HttpRequest(connections=CONNECTIONS, read_s=READ_S, monitor=monitor, files=LocalFiles(files_dir))


def make_polling_request(poll_s: float, monitor: MonitorHooks) -> HttpRequest:
    """For getUpdates, which keeps its one connection busy."""
    return HttpRequest(connections=2, read_s=poll_s + READ_S, monitor=monitor)


@cache
def _read_certificates() -> ssl.SSLContext:
    """The certificates, read once for all clients (25 ms each)."""
    return httpx.create_ssl_context()


def _seconds(given: Any, default: float) -> float:
    return float(given) if isinstance(given, int | float) else default


def _write_body(data: RequestData | None) -> tuple[bytes | None, dict[str, str]]:
    """The body of a request and the headers that describe it."""
    if data is None:
        return None, {}
    if not data.contains_files:
        form = urlencode(data.json_parameters).encode()
        return form, {"Content-Type": "application/x-www-form-urlencoded"}
    boundary = secrets.token_hex(16)
    parts: list[bytes] = []
    files: Mapping[str, Any] = data.multipart_data
    for name, value in data.json_parameters.items():
        parts += [_head(boundary, name), value.encode(), b"\r\n"]
    for name, (file_name, content, kind) in files.items():
        parts += [_head(boundary, name, file_name, kind), content, b"\r\n"]
    body = b"".join([*parts, f"--{boundary}--\r\n".encode()])
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def _head(boundary: str, name: str, file_name: str | None = None, kind: str | None = None) -> bytes:
    """The head of a part, as browsers write it: characters that could end a name are percent-encoded."""
    lines = f'--{boundary}\r\nContent-Disposition: form-data; name="{_escaped(name)}"'
    if file_name is not None:
        lines += f'; filename="{_escaped(file_name)}"\r\nContent-Type: {kind or "application/octet-stream"}'
    return f"{lines}\r\n\r\n".encode()


def _escaped(name: str) -> str:
    return "".join(quote(sign) if sign in '"\r\n' else sign for sign in name)
