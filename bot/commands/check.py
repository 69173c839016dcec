"""`nevus check`: checks everything that a start needs, and prints a table."""

import argparse
import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from bot.commands.check_disk import check_disks
from bot.commands.data_dir_lock import DataDirLock
from bot.commands.starting import check_database_file, find_open_rights, try_to_write
from bot.engines import make_setup
from bot.logs import configure_logs
from bot.settings import Settings, SettingsError, describe_unknown, find_unknown, read_settings

DESCRIPTION: Final = (
    "Check settings, database, key file, networks, ports and the Bot API; say what to do if one is wrong. "
    "Changes nothing. Exit code: 0 if a start would work (also with a warning), 1 if not."
)
MARKS_SINCE: Final = "0004"  # the revision that brought the marks of keys


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table."""

    subject: str
    mark: Literal["ok", "warn", "FAIL"]  # a start works, works with a limitation, is refused
    text: str


def add_parser(subparsers: Any) -> None:
    """Add the command to the front's parser."""
    parser = subparsers.add_parser(
        "check", help="check what a start needs, change nothing", description=DESCRIPTION
    )
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace) -> int:
    """Print the table; 0 if a start would work, 1 if not."""
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        print(format_findings([Finding("settings", "FAIL", str(error)), *_find_strange()]))
        return 1
    from bot.commands.run import list_secrets

    configure_logs(style=settings.log.format, level="ERROR", secrets=list_secrets(settings))
    findings = list(check(settings))
    print(format_findings(findings))
    return 1 if any(finding.mark == "FAIL" for finding in findings) else 0


def check(settings: Settings) -> Iterator[Finding]:
    """Every finding, one after the other."""
    yield from _find_strange() or [Finding("settings", "ok", "read from the environment")]
    data = _attempt("data", lambda: _check_data_dir(settings))
    yield data
    if settings.data_dir.is_dir() and (warning := find_open_rights(settings.data_dir)) is not None:
        yield Finding("data", "warn", warning)
    for disk in check_disks(settings) if data.mark != "FAIL" else ():
        yield Finding("disk", disk.mark, disk.text)
    yield _attempt("database", lambda: _check_database(settings))
    yield _attempt("key", lambda: _check_key(settings))
    yield _attempt("networks", lambda: _check_networks(settings))
    from bot.commands.check_ports import check_ports

    for port in check_ports(settings):
        yield Finding("port", port.mark, port.text)
    if settings.telegram.token is None:
        yield Finding("Bot API", "ok", "no token: `nevus run` starts the local chat")
        return
    from bot.commands.check_telegram import ask_telegram

    try:
        for answer in ask_telegram(settings):
            yield Finding(answer.subject, answer.mark, answer.text)
    except SettingsError as error:
        yield Finding("Bot API", "FAIL", str(error))


def format_findings(findings: list[Finding]) -> str:
    """The table."""
    width = max(len(finding.subject) for finding in findings)
    return "\n".join(f"{finding.mark:<4}  {finding.subject:<{width}}  {finding.text}" for finding in findings)


def _attempt(subject: str, check_one: Callable[[], str | Finding]) -> Finding:
    """The result of a check; its error, if it is an expected one, is the finding."""
    from inference.engine import EngineError
    from storage.database.errors import StorageError

    try:
        found = check_one()
        return found if isinstance(found, Finding) else Finding(subject, "ok", found)
    except (SettingsError, StorageError, EngineError) as error:
        return Finding(subject, "FAIL", str(error))


def _find_strange() -> list[Finding]:
    """Names that are not recognised settings: `nevus run` starts anyway, and warns of them."""
    return [Finding("settings", "warn", describe_unknown(*each)) for each in find_unknown(os.environ)]


def _check_data_dir(settings: Settings) -> str:
    """Check whether it can be written, or made."""
    wanted = settings.data_dir.absolute()
    place = next(each for each in (wanted, *wanted.parents) if os.path.lexists(each))
    try_to_write(place)
    if (fault := DataDirLock.of(settings).find_fault()) is not None:
        raise SettingsError(fault)
    return "can be written" if place == wanted else "not there yet: `nevus run` makes it"


def _check_database(settings: Settings) -> str | Finding:
    from storage.schema import current_revision, is_current

    if settings.one_process and (warning := check_database_file(settings)) is not None:
        return Finding("database", "warn", warning)
    if is_current(settings.sql_url):
        return "opens, and is up to date"
    if current_revision(settings.sql_url) is None:
        return "not there yet: `nevus run` makes it"
    return "opens, and is older than the program: `nevus run` updates it"


def _check_key(settings: Settings) -> str:
    """Compare it with the database's marks, if there are any."""
    from storage.database.key_marks import inspect_key_file
    from storage.database.keys import Keyring
    from storage.schema import current_revision

    if settings.key_path.exists():
        Keyring.open(settings.key_path)
    if (current_revision(settings.sql_url) or "") >= MARKS_SINCE:
        inspect_key_file(settings.sql_url, settings.key_path)
    elif not settings.key_path.exists():
        return "not there yet: `nevus run` makes it"
    return "can be read, by its owner only"


def _check_networks(settings: Settings) -> str:
    from inference.release import load_release

    if settings.engine != "oip":
        return f"pair {load_release(settings.models_dir).version}: every hash is right"
    from inference.engine import EngineError
    from inference.remote.pool import find_faults

    release = load_release(settings.models_dir, graphs=settings.oip.fallback)
    faults = asyncio.run(find_faults(make_setup(settings), release))
    if wrong := {address: fault for address, fault in faults.items() if fault}:
        address, fault = next(iter(wrong.items()))
        reason = fault if address in fault else f"{address}: {fault}"
        raise EngineError(f"{len(wrong)} of {len(faults)} inference servers cannot be used: {reason}")
    return f"pair {release.version}: {len(faults)} inference servers are ready"
