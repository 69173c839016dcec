"""The released networks in real MLServer processes: the same scores, bit for bit, and a server that dies."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import pytest

from inference.engine import Engine
from inference.local_engine import LocalEngine
from inference.raw_opinions import OUTPUTS
from inference.readings import PhotoReading
from inference.release import ReleaseError, load_release
from inference.remote.address import ServerAddress
from inference.remote.engine import RemoteEngine
from inference.remote.http_transport import HttpTransport
from inference.remote.opening import open_transport
from inference.remote.pool import RemoteSetup, find_faults
from inference.remote.transport import RefusedError, UnknownModelError
from inference.served import ServedModel, find_served
from models.release.repository import write_repository
from tests.support.drawn import draw_lesion, jpeg_bytes
from tests.support.mlserver import MISSING, PROGRAM, MlServer
from tests.support.tiny_release import tiny_graph, write_tiny_release

pytestmark = [pytest.mark.timeout(300), pytest.mark.weights]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("tiny")
    write_tiny_release(directory)
    return directory


@pytest.fixture(scope="module")
def repository(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases in one repository: the installed pair and the tiny one."""
    directory = tmp_path_factory.mktemp("repository")
    write_repository(directory)
    write_repository(directory, tiny)
    return directory


@pytest.fixture(scope="module")
def servers(repository: Path) -> Iterator[list[MlServer]]:
    if not PROGRAM.exists():
        pytest.skip(MISSING)
    servers = [MlServer(repository) for _ in range(2)]
    for server in servers:
        server.start()
    try:
        for server in servers:
            server.wait_until_ready()
        yield servers
    finally:
        for server in servers:
            server.stop()


@pytest.fixture(scope="module")
def photos() -> list[bytes]:
    return [jpeg_bytes(draw_lesion(seed, size_px=400)) for seed in range(4)]


async def read_all(engine: Engine, photos: list[bytes]) -> list[PhotoReading]:
    await engine.start()
    try:
        return await asyncio.gather(*(engine.read(photo) for photo in photos))
    finally:
        await engine.stop()


def remote(*addresses: str, models: Path | None = None, probe_s: float = 0.3) -> RemoteEngine:
    return RemoteEngine(RemoteSetup(addresses=addresses, probe_s=probe_s, start_grace_s=0.5), models)


@pytest.mark.parametrize("way", ["grpc", "http"])
@pytest.mark.parametrize("release", ["installed", "tiny"])
async def test_the_scores_are_those_of_the_bots_own_process_bit_for_bit(
    servers: list[MlServer], photos: list[bytes], tiny: Path, way: str, release: str
) -> None:
    """Old and new release side by side on one server, over gRPC and over HTTP with JSON."""
    models = tiny if release == "tiny" else None
    here = await read_all(LocalEngine(models, threads=2), photos)
    there = await read_all(remote(getattr(servers[0], way), models=models), photos)
    assert [reading.findings for reading in there] == [reading.findings for reading in here]
    for one, two in zip(here, there, strict=True):
        assert one.evidence.keys() == two.evidence.keys()
        assert all(np.array_equal(one.evidence[name], two.evidence[name]) for name in one.evidence)
    assert any(reading.findings.probability is not None for reading in here)


async def test_the_server_says_what_its_scores_depend_on(
    servers: list[MlServer], photos: list[bytes], tiny: Path
) -> None:
    """On this machine, with the same pinned ONNX Runtime: the same as the bot's own."""
    local = LocalEngine(tiny, threads=1)
    await local.start()
    try:
        (reading,) = await read_all(remote(servers[0].grpc, models=tiny), photos[:1])
        assert reading.versions == local.versions
    finally:
        await local.stop()


async def test_photos_in_one_request_have_the_scores_that_each_has_alone(
    servers: list[MlServer],
) -> None:
    model = find_served(load_release())["vit"]
    photos = np.stack([draw_lesion(seed, size_px=model.size_px) for seed in range(3)]).astype(np.uint8)
    transport = HttpTransport(ServerAddress.parse(servers[0].http))
    try:
        alone = [await transport.infer(model, photo, timeout_s=30) for photo in photos]
        together = await ask_for_many(transport, model, photos)
    finally:
        await transport.close()
    for name in OUTPUTS:
        assert np.array_equal(np.concatenate([each[name] for each in alone]), together[name])


