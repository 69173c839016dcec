"""Forgetting a person: the link and all that hangs on it, and a journal so that no backup brings them back.

The journal is a file outside the database, one line a person: a hash of the subject number. A number says
nothing about anyone once its link is gone, and in an older backup, where the link still stands, its hash is
what finds it.
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
from storage.database.sessions import ReadSession, WriteSession
from storage.queues.tables import OutboxRow
from storage.record.audit import AuditEntry, append
from storage.record.people import forget_person
from storage.record.sender_tables import CaseMessageRow, ReminderRow
from storage.record.tables import CaseRow, LinkRow

FILE_NAME: Final = "erasures"
PEOPLE_A_RUN: Final = 50


class Journal:
    """Who was forgotten, as hashes of subject numbers. Keep it when the database is restored."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, subject: str) -> None:
        """Add a person; on the disk when this returns. Noted twice, it counts once.

        Raises:
            ReadOnly: the file cannot be written: nobody may be forgotten without it.
        """
        try:
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
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
        """Whether the file exists: as long as nobody was forgotten it does not."""
        return self._path.exists()

    def read(self) -> frozenset[str]:
        """The hashes of everyone who was forgotten."""
        if not self.is_there:
            return frozenset()
        return frozenset(self._path.read_text(encoding="ascii").split())

    def changed_at(self) -> float:
        """When somebody was last forgotten, in Unix seconds; 0 where nobody ever was."""
        return self._path.stat().st_mtime if self.is_there else 0.0

    async def replay(self, session: WriteSession, *, now: datetime) -> int:
        """Forget again whom a restored backup still knows; how many they were.

        Once this is committed, call `Database.erase_traces`.
        """
        forgotten = self.read()
        links = (await session.execute(select(LinkRow.user_ref, LinkRow.subject))).all()
        back = [user_ref for user_ref, subject in links if hash_subject(subject) in forgotten]
        for user_ref in back:
            await erase_person(session, user_ref, journal=self, now=now)
        return len(back)


def hash_subject(subject: str) -> str:
    """What the journal keeps of a subject number."""
    return hashlib.sha256(f"nevus erasure {subject}".encode()).hexdigest()


async def erase_person(
    session: WriteSession,
    user_ref: bytes,
    *,
    former_refs: Sequence[bytes] = (),
    journal: Journal,
    now: datetime,
) -> str | None:
    """Destroy the link and all that hangs on it; the subject number it had, None when there was no link.

    `former_refs` are the person's hashes under older keys. What was measured stays and belongs to no one.
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
    """People who did nothing since this moment and have nothing open, some at a time.

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
