"""The sender where memory is short: nothing is given up, no chat stands still, a repeat says so."""

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
from bot.delivery.sender import Sender, SenderParts
from bot.delivery.supervisor import Supervisor
from bot.delivery.telegram import Outcome, Sent
from bot.delivery.write_queue import Ledger
from bot.settings import Limits
from storage.database.errors import StorageError
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.queues.outbox import put_message
from storage.queues.tables import OutboxRow


@pytest.fixture
def backend() -> str:
    return "sqlite"


class ShortCourier:
    """Has no memory at first."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.brought: list[Dispatch] = []

    async def deliver(self, dispatch: Dispatch, *, attempts: int) -> Outcome:
        self.brought.append(dispatch)
        if len(self.brought) <= self.failures:
            raise MemoryError
        return Sent(5, "text")


class ShortKeyring:
    """Opens and seals with a keyring; the calls of `short` have no memory."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self.short: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name in self.short:
            self.short.remove(name)
            raise MemoryError
        return getattr(self._keyring, name)


class Play:
    """One message to send."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.supervisor = Supervisor()
        self.keyring: Any = ShortKeyring(Keyring.open(folder / "nevus.key"))
        self.ledger = Ledger(database)
        self.supervisor.serve(self.ledger.run, name="ledger")

    async def send(self, courier: ShortCourier, outgoing: Outgoing) -> None:
        """Run until it is out; its state must not stay `sending`, nor it be refused."""
        message = seal_message(outgoing, self.keyring._keyring)
        pending = await self.ledger.write(lambda session: put_message(session, message, now=time.time()))
        parts = SenderParts(
            ledger=self.ledger,
            database=self.database,
            keyring=self.keyring,
            limiter=Limiter(Limits.model_validate({}), monotonic=time.monotonic),
            supervisor=self.supervisor,
            now=time.time,
            owner="me",
            alone=True,
            lease_s=60.0,
        )
        sender = Sender(parts, courier)  # type: ignore[arg-type]
        assert pending is not None
        self.supervisor.serve(sender.run, name="sender")
        async with asyncio.timeout(20):
            while await self.read_state() != "sent":  # noqa: ASYNC110 - a row
                await asyncio.sleep(0.02)
        await sender.drain(1.0)

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


async def test_a_message_that_may_be_out_is_sent_again_and_says_so(play: Play) -> None:
    courier = ShortCourier(failures=1)
    await play.send(courier, Outgoing(key="k", chat_id=7, text="hello"))
    assert [dispatch.unknown for dispatch in courier.brought] == [False, True]


async def test_an_edit_is_repeated(play: Play) -> None:
    courier = ShortCourier(failures=1)
    await play.send(courier, Outgoing(key="k", chat_id=7, text="hello", edit_message_id=3))
    assert [dispatch.target for dispatch in courier.brought] == [3, 3]


async def test_a_message_that_cannot_be_opened_yet_waits_and_is_no_repeat(play: Play) -> None:
    courier = ShortCourier(failures=0)
    play.keyring.short = ["decrypt"]
    await play.send(courier, Outgoing(key="k", chat_id=7, text="hello"))
    assert [dispatch.unknown for dispatch in courier.brought] == [False]


async def test_an_outcome_is_written_down_once_there_is_memory(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the words of the log find none."""
    monkeypatch.setattr(bot.delivery.sender, "STORAGE_RETRY_S", 0.0)
    courier, write, refusals = (
        ShortCourier(failures=0),
        play.ledger.write,
        [MemoryError(), StorageError("no")],
    )

    async def refuse(work: Callable[..., Any]) -> Any:
        if courier.brought and refusals:
            raise refusals.pop(0)
        return await write(work)

    monkeypatch.setattr(play.ledger, "write", refuse)
    await play.send(courier, Outgoing(key="k", chat_id=7, text="hello"))
    assert len(courier.brought) == 1
    assert not refusals
