"""The picture of a referral's card: in the clinic's language, cropped as the sender wants."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bot.answers.card import render_card
from bot.answers.cases import CaseView
from bot.answers.wording import Wording
from bot.context import Services
from inference.readings import PhotoReading


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is drawn: the case as it stands, its photos, and how much of each photo is shown (per cent)."""

    view: CaseView
    readings: Sequence[PhotoReading]
    crop: int


async def draw_card_picture(services: Services, sight: Sight, *, wording: Wording, at: Any) -> bytes:
    """The card as a JPEG without metadata, drawn off the event loop."""
    readings = [crop_reading(each, sight.crop) for each in sight.readings]
    return await asyncio.to_thread(
        render_card,
        sight.view,
        readings,
        thresholds=services.release.policy.thresholds,
        wording=wording,
        at=at,
    )


def crop_reading(reading: PhotoReading, percent: int) -> PhotoReading:
    """The middle of a photo and of its evidence; `percent` of each side stays."""
    if percent >= 100:
        return reading
    height, width = reading.preview.shape[:2]
    return replace(
        reading,
        preview=_middle(reading.preview, percent),
        evidence={
            name: _middle(_enlarge(evidence, (width, height)), percent)
            for name, evidence in reading.evidence.items()
        },
    )


def _middle(pixels: NDArray[Any], percent: int) -> NDArray[Any]:
    height, width = pixels.shape[:2]
    top, left = (round(side * (100 - percent) / 200) for side in (height, width))
    return np.ascontiguousarray(pixels[top : height - top, left : width - left])


def _enlarge(evidence: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Evidence is coarse: a crop must not fall between its cells."""
    image = Image.fromarray(evidence.astype(np.float32))
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR), dtype=np.float32)
