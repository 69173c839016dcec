"""The card: right size, right level, evidence where it was found, every text inside, in French too."""

from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.cards.content import CardContent, CardOpinion, CardPhoto, CardWords, Gauge, compose_card, level_of
from bot.cards.draw import draw_card
from bot.cards.evidence import overlay_evidence
from bot.cards.gauge import gauge_position
from bot.cards.lettering import font_of, wrap_text
from bot.cards.palette import STYLES, WHITE
from bot.cards.shapes import level_mark
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
        "opinions": (
            CardOpinion(name="CNN", says="High", probability=0.9, evidence=a_map(1)),
            CardOpinion(name="ViT", says="High", probability=0.8, evidence=a_map(1)),
        ),
        "gauge": Gauge(probability=0.86, thresholds=THRESHOLDS, labels=LABELS),
        "legend": ("speaks for melanoma", "speaks against"),
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
    style = STYLES[level]
    assert contrast(WHITE, style.strong) >= 4.5


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
    content = a_card(RiskLevel.NOT_ASSESSABLE, opinions=(), gauge=None)
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


@pytest.mark.parametrize(
    ("probability", "level"),
    [(0.0, "low"), (0.199, "low"), (0.2, "moderate"), (0.599, "moderate"), (0.6, "high"), (1.0, "high")],
)
def test_a_threshold_belongs_to_the_level_that_it_begins(probability, level):
    assert level_of(probability, THRESHOLDS) == level


def test_a_case_is_composed_around_its_leading_photo():
    content = compose_card(
        (a_reading(0.1), a_reading(0.9)), an_assessment(RiskLevel.LOW, RiskLevel.HIGH), **composing()
    )
    assert content.leading.level is RiskLevel.HIGH
    assert content.gauge is not None
    assert content.gauge.probability == 0.9
    assert [opinion.name for opinion in content.opinions] == ["CNN", "ViT"]
    assert {opinion.says for opinion in content.opinions} == {"High"}


def test_a_gated_photo_is_composed_without_opinions_even_where_scores_were_asked_for():
    for reading in (a_reading(None), a_reading(0.9)):
        content = compose_card((reading,), an_assessment(RiskLevel.NOT_ASSESSABLE), **composing())
        assert content.opinions == ()
        assert content.gauge is None


def composing() -> dict:
    levels = {level: level.value.capitalize() for level in RiskLevel}
    words = CardWords(
        title="t", subtitle="s", note="n", disclaimer="d", levels=levels, legend=("for", "against")
    )
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
