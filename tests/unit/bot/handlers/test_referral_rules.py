"""When an answer is overdue, and what a crop keeps."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bot.handlers.referral_picture import crop_reading
from bot.handlers.referral_post import find_due
from inference.readings import PhotoReading, RiskLevel
from tests.unit.bot.answers.builders import readable

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
    cropped = crop_reading(reading, 60)
    assert cropped.preview.shape == (60, 120, 3)
    assert cropped.preview[30, 60].max() == 255
    assert cropped.evidence["cnn"].shape == (60, 120)
    assert cropped.evidence["cnn"][0, 0] > cropped.evidence["cnn"][-1, -1]
    assert crop_reading(reading, 100) is reading
