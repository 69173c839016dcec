"""The inbox for update sources, workers and handlers: takes raw updates, seals them, returns turns."""

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from bot.delivery.outgoing import Record
from bot.delivery.supervisor import Alarm
from bot.delivery.updates import NameUnknownError, Raw, UpdateError, UpdateFilter, read_address
from bot.delivery.write_queue import WriteQueue
from bot.monitor.hooks import NULL_MONITOR, MonitorHooks
from bot.settings import Work
from storage.database.keys import Keyring
from storage.database.sessions import Database, WriteSession
from storage.queues import inbox as rows
from storage.queues.inbox import Arrival, ClaimedRow, ClaimOrder
from storage.queues.tables import InboxState, Track
from storage.queues.unfinished import Stall

log = logging.getLogger(__name__)

PURPOSE: Final = "inbox payload"
DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class ArrivedPhoto:
    """A photo that has arrived: its chat, and the key of its row (each photo of an album has a row)."""

    lane_ref: bytes
    key: str


@dataclass(frozen=True, slots=True)
class ClaimedTurn:
    """One claimed turn: its rows in order of arrival."""

    track: Track
    rows: tuple[ClaimedRow, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        """The rows' numbers."""
        return tuple(row.id for row in self.rows)

    @property
    def key(self) -> str:
        """The key of the turn, the same at every try."""
        return self.rows[0].turn_key

    @property
    def lane_ref(self) -> bytes:
        """The keyed hash of its chat."""
        return self.rows[0].lane_ref

    @property
    def attempts(self) -> int:
        """The number of failed tries."""
        return max(row.attempts for row in self.rows)

    @property
    def stall(self) -> Stall | None:
        """Since when Telegram has not delivered a file of it."""
        first = self.rows[0]
        if first.stalled_at is None:
            return None
        return Stall(stalled_at=first.stalled_at, blamed_at=first.blamed_at)

    @property
    def begun(self) -> int:
        """How often the process died while work on it was under way, after it had died before."""
        return max(row.begun for row in self.rows)

    @property
    def crashes(self) -> int:
        """How often a process died while the turn was claimed."""
        return max(row.crashes for row in self.rows)


@dataclass(kw_only=True, eq=False)
class Inbox:
    """Stores updates before they are acknowledged, and lets workers claim them as turns."""

    bot_id: int
    write_queue: WriteQueue
    database: Database
    keyring: Keyring
    work: Work
    now: Callable[[], float]  # Unix seconds
    owner: str  # of this process, new at each start
    alone: bool  # no other process can use this database
    alarm: Alarm  # rings when there may be something to claim
    announce: Callable[[Sequence[ArrivedPhoto]], None]
    monitor: MonitorHooks = NULL_MONITOR

    def __post_init__(self) -> None:
        self._update_filter = UpdateFilter(bot_id=self.bot_id)

    def introduce(self, *, username: str) -> None:
        """Set the bot's name, by which group talk addresses it."""
        self._update_filter.username = username

    async def take(self, updates: Sequence[Raw]) -> int:
        """Store updates and wait for the disk; the number of new ones.

        What is not for the bot, is not an update or cannot be sealed is skipped, so that it does not come
        again.

        Raises:
            StorageError: nothing was kept; do not acknowledge.
            NameUnknownError: nothing was kept, because `introduce` was not called yet.
        """
        arrivals = [arrival for raw in updates if (arrival := self._read_safely(raw)) is not None]
        if not arrivals:
            return 0
        # Alone: the claim then follows these updates in one transaction, and shares its commit.
        if self.alone:
            self.alarm.ring()

        async def add(session: WriteSession) -> int:
            return sum([await rows.add_arrival(session, arrival) for arrival in arrivals])

        new = await self.write_queue.write(add)
        if not self.alone:  # others see the updates at once, and in their order
            self.alarm.ring()
        photos = [ArrivedPhoto(each.lane_ref, each.turn_key) for each in arrivals if each.track == "photo"]
        if photos:
            self.announce(photos)
        if any(arrival.album_ref for arrival in arrivals):
            self.alarm.ring_in(self.work.album_wait_s)
        return new

    async def claim(self, wanted: Mapping[Track, int]) -> list[ClaimedTurn]:
        """Claim at most so many turns of each track."""
        now = self.now()

        async def work(session: WriteSession) -> list[ClaimedTurn]:
            turns: list[ClaimedTurn] = []
            for track, limit in wanted.items():
                order = ClaimOrder(
                    track=track,
                    limit=limit,
                    owner=self.owner,
                    lease_until=now + self.work.lease_s,
                )
                claimed = await rows.claim_turns(session, order, now=now)
                turns += [ClaimedTurn(track, tuple(turn)) for turn in claimed]
            return turns

        return await self.write_queue.write(work)

    def open(self, row: ClaimedRow) -> dict[str, Any]:
        """The raw update of a row.

        Raises:
            SealError: damaged, or sealed with another key.
        """
        raw: dict[str, Any] = orjson.loads(self.keyring.decrypt(row.payload, purpose=PURPOSE))
        return raw

    def release_held(self, chat_id: int) -> Record:
        """A record step for a consent: release the held photos of the chat."""
        lane_ref = self.keyring.lane_ref(chat_id)

        async def record(session: WriteSession) -> None:
            await rows.release_held(session, lane_ref)

        return record

    def drop_held(self, chat_id: int) -> Record:
        """A record step for `/forget`: erase what the chat has held or set aside."""
        lane_ref = self.keyring.lane_ref(chat_id)

        async def record(session: WriteSession) -> None:
            await rows.drop_waiting(session, lane_ref, now=self.now())

        return record

    async def held_count(self, chat_id: int) -> int:
        """The number of photos of the chat that wait for consent."""
        async with self.database.read() as session:
            return await rows.count_held(session, self.keyring.lane_ref(chat_id))

    async def counts(self) -> dict[InboxState, int]:
        """The number of updates in each state."""
        async with self.database.read() as session:
            return await rows.count_states(session)

    async def recover(self) -> int:
        """Requeue the updates of dead processes; their number."""
        now, alone = self.now(), self.alone
        found = await self.write_queue.write(
            lambda session: rows.reclaim_rows(session, now=now, from_all=alone)
        )
        if found:
            self.alarm.ring()
        return found

    async def hand_back(self) -> int:
        """Requeue the updates that this process has claimed; their number."""
        owner = self.owner
        return await self.write_queue.write(lambda session: rows.hand_back(session, owner=owner))

    async def renew_leases(self) -> None:
        """Extend the leases of this process."""
        owner, until = self.owner, self.now() + self.work.lease_s
        await self.write_queue.write(
            lambda session: rows.renew_leases(session, owner=owner, lease_until=until)
        )

    async def expire(self) -> int:
        """Erase and delete old updates; their number."""
        now, work = self.now(), self.work
        return await self.write_queue.write(
            lambda session: rows.expire_rows(
                session,
                now=now,
                held_s=work.held_hours * 3_600,
                set_aside_s=work.set_aside_days * DAY_S,
                done_s=work.remember_days * DAY_S,
            )
        )

    def _read_safely(self, raw: Raw) -> Arrival | None:
        """Read one update; one that makes this code fail must not keep the others out."""
        try:
            address = read_address(raw)
            if not self._update_filter.admits(raw):
                return None
            keyring, now = self.keyring, self.now()
            album = address.media_group_id
            return Arrival(
                bot_id=self.bot_id,
                update_id=address.update_id,
                turn_key=secrets.token_hex(8),
                track=address.track,
                lane_ref=keyring.lane_ref(address.chat_id),
                album_ref=hash_album(keyring, address.chat_id, album) if album else None,
                payload=keyring.encrypt(orjson.dumps(raw), purpose=PURPOSE),
                received_at=now,
                not_before=now + self.work.album_wait_s if album else 0.0,
            )
        except UpdateError:
            return None
        except (MemoryError, NameUnknownError):
            raise
        except Exception as error:  # noqa: BLE001 - any JSON that a stranger may send
            log.warning("update %d cannot be kept (%s); stepped over", raw["update_id"], type(error).__name__)
            self.monitor.stepped_over()
            return None


def hash_album(keyring: Keyring, chat_id: int, media_group_id: str) -> bytes:
    """Keyed hash (32 bytes) of an album."""
    return bytes.fromhex(keyring.photo_hash(f"album {chat_id} {media_group_id}".encode()))
