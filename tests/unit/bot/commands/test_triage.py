"""Ctrl-C at any moment ends the command, and the engine with it."""

import argparse
import asyncio

import pytest

from bot.commands import triage


class Engine:
    """Reads nothing; ends in more than one step, as a real one does."""

    threads = 1

    def __init__(self, _: object) -> None:
        self.has_stopped = False

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        await asyncio.sleep(0)
        self.has_stopped = True


class Printer(triage._Printer):
    """Ctrl-C comes while the last photo is printed: no other photo is under way then."""

    shown = 0
    of = 0

    async def show(self, given, result, *, pair=None):
        self.shown += 1
        if self.shown == self.of:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()


@pytest.mark.parametrize("paths", [["one"], ["one", "two", "three", "four", "five"]])
@pytest.mark.parametrize("is_pair", [False, True])
def test_ctrl_c_amid_the_last_line_still_ends_the_engine(monkeypatch, paths, is_pair):
    engines = []

    def make(models):
        engines.append(Engine(models))
        return engines[0]

    async def read(given, engine, *, gate):
        return triage._Unread(code="not_found", message="")

    monkeypatch.setattr(triage, "LocalEngine", make)
    monkeypatch.setattr(triage, "_Printer", Printer)
    monkeypatch.setattr(triage, "_read_one", read)
    monkeypatch.setattr(Printer, "of", len(paths))
    args = argparse.Namespace(json=True, card=None, no_gate=False, pair=paths if is_pair else None)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(triage._triage(paths, args, None))
    assert engines[0].has_stopped
