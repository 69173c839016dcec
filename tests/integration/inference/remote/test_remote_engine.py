"""The engine whose networks run elsewhere: servers that fail, lie, are slow or have another release."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from inference.engine import BusyError, EngineError, ReadTimeoutError
from inference.local_engine import LocalEngine
from inference.photos import PhotoError
from inference.raw_opinions import ClassifierError
from inference.readings import PhotoReading
from inference.release import ReleaseError, load_release
from inference.remote.engine import AwayError, RemoteEngine
from inference.remote.pool import RemoteSetup, find_faults
from tests.support.drawn import draw_lesion, jpeg_bytes
from tests.support.oip_server import OipServer
from tests.support.tiny_release import tiny_graph, write_tiny_release

PATIENCE_S = 20.0


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("models")
    write_tiny_release(directory)
    return directory


@pytest.fixture(scope="session")
def photo() -> bytes:
    return jpeg_bytes(draw_lesion(3, size_px=256))


@pytest.fixture
async def servers(models: Path) -> AsyncIterator[list[OipServer]]:
    """Two servers with the release."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(OipServer(models).running()) for _ in range(2)]


@asynccontextmanager
async def engine_for(
    models: Path, *addresses: str, timeout_s: float = 5.0, fallback: bool = False, **options: Any
) -> AsyncIterator[RemoteEngine]:
    setup = RemoteSetup(
        addresses=addresses, timeout_s=timeout_s, probe_s=0.2, start_grace_s=0.3, fallback=fallback
    )
    engine = RemoteEngine(setup, models, **options)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


async def read_here(models: Path, photo: bytes) -> PhotoReading:
    engine = LocalEngine(models, threads=1)
    await engine.start()
    try:
        return await engine.read(photo)
    finally:
        await engine.stop()


