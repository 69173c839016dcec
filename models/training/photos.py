"""The labelled photos: their four tables, where each photo really comes from, and what is held out."""

import csv
import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_OLD_ARCHIVE = {"isic2018_task1", "isic2018_val"}
_COLLECTION_FOLDS: Final = 6
TWINS: Final = Path(__file__).parent / "twins.csv"
_NO_LESION = {"imagenet_samples": "objects", "facial_skin_type": "skin", "normal_skin_30": "skin"}


class DataError(RuntimeError):
    """The photos are missing or malformed."""


class Source(StrEnum):
    """The true origin of a photo. A folder may mix two origins, so that its name would predict the class."""

    HAM = "ham"
    ISIC = "isic"
    OLD_ARCHIVE = "old_archive"  # never trained on: the estimate for photos from elsewhere
    MILK_CLOSEUP = "milk_closeup"
    MILK_DERMOSCOPIC = "milk_dermoscopic"  # the same lesions, in the same groups
    ACRAL = "acral"
    PAD = "pad"  # never trained or tuned on
    OBJECTS = "objects"
    SKIN = "skin"


class Kind(StrEnum):
    """How a photo was taken."""

    DERMOSCOPIC = "dermoscopic"
    CLINICAL = "clinical"
    OTHER = "other"  # shows no lesion


_HELD_OUT: Final = (Source.OLD_ARCHIVE, Source.PAD)
_COLLECTIONS: Final[dict[str, dict[Kind, Source]]] = {
    "milk": {Kind.CLINICAL: Source.MILK_CLOSEUP, Kind.DERMOSCOPIC: Source.MILK_DERMOSCOPIC},
    "acral": dict.fromkeys(Kind, Source.ACRAL),
    "pad": dict.fromkeys(Kind, Source.PAD),
}

TABLES: Final = ("labels.csv", *(f"{folder}/labels.csv" for folder in _COLLECTIONS))


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPhoto:
    """One row of `labels.csv`."""

    path: Path
    source: Source
    label: str  # benign, melanoma, other_malignant, indeterminate_AK or no_lesion
    group: str  # photos of one lesion, and near-duplicates
    published_in: str = ""  # the set that it came with, which is not its source
    name: str = ""  # of the file, relative to the data folder
    kind: Kind = Kind.DERMOSCOPIC
    diagnosis: str = ""
    archive: str = ""  # of an acral photo: each has its own share of melanomas
    site: str = ""
    age: str = ""  # years; empty if it was not published
    skin_tone: str = ""  # on the source's own scale, which differ: never pool them
    is_excluded: bool = False  # a metastasis, or a shot that another table shows in other colours

    @property
    def melanoma(self) -> bool:
        """Is it a melanoma?"""
        return self.label == "melanoma"

    @property
    def malignant(self) -> bool | None:
        """Melanoma, BCC or SCC; None if unknown (actinic keratosis)."""
        return None if self.label == "indeterminate_AK" else self.label in {"melanoma", "other_malignant"}


def read_photos(root: Path) -> list[LabelledPhoto]:
    """All rows of `labels.csv` under `root`, and of the tables of `milk`, `acral` and `pad` that are there.

    Raises:
        DataError: a table is empty or lacks a column, or `labels.csv` is missing.
    """
    table = root / "labels.csv"
    if not table.is_file():
        raise DataError(f"{table} is missing: --data or NEVUS_DATA_DIR must name the folder that holds it")
    photos = _read_table(table, root, _read_row)
    for folder in _COLLECTIONS:
        if (collection := root / folder / "labels.csv").is_file():
            photos += _read_table(collection, root, _read_collection_row)
    return photos


def is_validation(photo: LabelledPhoto, *, folds: int, seed: int) -> bool:
    """Whether the photo's group is held back from training to choose scales and thresholds.

    One fold of `folds`; of the small collections one of `_COLLECTION_FOLDS`, since a tenth of their melanomas
    is too few to choose by.
    """
    small = photo.source in (Source.MILK_CLOSEUP, Source.MILK_DERMOSCOPIC, Source.ACRAL)
    return fold_of(photo, _COLLECTION_FOLDS if small else folds, seed) == 0


