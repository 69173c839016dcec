"""A disk of a few megabytes for the bot's data, which can be filled and freed: memory, mounted as a disk."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SIZE_MB = 24


class NoDiskError(Exception):
    """This user may not mount one."""


@dataclass(frozen=True)
class SmallDisk:
    """Where it is mounted."""

    folder: Path

    def fill(self) -> None:
        """Take every byte that is left."""
        with (self.folder / "ballast").open("ab", buffering=0) as ballast, contextlib.suppress(OSError):
            while ballast.write(bytes(1 << 16)):
                pass
        with (self.folder / "ballast").open("ab", buffering=0) as ballast, contextlib.suppress(OSError):
            while ballast.write(bytes(512)):
                pass

    def free(self) -> None:
        (self.folder / "ballast").unlink(missing_ok=True)

    @property
    def free_bytes(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize


@contextmanager
def mount_small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Mounted at `folder`, gone afterwards.

    Raises:
        NoDiskError: it takes the right to mount (root, in a container with CAP_SYS_ADMIN).
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    options = f"size={SIZE_MB}m,mode=700"
    command = ["mount", "-t", "tmpfs", "-o", options, "nevus-chaos", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoDiskError("mounting a small disk takes root") from error
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607
