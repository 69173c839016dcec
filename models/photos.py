"""The labelled photos: where each comes from in truth, what is held out, and a cache for training."""

import csv
import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CACHE_PX = 192
DETAIL_PX = 300  # as published; for views that come closer than the smaller copy is sharp
_OLD_ARCHIVE = {"isic2018_task1", "isic2018_val"}
TWINS: Final = Path(__file__).parent / "twins.csv"
_NO_LESION = {"imagenet_samples": "objects", "facial_skin_type": "skin", "normal_skin_30": "skin"}


class DataError(RuntimeError):
    """The photos are not where they should be, or not what they should be."""


class Source(StrEnum):
    """Where a photo comes from in truth. A folder may mix two, and tells the class by it."""

    HAM = "ham"
    ISIC = "isic"
    OLD_ARCHIVE = "old_archive"  # never trained on: the estimate for photos from elsewhere
    OBJECTS = "objects"
    SKIN = "skin"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPhoto:
    """One row of `labels.csv`."""

    path: Path
    source: Source
    label: str  # benign, melanoma, other_malignant, indeterminate_AK or no_lesion
    group: str  # photos of one lesion, and near-duplicates
    published_in: str = ""  # the set that it came with, which is not its source
    name: str = ""  # of the file, as the table has it

    @property
    def melanoma(self) -> bool:
        """Is it a melanoma?"""
        return self.label == "melanoma"

    @property
    def malignant(self) -> bool | None:
        """Melanoma, BCC or SCC; None where nobody knows (actinic keratosis)."""
        return None if self.label == "indeterminate_AK" else self.label in {"melanoma", "other_malignant"}


def read_photos(root: Path) -> list[LabelledPhoto]:
    """All rows of `labels.csv` under `root`.

    Raises:
        DataError: the table is missing or empty.
    """
    table = root / "labels.csv"
    if not table.is_file():
        raise DataError(f"{table} is missing: --data or NEVUS_DATA_DIR must name the folder that holds it")
    with table.open(newline="") as file:
        photos = [_read_row(row, root) for row in csv.DictReader(file)]
    if not photos:
        raise DataError(f"{table} has no rows")
    return photos


def fold_of(photo: LabelledPhoto, folds: int, seed: int) -> int:
    """Which of `folds` folds the photo's group falls into: the same on every machine."""
    digest = hashlib.sha256(f"{seed}:{photo.group}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % folds


def split_photos(
    photos: list[LabelledPhoto], *, folds: int, seed: int, twins: Collection[str] | None = None
) -> tuple[list[LabelledPhoto], list[LabelledPhoto], list[LabelledPhoto]]:
    """Training, validation (fold 0 of all but the old archive), and the old archive, apart from both.

    Args:
        photos: all there are.
        folds: how many.
        seed: of the folds.
        twins: names of those that show a shot which a part before theirs has, too; those of `twins.csv` if
            None. They are in no part.
    """
    known = read_twins() if twins is None else twins
    alone = [photo for photo in photos if photo.name not in known]
    held = [photo for photo in alone if photo.source is Source.OLD_ARCHIVE]
    held_groups = {photo.group for photo in photos if photo.source is Source.OLD_ARCHIVE}
    rest = [photo for photo in alone if photo.group not in held_groups]
    train = [photo for photo in rest if fold_of(photo, folds, seed) != 0]
    validation = [photo for photo in rest if fold_of(photo, folds, seed) == 0]
    return train, validation, held


def read_twins(file: Path = TWINS) -> frozenset[str]:
    """Names of the photos that `models.twins` found to show a shot which a part before theirs has, too."""
    with file.open(newline="", encoding="utf-8") as table:
        return frozenset(row["file"] for row in csv.DictReader(table))


def load_cache(photos: list[LabelledPhoto], path: Path, side_px: int = CACHE_PX) -> NDArray[np.uint8]:
    """(N, side_px, side_px, 3) RGB photos, mapped from a file in `path` that is written when missing."""
    key = hashlib.sha256("\n".join(f"{side_px} {photo.path}" for photo in photos).encode()).hexdigest()[:16]
    file = path / f"photos-{key}.npy"
    if not file.is_file():
        _write_cache(photos, file, side_px)
    cached: NDArray[np.uint8] = np.load(file, mmap_mode="r")
    return cached


def load_rgb(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3) RGB."""
    with Image.open(path) as image:
        return np.array(image.convert("RGB"))


def _write_cache(photos: list[LabelledPhoto], file: Path, side_px: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.npy")  # two trainings may start at once
    shape = (len(photos), side_px, side_px, 3)
    array = np.lib.format.open_memmap(part, mode="w+", dtype=np.uint8, shape=shape)
    for index, photo in enumerate(photos):
        image = Image.fromarray(load_rgb(photo.path))
        array[index] = np.asarray(image.resize((side_px, side_px), Image.Resampling.BILINEAR))
    array.flush()
    part.rename(file)


def _read_row(row: dict[str, str], root: Path) -> LabelledPhoto:
    source = _source_of(row)
    return LabelledPhoto(
        path=root / row["file"],
        source=source,
        label=row["label"],
        group=row["group"],
        published_in=row["source"],
        name=row["file"],
    )


def _source_of(row: dict[str, str]) -> Source:
    if row["source"] in _NO_LESION:
        return Source(_NO_LESION[row["source"]])
    if row["source"] in _OLD_ARCHIVE:
        return Source.OLD_ARCHIVE
    twin_of_ham = row["note"].startswith("same photo as HAM10000")
    return Source.HAM if twin_of_ham or row["source"] == "ham10000" else Source.ISIC
