"""A photo without a found lesion is read a second time, from nearer, unless it is a dermoscopic one."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.local_engine import LocalEngine
from inference.readings import Domain, PhotoFindings, Reason
from inference.remote.engine import RemoteEngine
from inference.remote.pool import RemoteSetup
from tests.support.drawn import file_bytes
from tests.support.oip_server import OipServer
from tests.support.tiny_release import write_tiny_release

# Paler than what the tiny finder marks; the tiny networks tell kinds apart by the strongest colour.
KINDS = (Domain.DERMOSCOPIC, Domain.CLINICAL, Domain.OTHER)
SKIN = dict(zip(KINDS, ((200, 110, 110), (110, 200, 110), (110, 110, 200)), strict=True))

MARK = dict(zip(KINDS, ((140, 112, 112), (112, 140, 112), (112, 112, 140)), strict=True))


def draw(ground: Domain, middle: Domain) -> bytes:
    """Skin with a darker square in its middle that no finder marks; PNG, so that colours stay."""
    pixels = np.empty((400, 600, 3), np.int16)
    pixels[:] = SKIN[ground]
    pixels[140:260, 240:360] = MARK[middle]
    texture = np.random.default_rng(1).integers(-9, 10, pixels.shape[:2])  # else it is cut off as a border
    texture += np.abs(np.linspace(-45, 45, 600, dtype=np.int64))  # else it lacks contrast
    return file_bytes((pixels + texture[..., None]).astype(np.uint8))


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release that reads such photos once."""
    directory = tmp_path_factory.mktemp("once")
    write_tiny_release(directory, finder=True)
    return directory


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same release, but it reads them again from nearer."""
    directory = tmp_path_factory.mktemp("twice")
    write_tiny_release(directory, finder=True, closer_middle=0.2)
    return directory


async def find(directory: Path, data: bytes, **options: Any) -> PhotoFindings:
    engine = LocalEngine(directory, threads=1)
    await engine.start()
    try:
        return (await engine.read(data, **options)).findings
    finally:
        await engine.stop()


async def test_a_close_up_is_read_from_nearer(once, twice):
    data = draw(Domain.CLINICAL, Domain.CLINICAL)
    far, near = await find(once, data), await find(twice, data)
    assert (far.lesion_count, near.lesion_count) == (0, 0)
    assert (near.domain, near.gate, near.lesions) == (Domain.CLINICAL, (), ())
    assert near.probability > far.probability + 0.01  # nearer, the mark fills more of the view


async def test_a_dermoscopic_photo_is_read_once(once, twice):
    data = draw(Domain.DERMOSCOPIC, Domain.DERMOSCOPIC)
    far, near = await find(once, data), await find(twice, data)
    assert far.domain is Domain.DERMOSCOPIC
    assert near == far


async def test_a_lesion_that_is_only_seen_from_nearer_is_not_refused(once, twice):
    data = draw(Domain.OTHER, Domain.CLINICAL)
    far, near = await find(once, data), await find(twice, data)
    assert far.gate == (Reason.NO_LESION,)
    assert (near.gate, near.domain) == ((), Domain.CLINICAL)


async def test_what_shows_no_lesion_from_nearer_keeps_its_first_reading(once, twice):
    data = draw(Domain.CLINICAL, Domain.OTHER)
    far, near = await find(once, data), await find(twice, data)
    assert far.domain is Domain.CLINICAL
    assert near == far


async def test_an_object_stays_refused(twice):
    findings = await find(twice, draw(Domain.OTHER, Domain.OTHER))
    assert findings.gate == (Reason.NO_LESION,)
    assert findings.probability is None


@pytest.mark.parametrize("ground", KINDS)
@pytest.mark.parametrize("middle", KINDS)
async def test_an_inference_server_gives_the_same_reading(twice, ground, middle):
    data = draw(ground, middle)
    async with OipServer(twice).running() as server:
        setup = RemoteSetup(addresses=(server.address,), timeout_s=5.0, probe_s=0.2, start_grace_s=0.3)
        engine = RemoteEngine(setup, twice)
        await engine.start()
        try:
            there = await asyncio.gather(*(engine.read(data) for _ in range(3)))
        finally:
            await engine.stop()
    here = await find(twice, data)
    assert [reading.findings for reading in there] == [here] * 3
