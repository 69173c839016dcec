"""Shared by both sides of the API: JSON replies, the application's state, deliberately broken replies."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import orjson
from aiohttp import web

from bot.localchat.errors import refused
from bot.localchat.records import Json
from bot.localchat.state import State

STATE: web.AppKey[State] = web.AppKey("state", State)


def state_of(request: web.Request) -> State:
    """The state that a request reads and changes."""
    return request.app[STATE]


def json_reply(body: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON response."""
    return web.Response(
        body=orjson.dumps(body),
        status=status,
        content_type="application/json",
        charset="utf-8",
        headers=headers,
    )


def commit_reply(state: State, body: object, status: int = 200) -> web.Response:
    """A JSON response, after all changes are on disk."""
    state.store.commit()
    return json_reply(body, status)


async def read_object(request: web.Request) -> Json:
    """The JSON object in a request's body; an empty body is an empty object.

    Raises:
        PersonApiError: it is not a JSON object.
    """
    body = await request.read()
    try:
        parsed: Any = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError as error:
        raise refused("bad_json", "the body is not JSON") from error
    if not isinstance(parsed, dict):
        raise refused("bad_json", "the body is not a JSON object")
    return parsed


def take(body: Json, name: str, kind: type, default: Any = None) -> Any:
    """A field of a given type; `default` if it is missing or null.

    Raises:
        PersonApiError: it has another type.
    """
    value = body.get(name)
    if value is None:
        return default
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise refused("bad_field", f"{name} must be of type {kind.__name__}")
    return value


def path_int(request: web.Request, name: str) -> int:
    """An integer in the path. The routes match nothing else."""
    return int(request.match_info[name])


def cut(request: web.Request) -> web.Response:
    """Closes the connection without an answer."""
    if request.transport:
        request.transport.abort()
    return web.Response(status=500)


async def send_half(request: web.Request, body: bytes, content_type: str) -> web.StreamResponse:
    """Announces the whole body, sends half of it and closes the connection."""
    response = web.StreamResponse(headers={"Content-Type": content_type})
    response.content_length = len(body)
    with suppress(ConnectionResetError):  # the client may have died
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
    if request.transport:
        request.transport.close()
    return response


async def send_slowly(
    request: web.Request, body: bytes, content_type: str, delay_s: float
) -> web.StreamResponse:
    """Sends half of the body, pauses, and sends the rest."""
    response = web.StreamResponse(headers={"Content-Type": content_type})
    response.content_length = len(body)
    with suppress(ConnectionResetError):
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        await asyncio.sleep(delay_s)
        await response.write(body[len(body) // 2 :])
        await response.write_eof()
    return response
