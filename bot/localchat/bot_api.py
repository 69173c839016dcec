"""The bot's side of the API: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

from __future__ import annotations

import asyncio
import hmac
import logging
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web

from bot.localchat.errors import BotApiError
from bot.localchat.faults import FILE_DOWNLOAD, Fault
from bot.localchat.files import MAX_DOWNLOAD_BYTES
from bot.localchat.http import cut, json_reply, send_half, send_slowly, state_of
from bot.localchat.methods import HANDLERS
from bot.localchat.params import Call, read_call
from bot.localchat.records import Json
from bot.localchat.signatures import BY_LOWER_NAME
from bot.localchat.state import State

_log = logging.getLogger(__name__)
_ROUTES = web.RouteTableDef()
_CLIENT_GONE = 499
_UNAUTHORIZED = BotApiError(401, "Unauthorized")
_NOT_FOUND = BotApiError(404, "Not Found")


def add_routes(app: web.Application) -> None:
    """Adds the routes of the bot's side to an application."""
    app.router.add_routes(_ROUTES)


@_ROUTES.route("*", "/bot{token}/{method}")
async def _serve_method(request: web.Request) -> web.StreamResponse:
    state = state_of(request)
    try:
        _check_token(state, request)
        method = BY_LOWER_NAME.get(request.match_info["method"].lower())
        if method is None or request.method not in {"GET", "POST"}:
            raise _NOT_FOUND
    except BotApiError as error:
        state.note_request(request.match_info["method"][:64], error.code, None)
        return _refuse(state, error)
    return await _serve_call(state, request, method)


def _check_token(state: State, request: web.Request) -> None:
    if not hmac.compare_digest(request.match_info["token"].encode(), state.token.encode()):
        raise _UNAUTHORIZED


async def _serve_call(state: State, request: web.Request, method: str) -> web.StreamResponse:
    call, fault = Call(method, {}), None
    try:
        call = await read_call(request, method, state.config.max_upload_bytes)
        fault = _find_fault(state, call)
        if fault and fault.kind == "cut_before":
            state.store.commit()
            return cut(request)
        await _delay_or_refuse(fault)
        envelope: Json = {"ok": True, "result": await HANDLERS[method](state, call)}
    except BotApiError as error:
        envelope = _envelope(error)
    except ConnectionError:
        return web.Response(status=_CLIENT_GONE)  # the bot died while it was asking: nobody reads an answer
    except Exception:  # noqa: BLE001 - the last resort, as in any server
        # Ids and texts stay out of the log: the traceback shows code, not values.
        _log.exception("%s failed", method)
        envelope = _envelope(BotApiError(500, "Internal Server Error"))
    code = envelope.get("error_code")
    if method != "getUpdates" or code:
        state.note_request(method, code, _chat_of(call))
    if state.config.observer:
        state.config.observer(method, call.params, envelope)
    state.store.commit()
    if fault and fault.kind == "cut_after":
        return cut(request)
    if fault and fault.kind == "truncate":
        return await send_half(request, orjson.dumps(envelope), "application/json")
    if fault and fault.answers_with_html:
        return _html_page(fault.status or 200)
    return _answer(envelope)


def _html_page(status: int) -> web.Response:
    """What a proxy in front of the API answers when it cannot reach it."""
    title = f"{status} {HTTPStatus(status).phrase}"
    body = f"<html><head><title>{title}</title></head><body>{title}</body></html>"
    return web.Response(text=body, status=status, content_type="text/html")


def _answer(envelope: Json) -> web.Response:
    status = envelope.get("error_code", 200)
    wait = envelope.get("parameters", {}).get("retry_after")
    return json_reply(envelope, status, {"Retry-After": str(wait)} if wait else None)


def _chat_of(call: Call) -> int | None:
    chat_id = call.get("chat_id")
    return chat_id if isinstance(chat_id, int) else None


def _find_fault(state: State, call: Call) -> Fault | None:
    """The first fault that strikes a method call, counted."""
    file_ids = state.files.ids_of_same_photo(call.params.get("file_id", ""))
    hits = (fault for fault in state.faults if fault.strikes(call.method, _chat_of(call), file_ids))
    fault = next(hits, None)
    if fault:
        state.save_faults()
    return fault


async def _delay_or_refuse(fault: Fault | None) -> None:
    if fault and fault.kind == "slow":
        await asyncio.sleep(fault.delay_s)
    elif fault and fault.kind == "not_json":
        raise BotApiError(200, "OK")  # the work is left undone, and the page of HTML hides this
    elif fault and (refusal := fault.refusal()):
        raise refusal


def _envelope(error: BotApiError) -> Json:
    envelope: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    return {**envelope, "parameters": error.parameters} if error.parameters else envelope


def _refuse(state: State, error: BotApiError) -> web.Response:
    state.store.commit()
    return _answer(_envelope(error))


@_ROUTES.get("/file/bot{token}/{path:.*}")
async def _serve_file(request: web.Request) -> web.StreamResponse:
    state = state_of(request)
    try:
        _check_token(state, request)
        stored = state.files.find_path(request.match_info["path"])
        if stored is None or (stored.size or 0) > MAX_DOWNLOAD_BYTES:
            raise _NOT_FOUND
        fault = _find_fault(state, Call(FILE_DOWNLOAD, {"file_id": stored.file_id}))
        state.store.commit()
        if fault and fault.kind in {"cut_before", "cut_after"}:
            return cut(request)
        if fault and fault.answers_with_html:
            return _html_page(fault.status or 200)
        if fault and (refusal := fault.refusal()):
            raise refusal
    except BotApiError as error:
        return _refuse(state, error)
    body = await state.files.read(stored)
    content_type = "application/octet-stream"
    if fault and fault.kind == "truncate":
        return await send_half(request, body, content_type)
    if fault and fault.kind == "slow":
        return await send_slowly(request, body, content_type, fault.delay_s)
    if fault and fault.kind == "short":
        body = body[: len(body) // 2]
    return web.Response(body=body, content_type=content_type)
