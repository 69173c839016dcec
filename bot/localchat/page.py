"""Serves the page and its files, and sets the cookie when the printed link is opened."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web

from bot.localchat.errors import PersonApiError, not_found
from bot.localchat.security import cookie_name, is_secret, own_port

_ROUTES = web.RouteTableDef()
_FOLDER = Path(__file__).parent / "static"
# The machine's own table may lack these types or differ.
_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
}


def add_routes(app: web.Application) -> None:
    """Adds the routes of the page. They come last, because its files can have any name."""
    app.router.add_routes(_ROUTES)


@_ROUTES.get("/")
async def _serve_index(request: web.Request) -> web.StreamResponse:
    key = request.query.get("key")
    if key is None:
        return _serve(request, "index.html")
    if not is_secret(request, key):
        raise PersonApiError(401, "unauthorized", "this link is not the one that was printed last")
    rest = [(name, value) for name, value in request.query.items() if name != "key"]
    response = web.Response(status=303, headers={"Location": f"/?{urlencode(rest)}" if rest else "/"})
    response.set_cookie(cookie_name(own_port(request)), key, httponly=True, samesite="Strict", path="/")
    return response


@_ROUTES.get("/{path:.+}")
async def _serve_static(request: web.Request) -> web.StreamResponse:
    return _serve(request, request.match_info["path"])


def _serve(request: web.Request, name: str) -> web.StreamResponse:
    path = (_FOLDER / name).resolve()
    if not path.is_relative_to(_FOLDER.resolve()) or not path.is_file():
        raise not_found("page")
    content = path.read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers=headers)
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    charset = "utf-8" if kind.startswith("text/") else None
    return web.Response(body=content, content_type=kind, charset=charset, headers=headers)
