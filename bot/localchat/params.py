"""Parses and checks the parameters of a method call; refuses in Telegram's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from bot.localchat.errors import BotApiError, bad_request
from bot.localchat.forms import parse_form
from bot.localchat.records import Json
from bot.localchat.signatures import METHODS, OBJECTS, Field, Fields

# Telegram's wording for a missing parameter.
_MISSING = {
    "chat_id": "chat_id is empty",
    "from_chat_id": "from_chat_id is empty",
    "text": "message text is empty",
    "photo": "there is no photo in the request",
    "document": "there is no document in the request",
    "media": "there is no media in the request",
    "message_id": "message identifier is not specified",
    "message_ids": "message identifiers are not specified",
    "callback_query_id": "query is too old and response timeout expired or query ID is invalid",
    "file_id": "file_id not specified",
    "user_id": "invalid user_id specified",
    "action": "wrong parameter action in request",
}
_MARKUPS = {
    "inline_keyboard": "InlineKeyboardMarkup",
    "keyboard": "ReplyKeyboardMarkup",
    "remove_keyboard": "ReplyKeyboardRemove",
    "force_reply": "ForceReply",
}
_TOO_LARGE = BotApiError(413, "Request Entity Too Large")


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file in the request."""

    name: str | None
    content: bytes


@dataclass(slots=True)
class Call:
    """A method call of the bot: the parameters that were given, and files by the name of their part."""

    method: str
    params: Json
    files: dict[str, UploadedFile] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """A parameter, or None if it was not given."""
        return self.params.get(name)


async def read_call(request: web.Request, method: str, max_bytes: int) -> Call:
    """Parses a request as JSON, form or multipart, and the query string.

    Raises:
        BotApiError: a parameter does not fit the method's signature.
    """
    raw: Json = dict(request.query)
    files: dict[str, UploadedFile] = {}
    if request.content_length and request.content_length > max_bytes:
        raise _TOO_LARGE
    if request.content_type == "multipart/form-data":
        body = await request.read()
        if len(body) > max_bytes:
            raise _TOO_LARGE
        try:
            for part in parse_form(body, request.headers["Content-Type"]):
                if part.filename is None:
                    raw[part.name] = part.content.decode("utf-8")
                else:
                    files[part.name] = UploadedFile(part.filename, part.content)
        except ValueError as error:
            raise bad_request("can't parse multipart form data") from error
    elif request.content_type == "application/json":
        raw |= _read_json(await request.read())
    elif request.can_read_body:
        raw |= dict(await request.post())
    params = _check_fields(METHODS[method], raw, files, where="")
    if params.get("reply_markup") == {}:  # an empty object is not a keyboard
        del params["reply_markup"]
    return Call(method, params, files)


def _read_json(body: bytes) -> Json:
    if not body:
        return {}
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad_request("can't parse request JSON object") from error
    if not isinstance(parsed, dict):
        raise bad_request("can't parse request JSON object")
    return parsed


def _check_fields(fields: Fields, raw: Json, files: dict[str, UploadedFile], *, where: str) -> Json:
    given = {name: value for name, value in raw.items() if value is not None}
    attached = repr(given) if files else ""
    unknown = [name for name in given if name not in fields]
    unknown += [name for name in files if name not in fields and f"attach://{name}" not in attached]
    if unknown:
        raise bad_request(f'unknown parameter "{unknown[0]}"')
    for name in files:
        if name in fields and fields[name].kind == "file":
            given[name] = f"attach://{name}"
    for spec in fields.values():
        if spec.required and spec.name not in given:
            usual = None if where else _MISSING.get(spec.name)
            raise bad_request(usual or f'parameter "{spec.name}" is required{where}')
    return {name: coerce(fields[name], value) for name, value in given.items()}


def coerce(spec: Field, value: Any) -> Any:
    """Converts one value to its kind. A string may hold a number, a boolean or JSON.

    Raises:
        BotApiError: it does not fit the kind.
    """
    kind = spec.kind
    if kind.startswith("["):
        items = _from_json(value, spec)
        if not isinstance(items, list):
            raise bad_request(f"can't parse {spec.name} JSON object")
        inner = Field(spec.name, kind[1:-1], required=True)
        if inner.kind == "KeyboardButton":  # may be a plain string
            items = [{"text": item} if isinstance(item, str) else item for item in items]
        return [coerce(inner, item) for item in items]
    simple = _SIMPLE.get(kind)
    if simple is not None:
        return simple(value, spec.name)
    parsed = _from_json(value, spec)
    return parsed if kind == "Any" else check_object(kind, parsed, spec.name)


def check_object(kind: str, value: Any, name: str) -> Json:
    """Checks the fields of a nested object.

    Raises:
        BotApiError: it is not an object, or a field is unknown, missing or of another kind.
    """
    if not isinstance(value, dict):
        raise bad_request(
            "object expected as reply markup" if kind == "Markup" else f"can't parse {name} JSON object"
        )
    if kind == "Markup":
        # An empty object is not a keyboard, as in Telegram.
        kind = next((_MARKUPS[key] for key in value if key in _MARKUPS), "NoMarkup")
    return _check_fields(OBJECTS[kind], value, {}, where=f" in {kind}")


def _from_json(value: Any, spec: Field) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"can't parse {spec.name} JSON object") from error


def _wrong(name: str, kind: str) -> BotApiError:
    return bad_request(f'parameter "{name}" must be of type {kind}')


def _integer(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise _wrong(name, "Integer")
    try:
        return int(value)
    except ValueError as error:
        raise _wrong(name, "Integer") from error


def _string(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise _wrong(name, "String")
    return value


def _boolean(value: Any, name: str) -> bool:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}
    found = known.get(str(value).strip().lower())
    if found is None:
        raise _wrong(name, "Boolean")
    return found


def _chat(value: Any, name: str) -> int | str:
    if isinstance(value, str) and value.startswith("@"):
        return value
    if isinstance(value, str) and not value:
        raise bad_request(f"{name} is empty")
    try:
        return _integer(value, name)
    except BotApiError as error:
        raise bad_request("chat not found") from error


_SIMPLE = {"int": _integer, "str": _string, "bool": _boolean, "chat": _chat, "file": _string}
