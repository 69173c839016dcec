"""The key file: JSON, readable by its owner only, created once and never overwritten at a start.

    {"format": 1, "keys": [{"id": "8 hex digits", "secret": "64 hex digits"}, ...]}

The first key is in use. A rotation adds a new one at the front; older keys open what they sealed.
"""

import json
import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from storage.database.errors import StorageError
from storage.database.file_owner import give_to_owner

KEY_FILE_FORMAT: Final = 1
KEY_ID_BYTES: Final = 4
SECRET_BYTES: Final = 32


class KeyFileError(StorageError):
    """The key file cannot be used; the text says what to do."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """One key: a public id (4 bytes) and 32 secret random bytes."""

    id: bytes
    secret: bytes = field(repr=False)


def open_key_file(path: Path) -> tuple[MasterKey, ...]:
    """The keys in a file, the one in use first. The file is created if it is missing.

    Raises:
        KeyFileError: it can be read by others, is damaged, or cannot be read or written.
    """
    try:
        if not os.path.lexists(path):
            with suppress(FileExistsError):  # another process was faster: its key counts
                write_key_file(path, (make_key(),))
        text = _read_private(path)
    except OSError as error:
        raise KeyFileError(
            f"The key file {path} cannot be read or made ({error.strerror}): check its directory and rights."
        ) from error
    return _parse(text, path)


def make_key() -> MasterKey:
    """A new random key."""
    return MasterKey(secrets.token_bytes(KEY_ID_BYTES), secrets.token_bytes(SECRET_BYTES))


def write_key_file(path: Path, keys: tuple[MasterKey, ...]) -> None:
    """Write a new key file atomically, mode 600.

    Raises:
        FileExistsError: there is one already.
        OSError: it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = _write_draft(path, keys)
    try:
        os.link(draft, path)  # unlike a rename, a link never replaces a key that another process just made
        _sync_directory(path.parent)
    finally:
        draft.unlink()


def replace_key_file(path: Path, keys: tuple[MasterKey, ...]) -> None:
    """Replace the keys in a file atomically, of which a link may name the place. Only for a rotation.

    Raises:
        KeyFileError: it cannot be written; the old file is unchanged.
    """
    try:
        path = path.resolve()
        _write_draft(path, keys).replace(path)
        _sync_directory(path.parent)
    except OSError as error:
        raise KeyFileError(
            f"The key file {path} cannot be written ({error.strerror}): check its directory and rights."
        ) from error


def _write_draft(path: Path, keys: tuple[MasterKey, ...]) -> Path:
    entries = [{"id": key.id.hex(), "secret": key.secret.hex()} for key in keys]
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(json.dumps({"format": KEY_FILE_FORMAT, "keys": entries}, indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
            give_to_owner(file.fileno(), like=path)
    except BaseException:  # a full disk: no copy of the keys stays behind
        draft.unlink()
        raise
    return draft


def _read_private(path: Path) -> str:
    with path.open(encoding="ascii", errors="replace") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyFileError(f"The key file can be read by others; run: chmod 600 {path}")
        return file.read()


def _parse(text: str, path: Path) -> tuple[MasterKey, ...]:
    try:
        content = json.loads(text)
        keys = tuple(
            MasterKey(bytes.fromhex(entry["id"]), bytes.fromhex(entry["secret"])) for entry in content["keys"]
        )
        lengths = {(len(key.id), len(key.secret)) for key in keys}
        is_ours = content["format"] == KEY_FILE_FORMAT and lengths == {(KEY_ID_BYTES, SECRET_BYTES)}
        is_ours = is_ours and len({key.id for key in keys}) == len(keys)
    except (ValueError, KeyError, TypeError):
        is_ours = False
    if not is_ours:
        # `from None`: the JSON error would carry the file's content.
        raise KeyFileError(
            f"The key file {path} is damaged: bring it back from a backup. "
            "If it is moved away, a new key is made, and known people become unknown."
        ) from None
    return keys


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
