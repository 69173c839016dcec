"""The picture of a referral's card: in the clinic's language, cropped as the sender wants."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bot.cases.card import render_card
from bot.cases.view import CaseView
from bot.clinic.cuts import WHOLE, Cut, cut_closely, cut_pixels, span_of
from bot.clinic.facts import Details
from bot.conversation.context import Services
from bot.conversation.wording import Wording
from inference.boxes import Box
from inference.readings import LesionPicture, PhotoReading


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The content of the picture: the case, its photos, and the part of each photo that is shown."""

    view: CaseView
    readings: Sequence[PhotoReading]
    cuts: Sequence[Cut]


async def draw_card_picture(services: Services, sight: Sight, *, wording: Wording, at: Any) -> bytes:
    """The card as a JPEG without metadata, drawn off the event loop."""
    readings = [crop_reading(each, cut) for each, cut in zip(sight.readings, sight.cuts, strict=True)]
    return await asyncio.to_thread(
        render_card,
        sight.view,
        readings,
        thresholds=services.release.policy.for_domain(sight.view.leading.findings.domain).thresholds,
        wording=wording,
        at=at,
    )


def find_cuts(details: Details, readings: Sequence[PhotoReading]) -> list[Cut]:
    """The part of each photo that the clinic sees; the sender saw the first ones in a preview."""
    seen = len(readings) if details.photos is None else details.photos
    later = [cut_closely(reading, details.cut) for reading in readings[seen:]]
    return [details.cut] * (len(readings) - len(later)) + later


def crop_reading(reading: PhotoReading, cut: Cut) -> PhotoReading:
    """The same part of a photo and of its evidence."""
    if cut.percent >= WHOLE.percent:
        return reading
    height, width = reading.preview.shape[:2]
    return replace(
        reading,
        preview=cut_pixels(reading.preview, cut),
        evidence={
            name: cut_pixels(_enlarge(evidence, (width, height)), cut)
            for name, evidence in reading.evidence.items()
        },
        lesions=tuple(_move(lesion, cut, (width, height)) for lesion in reading.lesions),
    )


def _move(lesion: LesionPicture, cut: Cut, size: tuple[int, int]) -> LesionPicture:
    """A lesion in pixels of the part of the photo that is shown."""
    left = span_of(size[0], cut.percent, steps=cut.right).start
    top = span_of(size[1], cut.percent, steps=cut.down).start
    box = lesion.crop
    return replace(
        lesion,
        crop=Box(box.left - left, box.top - top, box.right - left, box.bottom - top),
        outline=tuple((x - left, y - top) for x, y in lesion.outline),
    )


def _enlarge(evidence: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Evidence is coarse: a crop must not fall between its cells."""
    image = Image.fromarray(evidence.astype(np.float32))
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR), dtype=np.float32)
