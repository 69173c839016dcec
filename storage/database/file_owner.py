"""Files that a command of root makes: the bot's user must be able to open them."""

import os
from contextlib import suppress
from pathlib import Path


def give_to_owner(file: int | Path, *, like: Path) -> None:
    """If root runs this, give a file to the owner of another one or, if that is missing, of its directory.

    `file` is a path or an open descriptor. A file system without owners is left as it is.
    """
    if os.geteuid() == 0:
        status = (like if like.exists() else like.parent).stat()
        with suppress(OSError):
            os.chown(file, status.st_uid, status.st_gid)
