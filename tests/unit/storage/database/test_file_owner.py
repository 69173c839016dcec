"""Files that root makes belong to the owner of the data: the bot runs as another user."""

import os
from pathlib import Path

import pytest

from storage.database.key_file import make_key, open_key_file, replace_key_file
from storage.erasures import Journal

BOT = (1234, 1235)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


def owner_of(path: Path) -> tuple[int, int]:
    status = path.stat()
    return (status.st_uid, status.st_gid)


def test_a_new_key_file_belongs_to_the_owner_of_its_directory(tmp_path: Path) -> None:
    os.chown(tmp_path, *BOT)
    open_key_file(tmp_path / "nevus.key")
    assert owner_of(tmp_path / "nevus.key") == BOT


def test_a_rotated_key_file_keeps_its_owner(tmp_path: Path) -> None:
    open_key_file(tmp_path / "nevus.key")
    os.chown(tmp_path / "nevus.key", *BOT)
    replace_key_file(tmp_path / "nevus.key", (make_key(),))
    assert owner_of(tmp_path / "nevus.key") == BOT


def test_a_new_journal_belongs_to_the_owner_of_its_directory(tmp_path: Path) -> None:
    os.chown(tmp_path, *BOT)
    Journal(tmp_path / "erasures").note("S-1")
    assert owner_of(tmp_path / "erasures") == BOT
