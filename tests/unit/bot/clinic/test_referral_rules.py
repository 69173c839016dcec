"""When an answer is overdue, and what a crop keeps."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bot.clinic.facts import Cut, Details
from bot.clinic.picture import crop_reading
from bot.clinic.preview import find_due
from inference.readings import PhotoReading, RiskLevel
from tests.support.builders import readable

PARIS = ZoneInfo("Europe/Paris")


def march(day: int, hour: int) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=PARIS)


def services() -> Any:
    return SimpleNamespace(settings=SimpleNamespace(clinic=SimpleNamespace(zone=PARIS)))


@pytest.mark.parametrize(
    ("level", "asked", "due"),
    [
        (RiskLevel.HIGH, march(2, 10), march(3, 10)),  # a Monday
        (RiskLevel.HIGH, march(6, 15), march(9, 15)),  # over a weekend
        (RiskLevel.HIGH, march(7, 11), march(10, 0)),  # on a Saturday
        (RiskLevel.MODERATE, march(4, 9), march(9, 9)),
        (RiskLevel.LOW, march(2, 9), march(5, 9)),
        (RiskLevel.HIGH, march(27, 9), march(30, 9)),  # summer time begins
    ],
)
def test_working_days_are_counted_by_the_clinics_clock(
    level: RiskLevel, asked: datetime, due: datetime
) -> None:
    assert find_due(services(), level, asked_at=asked.astimezone(UTC)) == due


def test_a_crop_keeps_the_middle_of_photo_and_evidence() -> None:
    preview = np.zeros((100, 200, 3), np.uint8)
    preview[50, 100] = 255
    evidence = np.zeros((4, 4), np.float32)
    evidence[:2, :2] = 1.0
    reading = PhotoReading(
        findings=readable(0.9, 0.9), preview=preview, evidence={"cnn": evidence}, elapsed_ms=1.0
    )
    cropped = crop_reading(reading, Cut(percent=60))
    assert cropped.preview.shape == (60, 120, 3)
    assert cropped.preview[30, 60].max() == 255
    assert cropped.evidence["cnn"].shape == (60, 120)
    assert cropped.evidence["cnn"][0, 0] > cropped.evidence["cnn"][-1, -1]
    assert crop_reading(reading, Cut()) is reading


def test_a_crop_moves_to_each_edge_and_no_further() -> None:
    preview = np.arange(100 * 200, dtype=np.int32).reshape(100, 200)
    reading = PhotoReading(findings=readable(0.9, 0.9), preview=preview, evidence={}, elapsed_ms=1.0)
    form = Details(token="t", case_number="N-4F7K2M", crop=60)
    corners = {"lu": preview[0, 0], "ru": preview[0, 199], "ld": preview[99, 0], "rd": preview[99, 199]}
    for ways, corner in corners.items():
        moved = form
        for way in ways * 4:
            moved = moved.move(way)
        shown = crop_reading(reading, moved.cut).preview
        assert shown.shape == (60, 120)
        assert corner in (shown[0, 0], shown[0, -1], shown[-1, 0], shown[-1, -1])
    assert form.move("r").move("l").move("u").move("d") == form
    assert Details.load(form.move("r").dump()).cut == Cut(percent=60, right=1)
