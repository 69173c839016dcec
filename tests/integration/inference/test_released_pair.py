"""The released networks on real photos and drawn ones, through the whole engine."""

import csv
from pathlib import Path

import numpy as np
import pytest

from inference.assessment import assess
from inference.local_engine import LocalEngine
from inference.readings import Context, RiskLevel
from inference.release import find_directory, load_release
from tests.support.drawn import draw_lesion, jpeg_bytes

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
PER_LABEL = 12

pytestmark = pytest.mark.weights
needs_release = pytest.mark.skipif(
    not (find_directory() / "pair.json").exists(),
    reason="no released pair in models/released",
)
needs_photos = pytest.mark.skipif(
    not SHARED.exists(), reason="the photos beside the checkout are missing: ../shared/data"
)


@pytest.fixture
async def engine():
    engine = LocalEngine(threads=2)
    await engine.start()
    yield engine
    await engine.stop()


@needs_release
def test_the_release_is_whole_and_says_what_it_is():
    release = load_release()
    assert release.version
    assert release.pair["metrics"]


@needs_release
async def test_the_same_photo_gives_the_same_scores_bit_for_bit(engine):
    data = jpeg_bytes(draw_lesion(1, size_px=300))
    first = await engine.read(data, gate=False)
    second = await engine.read(data, gate=False)
    assert first.findings == second.findings
    assert first.lesions
    for one, other in zip(first.lesions, second.lesions, strict=True):
        assert all(np.array_equal(one.evidence[name], other.evidence[name]) for name in ("cnn", "vit"))


@needs_release
@needs_photos
@pytest.mark.shared
async def test_real_photos_are_read_and_everyday_things_are_refused(engine):
    """Loose on purpose: how good the networks are is for the evaluation to say; this sees them work."""
    photos = _sample()
    levels = {label: [await _level(engine, path) for path in paths] for label, paths in photos.items()}
    assert levels["no_lesion"].count(RiskLevel.NOT_ASSESSABLE) >= 0.5 * len(levels["no_lesion"])
    for label in ("benign", "melanoma"):
        assert levels[label].count(RiskLevel.NOT_ASSESSABLE) <= 0.1 * len(levels[label])
    assert levels["melanoma"].count(RiskLevel.LOW) <= 0.1 * len(levels["melanoma"])
    assert levels["melanoma"].count(RiskLevel.HIGH) > levels["benign"].count(RiskLevel.HIGH)


async def _level(engine, path):
    reading = await engine.read(path.read_bytes())
    return assess([reading.findings], Context(), engine.release.policy).level


def _sample():
    with (SHARED / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for label in ("benign", "melanoma", "no_lesion"):
        paths = sorted(SHARED / row["file"] for row in rows if row["label"] == label)
        assert paths, f"no photo is labelled {label}"
        found[label] = paths[:: len(paths) // PER_LABEL][:PER_LABEL]
    return found
