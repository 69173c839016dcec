"""Erasing a person: the link, everything that references it, and a journal that outlives backups.

The journal is a file outside the database with one line per person: a hash of the subject number. Without its
link a subject number identifies no one. An older backup still has the link, and the hash finds it there.
"""

import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import exists, select, update

from storage.clinic.referrals import erase_for_subject, list_open_cases
from storage.clinic.verdicts import erase_comments
from storage.database.errors import ReadOnly
from storage.database.file_owner import give_to_owner
from storage.database.sessions import ReadSession, WriteSession
from storage.queues.tables import OutboxRow
from storage.record.audit import AuditEntry, append
from storage.record.people import forget_person
from storage.record.sender_tables import CaseMessageRow, ReminderRow
from storage.record.tables import CaseRow, LinkRow

FILE_NAME: Final = "erasures"
PEOPLE_A_RUN: Final = 50


class Journal:
    """The erased people, as hashes of subject numbers. Keep it when the database is restored."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, subject: str) -> None:
        """Add a person and wait for the disk. A person who is noted twice counts once.

        Raises:
            ReadOnly: the file cannot be written; no one may be erased without it.
        """
        try:
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                if os.fstat(file).st_size == 0:  # made here, perhaps by a restore that root runs
                    give_to_owner(file, like=self._path.parent)
                os.write(file, f"{hash_subject(subject)}\n".encode())
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise ReadOnly(
                "The journal of erasures cannot be written: check the rights of the data directory."
            ) from error

    @property
    def is_there(self) -> bool:
        """Whether the file exists; the first erasure creates it."""
        return self._path.exists()

    def read(self) -> frozenset[str]:
        """The hashes of all erased people."""
        if not self.is_there:
            return frozenset()
        return frozenset(self._path.read_text(encoding="ascii").split())

    def changed_at(self) -> float:
        """The time of the last erasure in Unix seconds; 0 if there was none."""
        return self._path.stat().st_mtime if self.is_there else 0.0

    async def replay(self, session: WriteSession, *, now: datetime) -> int:
        """Erase again the people that a restored backup still contains; their number.

        Once this is committed, call `Database.erase_traces`.
        """
        forgotten = self.read()
        links = (await session.execute(select(LinkRow.user_ref, LinkRow.subject))).all()
        back = [user_ref for user_ref, subject in links if hash_subject(subject) in forgotten]
        for user_ref in back:
            await erase_person(session, user_ref, journal=self, now=now)
        return len(back)


def hash_subject(subject: str) -> str:
    """The hash of a subject number in the journal."""
    return hashlib.sha256(f"nevus erasure {subject}".encode()).hexdigest()


async def erase_person(
    session: WriteSession,
    user_ref: bytes,
    *,
    former_refs: Sequence[bytes] = (),
    journal: Journal,
    now: datetime,
) -> str | None:
    """Delete the link and everything that references it; its subject number, or None if there was no link.

    `former_refs` are the person's hashes under older keys. Measurements stay and become anonymous.
    Once this is committed, call `Database.erase_traces`.

    Raises:
        ReadOnly: the journal cannot be written; nothing was erased.
    """
    subject = await session.scalar(select(LinkRow.subject).where(LinkRow.user_ref == user_ref))
    if subject is None:
        return None
    journal.note(subject)
    await erase_comments(session, subject)
    await erase_for_subject(session, subject, (user_ref, *former_refs), now=now)
    keys = select(CaseMessageRow.key).where(CaseMessageRow.subject == subject)
    await session.execute(
        update(OutboxRow)
        .where(OutboxRow.key.in_(keys))
        .values(message_id=None)
        .execution_options(synchronize_session=False)
    )
    await forget_person(session, user_ref)
    await append(session, AuditEntry(kind="erasure", subject=subject, payload={}), now=now)
    return subject


async def list_idle(session: ReadSession | WriteSession, *, before: datetime) -> list[tuple[bytes, str]]:
    """People without activity since this moment and without an open case, some at a time.

    Returns:
        Keyed hash and subject number of each.
    """
    case = exists().where(CaseRow.subject == LinkRow.subject, CaseRow.created_at >= before)
    reminder = exists().where(ReminderRow.subject == LinkRow.subject)
    idle = select(LinkRow.user_ref, LinkRow.subject).where(
        LinkRow.created_at < before,
        LinkRow.consent_at.is_(None) | (LinkRow.consent_at < before),
        ~case,
        ~reminder,
    )
    rows = (await session.execute(idle.limit(PEOPLE_A_RUN))).all()
    return [(user_ref, subject) for user_ref, subject in rows if not await list_open_cases(session, subject)]
