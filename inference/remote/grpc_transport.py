"""The Open Inference Protocol v2 over gRPC: a photo travels as the bytes of its uint8 tensor."""

from collections.abc import Callable
from typing import Any, Final

import grpc
import grpc.aio
import numpy as np
from numpy.typing import NDArray

from inference.raw_opinions import INPUT
from inference.remote.address import ServerAddress
from inference.remote.grpc_messages import SERVICE, make_messages
from inference.remote.transport import (
    Outputs,
    RefusedError,
    SlowError,
    TransportError,
    UnknownModelError,
    UnreachableError,
    read_tensor,
)
from inference.served import ServedModel

_OPTIONS: Final = (
    ("grpc.enable_retries", 0),  # trying again, elsewhere, is the engine's work
    ("grpc.enable_http_proxy", 0),  # photos go straight to the server, never through http_proxy
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 5_000),
)
_KINDS: Final[dict[grpc.StatusCode, type[TransportError]]] = {
    grpc.StatusCode.UNAVAILABLE: UnreachableError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: UnreachableError,
    grpc.StatusCode.DEADLINE_EXCEEDED: SlowError,
    grpc.StatusCode.NOT_FOUND: UnknownModelError,
}

_messages = make_messages()


class GrpcTransport:
    """A `Transport` over one channel, which reconnects by itself."""

    def __init__(self, address: ServerAddress) -> None:
        if address.is_encrypted:
            credentials = grpc.ssl_channel_credentials()
            self._channel = grpc.aio.secure_channel(address.target, credentials, options=_OPTIONS)
        else:
            self._channel = grpc.aio.insecure_channel(address.target, options=_OPTIONS)
        self._methods = {name: self._make_method(name) for name in ("ServerReady", "ModelMetadata")}
        self._infer = self._make_method("ModelInfer")

    async def check_ready(self, *, timeout_s: float) -> None:
        """See `Transport.check_ready`."""
        reply = await self._call(self._methods["ServerReady"], "ServerReadyRequest", timeout_s, {})
        if not reply.ready:
            raise UnreachableError("the server is not ready yet")

    async def list_versions(self, model: ServedModel, *, timeout_s: float) -> tuple[str, ...]:
        """See `Transport.list_versions`."""
        fields = {"name": model.name, "version": model.version}
        reply = await self._call(self._methods["ModelMetadata"], "ModelMetadataRequest", timeout_s, fields)
        return tuple(reply.versions)

    async def infer(self, model: ServedModel, photo: NDArray[np.uint8], *, timeout_s: float) -> Outputs:
        """See `Transport.infer`."""
        fields = {
            "model_name": model.name,
            "model_version": model.version,
            "inputs": [{"name": INPUT, "datatype": "UINT8", "shape": [1, *photo.shape]}],
            "outputs": [{"name": name} for name in model.outputs],
            "raw_input_contents": [photo.tobytes()],
        }
        reply = await self._call(self._infer, "ModelInferRequest", timeout_s, fields)
        if reply.model_version not in {"", model.version}:
            raise RefusedError("the server answered with another version of the network")
        raw = list(reply.raw_output_contents)
        if raw and len(raw) != len(reply.outputs):
            raise RefusedError("the server sent fewer tensors than it named")
        outputs: dict[str, NDArray[np.float32]] = {}
        for place, tensor in enumerate(reply.outputs):
            if raw and len(raw[place]) % np.dtype("<f4").itemsize:
                raise RefusedError(f"the output {tensor.name!r} is cut off")
            values = (
                np.frombuffer(raw[place], "<f4")
                if raw
                else np.array(tensor.contents.fp32_contents, dtype=np.float32)
            )
            outputs[tensor.name] = read_tensor(tensor.name, tensor.datatype, tuple(tensor.shape), values)
        return outputs

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()

    async def _call(
        self, method: Callable[..., Any], request: str, timeout_s: float, fields: dict[str, Any]
    ) -> Any:
        try:
            return await method(_messages[request](**fields), timeout=timeout_s)
        except grpc.aio.AioRpcError as error:
            # Details are left out: a server may quote its addresses and paths.
            kind = _KINDS.get(error.code(), RefusedError)
            raise kind(f"the server answered {error.code().name}") from error

    def _make_method(self, name: str) -> Any:
        return self._channel.unary_unary(
            f"/{SERVICE}/{name}",
            request_serializer=_messages[f"{name}Request"].SerializeToString,
            response_deserializer=_messages[f"{name}Response"].FromString,
        )