async def wait_for_state(engine: RemoteEngine, address: str, state: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while engine.states[address] != state:  # noqa: ASYNC110 - the product has no such event
            await asyncio.sleep(0.02)


def same(one: PhotoReading, two: PhotoReading) -> bool:
    maps = all(np.array_equal(one.evidence[name], two.evidence[name]) for name in one.evidence)
    return one.findings == two.findings and one.evidence.keys() == two.evidence.keys() and maps


async def test_a_photo_read_elsewhere_is_read_bit_for_bit_as_here(
    models: Path, photo: bytes, servers: list[OipServer]
) -> None:
    async with engine_for(models, servers[0].address) as engine:
        reading = await engine.read(photo)
    assert same(reading, await read_here(models, photo))
    assert reading.findings.probability is not None


async def test_the_servers_take_turns(models: Path, photo: bytes, servers: list[OipServer]) -> None:
    async with engine_for(models, *(server.address for server in servers)) as engine:
        for _ in range(6):
            await engine.read(photo)
    assert [server.asked["nevus-cnn"] for server in servers] == [3, 3]
    assert [server.asked["nevus-vit"] for server in servers] == [3, 3]


async def test_what_ran_where_is_told_with_the_reading(
    models: Path, photo: bytes, servers: list[OipServer]
) -> None:
    async with engine_for(models, servers[0].address) as engine:
        reading = await engine.read(photo)
        assert engine.versions == reading.versions
    assert reading.versions is not None
    assert reading.versions.kernel_class == "here"
    assert reading.versions.onnxruntime == "unknown"  # this server does not say
    assert reading.versions.pair == "tiny-1"


def drop_output(_name: str, answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"outputs": answer["outputs"][:-1]}


def fail_one(name: str, answer: dict[str, Any]) -> web.Response | dict[str, Any]:
    return web.Response(status=500) if name == "nevus-vit" else answer


def no_number(_name: str, answer: dict[str, Any]) -> web.Response:
    answer["outputs"][0]["data"] = [float("1e39")]  # infinite as a float32
    return web.json_response(answer)


def other_shape(_name: str, answer: dict[str, Any]) -> dict[str, Any]:
    answer["outputs"][0] |= {"shape": [2], "data": [0.1, 0.2]}
    return answer


def other_version(_name: str, answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"model_version": "1"}


def no_json(_name: str, _answer: dict[str, Any]) -> web.Response:
    return web.Response(text="<html>")


def other_json(_name: str, _answer: dict[str, Any]) -> web.Response:
    return web.json_response({"outputs": [{"name": "melanoma_logit"}]})


def too_large(_name: str, _answer: dict[str, Any]) -> web.Response:
    return web.Response(body=b" " * 5_000_000)


def busy(_name: str, _answer: dict[str, Any]) -> web.Response:
    return web.Response(status=503)


@pytest.mark.parametrize(
    "spoil",
    [drop_output, fail_one, no_number, other_shape, other_version, no_json, other_json, too_large, busy],
)
async def test_whatever_one_server_gets_wrong_both_opinions_come_from_another(
    models: Path,
    photo: bytes,
    servers: list[OipServer],
    spoil: Callable[[str, dict[str, Any]], web.Response | dict[str, Any]],
) -> None:
    servers[0].spoil = spoil
    async with engine_for(models, *(server.address for server in servers)) as engine:
        readings = [await engine.read(photo) for _ in range(2)]
    expected = await read_here(models, photo)
    assert all(same(reading, expected) for reading in readings)
    assert sum(servers[0].asked.values()) >= 2  # it was asked
    assert servers[1].asked == {"nevus-cnn": 2, "nevus-vit": 2}  # never for one network alone


async def test_a_photo_that_no_server_can_score_has_failed_and_does_not_wait(
    models: Path, photo: bytes, servers: list[OipServer]
) -> None:
    """It would come again and again for a day otherwise."""
    for server in servers:
        server.spoil = no_number
    async with engine_for(models, *(server.address for server in servers)) as engine:
        with pytest.raises(ClassifierError):
            await engine.read(photo)


async def test_a_slow_server_is_given_up_for_another(
    models: Path, photo: bytes, servers: list[OipServer]
) -> None:
    servers[0].delay_s = PATIENCE_S
    async with engine_for(models, *(server.address for server in servers), timeout_s=0.5) as engine:
        for _ in range(2):
            await engine.read(photo)
    assert servers[1].asked["nevus-cnn"] == 2


async def test_a_server_that_fails_in_a_row_is_left_alone_until_a_probe_finds_it_well(
    models: Path, photo: bytes, servers: list[OipServer]
) -> None:
    servers[0].spoil = fail_one
    servers[0].ready = True
    addresses = [server.address for server in servers]
    async with engine_for(models, *addresses) as engine:
        servers[0].ready = False  # so that no probe closes the circuit
        for _ in range(12):
            await engine.read(photo)
        assert engine.states[addresses[0]] == "away"
        asked = servers[0].asked["nevus-cnn"]
        assert asked <= 3
        await engine.read(photo)
        assert servers[0].asked["nevus-cnn"] == asked
        servers[0].spoil, servers[0].ready = (lambda _name, answer: answer), True
        await wait_for_state(engine, addresses[0], "ready")
        for _ in range(2):
            await engine.read(photo)
    assert servers[0].asked["nevus-cnn"] == asked + 1


async def test_a_server_that_went_away_is_found_again_when_it_is_back(
    models: Path, photo: bytes, servers: list[OipServer]
) -> None:
    port, address = servers[0].port, servers[0].address
    async with engine_for(models, address) as engine:
        assert await engine.is_ready()
        await servers[0].stop()
        with pytest.raises(AwayError):
            await engine.read(photo)
        assert not await engine.is_ready()
        await servers[0].start(port)
        await wait_for_state(engine, address, "ready")
        await engine.read(photo)


async def test_with_no_server_the_start_goes_on_and_photos_are_put_off(models: Path, photo: bytes) -> None:
    """`BusyError` is what the chat answers by keeping the photo in the inbox."""
    async with engine_for(models, f"http://127.0.0.1:{unused_port()}") as engine:
        with pytest.raises(BusyError):
            await engine.read(photo)


async def test_with_no_server_the_networks_run_here_where_that_is_allowed(models: Path, photo: bytes) -> None:
    async with engine_for(models, f"http://127.0.0.1:{unused_port()}", fallback=True) as engine:
        reading = await engine.read(photo)
    expected = await read_here(models, photo)
    assert same(reading, expected)
    assert reading.versions is not None
    assert reading.versions.onnxruntime != "unknown"


async def test_without_a_fallback_the_graphs_need_not_be_here(
    models: Path, photo: bytes, servers: list[OipServer], tmp_path: Path
) -> None:
    for name in ("pair.json", "cnn.json", "vit.json"):
        (tmp_path / name).write_bytes((models / name).read_bytes())
    async with engine_for(tmp_path, servers[0].address) as engine:
        await engine.read(photo)
    with pytest.raises(ReleaseError, match=r"cnn\.onnx is missing"):
        async with engine_for(tmp_path, servers[0].address, fallback=True):
            pass


async def test_servers_with_another_release_refuse_the_start_by_a_sentence(
    servers: list[OipServer], tmp_path: Path
) -> None:
    graph = tiny_graph("cnn")
    graph.doc_string = "another"
    write_tiny_release(tmp_path, version="tiny-2", graphs={"cnn": graph})
    with pytest.raises(ReleaseError, match=r"does not have release tiny-2 .* `nevus models repository`"):
        async with engine_for(tmp_path, servers[0].address):
            pass


async def test_a_server_that_does_not_know_its_networks_yet_is_waited_for(
    models: Path, photo: bytes, servers: list[OipServer]
) -> None:
    known, servers[0].models = servers[0].models, {}

    async def learn() -> None:
        await asyncio.sleep(0.3)
        servers[0].models = known

    setup = RemoteSetup(addresses=[servers[0].address], probe_s=0.2, start_grace_s=PATIENCE_S)
    engine = RemoteEngine(setup, models)
    try:
        await asyncio.gather(engine.start(), learn())
        await engine.read(photo)
    finally:
        await engine.stop()


async def test_a_server_whose_graph_was_altered_is_refused(models: Path, servers: list[OipServer]) -> None:
    servers[0].sha256 = "0" * 64
    with pytest.raises(ReleaseError, match="has altered files of release tiny-1"):
        async with engine_for(models, servers[0].address):
            pass


async def test_of_two_servers_the_one_with_the_right_release_is_asked(
    models: Path, photo: bytes, servers: list[OipServer]
) -> None:
    servers[0].sha256 = "0" * 64
    async with engine_for(models, *(server.address for server in servers)) as engine:
        assert engine.states[servers[0].address] == "wrong release"
        for _ in range(2):
            await engine.read(photo)
    assert servers[0].asked == {}


async def test_each_servers_fault_is_told_and_none_where_it_is_ready(
    models: Path, servers: list[OipServer]
) -> None:
    """What `nevus check` shows."""
    servers[1].ready = False
    setup = RemoteSetup(addresses=[server.address for server in servers])
    faults = await find_faults(setup, load_release(models))
    assert faults == {servers[0].address: "", servers[1].address: "the server answered 503"}


async def test_what_is_no_photo_is_refused_before_any_server_is_asked(
    models: Path, servers: list[OipServer]
) -> None:
    async with engine_for(models, servers[0].address) as engine:
        with pytest.raises(PhotoError):
            await engine.read(b"no photo")
    assert servers[0].asked == {}


async def test_too_many_photos_are_put_off(models: Path, photo: bytes, servers: list[OipServer]) -> None:
    servers[0].delay_s = 0.5
    async with engine_for(models, servers[0].address, max_pending=1) as engine:
        first = asyncio.get_running_loop().create_task(engine.read(photo))
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await engine.read(photo)
        await first


async def test_a_photo_has_its_own_limit_of_time(
    models: Path, photo: bytes, servers: list[OipServer]
) -> None:
    servers[0].delay_s = PATIENCE_S
    async with engine_for(models, servers[0].address, timeout_s=0.3) as engine:
        with pytest.raises((ReadTimeoutError, AwayError)):
            await engine.read(photo)


async def test_it_must_be_started(models: Path, photo: bytes) -> None:
    engine = RemoteEngine(RemoteSetup(addresses=["http://127.0.0.1:1"]), models)
    with pytest.raises(EngineError):
        await engine.read(photo)
    with pytest.raises(EngineError):
        _ = engine.release


@pytest.fixture(scope="session")
def models_with_finder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("finding")
    write_tiny_release(directory, finder=True)
    return directory


@pytest.fixture(scope="session")
def two_lesions() -> bytes:
    pixels = np.full((300, 400, 3), (225, 165, 150), np.uint8)
    pixels += np.random.default_rng(3).integers(0, 20, pixels.shape, dtype=np.uint8)
    pixels[120:180, 170:230] = (90, 80, 70)
    pixels[30:90, 30:90] = (60, 50, 40)
    return jpeg_bytes(pixels, quality=95)


async def test_lesions_found_elsewhere_are_read_bit_for_bit_as_here(
    models_with_finder: Path, two_lesions: bytes
) -> None:
    async with (
        OipServer(models_with_finder).running() as server,
        engine_for(models_with_finder, server.address) as engine,
    ):
        reading = await engine.read(two_lesions)
        assert dict(server.asked) == {"nevus-finder": 1, "nevus-cnn": 2, "nevus-vit": 2}
    here = await read_here(models_with_finder, two_lesions)
    assert reading.findings == here.findings
    assert reading.findings.lesion_count == 2
    assert reading.versions is not None
    assert reading.versions.finder == "tiny-finder-1"
    assert {"prepare", "find", "remote"} <= set(reading.stages_ms)


async def test_a_finder_that_fails_is_asked_elsewhere(models_with_finder: Path, two_lesions: bytes) -> None:
    async with (
        OipServer(models_with_finder).running() as broken,
        OipServer(models_with_finder).running() as sound,
        engine_for(models_with_finder, broken.address, sound.address) as engine,
    ):
        broken.spoil = lambda name, answer: other_shape(name, answer) if name == "nevus-finder" else answer
        readings = [await engine.read(two_lesions) for _ in range(2)]
    assert [reading.findings.lesion_count for reading in readings] == [2, 2]
    assert sound.asked["nevus-finder"] == 2


async def test_without_a_server_lesions_are_found_here(models_with_finder: Path, two_lesions: bytes) -> None:
    address = f"http://127.0.0.1:{unused_port()}"
    async with engine_for(models_with_finder, address, fallback=True) as engine:
        reading = await engine.read(two_lesions)
    assert reading.findings == (await read_here(models_with_finder, two_lesions)).findings
