"""Backups of SQLite while the bot runs: a consistent copy, whose pages and row counts are checked.

A backup never contains the key file: with both, everything can be read.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storage.database.errors import Damaged, StorageError, translate
from storage.database.file_owner import give_to_owner
from storage.database.key_marks import KeyMark
from storage.database.sessions import BUSY_TIMEOUT_MS


class BackupError(StorageError):
    """No backup was made or restored; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """The content of a backup."""

    path: Path
    revision: str
    rows: dict[str, int]  # by table
    marks: tuple[KeyMark, ...]  # of the keys that it was written with, the one in use last


SIDE_FILES: Final = ("", "-wal", "-shm", "-journal")  # a database and the files that SQLite keeps beside it
NOT_OURS: Final = "This is not a backup of Nevus, or it is damaged: use another one."


def back_up(database: Path, target: Path) -> BackupReport:
    """Copy a database that may be in use, then check the copy. The target must not be there yet.

    Raises:
        BackupError: the target is taken or cannot be made, or the copy does not agree with the database.
        StorageError: the database cannot be read, the disk is full.
    """
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise BackupError("There is a file of that name already: choose another.") from None
    except OSError as error:
        raise BackupError(f"The backup cannot be made there ({error.strerror}).") from error
    try:
        with _open(database) as source:
            source.execute("BEGIN")  # count and copy one snapshot, even while the bot writes
            rows = _count_rows(source)
            with _open(target) as copy:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")  # keep everything in one file
        report = check_backup(target)
        _compare(report.rows, rows)
    except BaseException:
        target.unlink()
        raise
    _sync(target)
    return report


def check_backup(path: Path) -> BackupReport:
    """Read every page of a backup.

    Raises:
        BackupError: it is not there.
        Damaged: it is not a backup of Nevus, or its pages or rows do not fit together.
    """
    if not path.is_file():
        raise BackupError("There is no such backup.")
    with _open(path) as connection:
        connection.execute("PRAGMA query_only=ON")
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise Damaged(NOT_OURS)
        if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise Damaged(NOT_OURS)
        rows = _count_rows(connection)
        if "alembic_version" not in rows or "key_marks" not in rows:
            raise Damaged(NOT_OURS)
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        marks = connection.execute("SELECT key_id, mark FROM key_marks ORDER BY id").fetchall()
    return BackupReport(
        path=path, revision=str(revision), rows=rows, marks=tuple(KeyMark(*row) for row in marks)
    )


@contextmanager
def draft_of(backup: Path, database: Path) -> Iterator[Path]:
    """A copy of a backup beside the database that it will replace; leftovers are removed at the end.

    Raises:
        BackupError: it cannot be made there.
        StorageError: the disk is full, the backup is damaged.
    """
    draft = database.with_name(f"{database.name}.restoring")
    drop_draft(database)
    try:
        back_up(backup, draft)
        yield draft
    finally:
        drop_draft(database)


def drop_draft(database: Path) -> None:
    """Remove the draft of an interrupted restore: it may still contain erased people."""
    for suffix in SIDE_FILES:
        database.with_name(f"{database.name}.restoring{suffix}").unlink(missing_ok=True)


def take_place(draft: Path, database: Path, *, old: Path) -> BackupReport:
    """Check a draft and replace a database with it. No process may use either.

    The previous database is kept as `old`. At every moment a complete file has the database's name.

    Raises:
        BackupError: a file cannot be written or moved.
        Damaged: the draft is incomplete or damaged; nothing was changed.
    """
    with _open(draft) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # keep everything in one file
    report = check_backup(draft)
    give_to_owner(draft, like=database)
    _sync(draft)
    try:
        _keep_aside(database, old)
        draft.replace(database)
    except OSError as error:
        raise BackupError(f"The files cannot be moved ({error.strerror}): check the directory.") from error
    _sync(database)
    return report


def _compare(copied: dict[str, int], rows: dict[str, int]) -> None:
    if copied != rows:
        raise BackupError("The copy does not agree with the database: try again, to another disk.")


def _keep_aside(database: Path, old: Path) -> None:
    """Give a database, which may be damaged, a second name; move its log along."""
    if not database.exists():
        return
    with suppress(StorageError), _open(database) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # write its log into the file
    old.hardlink_to(database)
    for suffix in SIDE_FILES[1:]:
        file = database.with_name(database.name + suffix)
        if file.exists():
            file.replace(old.with_name(old.name + suffix))


def _count_rows(connection: sqlite3.Connection) -> dict[str, int]:
    tables = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
    ).fetchall()
    # Names come from the schema itself: an identifier cannot be a parameter.
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
        for (name,) in tables
    }


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection without implicit transactions; its errors are translated to ours."""
    try:
        with closing(
            sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1_000)
        ) as connection:
            yield connection
    except sqlite3.Error as error:
        raise translate(error) from error


def _sync(path: Path) -> None:
    for each in (path, path.parent):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
