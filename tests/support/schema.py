"""The published Bot API schema as a judge of requests, replies and updates.

Each function gives a list of problems, empty if there are none. The schema lies beside the checkout, in CI
too; where it is missing, `require_schema` skips the test and says so.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[2]
SCHEMA_PATH = Path(os.environ.get("NEVUS_BOT_API_SCHEMA", _ROOT.parent / "shared/telegram-bot-api.json"))
_SIMPLE: dict[str, tuple[type, ...]] = {
    "Integer": (int,),
    "Float": (int, float),
    "String": (str,),
    "Boolean": (bool,),
}
_TAG = re.compile(r"(?:always|must be) [\"“”]?(\w+)")
_ENVELOPE = {"ok", "result", "error_code", "description", "parameters"}


def require_schema() -> None:
    """Skips the calling test where the schema is not at hand."""
    if not SCHEMA_PATH.exists():
        pytest.skip(f"the Bot API schema is not at {SCHEMA_PATH}")


@cache
def load_schema() -> dict[str, Any]:
    """Methods and types as published."""
    schema: dict[str, Any] = json.loads(SCHEMA_PATH.read_text())
    return schema


def validate_request(method: str, params: dict[str, Any]) -> list[str]:
    """What is wrong with a method call: unknown method or parameter, missing ones, wrong types."""
    described = load_schema()["methods"].get(method)
    if described is None:
        return [f"{method}: unknown method"]
    return _check_fields(described.get("fields", []), params, method, request=True)


def validate_result(method: str, result: Any) -> list[str]:
    """What is wrong with the result of a successful call."""
    return _check_any(load_schema()["methods"][method]["returns"], result, method)


def validate_update(update: dict[str, Any]) -> list[str]:
    """What is wrong with an update, as polled or as delivered to a webhook."""
    problems = _check_any(["Update"], update, "Update")
    if len(update) != 2:
        problems.append("Update: has not exactly one kind of content")
    return problems


def validate_exchange(method: str, params: dict[str, Any], envelope: Any) -> list[str]:
    """What is wrong with a call and its reply; made to be used from a local chat's `observer`."""
    refused = not envelope["ok"]
    problems = [] if refused else validate_request(method, params)  # what was refused may well be wrong
    problems += [f"{method}: unknown field {name} in the reply" for name in set(envelope) - _ENVELOPE]
    if refused:
        return problems + _check_refusal(method, envelope)
    problems += validate_result(method, envelope["result"])
    if method == "getUpdates":
        problems += [problem for update in envelope["result"] for problem in validate_update(update)]
    return problems


def _check_refusal(method: str, envelope: dict[str, Any]) -> list[str]:
    problems = _check_any(["Integer"], envelope.get("error_code"), f"{method}.error_code")
    problems += _check_any(["String"], envelope.get("description"), f"{method}.description")
    if "parameters" in envelope:
        problems += _check_any(["ResponseParameters"], envelope["parameters"], f"{method}.parameters")
    return problems


def _check_any(types: list[str], value: Any, where: str, *, request: bool = False) -> list[str]:
    attempts = [_check_type(kind, value, where, request=request) for kind in _expand(types)]
    if any(not attempt for attempt in attempts):
        return []
    # The nearest miss says most.
    return min(attempts, key=len)


def _expand(types: list[str]) -> list[str]:
    found = []
    for kind in types:
        subtypes = load_schema()["types"].get(kind, {}).get("subtypes")
        found += _expand(subtypes) if subtypes else [kind]
    return found


def _check_type(kind: str, value: Any, where: str, *, request: bool) -> list[str]:
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            return [f"{where}: {value!r} is no array"]
        inner = [kind.removeprefix("Array of ")]
        items = [_check_any(inner, item, f"{where}[{i}]", request=request) for i, item in enumerate(value)]
        return [problem for problems in items for problem in problems]
    if kind in _SIMPLE:
        fits = isinstance(value, _SIMPLE[kind]) and (kind == "Boolean" or not isinstance(value, bool))
        return [] if fits else [f"{where}: {value!r} is no {kind}"]
    if kind == "InputFile":
        return [] if isinstance(value, str) and value.startswith("attach://") else [f"{where}: no file"]
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is no {kind}"]
    fields = load_schema()["types"][kind].get("fields", [])
    return _check_fields(fields, value, f"{where}:{kind}", request=request) + _check_tag(fields, value, where)


def _check_fields(
    fields: list[dict[str, Any]], given: dict[str, Any], where: str, *, request: bool
) -> list[str]:
    known = {field["name"]: field for field in fields}
    problems = [f"{where}: unknown field {name}" for name in given if name not in known]
    problems += [
        f"{where}: {name} is missing" for name, f in known.items() if f["required"] and name not in given
    ]
    for name, value in given.items():
        if name in known:
            problems += _check_any(known[name]["types"], value, f"{where}.{name}", request=request)
    return problems


def _check_tag(fields: list[dict[str, Any]], value: dict[str, Any], where: str) -> list[str]:
    """Members of a union name themselves in `type`, `status` or `source`: "always x" or "must be x"."""
    for field in fields:
        tag = _TAG.search(field["description"]) if field["name"] in {"type", "status", "source"} else None
        if tag and value.get(field["name"]) != tag.group(1):
            return [f"{where}: {field['name']} is not {tag.group(1)}"]
    return []
