"""Finds the person, chat and message of a request, if the person may see them."""

from __future__ import annotations

from aiohttp import web

from bot.localchat.errors import not_found
from bot.localchat.http import path_int, state_of
from bot.localchat.records import PRESENT, Chat, LocalPerson, Message
from bot.localchat.state import State


def person_of(request: web.Request) -> LocalPerson:
    """The person in the path.

    Raises:
        PersonApiError: there is no such person.
    """
    return state_of(request).person(path_int(request, "person"))


def chat_of(request: web.Request) -> tuple[LocalPerson, Chat]:
    """The person and the chat in the path.

    Raises:
        PersonApiError: one of them does not exist, or the person is not in that chat.
    """
    state, person = state_of(request), person_of(request)
    chat = state.chat(path_int(request, "chat"))
    if not sees(person, chat):
        raise not_found("chat")
    return person, chat


def message_of(state: State, chat: Chat, number: int) -> Message:
    """A message of a chat.

    Raises:
        PersonApiError: it does not exist, or it is deleted.
    """
    if message := state.find_message(chat.id, number):
        return message
    raise not_found("message")


def sees(person: LocalPerson, chat: Chat) -> bool:
    """Whether a person is in a chat."""
    return chat.id == person.id if chat.type == "private" else chat.status(person.id) in PRESENT
