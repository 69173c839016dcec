"""The command finds its parts and loads no more than it needs."""

import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot import __version__
from bot.cli import COMMANDS, main
from bot.errors import CommandRefused, OperatorError
from inference.engine import EngineError
from storage.database.errors import StorageError

HEAVY = ("telegram", "sqlalchemy", "numpy", "aiohttp", "pydantic", "onnxruntime", "torch")


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in COMMANDS)


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, contextlib\nfrom bot.cli import main\n"
    code += "with contextlib.suppress(SystemExit): main(['--help'])\nprint('|'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split("|"))
    assert "bot.cli" in loaded
    assert not loaded & set(HEAVY)


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"nevus {__version__}\n"


def test_no_command_shows_the_help_and_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "commands" in capsys.readouterr().out


def test_an_unknown_command_is_bad_usage() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["fly"])
    assert stopped.value.code == 2


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("drift --cases 0", "argument --cases: must be at least 1"),
        ("drift --days few", "argument --days: must be a whole number"),
        ("evaluate labels.csv --limit few", "argument --limit: must be a whole number"),
        ("keys", "required: list | rotate"),
        ("evaluate labels.csv --json -", "argument --json: cannot be standard output"),
        ("evaluate labels.csv --html -", "argument --html: cannot be standard output"),
        ("export --format csv -", "argument FILE: cannot be standard output"),
        ("export record.csv --comments -", "argument --comments: cannot be standard output"),
        ("stats --chart -", "argument --chart: cannot be standard output"),
        ("backup -", "argument file: cannot be standard output"),
        ("triage photo.jpg --card -", "argument --card: cannot be standard output"),
    ],
)
def test_bad_usage_is_told_in_words_of_the_command(
    command: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(command.split())
    assert stopped.value.code == 2
    assert says in capsys.readouterr().err


def test_a_command_that_needs_an_extra_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "models.cli", None)  # as Python says of what is not installed
    point = EntryPoint(name="models", value="models.cli:main", group="nevus.commands")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: [point])
    assert main(["models"]) == 2
    assert "pip install -e '.[train]' in the checkout" in capsys.readouterr().err


def add_failing_command(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(_args: Any) -> int:
        raise error

    def add_parser(subparsers: Any) -> None:
        subparsers.add_parser("fail").set_defaults(run=fail)

    monkeypatch.setitem(sys.modules, "failing_command", SimpleNamespace(add_parser=add_parser))
    monkeypatch.setitem(COMMANDS, "fail", ("failing_command", "fails"))


@pytest.mark.parametrize(
    ("error", "printed"),
    [
        (OperatorError("Do this."), "nevus: Do this.\n"),
        (CommandRefused("not with this file"), "nevus fail: not with this file\n"),
        (EngineError("no networks"), "nevus: no networks\n"),
        (StorageError("locked"), "nevus: locked\n"),
    ],
)
def test_what_refuses_a_command_is_printed_and_ends_with_2(
    error: Exception, printed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add_failing_command(monkeypatch, error)
    assert main(["fail"]) == 2
    assert capsys.readouterr() == ("", printed)


def test_an_unexpected_error_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    add_failing_command(monkeypatch, ValueError("a fault of the program"))
    with pytest.raises(ValueError, match="a fault"):
        main(["fail"])


def run_into(
    output: int, arguments: list[str], environment: dict[str, str]
) -> subprocess.CompletedProcess[bytes]:
    """A command whose standard output is this descriptor."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        env=environment,
        stdout=output,
        stderr=subprocess.PIPE,
        check=False,
    )


@pytest.mark.parametrize("arguments", [["--help"], ["check"], ["check", "--help"], ["migrate"]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_goes_away_ends_a_command_without_a_word(
    arguments: list[str], unbuffered: str, tmp_path: Path
) -> None:
    """As in `nevus check | head -2`."""
    environment = os.environ | {
        "NEVUS_DATA_DIR": str(tmp_path),
        "NEVUS_LOCALCHAT_PORT": "0",
        "PYTHONUNBUFFERED": unbuffered,
    }
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = run_into(writer, arguments, environment)
    finally:
        os.close(writer)
    assert done.stderr == b""
    assert done.returncode == 141 or (unbuffered and "--help" in arguments)  # argparse ignores the error


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["check"], ["models", "--help"]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_under_the_output_ends_a_command_in_one_line(
    arguments: list[str], unbuffered: str, tmp_path: Path
) -> None:
    environment = os.environ | {"NEVUS_DATA_DIR": str(tmp_path), "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        done = run_into(full.fileno(), arguments, environment)
    assert done.stderr == b"nevus: standard output cannot be written: No space left on device\n"
    assert done.returncode == 2


@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full"])
def test_a_command_does_its_work_if_no_error_can_be_shown(where: str, tmp_path: Path) -> None:
    command = f"{sys.executable} -m bot triage {tmp_path}/missing.jpg {where}"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, check=False)  # noqa: S607
    assert ended.returncode == 1
    assert b"missing.jpg  (No such file or directory)" in ended.stdout


def test_no_control_character_of_a_name_reaches_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "mole\x1b[2J\u202egpj.html"
    add_failing_command(monkeypatch, CommandRefused(f"{name} is a photo:\n\tname another file"))
    assert main(["fail"]) == 2
    shown = "mole\\u001b[2J\\u202egpj.html is a photo:\n\tname another file\n"
    assert capsys.readouterr().err == f"nevus fail: {shown}"


def test_a_command_ends_well_if_its_output_is_closed() -> None:
    """`nevus ... >&-`, as some supervisors start it."""
    command = f"{sys.executable} -m bot --version >&-"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, check=False)  # noqa: S607
    assert (ended.returncode, ended.stderr) == (0, b"")
