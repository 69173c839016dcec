"""`nevus`: finds the command and runs it. Loads nothing but what the command needs."""

import argparse
import gc
import importlib
import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from bot import __version__
from bot.errors import CommandRefused, OperatorError
from bot.output import OutputError, guard_output

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP: Final = "nevus.commands"
# Modules with `add_parser(subparsers)` and a `run(args) -> int` behind it; loaded when they are called.
COMMANDS: Final = {
    "run": ("bot.commands.run", "start the product: Telegram with a token, else the local chat"),
    "triage": ("bot.commands.triage", "read photos from files"),
    "evaluate": ("bot.commands.evaluate", "measure the classifiers on labelled photos"),
    "stats": ("bot.commands.stats", "count cases and referrals"),
    "drift": ("bot.commands.drift", "compare recent photos with those of calibration"),
    "export": ("bot.commands.export", "write the record for research"),
    "audit": ("bot.commands.audit", "verify the audit trail, read a photo again"),
    "check": ("bot.commands.check", "check settings, database, key, networks, ports and the Bot API"),
    "migrate": ("bot.commands.migrate", "bring the database up to date"),
    "backup": ("bot.commands.backup", "copy the database, checked"),
    "restore": ("bot.commands.restore", "put a backup back"),
    "inbox": ("bot.commands.inbox", "what waits or was set aside"),
    "keys": ("bot.commands.keys", "list the keys, change the one in use"),
}
DESCRIPTION: Final = (
    "A melanoma triage assistant in a Telegram chat. Settings come from the environment (NEVUS_...); "
    "docs/configuration.md lists them."
)
EPILOG: Final = (
    "A research prototype, not a medical device. `nevus COMMAND --help` says more about a command."
)
REFUSED: Final = 2  # bad usage, or refused with a sentence
INTERRUPTED: Final = 130  # 128 + SIGINT, as shells report it
PIPE_CLOSED: Final = 141  # 128 + SIGPIPE


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    runs_bot = arguments[:1] == ["run"]
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal may be unable to show each character
        sys.stdout.reconfigure(errors="replace")
    if runs_bot:
        signal.signal(signal.SIGTERM, _interrupt)  # until the event loop listens to it
    with guard_output():
        try:
            return _run_and_flush(arguments)
        except KeyboardInterrupt:
            return 0 if runs_bot else INTERRUPTED
        except BrokenPipeError:  # the reader of the output has gone, as `head` does
            _discard_output()
            return PIPE_CLOSED
        except OutputError as error:  # a full disk
            _discard_output()
            print(f"nevus: {error}", file=sys.stderr)
            return REFUSED


def _run_and_flush(arguments: list[str]) -> int:
    """Run a command and write what its output still buffers, so that an error of it is noticed."""
    try:
        code = _run_command(arguments)
    except SystemExit:  # of argparse: help, or bad usage
        sys.stdout.flush()
        raise
    sys.stdout.flush()
    return code


def _discard_output() -> None:
    """Send the rest of the output nowhere, so that the interpreter ends quietly."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _interrupt(_number: int, _frame: object) -> None:
    """End a start as Ctrl-C does."""
    raise KeyboardInterrupt


def _run_command(arguments: list[str]) -> int:
    from importlib.metadata import entry_points  # takes longer than all the rest here

    plugins = {point.name: point for point in entry_points(group=GROUP)}
    chosen = arguments[0] if arguments else None
    if chosen in plugins and chosen not in COMMANDS:
        return _run_plugin(plugins[chosen], arguments[1:])
    parser = _make_parser(chosen, plugins)
    args, unknown = parser.parse_known_args(arguments)
    if unknown:  # the command's own usage, where `parse_args` would show this one's
        getattr(args, "parser", parser).error(f"unrecognized arguments: {' '.join(unknown)}")
    run: Callable[[argparse.Namespace], int] | None = getattr(args, "run", None)
    if run is None:
        parser.print_help()
        return REFUSED
    try:
        return run(args)
    except Exception as error:
        # Both take long to import; the command has loaded them if they were raised.
        from inference.engine import EngineError
        from storage.database.errors import StorageError

        if not isinstance(error, OperatorError | StorageError | EngineError):
            raise
        name = f"nevus {chosen}" if isinstance(error, CommandRefused) else "nevus"
        print(f"{name}: {error}", file=sys.stderr)
        return REFUSED


def _make_parser(chosen: str | None, plugins: dict[str, "EntryPoint"]) -> argparse.ArgumentParser:
    """The parser of everything; only the chosen command's module is loaded."""
    parser = argparse.ArgumentParser(prog="nevus", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"nevus {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, (module, summary) in COMMANDS.items():
        if name == chosen:
            _load(module).add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=summary)
    for name in sorted(set(plugins) - set(COMMANDS)):
        subparsers.add_parser(name, help=f"see `nevus {name} --help`")
    for each in subparsers.choices.values():
        each.set_defaults(parser=each)
    return parser


def _load(module: str) -> Any:
    """Import a command. Looking for garbage meanwhile would cost a fifth more (measured 2026-11)."""
    gc.disable()
    try:
        return importlib.import_module(module)
    finally:
        gc.enable()


def _run_plugin(point: "EntryPoint", arguments: list[str]) -> int:
    """A command that another package brings: a callable that takes the arguments."""
    try:
        command = point.load()
    except ImportError as error:
        missing = error.name or "a package"
        print(
            f"nevus {point.name}: {missing} is not installed (pip install -e '.[train]' in the checkout).",
            file=sys.stderr,
        )
        return REFUSED
    return int(command(arguments) or 0)
