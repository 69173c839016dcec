"""No other user of the machine can read the local chat's state."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.localchat.private_files import make_private, write_private
from bot.localchat.record_store import RecordStore
from bot.localchat.records import Message


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    """The umask of most systems, under which new files can be read by everyone."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_and_its_files_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "localchat"
    make_private(folder)
    write_private(folder / "photo.jpg", b"x")
    assert (mode(folder), mode(folder / "photo.jpg")) == (0o700, 0o600)
    assert (folder / "photo.jpg").read_bytes() == b"x"


def test_what_an_older_version_left_open_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "localchat"
    (folder / "files" / "photos").mkdir(parents=True)
    photo = folder / "files" / "photos" / "file_1.jpg"
    photo.write_bytes(b"x")
    folder.chmod(0o755)
    assert mode(photo) == 0o644
    make_private(folder)
    assert {mode(folder), mode(folder / "files"), mode(photo.parent)} == {0o700}
    assert mode(photo) == 0o600


def test_the_database_and_its_journal_files_are_private(tmp_path: Path) -> None:
    store = RecordStore(tmp_path / "localchat.sqlite")
    store.save(Message(5, 1, 100, text="hello"))
    store.commit()
    files = sorted(tmp_path.iterdir())
    assert [file.suffix for file in files] == [".sqlite", ".sqlite-shm", ".sqlite-wal"]
    assert {mode(file) for file in files} == {0o600}
    store.close()
