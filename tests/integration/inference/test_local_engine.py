"""The engine reads many photos at once, within its bounds, and never stops the event loop."""

import asyncio
import json
import threading
import time

import numpy as np
import psutil
import pytest

from inference.decoding import DecodePool
from inference.engine import BusyError, EngineError, ReadTimeoutError
from inference.local_engine import LocalEngine
from inference.photos import DamagedPhotoError
from inference.readings import Domain, QualityFault, Reason
from inference.release import ReleaseError
from tests.support.drawn import blur, darken, draw_lesion, draw_object, draw_spots, jpeg_bytes
from tests.support.tiny_release import write_tiny_release


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    directory = tmp_path_factory.mktemp("models")
    write_tiny_release(directory)
    return directory


@pytest.fixture
async def engine(models):
    engine = LocalEngine(models, threads=2)
    await engine.start()
    yield engine
    await engine.stop()


@pytest.fixture(scope="module")
def lesion():
    return draw_lesion(3)


async def test_a_photo_is_read_with_two_opinions_and_their_evidence(engine, lesion):
    reading = await engine.read(jpeg_bytes(lesion))
    findings = reading.findings
    assert (findings.gate, findings.domain) == ((), Domain.DERMOSCOPIC)
    assert [opinion.classifier for opinion in findings.opinions] == ["cnn", "vit"]
    assert 0 <= findings.probability <= 1
    assert reading.evidence["cnn"].shape == (4, 4)
    assert reading.evidence["vit"].shape == (7, 7)
    assert reading.preview.shape == (600, 600, 3)
    assert set(reading.stages_ms) == {"decode", "gate", "cnn", "vit"}


async def test_the_preview_is_of_working_size_and_the_quality_tells_the_files_size(engine, lesion):
    large = np.repeat(np.repeat(lesion, 4, axis=0), 3, axis=1)
    reading = await engine.read(jpeg_bytes(large))
    assert reading.preview.shape == (1200, 900, 3)
    assert (reading.findings.quality.width_px, reading.findings.quality.height_px) == (1800, 2400)


async def test_the_same_photo_gives_the_same_findings_alone_and_among_others(engine, lesion):
    data = jpeg_bytes(lesion)
    alone = await engine.read(data)
    crowd = await asyncio.gather(*(engine.read(each) for each in (data, jpeg_bytes(draw_object(1))) * 5))
    assert all(reading.findings == alone.findings for reading in crowd[::2])


async def test_an_object_is_refused_as_no_lesion_and_shows_no_evidence(engine):
    reading = await engine.read(jpeg_bytes(draw_object(1)))
    assert reading.findings.gate == (Reason.NO_LESION,)
    assert reading.findings.probability is None
    assert reading.evidence == {}


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda photo: blur(photo, radius_px=30), QualityFault.BLURRED),
        (lambda photo: darken(photo, factor=0.03), QualityFault.TOO_DARK),
        (lambda photo: photo[::12, ::12], QualityFault.TOO_SMALL),
    ],
)
async def test_a_spoilt_photo_is_refused_by_its_fault_and_scored_only_when_asked(
    engine, lesion, spoil, fault
):
    data = jpeg_bytes(spoil(lesion))
    gated = (await engine.read(data)).findings
    assert Reason.QUALITY in gated.gate
    assert fault in gated.quality.faults
    assert gated.probability is None
    asked = (await engine.read(data, gate=False)).findings
    assert asked.gate == gated.gate
    assert asked.probability is not None


async def test_a_broken_file_is_refused_and_the_next_one_read(engine, lesion):
    with pytest.raises(DamagedPhotoError):
        await engine.read(jpeg_bytes(lesion)[:500])
    assert (await engine.read(jpeg_bytes(lesion))).findings.gate == ()


async def test_past_the_bound_photos_are_turned_away_and_later_taken_again(models, lesion):
    engine = LocalEngine(models, threads=1, max_pending=2)
    await engine.start()
    data = jpeg_bytes(lesion)
    try:
        results = await asyncio.gather(*(engine.read(data) for _ in range(5)), return_exceptions=True)
        assert [type(result) for result in results[2:]] == [BusyError] * 3
        assert (await engine.read(data)).findings.gate == ()
    finally:
        await engine.stop()


