"""The card: right size, right level, evidence where it was found, every text inside, in French too."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.cards.content import CardContent, CardPhoto, CardWords, Gauge, compose_card
from bot.cards.draw import NOTE_PX, SMALL_PX, draw_card
from bot.cards.evidence import overlay_evidence
from bot.cards.gauge import gauge_position
from bot.cards.lettering import fit_font, font_of, wrap_text
from bot.cards.maps import MapContent, draw_map
from bot.cards.outlines import draw_outlines, mask_of
from bot.cards.palette import INK, PAPER, SOFT_INK, STYLES, WHITE
from bot.cards.photos import Room, fit_photo
from bot.cards.shapes import level_mark
from bot.cards.timeline import TimelineContent, TimelinePoint, draw_timeline
from inference.policy import Thresholds
from inference.readings import (
    Assessment,
    Domain,
    OpinionFindings,
    PhotoFindings,
    PhotoReading,
    Quality,
    Reason,
    RiskLevel,
)

THRESHOLDS = Thresholds(moderate=0.2, high=0.6, malignant_moderate=0.3, malignant_high=0.7)
LABELS = ("Low", "Moderate", "High")
PHOTO = np.full((240, 320, 3), (214, 170, 150), np.uint8)


def a_map(sign: float) -> np.ndarray:
    evidence = np.zeros((7, 7), np.float32)
    evidence[2:5, 2:5] = sign
    return evidence


def a_card(level: RiskLevel = RiskLevel.HIGH, **changes) -> CardContent:
    fields = {
        "level": level,
        "title": "High risk",
        "subtitle": "Case N-4F7K2 · 23 November 2026",
        "photos": (CardPhoto(preview=PHOTO, level=level),),
        "leading_photo": 0,
        "note": "Both classifiers agree.",
        "disclaimer": "Research prototype, not a medical device. The clinician decides.",
        "gauge": Gauge(probability=0.86, thresholds=THRESHOLDS, labels=LABELS),
    }
    return CardContent(**(fields | changes))


def opened(card: bytes) -> Image.Image:
    return Image.open(BytesIO(card))


@pytest.mark.parametrize("level", list(RiskLevel))
def test_every_level_gives_a_jpeg_that_telegram_passes_on_unscaled(level):
    picture = opened(draw_card(a_card(level)))
    assert picture.format == "JPEG"
    assert picture.width == 1024
    assert picture.height <= 1280
    assert not picture.getexif()


@pytest.mark.parametrize("level", list(RiskLevel))
def test_the_header_is_in_the_colour_of_the_level(level):
    corner = opened(draw_card(a_card(level))).convert("RGB").getpixel((1000, 10))
    assert np.allclose(corner, STYLES[level].strong, atol=6)


def test_levels_differ_by_shape_and_not_by_colour_alone():
    outlines = [level_mark(level, 64).getchannel("A").tobytes() for level in RiskLevel]
    assert len(set(outlines)) == len(RiskLevel)


@pytest.mark.parametrize("level", list(RiskLevel))
def test_words_on_a_level_colour_have_enough_contrast(level):
    assert contrast(WHITE, STYLES[level].strong) >= 4.5
    assert contrast(STYLES[level].strong, PAPER) >= 3


@pytest.mark.parametrize("chat", [(255, 255, 255), (230, 235, 238), (14, 22, 33), (0, 0, 0)])
def test_the_card_stands_out_in_a_light_chat_and_glares_in_no_dark_one(chat):
    """Words have a contrast of 7 to 1 on the ground; the ground is never the bright part of a chat."""
    assert contrast(INK, PAPER) >= 7
    assert contrast(SOFT_INK, PAPER) >= 7
    assert luminance(PAPER) <= 0.02
    assert contrast(PAPER, chat) >= 7 or luminance(chat) <= luminance(PAPER)


@pytest.mark.parametrize("shape", [(1200, 400), (400, 1200), (768, 1024), (64, 64), (16, 1600), (1600, 16)])
@pytest.mark.parametrize("photos", [1, 2, 10])
def test_every_shape_of_photo_and_size_of_album_fits(shape, photos):
    preview = np.zeros((*shape, 3), np.uint8)
    content = a_card(
        photos=(CardPhoto(preview=preview, level=RiskLevel.LOW),) * photos,
        leading_photo=photos - 1,
        note="wort " * 60,
        disclaimer="word " * 120,
        title="Risque " * 12,
    )
    assert opened(draw_card(content)).height <= 1280


def test_a_card_that_is_not_assessable_shows_the_photo_alone():
    content = a_card(RiskLevel.NOT_ASSESSABLE, gauge=None)
    picture = np.asarray(opened(draw_card(content)).convert("RGB")).astype(int)
    middle = picture[200 : picture.shape[0] - 200, 100:-100]
    assert np.abs(middle - np.array(PHOTO[0, 0])).max(axis=-1).mean() < 40
    assert picture.shape[0] > 700


def test_evidence_for_melanoma_turns_amber_and_evidence_against_turns_blue():
    grey = Image.new("L", (140, 140), 128)
    red, _, blue = np.asarray(overlay_evidence(grey, a_map(1)))[70, 70].astype(int)
    assert red > blue + 60
    red, _, blue = np.asarray(overlay_evidence(grey, a_map(-1)))[70, 70].astype(int)
    assert blue > red + 60


def test_evidence_stays_where_it_was_found():
    evidence = np.zeros((8, 8), np.float32)
    evidence[0:2, 6:8] = 1
    picture = np.asarray(overlay_evidence(Image.new("L", (160, 160), 128), evidence)).astype(int)
    coloured = np.abs(picture[..., 0] - picture[..., 2]) > 40
    assert coloured[:40, 120:].mean() > 0.5
    assert coloured[80:, :80].mean() == 0


@pytest.mark.parametrize("evidence", [np.zeros((7, 7)), np.full((7, 7), np.nan), np.full((1, 1), 3.0)])
def test_an_empty_or_broken_map_never_stops_the_card(evidence):
    pane = overlay_evidence(Image.new("L", (90, 60), 90), evidence.astype(np.float32))
    assert pane.size == (90, 60)


def test_weak_evidence_is_not_blown_up_beside_strong_evidence_of_the_other_sign():
    evidence = a_map(-1)
    evidence[0, 0] = 0.05
    corner = np.asarray(overlay_evidence(Image.new("L", (140, 140), 128), evidence))[4, 4].astype(int)
    assert abs(corner[0] - corner[2]) < 20


@pytest.mark.parametrize("sign", [1, -1])
def test_what_all_places_share_hides_no_place_that_says_more(sign):
    """A transformer's map: every place speaks for one side, the corners are not seen."""
    evidence = np.full((8, 8), 0.8 * sign, np.float32)
    evidence[3:5, 3:5] = 1.2 * sign
    evidence[[0, 0, 7, 7], [0, 7, 0, 7]] = 0
    picture = np.asarray(overlay_evidence(Image.new("L", (160, 160), 128), evidence)).astype(int)
    coloured = np.abs(picture[..., 0] - picture[..., 2]) > 40
    assert coloured[64:96, 64:96].mean() > 0.9
    assert coloured[:40].mean() == 0
    assert coloured[:, 120:].mean() == 0


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_score_never_stands_further_left(one, other):
    gauge = Gauge(probability=0.5, thresholds=THRESHOLDS, labels=LABELS)
    low, high = sorted((one, other))
    assert 0 <= gauge_position(low, gauge) <= gauge_position(high, gauge) <= 1


