"""Faults, flood limits and the clock, for tests."""

from __future__ import annotations

from dataclasses import asdict, replace

from aiohttp import web

from bot.localchat.errors import refused
from bot.localchat.faults import parse_fault
from bot.localchat.http import commit_reply, read_object, take, world_of
from bot.localchat.records import Json
from bot.localchat.world import World

_FIGURES = {"overall_per_s": float, "chat_per_s": float, "chat_burst": int, "group_per_min": float}


def _show_faults(world: World) -> Json:
    return {"faults": [fault.describe() for fault in world.faults]}


async def _list_faults(request: web.Request) -> web.Response:
    world = world_of(request)
    return commit_reply(world, _show_faults(world))


async def _inject_fault(request: web.Request) -> web.Response:
    world = world_of(request)
    world.faults.append(parse_fault(await read_object(request)))
    world.save_faults()
    return commit_reply(world, _show_faults(world), 201)


async def _clear_faults(request: web.Request) -> web.Response:
    world = world_of(request)
    world.faults.clear()
    world.save_faults()
    return commit_reply(world, _show_faults(world))


async def _set_limits(request: web.Request) -> web.Response:
    world, body = world_of(request), await read_object(request)
    figures = {name: take(body, name, kind) for name, kind in _FIGURES.items()}
    changes = {name: value for name, value in figures.items() if value is not None}
    changes["enabled"] = take(body, "enabled", bool, world.gate.limits.enabled)
    try:
        world.set_limits(replace(world.gate.limits, **changes))
    except ValueError as error:
        raise refused("bad_field", str(error)) from error
    return commit_reply(world, asdict(world.gate.limits))


async def _set_clock(request: web.Request) -> web.Response:
    world = world_of(request)
    world.clock.offset_s = take(await read_object(request), "offset_s", float, 0.0)
    world.set("clock_offset_s", world.clock.offset_s)
    return commit_reply(world, {"offset_s": world.clock.offset_s, "now": world.clock.now()})


ROUTES = [
    web.get("/api/faults", _list_faults),
    web.post("/api/faults", _inject_fault),
    web.delete("/api/faults", _clear_faults),
    web.post("/api/limits", _set_limits),
    web.post("/api/clock", _set_clock),
]
