"""A bot and commands on one data directory: who has the database, and who waits."""

import asyncio
import errno
import os
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.commands.data_dir_lock import NOT_LOCKED, DataDirLock, NotYieldedError
from bot.commands.process_locks import AlreadyRunningError, ProcessLock
from bot.delivery.replicas import Replicas, StillRunningError, check_nobody_runs
from storage.database.sessions import Database
from storage.schema import migrate
from tests.support.homes import furnish, held_by_another


def test_a_bot_that_does_not_step_aside_is_not_worked_under(tmp_path: Path) -> None:
    lock, told = DataDirLock(tmp_path, alone=True), list[str]()
    with held_by_another(tmp_path / "nevus.lock"):
        with (
            pytest.raises(NotYieldedError, match="did not release the database"),
            lock.take_from_bot(patience_s=0.1, report=told.append),
        ):
            pytest.fail("it has the database")
        assert len(told) == 1
        assert not ProcessLock(tmp_path / "nevus.wanted").is_held(), "the bot need not yield any more"
    with lock.take_from_bot(patience_s=0.1, report=told.append):
        pass  # locks end with their processes
    assert len(told) == 1


def test_one_command_at_a_time_has_the_database(tmp_path: Path) -> None:
    with (
        held_by_another(tmp_path / "nevus.wanted"),
        pytest.raises(NotYieldedError, match="Another command"),
        DataDirLock(tmp_path, alone=True).take_from_bot(patience_s=0.1, report=print),
    ):
        pytest.fail("it has the database")


@pytest.mark.parametrize("name", ["nevus.wanted", "nevus.lock"])
def test_a_data_directory_that_cannot_be_locked_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    for place in (tmp_path, tmp_path / "nowhere"):
        with (
            pytest.raises(NotYieldedError, match="cannot be locked"),
            DataDirLock(place, alone=True).take_from_bot(patience_s=0.1, report=print),
        ):
            pytest.fail("it has the database")
    assert not ProcessLock(tmp_path / "nevus.wanted").is_held()


async def test_a_bot_that_made_way_takes_the_database_back_or_stops(tmp_path: Path) -> None:
    lock = DataDirLock(tmp_path, alone=True)
    lock.acquire()
    stop = asyncio.Event()
    with held_by_another(tmp_path / "nevus.wanted"):
        await asyncio.wait_for(lock.wait_for_command(), 30)
        stop.set()
        assert not await lock.yield_to_command(stop)
    assert await lock.yield_to_command(asyncio.Event())
    lock.release()


async def test_commands_see_processes_that_share_a_database(database: Database) -> None:
    """PostgreSQL knows no lock of a directory: a process that told that it lives keeps commands away."""
    replicas = Replicas(database=database, owner="one", share=lambda _count: None)
    await check_nobody_runs(database)
    await replicas.renew()
    with pytest.raises(StillRunningError, match="1 of its processes"):
        await check_nobody_runs(database)
    await replicas.leave()
    await check_nobody_runs(database)


@pytest.mark.parametrize("is_link", [False, True])
def test_two_data_directories_do_not_use_one_database(tmp_path: Path, *, is_link: bool) -> None:
    """By whatever path the database is named; its directory may not be there yet."""
    database = tmp_path / "elsewhere" / "nevus.sqlite"
    first, second = (tmp_path / name for name in ("first", "second"))
    for place in (first, second, database.parent):
        place.mkdir()
    named = tmp_path / "link.sqlite" if is_link else tmp_path / "first" / ".." / "elsewhere" / "nevus.sqlite"
    if is_link:
        named.symlink_to(database)
    lock = DataDirLock(second, alone=True, database=named)
    with held_by_another(database.with_name("nevus.sqlite.lock")):
        assert lock.is_held()
        with pytest.raises(AlreadyRunningError, match="uses this database, from another data directory"):
            lock.acquire()
        assert not ProcessLock(second / "nevus.lock").is_held(), "nothing stays locked"
        with (
            pytest.raises(NotYieldedError, match="did not release the database"),
            lock.take_from_bot(patience_s=0.1, report=[].append),
        ):
            pytest.fail("it has the database")
    lock.acquire()
    lock.release()