def test_thresholds_stand_between_the_fields():
    gauge = Gauge(probability=0.5, thresholds=THRESHOLDS, labels=LABELS)
    assert gauge_position(THRESHOLDS.moderate, gauge) == pytest.approx(1 / 3)
    assert gauge_position(THRESHOLDS.high, gauge) == pytest.approx(2 / 3)


def test_no_letter_is_smaller_than_11_px_on_a_screen_of_320():
    for text in ("x", "Risque intermédiaire " * 9):
        for weight in ("Regular", "SemiBold", "Bold"):
            assert fit_font(text, weight=weight, size_px=72, width_px=300).size * 320 / 1024 >= 11
    assert min(NOTE_PX, SMALL_PX) * 320 / 1024 >= 11


def test_a_photo_is_as_wide_as_the_card_or_as_high_as_its_room():
    room = Room(left=0, top=0, width=1024, height=700)
    assert fit_photo(np.zeros((960, 1280, 3), np.uint8), room) == (933, 700)
    assert fit_photo(np.zeros((640, 1280, 3), np.uint8), room) == (1024, 512)
    assert fit_photo(np.zeros((1280, 960, 3), np.uint8), room) == (525, 700)
    assert fit_photo(np.zeros((650, 650, 3), np.uint8), room) == (650, 650), "nearly as large: not resized"