async def test_a_timeout_ends_the_waiting_and_frees_its_place_later(models, lesion):
    engine = LocalEngine(models, threads=1, max_pending=1, timeout_s=0.001)
    await engine.start()
    try:
        with pytest.raises(ReadTimeoutError):
            await engine.read(jpeg_bytes(lesion))
        with pytest.raises(BusyError):  # the thread is still at it
            await engine.read(jpeg_bytes(lesion))
        while True:
            await asyncio.sleep(0.01)
            try:
                await engine.read(jpeg_bytes(lesion))
            except BusyError:
                continue
            except ReadTimeoutError:
                break
    finally:
        await engine.stop()


async def test_stopping_leaves_neither_thread_nor_process(models, lesion):
    engine = LocalEngine(models, threads=2)
    await engine.start()
    await engine.read(jpeg_bytes(lesion))
    await engine.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("photo")]
    assert not [
        child for child in psutil.Process().children() if "decoding_worker" in " ".join(child.cmdline())
    ]
    with pytest.raises(EngineError):
        await engine.read(jpeg_bytes(lesion))


async def test_a_damaged_release_refuses_the_start_by_name(models, tmp_path):
    write_tiny_release(tmp_path)
    (tmp_path / "vit.onnx").write_bytes(b"")
    engine = LocalEngine(tmp_path)
    with pytest.raises(ReleaseError, match=r"vit\.onnx is truncated or altered"):
        await engine.start()
    with pytest.raises(EngineError, match="not started"):
        _ = engine.versions


async def test_versions_say_what_a_score_depends_on(engine):
    versions = engine.versions
    assert (versions.pair, versions.cnn, versions.vit) == ("tiny-1", "tiny-cnn-1", "tiny-vit-1")
    assert versions.onnxruntime[0].isdigit()
    assert versions.pillow[0].isdigit()
    assert " " in versions.kernel_class


async def test_the_event_loop_turns_while_photos_are_read(engine, lesion):
    """Counts turns, not milliseconds: a loop that waited for a photo would make none."""
    reading = asyncio.gather(*(engine.read(jpeg_bytes(lesion)) for _ in range(6)))
    turns, start = 0, time.monotonic()
    while not reading.done() and time.monotonic() - start < 60:
        await asyncio.sleep(0)
        turns += 1
    await reading
    assert turns > 50


def skin_with(*spots, size=(800, 600)):
    """Plain skin with a round dark lesion for each (x, y, radius, grey)."""
    return jpeg_bytes(draw_spots(*spots, size=size), quality=95)


@pytest.fixture
async def finding_engine(tmp_path):
    write_tiny_release(tmp_path, finder=True)
    engine = LocalEngine(tmp_path, threads=2)
    await engine.start()
    yield engine
    await engine.stop()


async def test_a_lesion_is_found_and_read_by_its_crop(finding_engine):
    reading = await finding_engine.read(skin_with((600, 150, 40, 60)))
    (lesion,) = reading.findings.lesions
    assert (lesion.box.left, lesion.box.bottom) == pytest.approx((560, 190), abs=8)
    assert lesion.probability > 0.6, "the dark centre of the crop, far from the photo's middle"
    assert reading.findings.probability == lesion.probability
    assert set(reading.stages_ms) == {"decode", "gate", "find", "cnn", "vit"}
    assert finding_engine.versions.finder == "tiny-finder-1"
    (picture,) = reading.lesions
    assert picture.crop.width == pytest.approx(lesion.size_px / 0.7, abs=0.2)
    assert picture.evidence["cnn"].shape == (4, 4)
    assert reading.evidence == {}


async def test_size_and_place_in_the_frame_change_nothing(finding_engine):
    scores = [
        (await finding_engine.read(skin_with(spot))).findings.probability
        for spot in ((400, 300, 60, 90), (150, 450, 60, 90), (400, 300, 240, 90))
    ]
    assert max(scores) - min(scores) < 0.1


async def test_every_lesion_is_read_and_the_nearest_to_the_middle_is_chosen(finding_engine):
    reading = await finding_engine.read(
        skin_with((420, 300, 40, 110), (120, 120, 40, 40), (680, 480, 40, 80))
    )
    findings = reading.findings
    assert findings.lesion_count == 3
    assert findings.lesions[0].box.centre == pytest.approx((420, 300), abs=5)
    assert max(lesion.probability for lesion in findings.lesions[1:]) > findings.probability
    assert len(reading.lesions) == 3


