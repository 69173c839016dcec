"""Files that commands write: none of the bot's own, none twice, and private."""

import stat
from pathlib import Path

import pytest

from bot.cli import main
from storage.erasures import FILE_NAME
from tests.support.homes import furnish

pytestmark = pytest.mark.backends("sqlite")

OWN = ("nevus.sqlite", "nevus.sqlite-wal", "nevus.sqlite-journal", "nevus.key", FILE_NAME, "nevus.lock")


@pytest.fixture
def home(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory whose database knows two people."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEVUS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("NEVUS_DATABASE_URL", database_url)
    furnish(tmp_path)
    return tmp_path


def read_all(home: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in home.iterdir() if file.is_file()}


def own_files(home: Path, database_url: str) -> list[Path]:
    database = Path(database_url.removeprefix("sqlite:///"))
    return [database.with_name(name.replace("nevus.sqlite", database.name)) for name in OWN[:3]] + [
        home / name for name in OWN[3:]
    ]


@pytest.mark.parametrize(
    "command", [("export", "--format", "csv"), ("export", "rows.csv", "--comments"), ("stats", "--chart")]
)
def test_no_command_writes_over_the_data(
    home: Path, database_url: str, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "link").symlink_to(home)
    files = own_files(home, database_url)
    for file in [*files, home / "link" / "nevus.key", home / "link" / ".." / home.name / FILE_NAME]:
        before = read_all(home)
        assert main([*command, str(file)]) == 2
        assert "part of the bot's data: name another file" in capsys.readouterr().err
        after = read_all(home)
        assert [name for name in before if after.get(name) != before[name]] == []
        assert "rows.csv" not in after


@pytest.mark.parametrize(
    "name",
    [
        "backups/nevus-20260301-120000.sqlite",
        "nevus.db.before-20260301-120000",
        "nevus.db.before-20260301-120000-wal",
        "nevus.db.restoring",
        "nevus.db.lock",
        "nevus.db.wanted",
        "localchat/files/new",
        "localchat",
    ],
)
def test_no_command_writes_over_backups_and_what_is_kept_beside_the_data(
    home: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    file = home / name
    file.parent.mkdir(parents=True, exist_ok=True)
    if name != "localchat":
        file.write_bytes(b"kept")
    for named in (file, home / "backups" / ".." / name):
        (home / "backups").mkdir(exist_ok=True)
        assert main(["export", str(named), "--format", "csv"]) == 2
        assert "part of the bot's data: name another file" in capsys.readouterr().err
    assert name == "localchat" or file.read_bytes() == b"kept"


def test_a_backup_may_get_any_new_name_among_the_backups(home: Path) -> None:
    (home / "backups").mkdir()
    assert main(["backup", str(home / "backups" / "mine.sqlite")]) == 0


def test_no_backup_gets_the_name_of_a_file_that_the_bot_will_make(
    home: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = own_files(home, database_url)[2]
    assert main(["backup", str(journal)]) == 2
    assert "part of the bot's data" in capsys.readouterr().err
    assert not journal.exists()


@pytest.mark.usefixtures("home")
def test_one_file_by_two_names_is_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "y").mkdir()
    assert main(["export", "x.csv", "--comments", str(tmp_path / "y" / ".." / "x.csv")]) == 2
    assert "name two files" in capsys.readouterr().err
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.usefixtures("home")
def test_a_chart_is_private(tmp_path: Path) -> None:
    assert main(["stats", "--chart", "chart.png"]) == 0
    assert stat.S_IMODE((tmp_path / "chart.png").stat().st_mode) == 0o600
