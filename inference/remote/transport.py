"""What a way to an inference server offers, and what can go wrong on it."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference.engine import EngineError
from inference.served import ServedModel

Outputs = Mapping[str, NDArray[np.float32]]


class TransportError(EngineError):
    """A server did not do what it was asked."""


class UnreachableError(TransportError):
    """No server answers there, or not for now."""


class SlowError(TransportError):
    """No answer within the time that was given."""


class UnknownModelError(TransportError):
    """The server answers, and has no such model or not this version of it."""


class RefusedError(TransportError):
    """The server answers something that cannot be used."""


class Transport(Protocol):
    """A way to one server. Every call raises a `TransportError` of the fitting kind."""

    async def check_ready(self, *, timeout_s: float) -> None:
        """Return when the server says that it is ready."""
        ...

    async def list_versions(self, model: ServedModel, *, timeout_s: float) -> tuple[str, ...]:
        """The `versions` in a model's metadata."""
        ...

    async def infer(self, model: ServedModel, photo: NDArray[np.uint8], *, timeout_s: float) -> Outputs:
        """The outputs for one photo.

        Args:
            model: whose.
            photo: (S, S, 3) RGB at the network's size.
            timeout_s: of the whole call.
        """
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


def read_tensor(
    name: str, datatype: str, shape: tuple[int, ...], values: NDArray[np.float32]
) -> NDArray[np.float32]:
    """A checked output tensor.

    Raises:
        RefusedError: it is no float32, or has another number of values than its shape says.
    """
    if datatype != "FP32" or values.size != int(np.prod(shape)) or not shape or shape[0] != 1:
        raise RefusedError(f"the output {name!r} has a type or shape that does not fit")
    return values.reshape(shape)
