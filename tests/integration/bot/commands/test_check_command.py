"""`nevus check`: its exit code is that of a start, and it changes nothing."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from bot.cli import main
from bot.commands.check_disk import FULL_BYTES, LOW_BYTES, check_disks
from bot.commands.check_ports import check_ports
from bot.settings import read_settings
from tests.support.tiny_release import write_tiny_release


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_tiny_release(tmp_path / "models")
    monkeypatch.setenv("NEVUS_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("NEVUS_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("NEVUS_LOCALCHAT_PORT", "0")
    return tmp_path


def test_a_fresh_place_is_fine_and_stays_as_it_is(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    marks = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert marks == {"ok"}
    (home / "var").mkdir()
    assert main(["check"]) == 0
    assert "data      can be written" in capsys.readouterr().out
    assert {*home.iterdir()} == {home / "models", home / "var"}
    assert not list((home / "var").iterdir())


@pytest.mark.parametrize("place", ["file", "file/var", "link", "/proc/nope", "/proc"])
def test_a_data_directory_that_cannot_be_made_or_written_fails(
    place: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if place.startswith("/proc") and not Path("/proc").exists():
        pytest.skip("no /proc here")
    (home / "file").touch()
    (home / "link").symlink_to(home / "nowhere")
    monkeypatch.setenv("NEVUS_DATA_DIR", str(home / place))
    assert main(["check"]) == 1
    failed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAIL")]
    assert failed == ["FAIL  data      Set NEVUS_DATA_DIR to a directory that can be written."]
    assert main(["run"]) == 2, "it is what a start says"
    assert "Set NEVUS_DATA_DIR to a directory that can be written." in capsys.readouterr().err


@pytest.mark.usefixtures("home")
def test_every_strange_name_is_a_warning_as_at_a_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NEVUS_TELEGRAM_TOKN", "x")
    monkeypatch.setenv("NEVUS_QUITE_ANOTHER_PROGRAM", "x")
    assert main(["check"]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("warn")]
    assert len(told) == 2
    assert told[0].startswith("warn  settings  NEVUS_QUITE_ANOTHER_PROGRAM is not a recognised setting")
    assert told[1].endswith(
        "NEVUS_TELEGRAM_TOKN is not a recognised setting; did you mean NEVUS_TELEGRAM_TOKEN?"
    )
    monkeypatch.setenv("NEVUS_ENV", "production")
    assert main(["check"]) == 1
    shown = capsys.readouterr().out
    assert "FAIL  settings  Set NEVUS_TELEGRAM_TOKEN" in shown
    assert "did you mean NEVUS_TELEGRAM_TOKEN?" in shown


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_a_socks_proxy_is_refused_in_one_sentence(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "socks5://user:SECRET@127.0.0.1:9")
    monkeypatch.setenv("NEVUS_TELEGRAM_TOKEN", "123456:ABC-def_0123456789")
    monkeypatch.setenv("NEVUS_TELEGRAM_API_URL", "https://bot-api.invalid")
    begin = "Set HTTPS_PROXY to an address that begins with http://"
    assert main(["check"]) == 1
    assert f"FAIL  Bot API   {begin}" in capsys.readouterr().out
    assert main(["run"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"nevus: {begin}")
    assert "SECRET" not in said
    assert "Traceback" not in said


PORTS = {
    "localchat": {"NEVUS_LOCALCHAT_PORT": "{port}"},
    "monitor": {"NEVUS_MONITOR_PORT": "{port}"},
    "webhook": {
        "NEVUS_TELEGRAM_TOKEN": "123456:ABC-def_0123456789",
        "NEVUS_WEBHOOK_URL": "https://example.org",
        "NEVUS_WEBHOOK_SECRET": "s" * 32,
        "NEVUS_WEBHOOK_PORT": "{port}",
        "NEVUS_WEBHOOK_HOST": "127.0.0.1",
    },
}


@pytest.mark.parametrize("server", PORTS)
def test_a_port_that_is_taken_fails_as_a_start_does(server: str, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        names = {name: value.format(port=port) for name, value in PORTS[server].items()}
        settings = read_settings({"NEVUS_DATA_DIR": str(home / "var"), "NEVUS_LOCALCHAT_PORT": "0"} | names)
        (found,) = check_ports(settings)
        assert found.mark == "FAIL"
        assert f"NEVUS_{server.upper()}_PORT" in found.text
        shared = settings.model_copy(update={"database_url": "postgresql+psycopg://nowhere/x"})
        assert [each.mark for each in check_ports(shared)] == ["warn"], "another process may have it"
    (found,) = check_ports(settings)
    assert (found.mark, found.text) == ("ok", f"127.0.0.1:{port} is free")


@pytest.mark.usefixtures("home")
def test_a_taken_port_of_the_local_chat_is_told_in_the_sentence_of_a_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("NEVUS_LOCALCHAT_PORT", str(port))
        assert main(["check"]) == 1
        sentence = f"Set NEVUS_LOCALCHAT_PORT to a free port: {port} is taken."
        assert f"FAIL  port      {sentence}" in capsys.readouterr().out
        assert main(["run"]) == 2
        assert sentence in capsys.readouterr().err


def test_the_port_of_a_bot_that_runs_here_is_a_warning(home: Path) -> None:
    (home / "var").mkdir()
    hold = (
        "import sys; from pathlib import Path; from bot.commands.process_locks import ProcessLock; "
        "lock = ProcessLock(Path(sys.argv[1])); lock.acquire(); print(flush=True); sys.stdin.read()"
    )
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        subprocess.Popen(
            [sys.executable, "-c", hold, str(home / "var" / "nevus.lock")],
            stdin=PIPE,
            stdout=PIPE,
            text=True,
        ) as bot,
    ):
        assert bot.stdout is not None
        bot.stdout.readline()
        port = str(taken.getsockname()[1])
        settings = read_settings({"NEVUS_DATA_DIR": str(home / "var"), "NEVUS_LOCALCHAT_PORT": port})
        assert [each.mark for each in check_ports(settings)] == ["warn"]
        bot.communicate("")


def test_a_lock_file_that_cannot_be_opened_fails(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "var").mkdir()
    lock, allowed = home / "var" / "nevus.sqlite.lock", os.access
    lock.touch()
    monkeypatch.setattr(
        "os.access", lambda path, mode: allowed(path, mode) and (mode == os.F_OK or Path(path) != lock)
    )
    assert main(["check"]) == 1
    assert "FAIL  data      " + str(lock) in capsys.readouterr().out


def test_one_port_for_two_things_fails(home: Path) -> None:
    port = "18765"
    names = {"NEVUS_LOCALCHAT_PORT": port, "NEVUS_MONITOR_PORT": port}
    (found,) = check_ports(read_settings({"NEVUS_DATA_DIR": str(home / "var"), **names}))
    assert (found.mark, found.text) == ("FAIL", f"Two settings name port {port}: give each its own.")


@pytest.mark.parametrize(("host", "marks"), [("127.0.0.2", ["ok", "ok"]), ("0.0.0.0", ["FAIL"])])  # noqa: S104
def test_one_port_on_two_addresses_is_fine(home: Path, host: str, marks: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    names = {"NEVUS_LOCALCHAT_PORT": port, "NEVUS_MONITOR_HOST": host, "NEVUS_MONITOR_PORT": port}
    found = check_ports(read_settings({"NEVUS_DATA_DIR": str(home / "var"), **names}))
    assert [each.mark for each in found] == marks


@pytest.mark.parametrize(
    ("free", "mark", "says"),
    [
        (FULL_BYTES - 1, "FAIL", "nothing can be stored"),
        (FULL_BYTES, "warn", "free some space soon"),
        (LOW_BYTES, "ok", "500 MB free on the disk of the data directory"),
    ],
)
def test_a_disk_that_is_almost_full_is_reported(home: Path, free: int, mark: str, says: str) -> None:
    settings = read_settings({"NEVUS_DATA_DIR": str(home / "var")})
    (found,) = check_disks(settings, measure_free=lambda _: free)
    assert found.mark == mark
    assert says in found.text


def test_the_table_has_a_line_for_the_disk(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check"])
    assert "MB free on the disk of the data directory" in capsys.readouterr().out
    assert not (home / "var").exists()


def test_a_database_in_a_folder_that_cannot_be_entered_fails(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    closed, find_status, allowed = home / "closed", os.stat, os.access
    closed.mkdir()

    def refuse(path: Any, **options: Any) -> os.stat_result:
        if not isinstance(path, int) and closed in Path(os.fsdecode(path)).parents:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return find_status(path, **options)

    def may(path: Any, mode: int) -> bool:
        if Path(path) == closed:
            return mode == os.F_OK
        return closed not in Path(path).parents and allowed(path, mode)

    monkeypatch.setenv("NEVUS_DATABASE_URL", f"sqlite:///{closed}/in/nevus.sqlite")
    monkeypatch.setattr("os.stat", refuse)
    monkeypatch.setattr("os.access", may)
    assert main(["check"]) == 1
    assert f"places that can be written ({closed} cannot)" in capsys.readouterr().out
    for command in (["stats"], ["backup", str(home / "copy")]):
        assert main(command) == 2
        assert "There is no database" in capsys.readouterr().err
