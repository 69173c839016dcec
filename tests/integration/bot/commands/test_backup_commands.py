"""`nevus backup` and `nevus restore`: whole, checked, and nobody who was forgotten comes back."""

import os
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

import pytest

from bot.cli import main
from storage.clinic.members import NewInvite, add_invite, find_invite
from storage.database.backup import BackupError, back_up, check_backup, draft_of, drop_draft, take_place
from storage.database.errors import Damaged, DiskFull
from storage.database.key_marks import check_key_file
from storage.database.keys import Keyring
from storage.database.sessions import WriteSession
from storage.erasures import FILE_NAME, Journal, erase_person
from storage.record.people import find_person
from tests.support.homes import LEAVES, NOW, STAYS, furnish, is_known, ref_of, use
from tests.support.records import GROUP, clinic_row

pytestmark = pytest.mark.backends("sqlite")


@pytest.fixture
def home(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory whose database knows two people."""
    monkeypatch.setenv("NEVUS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("NEVUS_DATABASE_URL", database_url)
    furnish(tmp_path)
    return tmp_path


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


def test_without_the_journal_it_says_who_may_be_known_again(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a present trail it cannot know it, and does not say that nobody was forgotten."""
    assert main(["backup", str(home / "copy.sqlite")]) == 0
    for command in (["restore", "--erasures-only"], ["restore", str(home / "copy.sqlite")]):
        capsys.readouterr()
        assert main(command) == 0
        out, err = capsys.readouterr()
        assert f"There was no journal of erasures ({home / FILE_NAME}). If anyone ever used /forget" in err
        assert "nevus restore --erasures-only. Until then these people are known again." in err
        assert "Forgotten again" not in out
        assert "Waiting, and answered" in out
        (home / "nevus.db").unlink()
    assert main(["restore", str(home / "copy.sqlite")]) == 0
    (home / FILE_NAME).touch()
    capsys.readouterr()
    assert main(["restore", "--erasures-only"]) == 0
    out, err = capsys.readouterr()
    assert ("journal" in err, "Forgotten again: 0 people." in out) == (False, True)


def test_without_the_journal_it_says_who_was_forgotten_again_by_the_present_trail(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backup", str(home / "copy.sqlite")]) == 0
    journal = Journal(home / FILE_NAME)
    use(home, lambda session: erase_person(session, ref_of(home, LEAVES), journal=journal, now=NOW))
    (home / FILE_NAME).unlink()
    capsys.readouterr()
    assert main(["restore", str(home / "copy.sqlite")]) == 0
    assert (is_known(home, STAYS), is_known(home, LEAVES)) == (True, False)
    err = capsys.readouterr().err
    assert "There was no journal of erasures" in err
    assert "by the audit trail of the previous database: 1." in err
    assert "known again" not in err


@pytest.mark.parametrize("loss", ["damaged", "gone", "erasures only"])
def test_without_the_present_database_it_says_what_may_have_come_back(
    home: Path, capsys: pytest.CaptureFixture[str], loss: str
) -> None:
    """Invitations that may have been used since are ended; the operator is told what to do about the rest."""
    now = datetime.now(UTC)

    async def invite(session: WriteSession) -> None:
        session.add(clinic_row(Keyring.open(home / "nevus.key"), GROUP))
        await session.flush()
        for token, days in (("open", 7), ("over", -1)):
            expires = now + timedelta(days=days)
            new = NewInvite(token=token, clinic_id=1, role="sender", expires_at=expires)
            await add_invite(session, new, now=now - timedelta(days=2))

    use(home, invite)
    assert main(["backup", str(home / "copy.sqlite")]) == 0
    command = ["restore", str(home / "copy.sqlite")]
    if loss == "damaged":
        (home / "nevus.db").write_bytes(b"no database" * 999)
    elif loss == "gone":
        (home / "nevus.db").unlink()
    else:
        command = ["restore", "--erasures-only"]
    capsys.readouterr()
    assert main(command) == 0
    err = capsys.readouterr().err
    for words in (
        "members who were removed",
        "photos of followed lesions",
        "requests to clinics",
        "used: 1.",
    ):
        assert words in err
    found = use(home, lambda session: find_invite(session, "open"))
    assert not found.is_open(datetime.now(UTC))


def test_with_the_present_database_it_says_what_was_taken_from_it(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backup", str(home / "copy.sqlite")]) == 0
    (home / FILE_NAME).touch()
    assert main(["restore", str(home / "copy.sqlite")]) == 0
    out, err = capsys.readouterr()
    assert "0 cases that clinics were asked about since" in out
    assert err == ""


def test_a_backup_is_restored_where_nothing_stood_yet(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["backup", str(home / "copy.sqlite")]) == 0
    new = home / "a" / "new"
    monkeypatch.setenv("NEVUS_DATA_DIR", str(new))
    monkeypatch.setenv("NEVUS_DATABASE_URL", f"sqlite:///{new / 'nevus.db'}")
    monkeypatch.setenv("NEVUS_KEY_FILE", str(home / "nevus.key"))
    assert main(["restore", str(home / "copy.sqlite")]) == 0
    assert check_backup(new / "nevus.db").rows["links"] == 2
    assert stat.S_IMODE(new.stat().st_mode) == 0o700


def test_a_file_in_the_place_of_the_data_directory_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backup", str(home / "copy.sqlite")]) == 0
    (home / "file").touch()
    monkeypatch.setenv("NEVUS_DATA_DIR", str(home / "file"))
    monkeypatch.setenv("NEVUS_KEY_FILE", str(home / "nevus.key"))
    assert main(["restore", str(home / "copy.sqlite")]) == 2
    assert "Set NEVUS_DATA_DIR to a directory that can be written." in capsys.readouterr().err
    assert main(["restore", "--erasures-only"]) == 2
    assert f"There is no data directory {home / 'file'}" in capsys.readouterr().err


def test_nobody_is_forgotten_again_without_a_data_directory(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key and a journal made anew would find nobody."""
    monkeypatch.setenv("NEVUS_DATA_DIR", str(home / "new"))
    assert main(["restore", "--erasures-only"]) == 2
    assert capsys.readouterr().err == (
        f"nevus: There is no data directory {home / 'new'}: set NEVUS_DATA_DIR to the one that has the key "
        "and the journal of erasures.\n"
    )
    assert not (home / "new").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_database_that_root_restores_belongs_to_the_user_of_the_bot(home: Path) -> None:
    back_up(home / "nevus.db", home / "copy.sqlite")
    os.chown(home / "nevus.db", 1234, 1235)
    assert main(["restore", str(home / "copy.sqlite")]) == 0
    status = (home / "nevus.db").stat()
    assert (status.st_uid, status.st_gid) == (1234, 1235)


def test_a_damaged_database_gives_way_to_the_backup_and_is_kept(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What waited in it is not answered, and that is said; where it can be used there is nothing to say."""
    assert main(["backup", str(home / "copy.sqlite")]) == 0
    assert main(["restore", str(home / "copy.sqlite")]) == 0
    assert "could not be used" not in capsys.readouterr().err
    for old in home.glob("nevus.db.before-*"):
        old.unlink()
    (home / "nevus.db").write_bytes(b"no database" * 999)
    assert main(["restore", str(home / "copy.sqlite")]) == 0
    assert "That database could not be used: what waited in it" in capsys.readouterr().err
    assert is_known(home, STAYS)
    assert len(list(home.glob("nevus.db.before-*"))) == 1


def test_two_restores_in_one_second_keep_both_databases(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls(2026, 3, 1, 12, tzinfo=tz)

    monkeypatch.setattr("bot.commands.restore.datetime", Stopped)
    assert main(["backup", str(home / "copy.sqlite")]) == 0
    for _ in range(2):
        assert main(["restore", str(home / "copy.sqlite")]) == 0
    stem = "nevus.db.before-20260301-120000"
    assert {stem, f"{stem}-2"} <= {each.name for each in home.glob("nevus.db.before-*")}


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


def test_a_draft_that_is_not_whole_takes_no_place(home: Path) -> None:
    back_up(home / "nevus.db", home / "copy.sqlite")
    database = home / "nevus.db"
    with draft_of(home / "copy.sqlite", database) as draft:
        draft.write_bytes(draft.read_bytes()[:8_192])
        with pytest.raises(Damaged):
            take_place(draft, database, old=home / "old")
    assert is_known(home, STAYS)
    assert not draft.exists()
    assert not (home / "old").exists()


def test_what_an_interrupted_restore_left_goes_at_the_next_start(home: Path) -> None:
    for suffix in ("", "-wal"):
        (home / f"nevus.db.restoring{suffix}").write_text("who was forgotten since")
    drop_draft(home / "nevus.db")
    assert not list(home.glob("*.restoring*"))
