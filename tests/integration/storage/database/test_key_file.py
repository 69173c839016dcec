"""The key file: made once, private, never overwritten, never half written."""

import errno
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.database.key_file import KeyFileError, MasterKey, open_key_file, replace_key_file, write_key_file
from storage.database.keys import Keyring


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names_in(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def test_the_first_start_makes_a_private_file_and_directory(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "nevus.key"
    Keyring.open(path)
    assert mode_of(path) == 0o600
    assert mode_of(path.parent) == 0o700
    assert names_in(path.parent) == ["nevus.key"]


def test_a_careless_umask_changes_nothing(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Keyring.open(tmp_path / "nevus.key")
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "nevus.key") == 0o600


def test_the_next_start_reads_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "nevus.key"
    first = Keyring.open(path)
    sealed = first.encrypt(b"update", purpose="inbox")
    again = Keyring.open(path)
    assert again.decrypt(sealed, purpose="inbox") == b"update"
    assert again.user_ref(1) == first.user_ref(1)
    assert again.key_id == first.key_id


def test_two_files_hold_unlike_keys(tmp_path: Path) -> None:
    one, other = Keyring.open(tmp_path / "one"), Keyring.open(tmp_path / "other")
    assert one.user_ref(1) != other.user_ref(1)


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(max_workers=8) as pool:
        rings = list(pool.map(Keyring.open, [tmp_path / "nevus.key"] * 16))
    assert len({ring.user_ref(1) for ring in rings}) == 1
    assert names_in(tmp_path) == ["nevus.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_file_that_others_can_reach_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "nevus.key"
    Keyring.open(path)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match=f"chmod 600 {path}"):
        Keyring.open(path)
    path.chmod(0o600)
    Keyring.open(path)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": 1, "keys": []}',
        '{"format": 2, "keys": [{"id": "00000000", "secret": "%s"}]}' % ("5c" * 32),
        '{"format": 1, "keys": [{"id": "00000000", "secret": "5c5c"}]}',
        '{"format": 1, "keys": [{"id": "zz000000", "secret": "%s"}]}' % ("5c" * 32),
        '{"format": 1, "keys": [{"id": "00000000"}]}',
        '{"format": 1, "keys": "5c5c"}',
    ],
)
def test_a_damaged_file_is_refused_kept_and_not_shown(tmp_path: Path, content: str) -> None:
    path = tmp_path / "nevus.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="backup") as caught:
        Keyring.open(path)
    assert path.read_text() == content
    assert "5c5c" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_file_that_was_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nevus.key"
    Keyring.open(path)
    whole = path.read_text()
    for length in range(len(whole.rstrip())):
        path.write_text(whole[:length])
        with pytest.raises(KeyFileError):
            Keyring.open(path)


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(KeyFileError, match=str(tmp_path / "file")):
        Keyring.open(tmp_path / "file" / "nevus.key")


def test_a_link_to_nowhere_is_no_reason_to_make_a_key(tmp_path: Path) -> None:
    """A volume that is not mounted: a new key would silently start everyone anew."""
    path = tmp_path / "nevus.key"
    path.symlink_to(tmp_path / "volume" / "nevus.key")
    with pytest.raises(KeyFileError):
        Keyring.open(path)
    assert names_in(tmp_path) == ["nevus.key"]


def test_several_keys_are_kept_in_order(tmp_path: Path) -> None:
    path = tmp_path / "nevus.key"
    keys = MasterKey(b"new!", bytes(32)), MasterKey(b"old!", bytes(range(32)))
    write_key_file(path, keys)
    assert open_key_file(path) == keys
    assert len(json.loads(path.read_text())["keys"]) == 2


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "nevus.key"
    first = Keyring.open(path)
    with pytest.raises(FileExistsError):
        write_key_file(path, (MasterKey(b"new!", bytes(32)),))
    assert Keyring.open(path).key_id == first.key_id
    assert names_in(tmp_path) == ["nevus.key"]


def test_a_full_disk_leaves_no_copy_of_the_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "nevus.key"
    keys = open_key_file(path)

    def refuse(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(KeyFileError, match="No space left on device"):
        replace_key_file(path, keys)
    assert names_in(tmp_path) == ["nevus.key"]
