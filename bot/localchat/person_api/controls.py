"""Faults, flood limits and the clock, for tests."""

from __future__ import annotations

from dataclasses import asdict, replace

from aiohttp import web

from bot.localchat.errors import refused
from bot.localchat.faults import parse_fault
from bot.localchat.http import commit_reply, read_object, state_of, take
from bot.localchat.records import Json
from bot.localchat.state import State

ROUTES = web.RouteTableDef()
_FIGURES = {"overall_per_s": float, "chat_per_s": float, "chat_burst": int, "group_per_min": float}


def _show_faults(state: State) -> Json:
    return {"faults": [fault.describe() for fault in state.faults]}


@ROUTES.get("/api/faults")
async def _list_faults(request: web.Request) -> web.Response:
    state = state_of(request)
    return commit_reply(state, _show_faults(state))


@ROUTES.post("/api/faults")
async def _inject_fault(request: web.Request) -> web.Response:
    state = state_of(request)
    state.faults.append(parse_fault(await read_object(request)))
    state.save_faults()
    return commit_reply(state, _show_faults(state), 201)


@ROUTES.delete("/api/faults")
async def _clear_faults(request: web.Request) -> web.Response:
    state = state_of(request)
    state.faults.clear()
    state.save_faults()
    return commit_reply(state, _show_faults(state))


@ROUTES.post("/api/limits")
async def _set_limits(request: web.Request) -> web.Response:
    state, body = state_of(request), await read_object(request)
    figures = {name: take(body, name, kind) for name, kind in _FIGURES.items()}
    changes = {name: value for name, value in figures.items() if value is not None}
    changes["enabled"] = take(body, "enabled", bool, state.flood.limits.enabled)
    try:
        state.set_limits(replace(state.flood.limits, **changes))
    except ValueError as error:
        raise refused("bad_field", str(error)) from error
    return commit_reply(state, asdict(state.flood.limits))


@ROUTES.post("/api/clock")
async def _set_clock(request: web.Request) -> web.Response:
    state = state_of(request)
    state.clock.offset_s = take(await read_object(request), "offset_s", float, 0.0)
    state.set("clock_offset_s", state.clock.offset_s)
    return commit_reply(state, {"offset_s": state.clock.offset_s, "now": state.clock.now()})