async def test_a_network_may_see_less_of_the_crop_than_the_other(tmp_path):
    """What it sees is what it saw when that was the whole crop; its map covers the crop all the same."""
    readings = []
    for middle in (1.0, 0.8):
        directory = tmp_path / str(middle)
        write_tiny_release(directory, finder=True, cnn_middle=middle)
        pair = json.loads((directory / "pair.json").read_text())
        pair["finder"]["fill"] *= middle
        (directory / "pair.json").write_text(json.dumps(pair))
        engine = LocalEngine(directory, threads=2)
        await engine.start()
        readings.append(await engine.read(skin_with((400, 300, 80, 60))))
        await engine.stop()
    before, after = readings
    scores = [reading.findings.opinions[0].probability for reading in readings]
    assert scores[0] == pytest.approx(scores[1], abs=0.02)
    assert before.lesions[0].evidence["cnn"].shape == (4, 4)
    maps = after.lesions[0].evidence
    assert (maps["cnn"].shape, maps["vit"].shape) == ((40, 40), (7, 7))
    assert not maps["cnn"][:4].any()
    middle = maps["cnn"][4:36, 4:36].reshape(4, 8, 4, 8).sum(axis=(1, 3))
    assert middle == pytest.approx(before.lesions[0].evidence["cnn"], abs=0.08)
    assert after.lesions[0].crop.width == pytest.approx(before.lesions[0].crop.width / 0.8)


async def test_no_more_lesions_are_read_than_the_policy_allows(finding_engine):
    spots = [(100 + 200 * (at % 4), 150 + 300 * (at // 4), 40, 60) for at in range(7)]
    findings = (await finding_engine.read(skin_with(*spots))).findings
    assert (findings.lesion_count, len(findings.lesions)) == (7, 5)


async def test_boxes_are_in_pixels_of_the_file(finding_engine):
    reading = await finding_engine.read(skin_with((1200, 600, 200, 60), size=(2400, 1800)))
    (lesion,) = reading.findings.lesions
    assert reading.preview.shape == (900, 1200, 3)
    assert lesion.box.centre == pytest.approx((1200, 600), abs=15)
    assert lesion.size_px == pytest.approx(400, abs=30)
    assert reading.lesions[0].crop.centre == pytest.approx((600, 300), abs=8)


async def test_plain_skin_is_refused_and_scored_only_when_asked(finding_engine):
    """By its lack of contrast: the tiny networks take every photo for dermoscopic, which has a lesion."""
    data = skin_with()
    gated = (await finding_engine.read(data)).findings
    assert gated.gate == (Reason.QUALITY,)
    assert (gated.lesion_count, gated.probability) == (0, None)
    assert (await finding_engine.read(data, gate=False)).findings.probability is not None


async def test_a_lesion_of_few_pixels_gets_no_level_but_how_much_closer(finding_engine):
    findings = (await finding_engine.read(skin_with((400, 300, 17, 60)))).findings
    assert Reason.FEW_PIXELS in findings.gate
    assert 1.1 <= findings.closer_factor <= 1.5


async def test_lesions_have_the_same_scores_alone_and_among_others(finding_engine):
    data = skin_with((420, 300, 40, 110), (120, 120, 40, 40))
    alone = await finding_engine.read(data)
    crowd = await asyncio.gather(*(finding_engine.read(data) for _ in range(6)))
    assert all(reading.findings == alone.findings for reading in crowd)


@pytest.fixture
def parts(monkeypatch):
    """The parts that were decoded a second time."""
    asked = []
    decode_part = DecodePool.decode_part

    def spy(self, data, part):
        asked.append(part)
        return decode_part(self, data, part)

    monkeypatch.setattr(DecodePool, "decode_part", spy)
    return asked


@pytest.mark.parametrize(
    ("size", "radius", "count"),
    [((4000, 3000), 70, 1), ((2400, 1800), 400, 0), ((800, 600), 20, 0)],
)
async def test_only_a_small_lesion_on_a_large_photo_is_decoded_again(
    finding_engine, parts, size, radius, count
):
    """The networks take 64 px of a crop; a small one has 200 px in the file, 50 at working size."""
    spot = (size[0] // 3, size[1] // 3, radius, 60)
    findings = (await finding_engine.read(skin_with(spot, size=size))).findings
    assert findings.lesion_count == 1
    assert len(parts) == count
