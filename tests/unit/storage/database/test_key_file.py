"""The key file: where a rotation writes it."""

from pathlib import Path

from storage.database.key_file import make_key, open_key_file, replace_key_file


def test_a_rotation_writes_the_file_that_a_link_names(tmp_path: Path) -> None:
    """Where the key really is, its backups are made, and the next start of a container looks."""
    (tmp_path / "safe").mkdir()
    open_key_file(tmp_path / "safe" / "key")
    (tmp_path / "nevus.key").symlink_to("safe/key")
    keys = (make_key(),)
    replace_key_file(tmp_path / "nevus.key", keys)
    assert (tmp_path / "nevus.key").is_symlink()
    assert open_key_file(tmp_path / "safe" / "key") == keys
