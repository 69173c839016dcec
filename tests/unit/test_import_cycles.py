"""No module of a room needs, by any way round, itself; and the local chat needs nothing of the product."""

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("bot", "inference", "models", "storage")


def module_of(file: Path, root: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def read_imports(file: Path, root: Path) -> set[str]:
    """Every dotted name that a file imports, late ones too; `from a import b` gives both `a` and `a.b`."""
    package = module_of(file, root).split(".")
    if file.name != "__init__.py":
        package = package[:-1]
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return names


def read_room(room: str, root: Path = ROOT) -> dict[str, set[str]]:
    """Which modules of the room each of its modules imports; the most exact name counts: `a.b`, not `a`."""
    files = {module_of(file, root): file for file in (root / room).rglob("*.py")}
    assert files, f"nothing to check in {room}"
    graph: dict[str, set[str]] = {}
    for module, file in files.items():
        names = read_imports(file, root)
        found = {name for name in names if name in files and name != module}
        graph[module] = {
            name
            for name in found
            if not any(other.startswith(f"{name}.") for other in names if other in files)
        }
    return graph


def find_cycle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """Modules that lead back to where one started; empty when there are none."""
    done: set[str] = set()

    def walk(module: str, path: list[str]) -> list[str]:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return []
        for other in sorted(graph.get(module, ())):
            if cycle := walk(other, [*path, module]):
                return cycle
        done.add(module)
        return []

    for module in sorted(graph):
        if cycle := walk(module, []):
            return cycle
    return []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_no_import_cycle(room: str) -> None:
    assert find_cycle(read_room(room)) == []


def test_the_local_chat_imports_nothing_else_of_the_product() -> None:
    """It stands for Telegram: it may know the bot only over HTTP."""
    files = sorted((ROOT / "bot" / "localchat").rglob("*.py"))
    assert files, "nothing to check in bot/localchat"
    for file in files:
        names = {name for name in read_imports(file, ROOT) if name.split(".")[0] in ROOMS}
        foreign = {name for name in names if name != "bot" and not f"{name}.".startswith("bot.localchat.")}
        assert not foreign, f"{file.relative_to(ROOT)} must not import {', '.join(sorted(foreign))}"


def test_a_cycle_is_found_through_late_and_relative_imports(tmp_path: Path) -> None:
    room = tmp_path / "room"
    (room / "inner").mkdir(parents=True)
    (room / "__init__.py").write_text("")
    (room / "a.py").write_text("from room import b\n")
    (room / "b.py").write_text("def f():\n    from room.inner.c import x\n")
    (room / "inner" / "__init__.py").write_text("")
    (room / "inner" / "c.py").write_text("from .. import a\n")
    graph = read_room("room", tmp_path)
    assert graph["room.b"] == {"room.inner.c"}
    assert find_cycle(graph) == ["room.a", "room.b", "room.inner.c", "room.a"]


def test_a_tree_has_no_cycle() -> None:
    assert find_cycle({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set()}) == []
