"""Quality is judged as the networks see a photo: by its frame, not by its pixels."""

from dataclasses import replace

import numpy as np
import pytest

from inference.photos import DecodedPhoto
from inference.policy import QualityLimits
from inference.quality import find_faults, measure_quality
from inference.readings import Quality, QualityFault
from tests.support.drawn import blur, darken, draw_lesion, draw_skin

LIMITS = QualityLimits()
GOOD = Quality(width_px=600, height_px=600, sharpness=1.4, brightness=0.6, contrast=0.4, glare=0.0)


def measure(pixels, limits=LIMITS):
    height, width = pixels.shape[:2]
    return measure_quality(DecodedPhoto(pixels=pixels, width_px=width, height_px=height), limits)


@pytest.fixture(scope="module")
def lesion():
    return draw_lesion(5, size_px=300)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["naevus", "melanoma"])
def test_a_drawn_lesion_has_no_fault(seed, kind):
    assert measure(draw_lesion(seed, size_px=300, kind=kind)).faults == ()


@pytest.mark.parametrize("skin", ["light", "medium", "dark"])
def test_no_skin_colour_is_a_fault(skin):
    assert measure(draw_lesion(1, size_px=300, skin=skin)).faults == ()


def test_a_round_black_frame_is_no_fault():
    assert measure(draw_lesion(1, size_px=300, frame="corners")).faults == ()


def test_sharpness_falls_with_every_step_of_blur(lesion):
    ladder = [measure(blur(lesion, radius_px=radius)).sharpness for radius in (0, 1.5, 3, 6, 12)]
    assert ladder == sorted(ladder, reverse=True)
    assert ladder[0] > 1.2
    assert ladder[-1] < 1.05


def test_sharpness_does_not_depend_on_contrast(lesion):
    faint = (lesion // 4 + 120).astype(np.uint8)
    assert measure(faint).sharpness == pytest.approx(measure(lesion).sharpness, abs=0.1)


def test_smooth_skin_is_not_blurred_for_being_smooth():
    assert QualityFault.BLURRED not in measure(draw_skin(2, size_px=300)).faults


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda photo: blur(photo, radius_px=15), QualityFault.BLURRED),
        (lambda photo: darken(photo, factor=0.03), QualityFault.TOO_DARK),
        (lambda photo: np.full_like(photo, 255), QualityFault.TOO_BRIGHT),
        (lambda photo: np.full_like(photo, 255), QualityFault.GLARE),
        (lambda photo: np.full_like(photo, 120), QualityFault.LOW_CONTRAST),
        (lambda photo: photo[::5, ::5], QualityFault.TOO_SMALL),
    ],
)
def test_each_defect_is_named(lesion, spoil, fault):
    assert fault in measure(spoil(lesion)).faults


def test_an_even_photo_is_measured_without_dividing_by_nothing():
    quality = measure(np.zeros((200, 100, 3), np.uint8))
    assert (quality.sharpness, quality.contrast, quality.brightness) == (1.0, 0.0, 0.0)


def test_too_small_is_told_by_the_shorter_side_in_the_file():
    wide = DecodedPhoto(pixels=np.full((20, 1024, 3), 99, np.uint8), width_px=5000, height_px=95)
    assert QualityFault.TOO_SMALL in measure_quality(wide, LIMITS).faults


@pytest.mark.parametrize(
    ("measure_name", "limit_name", "fault"),
    [
        ("sharpness", "min_sharpness", QualityFault.BLURRED),
        ("brightness", "min_brightness", QualityFault.TOO_DARK),
        ("contrast", "min_contrast", QualityFault.LOW_CONTRAST),
    ],
)
def test_a_value_on_its_limit_passes_and_one_below_is_named(measure_name, limit_name, fault):
    limits = replace(QualityLimits(), **{limit_name: 0.3})
    assert find_faults(replace(GOOD, **{measure_name: 0.3}), limits) == () or measure_name == "sharpness"
    assert fault in find_faults(replace(GOOD, **{measure_name: 0.2999}), limits)


def test_the_measures_of_one_photo_are_always_the_same(lesion):
    assert measure(lesion) == measure(lesion.copy())
