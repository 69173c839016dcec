"""`nevus run`, doomed: kills its own process at a chosen step of the durable path.

The product knows nothing of this. What it is built from is wrapped after `bot.app.build`: the write queue's
database, to die right after the n-th commit, and the client, to die right before or after the n-th send.
"""

import argparse
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

import bot.app
from bot.cli import main as nevus
from bot.delivery.sealing import Dispatch
from bot.delivery.telegram import Outcome, TelegramClient
from bot.lifecycle import Product
from storage.database.sessions import Database, WriteSession
from storage.database.sqlite_file import SqliteFile


@dataclass
class Doom:
    """Ends the process when its step is reached for the n-th time."""

    step: str  # "commit", "send", "sent"
    left: int

    def reach(self, step: str) -> None:
        if step != self.step:
            return
        self.left -= 1
        if self.left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


class DoomedDatabase:
    """The write queue's database; a step is reached when its transaction is on the disk."""

    def __init__(self, database: Database, doom: Doom) -> None:
        self._database = database
        self._doom = doom

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteSession]:
        async with self._database.write() as session:
            yield session
        self._doom.reach("commit")


class DoomedClient:
    """The client; its steps are reached before a request leaves and after its answer came."""

    def __init__(self, client: TelegramClient, doom: Doom) -> None:
        self._client = client
        self._doom = doom

    async def deliver(self, dispatch: Dispatch, *, attempts: int) -> Outcome:
        self._doom.reach("send")
        outcome = await self._client.deliver(dispatch, attempts=attempts)
        self._doom.reach("sent")
        return outcome


def keep_no_room(database: Database) -> None:
    """Let SQLite's log shrink at once: what it keeps for reuse would still take megabytes on a full disk."""
    assert isinstance(database._sessions, SqliteFile)

    @event.listens_for(database._sessions.writing, "connect")
    def shrink(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_autocheckpoint=1")
        cursor.execute("PRAGMA journal_size_limit=0")
        cursor.close()


def arm(product: Product, doom: Doom | None, lease_s: float | None) -> Product:
    """Wrap what a built product consists of."""
    sender = product.sender
    if doom is not None:
        product.write_queue._database = DoomedDatabase(product.services.database, doom)
        sender.client = DoomedClient(sender.client, doom)  # type: ignore[assignment]
    if lease_s is not None:
        # Of a message that is under way: minutes in the product, so that no slow request is taken for dead.
        sender.lease_s = lease_s
    return product


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--doom", metavar="STEP:N", help="commit, send or sent, and at which one to die")
    parser.add_argument(
        "--lease", type=float, help="a dead process's messages are taken over after this long"
    )
    parser.add_argument("--no-room", action="store_true", help="keep no room in SQLite's log for a full disk")
    args = parser.parse_args()
    step, _, count = (args.doom or "").partition(":")
    doom = Doom(step, int(count)) if step else None
    build = bot.app.build

    def build_armed(*arguments: Any, **options: Any) -> Product:
        product = arm(build(*arguments, **options), doom, args.lease)
        if args.no_room:
            keep_no_room(product.services.database)
        return product

    bot.app.build = build_armed
    return nevus(["run"])


if __name__ == "__main__":
    sys.exit(main())
