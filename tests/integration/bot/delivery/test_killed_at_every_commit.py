"""Killed before each commit of each step, and processed again under its key: as if nothing had happened."""

import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.cases.comparing import Comparisons
from bot.conversation.request import CONSENT_VERSION
from bot.delivery.outgoing import Outgoing
from bot.delivery.sealing import seal_message
from bot.delivery.write_queue import WriteQueue
from bot.settings import Settings
from storage.database.base import RowBase
from storage.database.keys import Keyring
from storage.database.sessions import Database, WriteSession
from storage.queues import outbox
from storage.record import audit
from storage.record.audit_record import compare_cases
from storage.record.cases import Case, list_cases
from storage.record.flag_closings import compare_closings
from storage.record.patient_contexts import compare_patient_contexts
from storage.record.people import find_person
from storage.schema import migrate
from tests.integration.bot.clinic.test_album import ask as fill_form
from tests.integration.bot.clinic.test_better_photo import ask_for_better
from tests.support.builders import readable
from tests.support.offline import BOT, TEXTS, Chat, FakeTurn, Sender, find_data
from tests.support.records import clinic_row

GP, GP_FR = Sender(7_311_001), Sender(7_311_002, "fr")
HIGH, LOW = readable(0.95, 0.95), readable(0.05, 0.05)
GROUP = -100_500
LABELS = "|".join(
    word
    for language in TEXTS.languages
    for place in ("first", "second")
    for word in TEXTS.get(language, f"lesion-{place}-words").split(", ")
)
BY_CHANCE = re.compile(
    rf"N-[2-9A-Z]{{6}}|(?<=referral:)[^:]+|\d\d[:h. \u00a0\u202f]+\d\d(?!\d)|(?:{LABELS}) (?:{LABELS})"
)


class KilledError(BaseException):
    """The process ends here; nothing may catch it."""


class MortalDatabase(Database):
    """Ends the process before one of its next commits: what the transaction wrote is lost."""

    commits_left: int | None = None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteSession]:
        async with super().write() as session:
            yield session
            if self.commits_left == 0:
                self.commits_left = None
                raise KilledError
            if self.commits_left is not None:
                self.commits_left -= 1


class Line(WriteQueue):
    """Commits at once."""

    async def write(self, work: Callable[..., Awaitable[Any]]) -> Any:
        async with self._database.write() as session:
            return await work(session)


@dataclass
class Run:
    """One flow from its beginning to its end, with kills or without."""

    database: MortalDatabase
    folder: Path
    chat: Chat
    is_killed: bool
    kills: int = 0
    said: list[object] = field(default_factory=list)
    turns: list[str] = field(default_factory=list)

    async def take(self, *raws: dict[str, Any]) -> FakeTurn:
        """Process updates as one turn, until no kill stops it; what it says waits in the outbox."""
        key = f"step-{len(self.turns)}"
        self.turns.append(key)
        turn: FakeTurn = await self._survive(
            lambda tries: self.chat.take(*raws, key=key, attempt=tries + 1)  # the same key
        )
        self.said += [self.describe(each) for each in turn.sent]
        async with self.database.write() as session:
            for each in turn.sent:
                await outbox.put_message(session, seal_message(each, self.keyring), now=0.0)
        return turn

    async def press(self, data: str, who: Sender = GP, *, on_card: bool = False) -> FakeTurn:
        return await self.take(self.chat.press(who, data, on_card=on_card))

    async def photo(self, findings: Any, who: Sender = GP, *, reply_to: str | None = None) -> FakeTurn:
        shown = {"message_id": 900, "date": 1, "chat": who.chat, "from": BOT, "text": reply_to}
        more = {} if reply_to is None else {"reply_to_message": shown}
        return await self.take(self.chat.photo(who, self.chat.add_photo(findings), **more))

    async def compare(self) -> None:
        """Draw the pictures that are due."""
        comparisons = Comparisons(
            application=self.chat.application,
            write_queue=Line(self.database),
            notify=lambda _: None,
        )
        await self._survive(lambda _: comparisons.look())

    async def own_case(self, who: Sender = GP) -> Case:
        """The newest."""
        async with self.database.read() as session:
            person = await find_person(session, self.keyring.user_ref(who.user_id))
            assert person is not None
            return (await list_cases(session, subject=person.subject, limit=1))[0]

    @property
    def keyring(self) -> Keyring:
        keyring: Keyring = self.chat.application.bot_data["services"].keyring
        return keyring

    def describe(self, each: Outgoing) -> object:
        """What is sent where, in whose place, apart from numbers that are drawn by chance and the time."""
        buttons = [button.text for row in each.keyboard or () for button in row]
        place = each.key, each.replaces, each.edit_message_id, each.chat_id, each.deletes
        content = each.text, buttons, each.photo is not None, len(each.more_photos)
        return BY_CHANCE.sub("*", repr((place, content)))

    async def read_record(self) -> tuple[dict[str, int], Counter[str], list[str]]:
        """How many rows each table has, what the trail notes, and the keys of what waits to be sent."""
        async with self.database.read() as session:
            await audit.verify(session)
            await compare_cases(session)
            await compare_closings(session)
            await compare_patient_contexts(session)
            rows = {
                name: int(await session.scalar(text(f"SELECT count(*) FROM {name}")) or 0)
                for name in RowBase.metadata.tables
            }
            kinds = Counter(await session.scalars(text("SELECT kind FROM audit")))
            keys = sorted(
                BY_CHANCE.sub("*", key) for key in await session.scalars(text("SELECT key FROM outbox"))
            )
        return rows, kinds, keys

    async def _survive(self, work: Callable[[int], Awaitable[Any]]) -> Any:
        """Killed before its first commit, then before its second one, and so on."""
        for tries in count():
            self.database.commits_left = tries if self.is_killed else None
            try:
                result = await work(tries)
            except KilledError:
                self.kills += 1
                continue
            finally:
                self.database.commits_left = None
            return result
        return None


