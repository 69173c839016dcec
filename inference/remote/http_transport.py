"""The Open Inference Protocol v2 over HTTP with JSON: larger than gRPC, and passes where gRPC does not.

A float32 survives JSON: it is written with the digits that name it alone, and read back as the same one.
"""

import asyncio
from http import HTTPStatus
from typing import Any, Final

import aiohttp
import numpy as np
import orjson
from numpy.typing import NDArray

from inference.raw_opinions import INPUT
from inference.remote.address import ServerAddress
from inference.remote.transport import (
    Outputs,
    RefusedError,
    SlowError,
    UnknownModelError,
    UnreachableError,
    read_tensor,
)
from inference.served import ServedModel

_NOT_NOW: Final = (429, 502, 503, 504)
_LARGEST_REPLY_BYTES: Final = 4_000_000


class HttpTransport:
    """A `Transport` over a few kept connections."""

    def __init__(self, address: ServerAddress) -> None:
        self._base = str(address)
        self._session: aiohttp.ClientSession | None = None

    async def check_ready(self, *, timeout_s: float) -> None:
        """See `Transport.check_ready`."""
        await self._call("GET", "/v2/health/ready", timeout_s)

    async def list_versions(self, model: ServedModel, *, timeout_s: float) -> tuple[str, ...]:
        """See `Transport.list_versions`."""
        reply = _as_object(await self._call("GET", _path(model), timeout_s))
        return tuple(str(version) for version in reply.get("versions") or ())

    async def infer(self, model: ServedModel, photo: NDArray[np.uint8], *, timeout_s: float) -> Outputs:
        """See `Transport.infer`."""
        body = {
            "inputs": [
                {"name": INPUT, "datatype": "UINT8", "shape": [1, *photo.shape], "data": photo.ravel()}
            ],
            "outputs": [{"name": name} for name in model.outputs],
        }
        content = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
        reply = _as_object(await self._call("POST", f"{_path(model)}/infer", timeout_s, content))
        if reply.get("model_version") not in {None, "", model.version}:
            raise RefusedError("the server answered with another version of the network")
        outputs: dict[str, NDArray[np.float32]] = {}
        try:
            for each in reply["outputs"]:
                with np.errstate(over="ignore"):  # what is too large becomes infinite, and is then refused
                    values = np.asarray(each["data"], dtype=np.float32).ravel()
                name = str(each["name"])
                outputs[name] = read_tensor(name, each["datatype"], tuple(each["shape"]), values)
        except (KeyError, TypeError, ValueError) as error:
            raise RefusedError("the server's answer is not of the protocol") from error
        return outputs

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _call(self, method: str, path: str, timeout_s: float, content: bytes | None = None) -> bytes:
        if self._session is None:  # made here, since it belongs to the event loop that it is used on
            self._session = aiohttp.ClientSession(headers={"Content-Type": "application/json"})
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._session.request(
                    method, f"{self._base}{path}", data=content, allow_redirects=False
                ) as reply,
            ):
                status = reply.status
                if status in _NOT_NOW:
                    raise UnreachableError(f"the server answered {status}")
                if status == HTTPStatus.NOT_FOUND:
                    raise UnknownModelError(f"the server answered {status}")
                if status != HTTPStatus.OK:
                    raise RefusedError(f"the server answered {status}")
                body = bytearray()
                async for part in reply.content.iter_any():
                    body += part
                    if len(body) > _LARGEST_REPLY_BYTES:
                        raise RefusedError("the server's answer is too large")
                return bytes(body)
        except TimeoutError as error:
            raise SlowError(f"no answer within {timeout_s:g} s") from error
        except aiohttp.ClientError as error:
            raise UnreachableError("the server cannot be reached") from error


def _path(model: ServedModel) -> str:
    return f"/v2/models/{model.name}/versions/{model.version}"


def _as_object(body: bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RefusedError("the server's answer is not JSON") from error
    if not isinstance(content, dict):
        raise RefusedError("the server's answer is not of the protocol")
    return content
