"""When an answer is overdue, and what a crop keeps."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson
import pytest

from bot.clinic.cuts import WHOLE, Cut, cut_around
from bot.clinic.facts import Details
from bot.clinic.picture import crop_reading, find_cuts
from bot.clinic.preview import find_due
from inference.boxes import Box
from inference.readings import LesionPicture, PhotoReading, RiskLevel
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


@pytest.mark.parametrize(
    ("box", "like", "shown"),
    [
        (None, Cut(percent=60, right=2), Cut(percent=60)),
        (Box(0.45, 0.45, 0.55, 0.55), Cut(percent=60, right=-2), Cut(percent=60)),
        (Box(0.0, 0.8, 0.2, 1.0), Cut(percent=60), Cut(percent=60, right=-2, down=2)),
        (Box(0.3, 0.2, 0.4, 0.3), Cut(percent=80), Cut(percent=80, right=-2, down=-2)),
        (Box(0.15, 0.4, 0.85, 0.6), Cut(percent=60), Cut(percent=80)),  # too wide for 60 %
        (Box(0.05, 0.4, 0.95, 0.6), Cut(percent=60), WHOLE),
        (Box(0.45, 0.45, 0.55, 0.55), WHOLE, WHOLE),
    ],
)
def test_a_photo_that_comes_later_is_cut_around_its_lesion(box: Box | None, like: Cut, shown: Cut) -> None:
    assert cut_around(box, like) == shown


def test_only_photos_that_the_preview_did_not_show_are_cut_around_their_lesions() -> None:
    outline = ((0.0, 80.0), (20.0, 80.0), (20.0, 100.0), (0.0, 100.0))
    lesion = LesionPicture(crop=Box(0, 70, 30, 100), outline=outline, evidence={})
    reading = PhotoReading(
        findings=readable(0.9, 0.9),
        preview=np.zeros((100, 200, 3), np.uint8),
        evidence={},
        elapsed_ms=1.0,
        lesions=(lesion,),
    )
    form = Details(token="t", case_number="N-4F7K2M", crop=60, right=1, photos=1)
    around = Cut(percent=60, right=-2, down=2)
    assert find_cuts(form, [reading, reading]) == [form.cut, around]
    assert find_cuts(replace(form, photos=None), [reading, reading]) == [form.cut, form.cut]


def test_a_form_of_a_newer_version_is_read() -> None:
    form = Details(token="t", case_number="N-4F7K2M", crop=60)
    newer = orjson.dumps({**orjson.loads(form.dump()), "asked_in_2027": True})
    assert Details.load(newer) == form
