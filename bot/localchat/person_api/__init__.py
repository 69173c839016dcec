"""The person side: what the page and the tests call. The contract is docs/localchat.md."""

from __future__ import annotations

from aiohttp import web

from bot.localchat.person_api import buttons, controls, groups, messages, people, stream


def add_routes(app: web.Application) -> None:
    """Adds the person side to an application."""
    for part in (people, messages, buttons, groups, controls, stream):
        app.router.add_routes(part.ROUTES)


__all__ = ["add_routes"]
