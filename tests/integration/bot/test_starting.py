"""The first steps of a start: losses are noticed, open rights closed, a slow server is waited for."""

import errno
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot.cli import main
from bot.commands.run import _start_local_chat
from bot.commands.starting import make_data_dir, open_database, wait_for_server
from bot.localchat import LocalChat
from bot.settings import Settings, SettingsError, read_settings
from storage.database.errors import DiskFull, NotUpYet, StorageError, Unreachable
from storage.database.key_file import make_key, replace_key_file
from storage.schema import current_revision, head_revision, run_alembic
from tests.support.postgres import PostgresServer
from tests.support.product import ROOT
from tests.support.tiny_release import write_tiny_release

pytestmark = pytest.mark.backends("sqlite")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place whose release is there; no start has been made."""
    write_tiny_release(tmp_path / "models")
    monkeypatch.setenv("NEVUS_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("NEVUS_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("NEVUS_LOCALCHAT_PORT", "0")
    monkeypatch.delenv("NEVUS_DATABASE_URL", raising=False)
    return tmp_path


def settings_of(home: Path, **more: str) -> Settings:
    return read_settings({"NEVUS_DATA_DIR": str(home / "var"), **more})


def start(home: Path) -> Settings:
    settings = settings_of(home)
    make_data_dir(settings)
    open_database(settings)
    return settings


def check(capsys: pytest.CaptureFixture[str], subject: str) -> tuple[int, list[str]]:
    """The exit code of `nevus check`, and its lines about one subject."""
    capsys.readouterr()
    code = main(["check"])
    lines = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
    return code, [f"{mark} {text}" for mark, found, text in lines if found == subject]


def replace_key(home: Path) -> None:
    replace_key_file(home / "var" / "nevus.key", (make_key(),))


def remove_key(home: Path) -> None:
    (home / "var" / "nevus.key").unlink()


@pytest.mark.parametrize("lose", [replace_key, remove_key])
def test_check_refuses_another_key_as_a_start_does(
    home: Path, capsys: pytest.CaptureFixture[str], lose: Callable[[Path], None]
) -> None:
    start(home)
    lose(home)
    code, found = check(capsys, "key")
    assert (code, len(found)) == (1, 1)
    assert "FAIL The database was written with a key that is not in the key file" in found[0]
    with pytest.raises(StorageError, match="written with a key that is not in the key file"):
        start(home)
    assert lose is replace_key or not (home / "var" / "nevus.key").exists(), "check makes no key"


@pytest.mark.parametrize("revision", ["0003", "0006"])
def test_check_accepts_what_a_start_would_update(
    home: Path, capsys: pytest.CaptureFixture[str], revision: str
) -> None:
    settings = start(home)
    run_alembic(settings.sql_url, "downgrade", revision)
    code, found = check(capsys, "database")
    assert (code, found) == (0, ["ok opens, and is older than the program: `nevus run` updates it"])
    assert current_revision(settings.sql_url) == revision, "check changes nothing"
    assert current_revision(start(home).sql_url) == head_revision()


def test_a_database_of_a_newer_version_is_refused_by_both(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start(home)
    with closing(sqlite3.connect(home / "var" / "nevus.sqlite")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    code, found = check(capsys, "database")
    assert (code, found[0].split()[0]) == (1, "FAIL")
    with pytest.raises(StorageError, match="newer version"):
        start(home)


FULL = sqlite3.OperationalError("database or disk is full")
FULL.sqlite_errorcode = sqlite3.SQLITE_FULL


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), OperationalError("PRAGMA x", {}, FULL)]
)
async def test_a_full_disk_under_the_local_chat_is_said(
    home: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def refuse(_chat: LocalChat) -> None:
        raise error

    monkeypatch.setattr(LocalChat, "start", refuse)
    with pytest.raises(DiskFull, match="free some space"):
        await _start_local_chat(settings_of(home))


def empty(database: Path) -> None:
    for file in database.parent.glob("nevus.sqlite*"):
        file.unlink()
    database.touch()


def test_an_emptied_database_beside_a_key_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start(home)
    empty(home / "var" / "nevus.sqlite")
    code, found = check(capsys, "database")
    assert (code, found[0].split()[0]) == (1, "FAIL")
    assert "Restore a backup" in found[0]
    with pytest.raises(SettingsError, match="delete the empty file"):
        start(home)
    assert (home / "var" / "nevus.sqlite").stat().st_size == 0


def test_a_database_gone_from_beside_a_key_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start(home)
    empty(home / "var" / "nevus.sqlite")
    (home / "var" / "nevus.sqlite").unlink()
    code, found = check(capsys, "database")
    assert (code, found[0].split()[0]) == (0, "warn")
    start(home)
    assert "restore a backup" in capsys.readouterr().err


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o777])
def test_an_existing_data_directory_is_closed_to_others(
    home: Path, mode: int, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "var").mkdir()
    (home / "var").chmod(mode)
    code, found = check(capsys, "data")
    assert (code, found[-1].split()[0]) == (0, "warn")
    start(home)
    assert (home / "var").stat().st_mode & 0o777 == 0o700
    assert check(capsys, "data") == (0, ["ok can be written"])


def test_a_directory_of_other_things_keeps_its_rights_and_is_warned_of(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A home directory, say: other programs may need to enter it."""
    (home / "var").mkdir()
    (home / "var").chmod(0o755)
    (home / "var" / "letter.txt").touch()
    make_data_dir(settings_of(home))
    assert (home / "var").stat().st_mode & 0o777 == 0o755
    assert f"run chmod 700 {home / 'var'}" in caplog.text


def test_a_start_waits_for_postgresql_and_says_so(
    postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture, home: Path
) -> None:
    """It is stopped, and comes back while the start waits."""
    caplog.set_level(logging.INFO)
    url = postgres_server.url_of(postgres_server.create_database())
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            postgres_server.start_again()

    postgres_server.shut_down()
    try:
        wait_for_server(settings_of(home, NEVUS_DATABASE_URL=url), sleep=sleep)
    finally:
        if len(waits) < 2:
            postgres_server.start_again()
    assert waits[:2] == [0.5, 1.0]
    told = [record.getMessage() for record in caplog.records if record.name == "bot.commands.starting"]
    assert len(told) == 2
    assert "is not up; waiting for it" in told[0]
    assert "nevus:" not in caplog.text, "no password"


def test_a_server_that_refuses_is_not_waited_for(postgres_server: PostgresServer, home: Path) -> None:
    settings = settings_of(home, NEVUS_DATABASE_URL=postgres_server.url_of("nowhere"))
    with pytest.raises(Unreachable) as refused:
        wait_for_server(settings, sleep=lambda _: pytest.fail("it waits"))
    assert not isinstance(refused.value, NotUpYet)


def cut(models: Path) -> None:
    (models / "cnn.onnx").write_bytes((models / "cnn.onnx").read_bytes()[:100])


def scramble(models: Path) -> None:
    (models / "pair.json").write_text("{")


@pytest.mark.parametrize("break_release", [shutil.rmtree, cut, scramble])
def test_weights_that_are_missing_or_broken_are_refused_in_one_sentence(
    home: Path, break_release: Callable[[Path], None]
) -> None:
    break_release(home / "models")
    environment = os.environ | {"NEVUS_LOCALCHAT_PORT": "0"}
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("nevus: ")
    assert len(ended.stderr.splitlines()) == 1
