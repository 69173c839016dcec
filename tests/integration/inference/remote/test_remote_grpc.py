"""A gRPC server in this process that answers what it should not: each is told from the others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import grpc.aio
import numpy as np
import pytest
from aiohttp.test_utils import unused_port

from inference.remote.address import ServerAddress
from inference.remote.grpc_messages import SERVICE, make_messages
from inference.remote.grpc_transport import GrpcTransport
from inference.remote.transport import (
    RefusedError,
    SlowError,
    TransportError,
    UnknownModelError,
    UnreachableError,
)
from inference.served import ServedModel

MESSAGES = make_messages()
MODEL = ServedModel("nevus-cnn", "7", "ab", 4)
PHOTO = np.zeros((4, 4, 3), np.uint8)
TENSOR = {"name": "melanoma_logit", "datatype": "FP32", "shape": [1]}


class Server:
    """Answers each call with what a test sets: a message, or a status to abort with."""

    def __init__(self) -> None:
        self.answer: Any = None
        self.asked: list[Any] = []

    async def handle(self, request: Any, context: Any) -> Any:
        self.asked.append(request)
        if isinstance(self.answer, grpc.StatusCode):
            await context.abort(self.answer, "secret detail")
        return self.answer


@pytest.fixture
async def server() -> AsyncIterator[tuple[Server, GrpcTransport]]:
    scripted, real = Server(), grpc.aio.server()
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            scripted.handle,
            request_deserializer=MESSAGES[f"{name}Request"].FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )
        for name in ("ServerReady", "ModelMetadata", "ModelInfer")
    }
    real.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    port = real.add_insecure_port("127.0.0.1:0")
    await real.start()
    transport = GrpcTransport(ServerAddress.parse(f"grpc://127.0.0.1:{port}"))
    yield scripted, transport
    await transport.close()
    await real.stop(None)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (grpc.StatusCode.UNAVAILABLE, UnreachableError),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, UnreachableError),
        (grpc.StatusCode.DEADLINE_EXCEEDED, SlowError),
        (grpc.StatusCode.NOT_FOUND, UnknownModelError),
        (grpc.StatusCode.INTERNAL, RefusedError),
        (grpc.StatusCode.INVALID_ARGUMENT, RefusedError),
    ],
)
async def test_each_status_has_its_error_and_no_detail_of_the_server(
    server: tuple[Server, GrpcTransport], status: grpc.StatusCode, error: type[TransportError]
) -> None:
    server[0].answer = status
    with pytest.raises(error) as refused:
        await server[1].infer(MODEL, PHOTO, timeout_s=10)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "fields",
    [
        {"model_version": "8", "outputs": [TENSOR], "raw_output_contents": [bytes(4)]},
        {"outputs": [TENSOR, TENSOR], "raw_output_contents": [bytes(4)]},
        {"outputs": [TENSOR], "raw_output_contents": [bytes(3)]},
        {"outputs": [TENSOR], "raw_output_contents": [bytes(8)]},
        {"outputs": [TENSOR | {"datatype": "INT8"}], "raw_output_contents": [bytes(4)]},
        {"outputs": [TENSOR | {"shape": []}], "raw_output_contents": [bytes(4)]},
        {"outputs": [TENSOR]},
    ],
    ids=["version", "missing", "cut", "long", "type", "shape", "empty"],
)
async def test_a_tensor_that_does_not_fit_is_refused(
    server: tuple[Server, GrpcTransport], fields: dict[str, Any]
) -> None:
    server[0].answer = MESSAGES["ModelInferResponse"](**fields)
    with pytest.raises(RefusedError):
        await server[1].infer(MODEL, PHOTO, timeout_s=10)


@pytest.mark.parametrize(
    "fields",
    [
        {"outputs": [TENSOR], "raw_output_contents": [np.float32(0.1).tobytes()]},
        {"outputs": [TENSOR | {"contents": {"fp32_contents": [0.1]}}]},
    ],
    ids=["raw", "typed"],
)
async def test_both_forms_of_a_tensor_are_read(
    server: tuple[Server, GrpcTransport], fields: dict[str, Any]
) -> None:
    server[0].answer = MESSAGES["ModelInferResponse"](model_version="7", **fields)
    outputs = await server[1].infer(MODEL, PHOTO, timeout_s=10)
    assert outputs["melanoma_logit"] == np.array([0.1], np.float32)
    (request,) = server[0].asked
    assert (request.model_name, request.model_version) == ("nevus-cnn", "7")
    assert list(request.inputs[0].shape) == [1, 4, 4, 3]
    assert request.raw_input_contents == [bytes(48)]


async def test_a_server_that_is_not_ready_says_so(server: tuple[Server, GrpcTransport]) -> None:
    server[0].answer = MESSAGES["ServerReadyResponse"](ready=False)
    with pytest.raises(UnreachableError):
        await server[1].check_ready(timeout_s=10)


async def test_photos_never_travel_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    async def record(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    proxy = await asyncio.start_server(record, "127.0.0.1", 0)
    for name in ("grpc_proxy", "https_proxy", "http_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    for name in ("no_grpc_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    transport = GrpcTransport(ServerAddress.parse(f"grpc://127.0.0.1:{unused_port()}"))
    with pytest.raises(UnreachableError):
        await transport.check_ready(timeout_s=5)
    await transport.close()
    proxy.close()
    assert asked == []


async def test_no_server_at_all_is_unreachable(unused_address: Callable[[], str]) -> None:
    transport = GrpcTransport(ServerAddress.parse(unused_address()))
    try:
        with pytest.raises(UnreachableError):
            await transport.infer(MODEL, PHOTO, timeout_s=10)
    finally:
        await transport.close()


@pytest.fixture
def unused_address() -> Callable[[], str]:
    return lambda: f"grpc://127.0.0.1:{unused_port()}"
