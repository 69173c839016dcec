"""What reads a photo: the Protocol that the chat and the command line use for every engine."""

from typing import TYPE_CHECKING, Protocol

from inference.readings import EngineVersions, PhotoReading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class EngineError(Exception):
    """The engine cannot do its work; nothing is wrong with the photo."""


class BusyError(EngineError):
    """Too many photos wait already: try again later."""


class ReadTimeoutError(EngineError):
    """A photo took longer than allowed; its work may still be under way."""


class Engine(Protocol):
    """Reads photos. Never blocks the event loop; bounded; safe to call from many tasks at once."""

    @property
    def versions(self) -> EngineVersions:
        """What the scores depend on."""
        ...

    async def start(self) -> None:
        """Load and verify what is needed.

        Raises:
            ReleaseError: a weight file or pair.json is missing, truncated or altered; the text says which.
        """
        ...

    async def read(self, data: bytes, *, gate: bool = True) -> PhotoReading:
        """Read one photo file.

        Args:
            data: the file's bytes, as they came.
            gate: when False, scores are computed for a gated photo as well (its level stays not assessable).

        Raises:
            PhotoError: the bytes cannot be read as a photo (a subclass says why).
            BusyError: too many photos wait.
            EngineError: the networks could not run (`ReadTimeoutError`: in time).
        """
        ...

    async def open_full(self, data: bytes) -> "NDArray[np.uint8]":
        """Decode one photo file to be shown, without the networks: (H, W, 3) upright sRGB.

        Raises:
            PhotoError: the bytes cannot be read as a photo.
            BusyError: too many photos wait.
        """
        ...

    async def stop(self) -> None:
        """Finish what is under way, then free everything."""
        ...
