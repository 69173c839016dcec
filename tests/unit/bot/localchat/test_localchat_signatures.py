"""The compact signatures match the published schema."""

from __future__ import annotations

import pytest

from bot.localchat.methods import HANDLERS
from bot.localchat.signatures import METHODS, OBJECTS
from tests.support.schema import load_schema, require_schema

_SIMPLE = {"int": "Integer", "str": "String", "bool": "Boolean"}
_UNIONS = {
    "InputMedia": ("InputMediaPhoto", "InputMediaDocument"),
    "BotCommandScope": ("BotCommandScopeChatMember",),
}


@pytest.fixture(autouse=True)
def _schema() -> None:
    require_schema()


def test_every_method_with_a_signature_has_a_handler() -> None:
    assert set(METHODS) == set(HANDLERS)
    assert len(METHODS) >= 20


@pytest.mark.parametrize("method", METHODS)
def test_a_method_takes_exactly_the_published_parameters(method: str) -> None:
    published = {
        field["name"]: field["required"] for field in load_schema()["methods"][method].get("fields", [])
    }
    assert {field.name: field.required for field in METHODS[method].values()} == published


@pytest.mark.parametrize("method", METHODS)
def test_parameters_have_the_published_types(method: str) -> None:
    published = {
        field["name"]: field["types"] for field in load_schema()["methods"][method].get("fields", [])
    }
    for field in METHODS[method].values():
        assert _fits(field.kind, published[field.name]), (field, published[field.name])


@pytest.mark.parametrize("name", sorted(set(OBJECTS) - {"NoMarkup"}))
def test_an_object_has_exactly_the_published_fields(name: str) -> None:
    members = [load_schema()["types"][member] for member in _UNIONS.get(name, (name,))]
    published = {field["name"] for member in members for field in member["fields"]}
    assert set(OBJECTS[name]) == published
    always = set.intersection(*({f["name"] for f in m["fields"] if f["required"]} for m in members))
    needed = {field.name for field in OBJECTS[name].values() if field.required}
    assert needed <= always
    assert name in _UNIONS or needed == always


def _fits(kind: str, published: list[str]) -> bool:
    if kind.startswith("["):
        inner = [kind_.removeprefix("Array of ") for kind_ in published]
        return all(kind_.startswith("Array of ") for kind_ in published) and _fits(kind[1:-1], inner)
    if kind == "chat":
        return set(published) == {"Integer", "String"}
    if kind == "file":
        return "InputFile" in published
    if kind == "Markup":
        return "ForceReply" in published
    if kind in _UNIONS:
        return any(name.startswith(kind) for name in published)
    return kind == "Any" or published == [_SIMPLE.get(kind, kind)]
