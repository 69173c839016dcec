"""Photos of a lesion are turned and placed alike, and keep their sizes against one another."""

import io
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from bot.cards.side_by_side import (
    ComparedPhoto,
    ComparisonContent,
    LesionPhoto,
    cut_alike,
    draw_comparison,
    find_pose,
)
from bot.conversation.wording import dashed, plain
from inference.readings import RiskLevel
from tests.support.offline import TEXTS

SIDE = 300
PICTURES = Path(__file__).parents[4] / "test-results" / "cards"
SKIN, DARK, HEAD = (226, 186, 162), (80, 50, 40), (30, 20, 20)


def photograph(angle: float, *, size: tuple[int, int] = (900, 600), length: float = 200) -> LesionPhoto:
    """A long lesion, 0.4 times as wide, whose one end is darker, turned by `angle` degrees (clockwise)."""
    image = Image.new("RGB", size, SKIN)
    draw, middle = ImageDraw.Draw(image), (size[0] / 2 + 30, size[1] / 2 - 20)
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))

    def place(x: float, y: float) -> tuple[float, float]:
        return middle[0] + x * cos - y * sin, middle[1] + x * sin + y * cos

    turns = [2 * math.pi * step / 60 for step in range(60)]
    outline = tuple(place(math.cos(t) * length / 2, math.sin(t) * length * 0.2) for t in turns)
    draw.polygon(outline, fill=DARK)
    x, y = place(length * 0.33, 0)
    draw.ellipse((x - length * 0.1, y - length * 0.1, x + length * 0.1, y + length * 0.1), fill=HEAD)
    return LesionPhoto(preview=np.asarray(image), outline=outline)


def measure(tile: Image.Image | None) -> tuple[float, float, float, float]:
    """Where the lesion's middle is, how long it is across and down; in pixels of the tile."""
    assert tile is not None
    rows, columns = np.nonzero(np.asarray(tile.convert("L")) < 70)
    across, down = np.ptp(columns), np.ptp(rows)
    return float(columns.min() + across / 2), float(rows.min() + down / 2), float(across), float(down)


@pytest.mark.parametrize("angle", [0, 20, 110, 245, 300])
@pytest.mark.parametrize("size", [(900, 600), (600, 900), (1279, 500)])
def test_whatever_way_it_lay_it_lies_level_in_the_middle(angle: float, size: tuple[int, int]) -> None:
    photo = photograph(angle, size=size)
    (tile,) = cut_alike([photo], SIDE)
    x, y, across, down = measure(tile)
    assert (x, y) == pytest.approx((SIDE / 2, SIDE / 2), abs=4)
    assert down == pytest.approx(0.4 * across, rel=0.12)


@pytest.mark.parametrize("angle", [30, 170, 210, 330])
def test_the_same_end_is_on_the_same_side(angle: float) -> None:
    tiles = cut_alike([photograph(25), photograph(angle)], SIDE)
    heads = [np.nonzero(np.asarray(tile.convert("L")) < 35)[1].mean() > SIDE / 2 for tile in tiles if tile]
    assert heads[0] == heads[1]


def test_sizes_against_one_another_are_kept() -> None:
    small, large = cut_alike([photograph(20, length=120), photograph(80, length=240)], SIDE)
    assert measure(large)[2] == pytest.approx(2 * measure(small)[2], rel=0.08)


def test_a_round_lesion_and_one_without_outline_are_not_turned() -> None:
    turns = [2 * math.pi * step / 60 for step in range(60)]
    preview = np.zeros((400, 500, 3), np.uint8)
    circle = tuple((250 + 80 * math.cos(t), 200 + 80 * math.sin(t)) for t in turns)
    assert find_pose(LesionPhoto(preview=preview, outline=circle)).turn == 0
    pose = find_pose(LesionPhoto(preview=preview, outline=()))
    assert (pose.centre, pose.turn) == ((250, 200), 0)


@pytest.mark.parametrize("language", TEXTS.languages)
@pytest.mark.parametrize("count", [2, 3])
def test_the_picture_has_room_for_every_word(language: str, count: int) -> None:
    def say(message_id: str) -> str:
        return plain(TEXTS.get(language, message_id))

    photos = (photograph(20), None, photograph(245, size=(600, 900), length=260))
    names = ("comparison-first", "comparison-previous", "comparison-latest")
    columns = [
        ComparedPhoto(photo=photo, name=say(name), date="30 septembre 2026", level=level)
        for photo, name, level in zip(
            photos, names, (RiskLevel.LOW, RiskLevel.HIGH, RiskLevel.NOT_ASSESSABLE), strict=True
        )
    ]
    content = ComparisonContent(
        title="quiet harbour",
        photos=tuple(columns[-count:]),
        levels={level: say("card-level-" + dashed(level)) for level in RiskLevel},
        unavailable=say("comparison-unavailable"),
        not_to_scale=say("comparison-not-to-scale"),
        disclaimer=say("card-disclaimer"),
    )
    picture = draw_comparison(content)
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"side-by-side-{language}-{count}.jpg").write_bytes(picture)
    image = Image.open(io.BytesIO(picture))
    assert image.width == 1536
    assert not image.getexif()
    assert len(picture) < 1_000_000
