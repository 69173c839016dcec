"""HTTP to the Bot API, with nothing of what travels in any log."""

import ssl
from functools import cache
from typing import Any, Final, cast

import httpx
import orjson
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

CONNECT_S: Final = 5.0
READ_S: Final = 20.0
WRITE_S: Final = 20.0
UPLOAD_S: Final = 60.0
POOL_S: Final = 30.0
CONNECTIONS: Final = 48  # messages under way, downloads, button answers


class QuietRequest(HTTPXRequest):
    """PTB's client; an answer that is no JSON raises without being written to the log."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The reply as an object.

        Raises:
            TelegramError: it is none.
        """
        try:
            reply = orjson.loads(payload)
        except orjson.JSONDecodeError:
            raise TelegramError("Invalid server response") from None
        if not isinstance(reply, dict):
            raise TelegramError("Invalid server response")
        return cast("dict[str, Any]", reply)


@cache
def _read_certificates() -> ssl.SSLContext:
    """Read once for all clients: a fortieth of a second each."""
    return httpx.create_ssl_context()


def make_request() -> QuietRequest:
    """For everything but getUpdates."""
    return QuietRequest(
        connection_pool_size=CONNECTIONS,
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        write_timeout=WRITE_S,
        media_write_timeout=UPLOAD_S,
        pool_timeout=POOL_S,
        httpx_kwargs={"verify": _read_certificates()},
    )


def make_polling_request(poll_s: float) -> QuietRequest:
    """For getUpdates, which keeps its one connection busy."""
    return QuietRequest(
        connection_pool_size=2,
        connect_timeout=CONNECT_S,
        read_timeout=poll_s + READ_S,
        pool_timeout=POOL_S,
        httpx_kwargs={"verify": _read_certificates()},
    )