Flow = Callable[[Run, Sender], Awaitable[None]]


async def answer_about_the_patient(run: Run, who: Sender) -> None:
    await run.photo(LOW, who)
    number = (await run.own_case(who)).number
    for step in (
        "",
        ":age:40-59:1",
        ":sex:female:1",
        ":change:growing:1",
        ":risks:many-moles:1",
        ":sentence",
    ):
        await run.press(f"patient:{number}{step}", who, on_card=step != ":sentence")
    await run.take(run.chat.message(who, text="itches since spring"))
    await run.press(f"patient:{number}:reference", who)
    await run.take(run.chat.message(who, text="Room-4 b"))
    await run.press(f"patient:{number}:sentence:erase", who)


async def send_an_album_with_a_locator(run: Run, who: Sender) -> None:
    async with run.database.write() as session:
        session.add(clinic_row(run.keyring, GROUP))
    _, number, _ = await fill_form(run.chat, who, photos=2)
    await run.press(f"q:{number}:locator", who)
    await run.photo(HIGH, who, reply_to="form")
    sent = await run.press(f"q:{number}:send", who, on_card=True)
    assert [len(each.more_photos) for each in sent.sent if each.is_protected] == [2]


async def add_a_better_photo(run: Run, who: Sender) -> None:
    asked = await ask_for_better(run.database, run.folder, who, LOW)
    await run.chat.application.shutdown()
    run.chat = asked.chat
    await run.photo(HIGH, who, reply_to=f"🩺 {asked.number}: …")
    assert len((await asked.case()).photos) == 2


async def follow_and_stop(run: Run, who: Sender) -> None:
    await run.photo(HIGH, who)
    first = (await run.own_case(who)).number
    for verb in ("n", "agree", "stop", "agree"):
        await run.press(f"o:{first}:{verb}", who)
    await run.photo(LOW, who)
    second = (await run.own_case(who)).number
    await run.press(f"o:{second}:j:1", who)
    await run.compare()
    await run.press(f"o:{second}:compare", who)
    await run.compare()
    left = await run.press(f"o:{second}:x:1", who)
    assert len(left.sent) > 1, "the answer no longer shows the flag"
    await run.press(f"o:{first}:stop", who)


async def close_a_flag(run: Run, who: Sender) -> None:
    await run.photo(HIGH, who)
    number = (await run.own_case(who)).number
    for verb in ("settle", "settle:mistake"):
        page = await run.press(f"o:{number}:{verb}", who)
    settled = await run.press(find_data(page, ":wrong_lesion:"), who)
    assert len(settled.sent) > 1, "the answer follows"


async def reply_with_a_photo(run: Run, who: Sender) -> None:
    await run.photo(HIGH, who)
    number = (await run.own_case(who)).number
    await run.photo(LOW, who, reply_to=f"· {number} ·")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database."""
    path = tmp_path_factory.mktemp("template") / "nevus.sqlite"
    migrate(f"sqlite:///{path}")
    return path


async def play(flow: Flow, who: Sender, *, template: Path, folder: Path, is_killed: bool) -> Run:
    path = folder / "nevus.sqlite"
    shutil.copy(template, path)
    database = MortalDatabase(f"sqlite:///{path}")
    chat = Chat(database, Keyring.open(folder / "nevus.key"), settings=Settings(data_dir=folder))
    run = Run(database, folder, chat, is_killed)
    await chat.application.initialize()
    await chat.take(chat.press(who, f"a:{CONSENT_VERSION}"))
    await flow(run, who)
    await run.chat.application.shutdown()
    return run


@pytest.mark.parametrize("who", [GP, GP_FR], ids=["en", "fr"])
@pytest.mark.parametrize(
    "flow",
    [
        answer_about_the_patient,
        send_an_album_with_a_locator,
        add_a_better_photo,
        follow_and_stop,
        close_a_flag,
        reply_with_a_photo,
    ],
)
async def test_a_flow_that_is_killed_ends_as_one_that_is_not(
    template: Path, tmp_path: Path, flow: Flow, who: Sender
) -> None:
    for name in ("calm", "killed"):
        (tmp_path / name).mkdir()
    calm = await play(flow, who, template=template, folder=tmp_path / "calm", is_killed=False)
    killed = await play(flow, who, template=template, folder=tmp_path / "killed", is_killed=True)
    assert calm.kills == 0
    assert killed.kills >= len(killed.turns)
    assert killed.said == calm.said
    assert await killed.read_record() == await calm.read_record()
    for run in (calm, killed):
        await run.database.close()