SQUARE = ((40.0, 30.0), (280.0, 30.0), (280.0, 210.0), (40.0, 210.0))


def test_an_outline_is_drawn_where_the_lesion_is_and_nowhere_else():
    plain, outlined = (
        np.asarray(
            opened(draw_card(a_card(photos=(CardPhoto(preview=PHOTO, level=RiskLevel.HIGH, outlines=each),))))
        )
        for each in ((), (SQUARE,))
    )
    changed = np.abs(plain.astype(int) - outlined.astype(int)).max(axis=-1) > 60
    rows, columns = np.nonzero(changed)
    height, width = photo_size(plain)
    left = (1024 - width) // 2
    assert columns.min() == pytest.approx(left + width * 40 / 320, abs=8)
    assert columns.max() == pytest.approx(left + width * 280 / 320, abs=8)
    assert rows.max() - rows.min() == pytest.approx(height * 180 / 240, abs=12)
    assert not changed[(rows.min() + rows.max()) // 2, 1024 // 2]


def photo_size(card: np.ndarray) -> tuple[int, int]:
    """Height and width of the photo on a card, found by its colour."""
    skin = np.abs(card.astype(int) - PHOTO[0, 0]).max(axis=-1) < 12
    rows, columns = np.nonzero(skin)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def test_several_outlines_are_numbered_inside_the_photo():
    photo = Image.new("RGB", (320, 240), (200, 160, 140))
    one, two = photo.copy(), photo.copy()
    corner = ((0.0, 0.0), (60.0, 0.0), (60.0, 60.0))
    draw_outlines(one, [SQUARE])
    draw_outlines(two, [SQUARE, corner])
    difference = np.abs(np.asarray(one).astype(int) - np.asarray(two)).max(axis=-1) > 60
    assert difference[2:50, 2:50].mean() > 0.3, "the second one's number"
    assert difference[10:60, 20:70].mean() > 0.3, "the first one's number"


@pytest.mark.parametrize("outlines", [(), (SQUARE,)])
@pytest.mark.parametrize("shape", [(240, 320), (1280, 640), (1, 900)])
def test_a_map_is_as_wide_as_the_card_whatever_the_photo(shape, outlines):
    content = MapContent(
        title="Case N-4F7K2M: " * 9,
        preview=np.full((*shape, 3), 180, np.uint8),
        evidence=a_map(1),
        legend=("speaks for melanoma", "speaks against"),
        outlines=outlines,
    )
    picture = opened(draw_map(content))
    assert picture.width == 1024
    assert picture.height <= 1280
    assert not picture.getexif()


def test_a_map_is_clipped_to_the_lesion_and_its_rim():
    """Evidence everywhere; without an outline all of it is painted, with one only the lesion's."""
    everywhere = np.ones((8, 8), np.float32)
    everywhere[:, 6:] = -1
    mask = mask_of((320, 240), [((120.0, 90.0), (200.0, 90.0), (200.0, 150.0), (120.0, 150.0))])
    grey = Image.new("L", (320, 240), 128)
    whole, clipped = (
        np.asarray(overlay_evidence(grey, everywhere, each)).astype(int) for each in (None, mask)
    )
    coloured = [np.abs(each[..., 0] - each[..., 2]) > 40 for each in (whole, clipped)]
    assert coloured[0][200:, 280:].mean() == 1
    assert coloured[1][95:145, 125:195].mean() == 1
    assert coloured[1][:60].mean() == coloured[1][200:].mean() == 0


def test_the_typeface_has_every_sign_of_french():
    nothing = bytes(font_of("Regular", 40).getmask("\U0001f600"))
    for letter in "àâæçéèêëîïôœùûüÿÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸ«»’–—…·°%€≥≤":
        assert bytes(font_of("Regular", 40).getmask(letter)) != nothing, letter


@given(st.lists(st.text("abcdeéœ", min_size=1, max_size=12), min_size=1, max_size=40).map(" ".join))
def test_wrapped_lines_fit_and_lose_no_word_unless_cut(text):
    font = font_of("Regular", 25)
    lines = wrap_text(text, font=font, width_px=400, max_lines=3)
    assert len(lines) <= 3
    assert all(font.getlength(line) <= 400 for line in lines)
    assert " ".join(lines) == text or lines[-1].endswith("…")


def test_a_case_is_composed_around_its_leading_photo():
    content = compose_card(
        (a_reading(0.1), a_reading(0.9)), an_assessment(RiskLevel.LOW, RiskLevel.HIGH), **composing()
    )
    assert content.leading.level is RiskLevel.HIGH
    assert content.gauge is not None
    assert content.gauge.probability == 0.9


def test_a_gated_photo_has_no_gauge_even_where_scores_were_asked_for():
    for reading in (a_reading(None), a_reading(0.9)):
        content = compose_card((reading,), an_assessment(RiskLevel.NOT_ASSESSABLE), **composing())
        assert content.gauge is None


def test_a_raised_level_has_neither_gauge_nor_levels_of_photos():
    raised = replace(
        an_assessment(RiskLevel.LOW, RiskLevel.HIGH), reasons=(Reason.RED_FLAG, Reason.SCORE_LOW)
    )
    content = compose_card((a_reading(0.1), a_reading(0.1)), raised, **composing())
    assert content.gauge is None
    assert [photo.level for photo in content.photos] == [None, None]


def composing() -> dict:
    levels = {level: level.value.capitalize() for level in RiskLevel}
    words = CardWords(title="t", subtitle="s", note="n", disclaimer="d", levels=levels)
    return {"thresholds": THRESHOLDS, "words": words}


def an_assessment(*levels: RiskLevel) -> Assessment:
    return Assessment(
        level=levels[-1],
        model_level=levels[-1],
        reasons=(Reason.SCORE_HIGH,),
        photo_levels=levels,
        leading_photo=len(levels) - 1,
    )


def a_reading(probability: float | None) -> PhotoReading:
    names = () if probability is None else ("cnn", "vit")
    opinions = tuple(
        OpinionFindings(classifier=name, probability=probability, malignant_probability=probability)
        for name in names
    )
    findings = PhotoFindings(
        quality=Quality(width_px=320, height_px=240, sharpness=1, brightness=0.5, contrast=0.2, glare=0),
        domain=Domain.DERMOSCOPIC,
        domain_probabilities={Domain.DERMOSCOPIC: 1.0},
        gate=(),
        opinions=opinions,
        probability=probability,
        malignant_probability=probability,
    )
    return PhotoReading(
        findings=findings, preview=PHOTO, evidence={name: a_map(1) for name in names}, elapsed_ms=1
    )


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """WCAG 2 contrast ratio of two sRGB colours."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: tuple[int, int, int]) -> float:
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def test_the_marks_of_the_levels_fill_one_more_bar_each():
    bars = [STYLES[level].bars for level in (RiskLevel.LOW, RiskLevel.MODERATE, RiskLevel.HIGH)]
    assert all(later == earlier + 1 for earlier, later in pairwise(bars))


def test_the_dates_of_a_timeline_stay_inside_the_picture():
    days = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 20)]
    points = [
        TimelinePoint(at=at, level=RiskLevel.LOW, date="20 septembre 2026", number="N-1") for at in days
    ]
    content = TimelineContent(
        title="t", points=tuple(points), levels=dict.fromkeys(RiskLevel, "x"), disclaimer="d"
    )
    edge = np.asarray(opened(draw_timeline(content)).convert("RGB"))[140:, -20:].astype(int)
    assert np.abs(edge - PAPER).max() < 30