async def ask_for_many(
    transport: HttpTransport, model: ServedModel, photos: np.ndarray
) -> dict[str, np.ndarray]:
    tensor = {"name": "photos", "datatype": "UINT8", "shape": photos.shape, "data": photos.ravel()}
    body = orjson.dumps({"inputs": [tensor]}, option=orjson.OPT_SERIALIZE_NUMPY)
    path = f"/v2/models/{model.name}/versions/{model.version}/infer"
    reply = json.loads(await transport._call("POST", path, 30, body))
    return {
        each["name"]: np.array(each["data"], np.float32).reshape(each["shape"]) for each in reply["outputs"]
    }


@pytest.mark.parametrize("way", ["grpc", "http"])
async def test_what_is_no_photo_of_the_networks_size_is_refused(servers: list[MlServer], way: str) -> None:
    model = find_served(load_release())["cnn"]
    transport = open_transport(ServerAddress.parse(getattr(servers[0], way)))
    try:
        with pytest.raises(RefusedError):
            await transport.infer(model, np.zeros((5, 5, 3), np.uint8), timeout_s=30)
    finally:
        await transport.close()


@pytest.mark.parametrize("way", ["grpc", "http"])
async def test_a_release_that_is_not_there_is_told_from_a_server_that_is_down(
    servers: list[MlServer], tmp_path: Path, way: str
) -> None:
    graph = tiny_graph("vit")
    graph.doc_string = "another"
    write_tiny_release(tmp_path, version="tiny-9", graphs={"vit": graph})
    with pytest.raises(ReleaseError, match="does not have release tiny-9"):
        await read_all(remote(getattr(servers[0], way), models=tmp_path), [])
    model = find_served(load_release(tmp_path))["vit"]
    transport = open_transport(ServerAddress.parse(getattr(servers[0], way)))
    try:
        with pytest.raises(UnknownModelError):
            await transport.infer(model, np.zeros((56, 56, 3), np.uint8), timeout_s=30)
    finally:
        await transport.close()


async def test_an_altered_graph_is_not_served(
    servers: list[MlServer], repository: Path, tmp_path: Path, tiny: Path
) -> None:
    """The server looks at the hash itself, and a bot finds nothing there that it could use."""
    altered = tmp_path / "altered"
    write_repository(altered, tiny)
    (graph,) = (altered / "nevus-vit").glob("*/model.onnx")
    shutil.copyfile(next(iter((altered / "nevus-cnn").glob("*/model.onnx"))), graph)
    server = MlServer(altered)
    server.start()
    try:
        async with asyncio.timeout(90):
            while "SHA-256 is not model-settings.json's" not in server.log.read_text():  # noqa: ASYNC110 - a process
                await asyncio.sleep(0.1)
        setup = RemoteSetup(addresses=[server.grpc, server.http])
        faults = await find_faults(setup, load_release(tiny))
        assert all(faults.values())
    finally:
        server.stop()


async def test_when_a_server_is_killed_every_photo_is_read_by_the_other(
    servers: list[MlServer], photos: list[bytes], tiny: Path
) -> None:
    """The last test of this module: its second server is gone afterwards."""
    expected = [reading.findings for reading in await read_all(LocalEngine(tiny, threads=1), photos)]
    engine = remote(servers[0].grpc, servers[1].grpc, models=tiny)
    await engine.start()
    try:
        asked = [asyncio.create_task(engine.read(photo)) for photo in photos * 8]  # noqa: TID251 - gathered below
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        servers[1].kill()
        readings = await asyncio.gather(*asked)
        assert engine.states[servers[1].grpc] == "away"
    finally:
        await engine.stop()
    assert [reading.findings for reading in readings] == expected * 8