def fold_of(photo: LabelledPhoto, folds: int, seed: int) -> int:
    """Which of `folds` folds the photo's group falls into: the same on every machine."""
    digest = hashlib.sha256(f"{seed}:{photo.group}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % folds


def split_photos(
    photos: list[LabelledPhoto], *, folds: int, seed: int, twins: Collection[str] | None = None
) -> tuple[list[LabelledPhoto], list[LabelledPhoto], list[LabelledPhoto]]:
    """Training, validation (see `is_validation`), and what is never trained or tuned on.

    The last part holds the old archive and `pad`. Excluded photos are in no part.

    Args:
        photos: all there are.
        folds: how many.
        seed: of the folds.
        twins: names of those that show a shot which a part before theirs has, too; those of `twins.csv` if
            None. They are in no part.
    """
    known = read_twins() if twins is None else twins
    alone = [photo for photo in photos if photo.name not in known and not photo.is_excluded]
    held = [photo for photo in alone if photo.source in _HELD_OUT]
    held_groups = {photo.group for photo in photos if photo.source in _HELD_OUT}
    rest = [photo for photo in alone if photo.group not in held_groups]
    # another table shows these lesions, too, and which of its photos is not known
    doubtful = {photo.group for photo in photos if photo.is_excluded}
    back = [photo for photo in rest if is_validation(photo, folds=folds, seed=seed)]
    validation = [photo for photo in back if photo.group not in doubtful]
    train = [photo for photo in rest if not is_validation(photo, folds=folds, seed=seed)]
    return train, validation, held


def read_twins(file: Path = TWINS) -> frozenset[str]:
    """Names of the photos that show a shot which a part before theirs has, too; see `twins.py`."""
    with file.open(newline="", encoding="utf-8") as table:
        return frozenset(row["file"] for row in csv.DictReader(table))


def load_rgb(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3) RGB."""
    with Image.open(path) as image:
        return np.array(image.convert("RGB"))


def _read_table(
    table: Path, root: Path, read_row: Callable[[dict[str, str], Path, str], LabelledPhoto]
) -> list[LabelledPhoto]:
    """Raises `DataError`."""
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        raise DataError(f"{table} has no rows")
    try:
        return [read_row(row, root, table.parent.name) for row in rows]
    except KeyError as error:
        raise DataError(f"{table} lacks the column {error.args[0]}") from error


def _read_row(row: dict[str, str], root: Path, _folder: str) -> LabelledPhoto:
    source = _source_of(row)
    return LabelledPhoto(
        path=root / row["file"],
        source=source,
        label=row["label"],
        group=row["group"],
        published_in=row["source"],
        name=row["file"],
        kind=Kind.OTHER if row["label"] == "no_lesion" else Kind.DERMOSCOPIC,
        diagnosis=row["diagnosis"],
    )


def _read_collection_row(row: dict[str, str], root: Path, folder: str) -> LabelledPhoto:
    kind = Kind(row["kind"])
    name = f"{folder}/{row['file']}"
    return LabelledPhoto(
        path=root / name,
        source=_COLLECTIONS[folder][kind],
        label=row["label"],
        group=f"{folder}/{row['group']}",
        published_in=folder,
        name=name,
        kind=kind,
        diagnosis=row["diagnosis"],
        archive=row.get("archive", ""),
        site=row.get("site", ""),
        age=row.get("age", ""),
        skin_tone=row.get("skin_tone", ""),
        is_excluded=row.get("also") == "yes" or "metast" in row["diagnosis"].lower(),
    )


def _source_of(row: dict[str, str]) -> Source:
    if row["source"] in _NO_LESION:
        return Source(_NO_LESION[row["source"]])
    if row["source"] in _OLD_ARCHIVE:
        return Source.OLD_ARCHIVE
    twin_of_ham = row["note"].startswith("same photo as HAM10000")
    return Source.HAM if twin_of_ham or row["source"] == "ham10000" else Source.ISIC
