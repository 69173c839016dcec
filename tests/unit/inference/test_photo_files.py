"""Photo files by their path: regular ones and pipes of the shell; others may never end."""

import os
from pathlib import Path

import pytest

from inference.photo_files import NotRegularFileError, read_photo_file


def test_a_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    (tmp_path / "photo").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("photo")
    assert read_photo_file(tmp_path / "link") == b"12345"
    assert read_photo_file(tmp_path / "photo", most_bytes=3) == b"123"


@pytest.mark.timeout(30)
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_may_never_end_is_not_opened(tmp_path: Path, kind: str) -> None:
    path = Path("/dev/zero")
    if kind == "pipe":
        path = tmp_path / "pipe"
        os.mkfifo(path)
    with pytest.raises(NotRegularFileError, match="not a regular file"):
        read_photo_file(path)


def test_a_folder_and_nothing_keep_their_own_errors(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        read_photo_file(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_photo_file(tmp_path / "nothing")


@pytest.mark.parametrize("folder", ["/dev/fd", "/proc/self/fd"])
def test_a_pipe_that_a_shell_handed_over_is_read(folder: str) -> None:
    """`cat photo | nevus triage /dev/stdin`, `nevus triage <(cat photo)`: the writer is there."""
    read_end, write_end = os.pipe()
    try:
        os.write(write_end, b"photo")
        os.close(write_end)
        assert read_photo_file(Path(folder) / str(read_end), most_bytes=4) == b"phot"
    finally:
        os.close(read_end)
