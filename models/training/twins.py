"""Twins: two files of one shot, cropped or scaled otherwise, that lie in different parts of the split.

Published sets overlap, and their tables do not show where: one archive's melanomas are another's, cropped.
Candidates look alike when small, whichever middle part of the second one is compared; the fine detail decides
(hairs, bubbles, dots: what two photos of two lesions never share). The result is in `twins.csv`.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from models.training.photos import TWINS, LabelledPhoto, Source, split_photos

COLUMNS: Final = ("file", "twin", "likeness")
ALIKE: Final = 0.8  # correlation of the small pictures from which the detail is looked at
SAME: Final = 0.55  # of the detail: see models/EXPERIMENTS.md
_SMALL_PX, _FINE_PX = 32, 128
_SHARES: Final = (1.0, 0.9, 0.83, 0.75, 0.67, 0.6)  # of width or height that a crop may have kept
_CROPS: Final = tuple((across, down) for across in _SHARES for down in _SHARES if down >= across - 0.01)
_NEAR: Final = (0.95, 1.0, 1.05)
_CANDIDATES: Final = 12  # in other colours a twin was ninth
_BATCH: Final = 400
_DARK: Final = 25  # grey of a dermatoscope's ring, at most

Box = tuple[float, float, float, float]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A photo that shows the shot of another one; `likeness` is the correlation of their detail, 0 to 1."""

    photo: LabelledPhoto
    twin: LabelledPhoto
    likeness: float


def find_twins(photos: Sequence[LabelledPhoto], others: Sequence[LabelledPhoto]) -> Iterator[Twin]:
    """The best twin among `others` of each of `photos` that has one. About 5 ms a photo of the others."""
    if not photos or not others:
        return
    wanted = np.stack([_look(photo.path, [(1.0, 1.0)])[0] for photo in photos])
    best = [np.zeros((len(photos), 0), np.float32)]
    crops = [np.zeros((len(photos), 0), np.int64)]
    for at in range(0, len(others), _BATCH):
        part = np.stack([_look(other.path, _CROPS) for other in others[at : at + _BATCH]])
        alike = np.einsum("pd,ocd->poc", wanted, part, optimize=True)
        crops.append(alike.argmax(axis=2))
        best.append(alike.max(axis=2))
    likeness, crop = np.concatenate(best, axis=1), np.concatenate(crops, axis=1)
    for row, photo in enumerate(photos):
        order = np.argsort(-likeness[row])[:_CANDIDATES]
        found = [
            Twin(
                photo=photo,
                twin=others[place],
                likeness=compare_detail(photo.path, others[place].path, _CROPS[crop[row, place]]),
            )
            for place in order
            if likeness[row, place] >= ALIKE
        ]
        if found and (closest := max(found, key=lambda each: each.likeness)).likeness >= SAME:
            yield closest


def compare_detail(photo: Path, other: Path, crop: tuple[float, float]) -> float:
    """The highest correlation of the photo's detail with that of such a middle part of the other, shifted."""
    wanted = _detail(photo, (1.0, 1.0))
    peaks = []
    for across in _NEAR:
        for down in _NEAR:
            part = _detail(other, (min(crop[0] * across, 1.0), min(crop[1] * down, 1.0)))
            peaks.append(np.fft.irfft2(wanted * np.conj(part), s=(_FINE_PX, _FINE_PX)).max())
    return float(max(peaks))


def list_twins(photos: Sequence[LabelledPhoto], *, folds: int, seed: int) -> list[Twin]:
    """Of the held-out photos in all others, and of the validation photos in those that train."""
    train, validation, held = (
        [photo for photo in part if photo.source not in (Source.OBJECTS, Source.SKIN)]
        for part in split_photos(list(photos), folds=folds, seed=seed, twins=frozenset())
    )
    return [*find_twins(held, [*train, *validation]), *find_twins(validation, train)]


def write_twins(twins: Sequence[Twin], file: Path = TWINS) -> None:
    """Write the list, by the names that the photos' table has."""
    with file.open("w", newline="", encoding="utf-8") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(COLUMNS)
        for each in sorted(twins, key=lambda each: each.photo.name):
            writer.writerow([each.photo.name, each.twin.name, f"{each.likeness:.2f}"])


def _look(path: Path, crops: Sequence[tuple[float, float]]) -> Floats:
    """(crops, values) small colour pictures of middle parts: mean 0 in each channel, length 1."""
    image, inner = _open(path)
    pictures = []
    for crop in crops:
        small = image.resize((_SMALL_PX,) * 2, Image.Resampling.BOX, box=_middle(inner, crop))
        values = np.asarray(small, np.float32)[_disc()]
        values = values - values.mean(axis=0)
        pictures.append(values.ravel() / (np.linalg.norm(values) + 1e-6))
    return np.stack(pictures)


def _detail(path: Path, crop: tuple[float, float]) -> NDArray[np.complexfloating]:
    """The spectrum of what a blur takes away, of length 1; nothing wins by a single bright speck."""
    image, inner = _open(path)
    grey = image.convert("L").resize((_FINE_PX,) * 2, Image.Resampling.BICUBIC, box=_middle(inner, crop))
    blurred = np.asarray(grey.filter(ImageFilter.GaussianBlur(2.0)), np.float32)
    detail = np.clip(np.asarray(grey, np.float32) - blurred, -15, 15) * _window()
    detail -= detail.mean()
    spectrum: NDArray[np.complexfloating] = np.fft.rfft2(detail / (np.linalg.norm(detail) + 1e-6))
    return spectrum


@lru_cache(maxsize=4)  # the same photo is looked at in many parts
def _open(path: Path) -> tuple[Image.Image, Box]:
    """The photo, and its part without a dermatoscope's dark ring."""
    with Image.open(path) as file:
        image = file.convert("RGB")
    seen = np.asarray(image.convert("L").resize((100, 100))) > _DARK
    down, across = (np.flatnonzero(seen.mean(axis=axis) > 0.15) for axis in (1, 0))
    if min(len(down), len(across)) < 20:
        return image, (0.0, 0.0, float(image.width), float(image.height))
    x, y = image.width / 100, image.height / 100
    return image, (across[0] * x, down[0] * y, (across[-1] + 1) * x, (down[-1] + 1) * y)


def _middle(box: Box, crop: tuple[float, float]) -> Box:
    left, top, right, bottom = box
    across, down = (right - left) * (1 - crop[0]) / 2, (bottom - top) * (1 - crop[1]) / 2
    return left + across, top + down, right - across, bottom - down


@cache
def _disc() -> NDArray[np.bool_]:
    axis = (np.arange(_SMALL_PX) + 0.5) / _SMALL_PX * 2 - 1
    disc: NDArray[np.bool_] = np.hypot(axis[:, None], axis[None, :]) < 0.85
    return disc


@cache
def _window() -> Floats:
    return np.outer(np.hanning(_FINE_PX), np.hanning(_FINE_PX)).astype(np.float32)
