"""The person's side of the API, for the page and the tests. docs/localchat.md describes it."""

from __future__ import annotations

from aiohttp import web

from bot.localchat.person_api import buttons, controls, groups, messages, people, stream


def add_routes(app: web.Application) -> None:
    """Adds the routes of the person's side to an application."""
    for part in (people, messages, buttons, groups, controls, stream):
        app.router.add_routes(part.ROUTES)


__all__ = ["add_routes"]
