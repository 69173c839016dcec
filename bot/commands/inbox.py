"""`nevus inbox`: lists waiting updates and those set aside, shows or retries them."""

import argparse
import json
import sys
import time
from collections.abc import Mapping
from typing import Any, Final

from bot.commands.opened import run_on_record
from bot.settings import Settings
from storage.database.sessions import Database
from storage.queues.inbox import count_states
from storage.queues.inbox_reading import (
    count_refused,
    find_payloads,
    list_refused,
    list_set_aside,
    retry_set_aside,
)

DESCRIPTION: Final = (
    "Count what is in the inbox. List the updates that failed too often and were set aside, and the answers "
    "that Telegram refused. `show` opens an update without ids, names, texts or files; `retry` requeues it, "
    "also while the bot runs."
)


def add_parser(subparsers: Any) -> None:
    """Add the command to the front's parser."""
    parser = subparsers.add_parser("inbox", help="what waits or was set aside", description=DESCRIPTION)
    parser.set_defaults(run=run, what="list", key=None)
    what = parser.add_subparsers(metavar="list | show KEY | retry KEY | retry all")
    what.add_parser("list", help="count, and list what was set aside or refused").set_defaults(what="list")
    for name, summary in (("show", "its shape, redacted"), ("retry", "requeue it")):
        sub = what.add_parser(name, help=summary)
        sub.add_argument("key", help="as `nevus inbox` lists it" + ("; or all" if name == "retry" else ""))
        sub.set_defaults(what=name)


def run(args: argparse.Namespace) -> int:
    """List, show or retry; 0 when it is done, 1 when there is no such update, 2 when it was refused."""
    work = {"list": list_updates, "show": show_update, "retry": retry_updates}[args.what]
    return run_on_record(lambda database, settings: work(database, settings, args.key))


async def list_updates(database: Database, _settings: Settings, _key: str | None) -> int:
    """Count the updates by state, and list those that were set aside or refused."""
    async with database.read() as session:
        counts = {str(state): count for state, count in (await count_states(session)).items()}
        rows, refused = await list_set_aside(session), await list_refused(session)
        unanswered = await count_refused(session)
    if unanswered:
        counts |= {"done": counts["done"] - unanswered, "refused": unanswered}
    shown = [f"{state} {count}" for state, count in sorted(counts.items()) if count]
    print("  ".join(shown) or "The inbox is empty.")
    for row in rows:
        hours = max(time.time() - row.received_at, 0) / 3600
        print(f"{row.key}  {row.track:<5}  {hours:.1f} h ago  failed {row.attempts}  crashed {row.crashes}")
    for message in refused:
        hours = max(time.time() - message.finished_at, 0) / 3600
        what = "not delivered" if message.state == "failed" else "refused; a notice was sent instead"
        if message.state == "sent" and message.form == "words":
            what = "sent without its picture or file"
        print(f"{message.key}  {hours:.1f} h ago  {what}")
    return 0


async def show_update(database: Database, settings: Settings, key: str | None) -> int:
    """Print the shape of an update, redacted."""
    from bot.delivery.inbox import PURPOSE
    from storage.database.keys import Keyring

    keyring = Keyring.open(settings.key_path)
    async with database.read() as session:
        payloads = await find_payloads(session, key or "")
    for payload in payloads:
        raw = json.loads(keyring.decrypt(payload, purpose=PURPOSE))
        print(json.dumps(redact(raw), indent=2, ensure_ascii=False))
    return 0 if payloads else _miss()


async def retry_updates(database: Database, _settings: Settings, key: str | None) -> int:
    """Requeue updates that were set aside."""
    async with database.write() as session:
        count = await retry_set_aside(session, None if key == "all" else [key or ""])
    if count:
        print(f"{count} updates requeued.")
    return 0 if count else _miss()


def _miss() -> int:
    print("nevus: No such update was set aside: `nevus inbox` lists them.", file=sys.stderr)
    return 1


# Telegram's own words: they show what kind of update it is, and nothing about anyone.
SHOWN: Final = frozenset({"type", "mime_type", "is_bot", "file_size", "width", "height", "status"})


def redact(value: Any, name: str = "") -> Any:
    """The same structure; numbers and strings only if they cannot name anyone.

    >>> redact({"text": "Mrs Smith", "chat": {"id": 7, "type": "private"}})
    {'text': '(9 characters)', 'chat': {'id': '(number)', 'type': 'private'}}
    """
    if isinstance(value, Mapping):
        return {key: redact(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [redact(inner, name) for inner in value]
    if value is None or isinstance(value, bool) or name in SHOWN:
        return value
    return f"({len(value)} characters)" if isinstance(value, str) else "(number)"
