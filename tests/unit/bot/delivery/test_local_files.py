"""Files of an own Bot API server with `--local` are read below one folder, and nowhere else."""

import logging
import os
from pathlib import Path

import pytest
from telegram.error import BadRequest, NetworkError

from bot.delivery.local_files import (
    LOG_EVERY_S,
    MAX_BYTES,
    LocalFileError,
    LocalFiles,
    mark_file_path,
    split_file_url,
)

TOKEN = "123456:ABC-def_0123456789"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The server's folder, with a photo, and a secret beside it."""
    photos = tmp_path / "server" / TOKEN / "photos"
    photos.mkdir(parents=True)
    (photos / "file_0.jpg").write_bytes(b"photo")
    (tmp_path / "secret").write_bytes(b"secret")
    return tmp_path / "server"


def photo_of(folder: Path) -> Path:
    return folder / TOKEN / "photos" / "file_0.jpg"


def test_a_file_below_the_folder_is_read(folder: Path) -> None:
    assert LocalFiles(folder).read(str(photo_of(folder))) == b"photo"


def test_links_are_followed_as_long_as_they_stay_below_the_folder(folder: Path) -> None:
    (folder / "inside").symlink_to(photo_of(folder))
    assert LocalFiles(folder).read(str(folder / "inside")) == b"photo"
    (folder.parent / "mounted").symlink_to(folder)
    mounted = folder.parent / "mounted"
    assert LocalFiles(mounted).read(str(photo_of(mounted))) == b"photo"


def test_nothing_outside_the_folder_is_read(folder: Path) -> None:
    (folder / "link").symlink_to(folder.parent / "secret")
    (folder / "up").symlink_to(folder.parent)
    os.mkfifo(folder / "pipe")
    for path in (
        folder.parent / "secret",
        folder / ".." / "secret",
        folder / TOKEN / ".." / ".." / "secret",
        folder / "link",
        folder / "up" / "secret",
        folder / "pipe",
        folder / TOKEN,
        folder,
        Path("/etc/passwd"),
        Path("/dev/zero"),
        Path("/proc/self/environ"),
        f"{folder}-beside/secret",
        "../secret",
        "\\\\host\\share",
    ):
        with pytest.raises(LocalFileError) as refused:
            LocalFiles(folder).read(str(path))
        assert "secret" not in str(refused.value)


def test_a_path_that_leads_nowhere_is_refused(folder: Path) -> None:
    (folder / "loop").symlink_to(folder / "loop")
    for path in (f"{photo_of(folder)}\0.jpg", str(folder / "loop"), f"{folder}/{'x' * 300}"):
        with pytest.raises(LocalFileError):
            LocalFiles(folder).read(path)


def test_without_a_folder_the_log_says_what_to_mount(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    files = LocalFiles(None, monotonic=lambda: now[0])
    for _ in range(3):
        with pytest.raises(LocalFileError):
            files.read(f"/var/lib/telegram-bot-api/{TOKEN}/photos/file_0.jpg")
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "mount its folder /var/lib/telegram-bot-api here" in record.getMessage()
    assert "NEVUS_TELEGRAM_FILES_DIR" in record.getMessage()
    assert TOKEN not in record.getMessage()
    now[0] = LOG_EVERY_S
    with pytest.raises(LocalFileError):
        files.read(str(photo_of(folder)))
    assert len(caplog.records) == 2


def test_a_file_that_is_not_there_is_the_set_ups_fault(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(NetworkError):
        LocalFiles(folder).read(str(folder / TOKEN / "photos" / "file_1.jpg"))
    assert "cannot be read (ENOENT): is the folder mounted" in caplog.text


def test_a_file_larger_than_telegram_gives_is_refused(folder: Path) -> None:
    with photo_of(folder).open("r+b") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(BadRequest, match=r"(?i)too big"):
        LocalFiles(folder).read(str(photo_of(folder)))


@pytest.mark.parametrize(
    ("path", "url", "local"),
    [
        ("photos/file_0.jpg", "http://x/file/bot1:y/photos/file_0.jpg", None),
        ("a b/ü.jpg", "http://x/file/bot1:y/a%20b/%C3%BC.jpg", None),
        ("/srv/1:y/photos/a.jpg", None, "/srv/1:y/photos/a.jpg"),
        ("/srv/a b.jpg", None, "/srv/a b.jpg"),
        ("../../etc/passwd", None, "../../etc/passwd"),
        ("C:\\files\\a.jpg", None, "C:\\files\\a.jpg"),
    ],
)
def test_a_path_on_the_servers_disk_is_told_from_one_to_fetch(
    path: str, url: str | None, local: str | None
) -> None:
    from urllib.parse import quote

    marked = mark_file_path({"result": {"file_id": "x", "file_path": path}})["result"]["file_path"]
    assert not Path(marked).exists()
    asked = f"http://x/file/bot1:y/{quote(marked)}"
    assert split_file_url(asked) == (url or asked, local)


@pytest.mark.parametrize("reply", [{}, {"result": True}, {"result": []}, {"result": {"file_path": 7}}])
def test_other_replies_stay_as_they_are(reply: dict[str, object]) -> None:
    assert mark_file_path(dict(reply)) == reply
