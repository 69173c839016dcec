"""The audit trail: append-only, hash-chained, by subject number.

An entry's hash covers its content and the hash before it, so that a change anywhere shows in `verify`. What
may have to be erased later never enters; its `commitment` does. Someone who can write the table can also
write a new chain or cut off its end: keep the head that `verify` returns in another place.
"""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

from sqlalchemy import Table, insert, select, text

from storage.database.errors import AuditBroken
from storage.database.sessions import Database, ReadSession, WriteSession
from storage.record.tables import AuditRow

START: Final = "0" * 64  # what the first entry follows
ENTRIES_A_READ: Final = 1_000
POSTGRES_LOCK: Final = 7_245_133_902  # any number, ours alone: one appends at a time
_LINES: Final = (
    select(
        AuditRow.id,
        AuditRow.previous_hash,
        AuditRow.hash,
        AuditRow.at,
        AuditRow.kind,
        AuditRow.subject,
        AuditRow.case_number,
        AuditRow.payload,
    )
    .order_by(AuditRow.id)
    .limit(ENTRIES_A_READ)
)


_AUDIT: Final = cast("Table", AuditRow.__table__)
_LAST: Final = select(_AUDIT.c.hash).order_by(_AUDIT.c.id.desc()).limit(1)
_NEW_LINE: Final = insert(_AUDIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """What happened, without its place in the chain."""

    kind: str  # "case", "consent", ...
    payload: Mapping[str, object]
    subject: str | None = None
    case_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHead:
    """The end of a chain that holds."""

    entries: int
    hash: str


@asynccontextmanager
async def read_snapshot(database: Database) -> AsyncIterator[ReadSession]:
    """A session that sees one moment, whatever a running bot commits meanwhile.

    Raises:
        StorageError: what the database refused, translated.
    """
    async with database.read() as session:
        if not database.is_sqlite:  # whose read sessions are snapshots
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


async def append(session: WriteSession, entry: AuditEntry, *, now: datetime) -> str:
    """Add an entry and return its hash.

    Do it late in a transaction: on PostgreSQL others that append wait until this one is committed.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": POSTGRES_LOCK})
    last = await session.scalar(_LAST)
    previous = last or START
    payload = canonical_json(entry.payload)
    values = {
        "kind": entry.kind,
        "subject": entry.subject,
        "case_number": entry.case_number,
        "payload": payload,
        "at": now,
        "previous_hash": previous,
        "hash": _hash(previous, (entry.kind, entry.subject, entry.case_number, payload), now),
    }
    await session.execute(_NEW_LINE, values)
    return str(values["hash"])


async def verify(session: ReadSession | WriteSession, *, through: str | None = None) -> AuditHead:
    """Follow the chain from its start; through a head that was noted earlier, if one is given.

    Raises:
        AuditBroken: an entry was changed, removed or put in; the text names the first one that does not fit.
    """
    head, entries, last_id = START, 0, 0
    is_passed = through in (None, START)
    while rows := (await session.execute(_LINES.where(AuditRow.id > last_id))).all():
        for line_id, previous, stated, at, *content in rows:
            if previous != head or stated != _hash(head, tuple(content), at):
                raise AuditBroken(f"The audit trail does not hold at entry {line_id}.")
            head, entries, last_id = stated, entries + 1, line_id
            is_passed = is_passed or head == through
    if not is_passed:
        raise AuditBroken("The audit trail does not lead through the head that was noted: it is another one.")
    return AuditHead(entries=entries, hash=head)


def commitment(value: object, *, salt: bytes) -> str:
    """What the trail keeps of a value that may be erased; without the salt it reveals nothing.

    Args:
        value: JSON.
        salt: 16 random bytes or more, kept beside the value and erased with it.
    """
    return hmac.digest(salt, canonical_json(value).encode(), "sha256").hex()


def canonical_json(value: object) -> str:
    """JSON in the one form that is hashed: sorted keys, no spaces, ASCII.

    Raises:
        ValueError: NaN or infinity.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _hash(previous: str, content: tuple[str | None, ...], at: datetime) -> str:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(canonical_json([previous, *content, moment]).encode()).hexdigest()