async def test_a_bot_yields_to_a_command_of_another_data_directory(tmp_path: Path) -> None:
    database = tmp_path / "elsewhere" / "nevus.sqlite"
    lock = DataDirLock(tmp_path, alone=True, database=database)
    lock.acquire()
    with held_by_another(database.with_name("nevus.sqlite.wanted")):
        await asyncio.wait_for(lock.wait_for_command(), 30)
    assert await lock.yield_to_command(asyncio.Event())
    lock.release()


@pytest.mark.parametrize("command", [["run"], ["migrate"], ["keys", "rotate"], ["restore", "copy.sqlite"]])
def test_no_command_works_under_the_bot_of_another_data_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    migrate(f"sqlite:///{tmp_path / 'nevus.db'}")
    furnish(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEVUS_DATA_DIR", str(tmp_path / "second"))
    monkeypatch.setenv("NEVUS_DATABASE_URL", "sqlite:///nevus.db")
    monkeypatch.setenv("NEVUS_KEY_FILE", str(tmp_path / "nevus.key"))
    monkeypatch.setenv("NEVUS_WORK_GRACE_S", "0.1")
    monkeypatch.setattr("bot.commands.data_dir_lock.SPARE_S", 0.1)
    (tmp_path / "second").mkdir()
    assert main(["backup", "copy.sqlite"]) == 0
    with held_by_another(tmp_path / "nevus.db.lock"):
        assert main(command) == 2
    refused = capsys.readouterr().err
    assert any(words in refused for words in ("uses this database", "did not release the"))


@pytest.mark.parametrize("name", ["nevus.lock", "nevus.wanted", "db.sqlite.lock", "db.sqlite.wanted"])
def test_a_lock_file_of_another_user_is_named(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, opened, allowed = tmp_path / name, os.open, os.access
    file.touch()

    def refuse(path: Any, *rest: Any, **options: Any) -> int:
        if Path(path) == file:
            raise PermissionError(errno.EACCES, "Permission denied", str(file))
        return opened(path, *rest, **options)

    monkeypatch.setattr("os.open", refuse)
    monkeypatch.setattr(
        "os.access", lambda path, mode: allowed(path, mode) and (mode == os.F_OK or Path(path) != file)
    )
    with (
        pytest.raises(NotYieldedError, match=rf"{name} belongs to another user"),
        DataDirLock(tmp_path, alone=True, database=tmp_path / "db.sqlite").take_from_bot(
            patience_s=0.1, report=print
        ),
    ):
        pytest.fail("it has the database")


def test_a_disk_that_is_read_only_is_no_fault_of_its_lock_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("nevus.lock", "nevus.wanted"):
        (tmp_path / name).touch()
    allowed = os.access
    monkeypatch.setattr("os.access", lambda path, mode: not mode & os.W_OK and allowed(path, mode))
    assert DataDirLock(tmp_path, alone=True).find_fault() == f"{NOT_LOCKED} ({tmp_path} cannot)."


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_locks_that_root_makes_belong_to_the_owner_of_the_data(tmp_path: Path) -> None:
    data, database = tmp_path / "data", tmp_path / "db" / "db.sqlite"
    for folder in (data, database.parent):
        folder.mkdir()
    os.chown(data, 1234, 1234)
    database.touch()
    os.chown(database, 1235, 1235)
    with DataDirLock(data, alone=True, database=database).take_from_bot(patience_s=0.1, report=print):
        owners = {each.name: each.stat().st_uid for each in (*data.iterdir(), *database.parent.iterdir())}
    assert owners == {
        "nevus.lock": 1234,
        "nevus.wanted": 1234,
        "db.sqlite": 1235,
        "db.sqlite.lock": 1235,
        "db.sqlite.wanted": 1235,
    }


def test_a_disk_without_locks_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As some network disks are: the start waited for ever for a command that was not there."""
    for name in ("nevus.lock", "nevus.wanted"):
        (tmp_path / name).touch()

    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.lockf", refuse)
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("it waits"))
    with pytest.raises(NotYieldedError, match=r"cannot be locked.*No locks available"):
        DataDirLock(tmp_path, alone=True).acquire()
