"""Access to the person's side: loopback host names, the server's own pages, the secret."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.localchat.config import LOOPBACK
from bot.localchat.errors import BotApiError, PersonApiError
from bot.localchat.http import json_reply, state_of
from bot.localchat.unauthorized_page import show_unauthorized, wants_page

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
UNAUTHORIZED = 401
_BOT_SIDE = ("/bot", "/file/bot")
_CODES = {404: "not_found", 405: "wrong_method", 413: "too_large"}


def own_port(request: web.Request) -> int:
    """The port that received the request."""
    address = request.transport.get_extra_info("sockname") if request.transport else None
    return int(address[1]) if address else 0


def cookie_name(port: int) -> str:
    """The name of the cookie: browsers share cookies between ports, so each server needs its own name."""
    return f"localchat_{port}"


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Checks access, and turns refusals of the person's side into JSON."""
    if not _is_loopback(request):
        return _error(PersonApiError(403, "forbidden", "only loopback names are served"))
    if request.path.startswith(_BOT_SIDE):
        return await handler(request)  # protected by the token
    try:
        _check_origin(request)
        if not (request.path == "/" and "key" in request.query):
            check_secret(request)
        return await handler(request)
    except BotApiError as error:  # people's texts have the same rules
        return _error(PersonApiError(400, "refused", error.description))
    except (PersonApiError, web.HTTPError) as error:
        refusal = error
        if not isinstance(refusal, PersonApiError):
            code = _CODES.get(refusal.status, "refused")
            refusal = PersonApiError(refusal.status, code, code.replace("_", " "))
        if refusal.status == UNAUTHORIZED and wants_page(request):
            return show_unauthorized(request)
        return _error(refusal)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Adds the security headers to every response of the person's side."""
    if not request.path.startswith(_BOT_SIDE):
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)


def _is_loopback(request: web.Request) -> bool:
    try:
        parts = urlsplit(f"//{request.host}")
        return parts.hostname in LOOPBACK and (parts.port or 80) == own_port(request)
    except ValueError:
        return False


def _check_origin(request: web.Request) -> None:
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.host}":
        raise PersonApiError(403, "forbidden", "requests from other sites are refused")


def check_secret(request: web.Request) -> None:
    """Checks the secret, as bearer token or cookie.

    Raises:
        PersonApiError: it is missing or wrong.
    """
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        given = request.cookies.get(cookie_name(own_port(request)), "")
    if not is_secret(request, given):
        raise PersonApiError(401, "unauthorized", "open the link that was printed when the chat started")


def is_secret(request: web.Request, given: str) -> bool:
    """Whether this is the secret, compared in constant time."""
    return hmac.compare_digest(given.encode(), state_of(request).key.encode())


def _error(error: PersonApiError) -> web.Response:
    return json_reply({"error": {"code": error.code, "message": str(error)}}, error.status)
