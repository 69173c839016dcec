"""`nevus backup` and `nevus restore`: whole, checked, and nobody who was forgotten comes back."""

import asyncio
import os
import sqlite3
import stat
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.process_lock import ProcessLock
from storage.backup import BackupError, back_up, check_backup
from storage.database import Database
from storage.erasures import FILE_NAME, Journal, erase_person
from storage.errors import Damaged, DiskFull
from storage.key_marks import check_key_file
from storage.keys import Keyring
from storage.people import ensure_person, find_person

NOW = datetime(2026, 3, 1, tzinfo=UTC)
STAYS, LEAVES = 71, 72


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def home(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory whose database knows two people."""
    monkeypatch.setenv("NEVUS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("NEVUS_DATABASE_URL", database_url)
    check_key_file(database_url, tmp_path / "nevus.key")
    for person in (STAYS, LEAVES):
        know(tmp_path, ref_of(tmp_path, person))
    return tmp_path


def know(home: Path, ref: bytes) -> None:
    use(home, lambda session: ensure_person(session, ref, now=NOW))


def ref_of(home: Path, person: int) -> bytes:
    return Keyring.open(home / "nevus.key").user_ref(person)


def use(home: Path, work: Callable[..., Awaitable[Any]]) -> Any:
    async def run() -> Any:
        database = Database(f"sqlite:///{home / 'nevus.db'}")
        async with database.write() as session:
            result = await work(session)
        await database.erase_traces()
        await database.close()
        return result

    return asyncio.run(run())


def is_known(home: Path, person: int) -> bool:
    ref = ref_of(home, person)
    return use(home, lambda session: find_person(session, ref)) is not None


def test_a_backup_is_whole_private_and_says_what_it_holds(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = home / "copy.sqlite"
    assert main(["backup", str(file)]) == 0
    said = capsys.readouterr().out
    assert "links 2" in said
    assert "keep a copy of" in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert check_backup(file).rows["links"] == 2
    assert sorted(path.name for path in home.glob("copy*")) == ["copy.sqlite"]


def test_a_backup_is_made_while_another_process_writes(home: Path) -> None:
    """What is not committed is not in it, and nobody waits for anybody."""
    with closing(sqlite3.connect(home / "nevus.db", isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM links")
        report = back_up(home / "nevus.db", home / "copy.sqlite")
        writer.execute("COMMIT")
    assert report.rows["links"] == 2


def test_no_key_is_in_a_backup(home: Path) -> None:
    back_up(home / "nevus.db", home / "copy.sqlite")
    secrets = [part for part in (home / "nevus.key").read_text().split('"') if len(part) == 64]
    data = (home / "copy.sqlite").read_bytes()
    assert secrets
    assert not any(bytes.fromhex(secret) in data or secret.encode() in data for secret in secrets)


def test_a_file_that_is_there_is_never_overwritten(home: Path) -> None:
    (home / "copy.sqlite").write_text("mine")
    with pytest.raises(BackupError, match="choose another"):
        back_up(home / "nevus.db", home / "copy.sqlite")
    assert (home / "copy.sqlite").read_text() == "mine"


def test_a_damaged_backup_is_refused_and_the_database_left_alone(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = home / "copy.sqlite"
    back_up(home / "nevus.db", file)
    data = bytearray(file.read_bytes())
    data[4096:12288] = os.urandom(8192)
    file.write_bytes(data)
    with pytest.raises(Damaged):
        check_backup(file)
    assert main(["restore", str(file)]) == 2
    assert capsys.readouterr().err
    assert is_known(home, STAYS)


def test_a_full_disk_leaves_no_half_backup(home: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises((DiskFull, Damaged)):
            back_up(home / "nevus.db", home / "copy.sqlite")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (home / "copy.sqlite").exists()


def test_who_was_forgotten_since_is_forgotten_again(home: Path) -> None:
    assert main(["backup", str(home / "copy.sqlite")]) == 0
    journal = Journal(home / FILE_NAME)
    ref = ref_of(home, LEAVES)
    use(home, lambda session: erase_person(session, ref, journal=journal, now=NOW))
    assert main(["restore", str(home / "copy.sqlite")]) == 0
    assert is_known(home, STAYS)
    assert not is_known(home, LEAVES)
    assert ref not in (home / "nevus.db").read_bytes()


def test_a_damaged_database_gives_way_to_the_backup_and_is_kept(home: Path) -> None:
    assert main(["backup", str(home / "copy.sqlite")]) == 0
    (home / "nevus.db").write_bytes(b"no database" * 999)
    assert main(["restore", str(home / "copy.sqlite")]) == 0
    assert is_known(home, STAYS)
    assert len(list(home.glob("nevus.db.before-*"))) == 1


def test_a_backup_from_before_a_change_of_keys_is_restored(home: Path) -> None:
    assert main(["backup", str(home / "copy.sqlite")]) == 0
    assert main(["keys", "rotate"]) == 0
    assert main(["restore", str(home / "copy.sqlite")]) == 0
    check_key_file(f"sqlite:///{home / 'nevus.db'}", home / "nevus.key")
    former = Keyring.open(home / "nevus.key").former_user_refs(STAYS)
    assert use(home, lambda session: find_person(session, former[0])) is not None


def test_a_backup_of_another_key_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", str(home / "copy.sqlite")]) == 0
    (home / "nevus.key").unlink()
    Keyring.open(home / "nevus.key")
    assert main(["restore", str(home / "copy.sqlite")]) == 2
    assert "bring the key file back" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["restore", "copy.sqlite"], ["keys", "rotate"]])
def test_a_running_bot_is_not_worked_under(
    home: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The lock is a process's own, so that another process has to hold it."""
    child = os.fork()
    if not child:
        ProcessLock(home / "nevus.lock").acquire()
        (home / "held").touch()
        signal_wait()
    try:
        while not (home / "held").exists():
            os.sched_yield()
        assert main(command) == 2
        assert "Stop the bot first" in capsys.readouterr().err
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def signal_wait() -> None:
    import signal

    signal.pause()
