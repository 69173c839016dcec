"""The sender without memory or database: nothing is given up, no chat stands still, a repeat says so."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import bot.delivery.sender
from bot.delivery.limits import Limiter
from bot.delivery.outgoing import Outgoing
from bot.delivery.sealing import Dispatch, seal_message
from bot.delivery.sender import Sender
from bot.delivery.supervisor import Supervisor
from bot.delivery.telegram import Outcome, Sent
from bot.delivery.write_queue import WriteQueue
from bot.settings import LimitSettings
from storage.database.errors import StorageError
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.queues.outbox import put_message
from storage.queues.tables import OutboxRow

pytestmark = pytest.mark.backends("sqlite")


class ShortClient:
    """Has no memory at first."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.brought: list[Dispatch] = []

    async def deliver(self, dispatch: Dispatch, *, attempts: int) -> Outcome:
        self.brought.append(dispatch)
        if len(self.brought) <= self.failures:
            raise MemoryError
        return Sent(5, "text")


class Play:
    """One message to send."""

    def __init__(self, database: Database, folder: Path, *, supervisor: Supervisor | None = None) -> None:
        self.database = database
        self.supervisor = supervisor or Supervisor()
        self.keyring = Keyring.open(folder / "nevus.key")
        self.write_queue = WriteQueue(database)
        self.supervisor.serve(self.write_queue.run, name="write queue")

    async def send(self, client: ShortClient, outgoing: Outgoing) -> None:
        """Run until it is out; its state must not stay `sending`, nor it be refused."""
        await self.put(outgoing)
        sender = self.begin(client)
        await self.wait_until_sent()
        await sender.drain(1.0)

    async def put(self, outgoing: Outgoing) -> None:
        message = seal_message(outgoing, self.keyring)
        pending = await self.write_queue.write(lambda session: put_message(session, message, now=time.time()))
        assert pending is not None

    def begin(self, client: ShortClient) -> Sender:
        sender = Sender(
            client=client,  # type: ignore[arg-type]
            write_queue=self.write_queue,
            database=self.database,
            keyring=self.keyring,
            limiter=Limiter(LimitSettings.model_validate({}), monotonic=time.monotonic),
            supervisor=self.supervisor,
            now=time.time,
            owner="me",
            alone=True,
            lease_s=60.0,
        )
        self.supervisor.serve(sender.run, name="sender")
        return sender

    async def wait_until_sent(self) -> None:
        async with asyncio.timeout(20):
            while await self.read_state() != "sent":  # noqa: ASYNC110 - a row
                await asyncio.sleep(0.02)

    async def read_state(self) -> str | None:
        async with self.database.read() as session:
            state: str | None = await session.scalar(select(OutboxRow.state))
            assert state != "failed"
            return state


@pytest.fixture
async def play(database: Database, tmp_path: Path) -> AsyncIterator[Play]:
    play = Play(database, tmp_path)
    yield play
    await play.supervisor.stop()


async def test_without_memory_the_process_ends_and_the_next_one_marks_the_repeat(
    database: Database, tmp_path: Path
) -> None:
    """What was being sent may be out: it stays `sending`, and the next process marks it."""
    ended = asyncio.Event()
    first = Play(database, tmp_path, supervisor=Supervisor(give_up=ended.set))
    await first.put(Outgoing(key="k", chat_id=7, text="hello"))
    first.begin(ShortClient(failures=1))
    async with asyncio.timeout(20):
        await ended.wait()
    assert await first.read_state() == "sending"
    await first.supervisor.stop()
    second, client = Play(database, tmp_path), ShortClient(failures=0)
    second.begin(client)
    await second.wait_until_sent()
    assert [dispatch.unknown for dispatch in client.brought] == [True]
    await second.supervisor.stop()


async def test_an_outcome_is_written_down_once_the_database_lets_it(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.delivery.sender, "STORAGE_RETRY_S", 0.0)
    client, write, refusals = (
        ShortClient(failures=0),
        play.write_queue.write,
        [StorageError("locked"), StorageError("no")],
    )

    async def refuse(work: Callable[..., Any]) -> Any:
        if client.brought and refusals:
            raise refusals.pop(0)
        return await write(work)

    monkeypatch.setattr(play.write_queue, "write", refuse)
    await play.send(client, Outgoing(key="k", chat_id=7, text="hello"))
    assert len(client.brought) == 1
    assert not refusals
