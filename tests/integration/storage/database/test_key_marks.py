"""A lost or foreign key file is noticed at the start, and none is made in its place."""

import asyncio
from pathlib import Path

import pytest

from storage.database.key_file import KeyFileError, make_key, open_key_file, replace_key_file
from storage.database.key_marks import check_key, check_key_file, list_marks
from storage.database.keys import Keyring
from storage.database.sessions import Database


def test_the_first_start_makes_a_key_that_the_database_then_knows(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "nevus.key"
    check_key_file(database_url, path)
    check_key_file(database_url, path)
    assert path.exists()


def test_a_lost_key_file_is_refused_and_no_new_key_made(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "nevus.key"
    check_key_file(database_url, path)
    path.unlink()
    with pytest.raises(KeyFileError, match="bring the key file back"):
        check_key_file(database_url, path)
    assert not path.exists()


def test_another_key_file_is_refused(database_url: str, tmp_path: Path) -> None:
    check_key_file(database_url, tmp_path / "nevus.key")
    with pytest.raises(KeyFileError, match="bring the key file back"):
        check_key_file(database_url, tmp_path / "other.key")


async def test_a_mark_is_no_key(database: Database, tmp_path: Path) -> None:
    """Neither the secret nor anything that it is used for stands in the database."""
    path = tmp_path / "nevus.key"
    keyring = Keyring.open(path)
    await check_key(database, keyring)
    async with database.read() as session:
        (mark,) = await list_marks(session)
    assert mark.mark != open_key_file(path)[0].secret
    assert mark.mark not in (keyring.user_ref(0), keyring.lane_ref(0), bytes.fromhex(keyring.photo_hash(b"")))


def test_a_key_put_in_front_by_hand_is_refused(database_url: str, tmp_path: Path) -> None:
    """What is in work would no longer be found: `nevus keys rotate` does more than that."""
    path = tmp_path / "nevus.key"
    check_key_file(database_url, path)
    replace_key_file(path, (make_key(), *open_key_file(path)))
    with pytest.raises(KeyFileError, match="nevus keys rotate"):
        check_key_file(database_url, path)


async def test_processes_that_start_at_once_on_an_empty_database_agree_on_a_key(
    database_url: str, tmp_path: Path
) -> None:
    """They share the file: the database knows the key that is in it."""
    shared = [asyncio.to_thread(check_key_file, database_url, tmp_path / "shared") for _ in range(4)]
    assert await asyncio.gather(*shared) == [None] * 4


async def test_of_processes_with_keys_of_their_own_one_starts(database_url: str, tmp_path: Path) -> None:
    own = [asyncio.to_thread(check_key_file, database_url, tmp_path / f"own-{number}") for number in range(4)]
    results = await asyncio.gather(*own, return_exceptions=True)
    refused = [each for each in results if each is not None]
    assert len(refused) == 3
    assert all(isinstance(each, KeyFileError) for each in refused)
    database = Database(database_url)
    try:
        async with database.read() as session:
            assert len(await list_marks(session)) == 1
    finally:
        await database.close()
