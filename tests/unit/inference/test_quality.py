"""Quality is judged as the networks see a photo: by its frame, not by its pixels."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

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


def tone(photo, *, dark=(0, 0, 0), light=(255, 255, 255)):
    """The photo in one hue: from `dark` to `light` by its luminance."""
    grey = (photo @ np.array([0.299, 0.587, 0.114]) / 255)[..., None]
    return np.round((1 - grey) * np.array(dark) + grey * np.array(light)).astype(np.uint8)


def pack(photo, quality=85):
    buffer = io.BytesIO()
    Image.fromarray(photo).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(io.BytesIO(buffer.getvalue())))


@pytest.mark.parametrize(
    "dress",
    [
        tone,
        lambda photo: tone(photo, light=(250, 242, 228)),  # paper under a lamp
        lambda photo: tone(photo, dark=(20, 5, 0), light=(255, 235, 190)),  # sepia
        lambda photo: tone(photo, dark=(0, 10, 60), light=(230, 245, 255)),  # a cold filter
        lambda photo: tone(photo, dark=(0, 40, 10), light=(160, 255, 170)),  # a night camera
        lambda photo: np.clip(
            tone(photo) + np.random.default_rng(0).normal(0, 4, photo.shape), 0, 255
        ).astype(np.uint8),
    ],
    ids=["grey", "warm", "sepia", "cold", "green", "noise"],
)
@pytest.mark.parametrize("kind", ["naevus", "melanoma"])
def test_a_photo_without_colours_is_named(dress, kind):
    photo = dress(draw_lesion(4, size_px=600, kind=kind))
    assert QualityFault.NO_COLOUR in measure(photo).faults
    assert QualityFault.NO_COLOUR in measure(pack(photo)).faults


@pytest.mark.parametrize("skin", ["light", "rosy", "medium", "dark"])
@pytest.mark.parametrize("light", [1.0, 0.5, 0.3])
def test_a_pale_lesion_in_any_light_has_colours(skin, light):
    skin_pixels, lesion = draw_skin(6, size_px=600, skin=skin), draw_lesion(6, size_px=600, skin=skin)
    pale = (0.7 * skin_pixels + 0.3 * lesion) * light
    photo = pack(np.round(pale).astype(np.uint8), quality=75)
    assert QualityFault.NO_COLOUR not in measure(photo).faults


def test_a_quality_that_was_recorded_without_colour_has_no_fault_for_it():
    assert find_faults(replace(GOOD, colour=None), LIMITS) == ()


@pytest.mark.parametrize(
    ("measure_name", "limit_name", "fault"),
    [
        ("sharpness", "min_sharpness", QualityFault.BLURRED),
        ("brightness", "min_brightness", QualityFault.TOO_DARK),
        ("contrast", "min_contrast", QualityFault.LOW_CONTRAST),
        ("colour", "min_colour", QualityFault.NO_COLOUR),
    ],
)
def test_a_value_on_its_limit_passes_and_one_below_is_named(measure_name, limit_name, fault):
    limits = replace(QualityLimits(), **{limit_name: 0.3})
    assert find_faults(replace(GOOD, **{measure_name: 0.3}), limits) == () or measure_name == "sharpness"
    assert fault in find_faults(replace(GOOD, **{measure_name: 0.2999}), limits)


def test_the_measures_of_one_photo_are_always_the_same(lesion):
    assert measure(lesion) == measure(lesion.copy())
