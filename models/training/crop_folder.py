"""A folder of lesion crops: labelled photos as the networks see them, found once by the lesion finder.

It is a data folder like the one that it was made from, with the same tables and names, so that training,
export and calibration read crops where they would read photos. Beside them lie the same crops with more
around them, for views that move.
"""

import csv
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.boxes import Box
from inference.crops import crop_lesion
from inference.lesions import FoundLesion
from inference.preprocess import PreprocessSpec, prepare
from models.training.photos import TABLES, DataError, Kind, LabelledPhoto, read_photos
from models.training.views import WIDE

WIDE_PX: Final = 256
CROP_PX: Final = round(WIDE_PX / WIDE)  # 200: the middle of a wide crop, pixel by pixel
_WIDE_FILE, _FOUND_FILE, _ABOUT_FILE = "wide.npy", "found.csv", "crops.json"
_REPORTED: Final = 2000  # photos between two lines of progress
# Where the finder marks nothing: the middle of the photo, with this share of its shorter side as the lesion.
ASSUMED: Final = {Kind.CLINICAL: 0.5, Kind.DERMOSCOPIC: 0.7, Kind.OTHER: 0.7}

FindLesions = Callable[[Image.Image], Sequence[FoundLesion]]  # the nearest to the middle first


@dataclass(frozen=True, slots=True, kw_only=True)
class CropFolder:
    """Photos of one part and their wide crops, in the same order."""

    photos: list[LabelledPhoto]
    wide: NDArray[np.uint8]  # (all photos, WIDE_PX, WIDE_PX, 3), mapped from the file
    rows: NDArray[np.int64]  # (N,) of each photo in `wide`

    @classmethod
    def open(cls, folder: Path) -> Self:
        """All photos of a folder that `write_crops` wrote.

        Raises:
            DataError: it is not such a folder.
        """
        if not (folder / _WIDE_FILE).is_file():
            raise DataError(f"{folder} holds no crops: write them with `nevus models crops`")
        photos = read_photos(folder)
        wide = np.load(folder / _WIDE_FILE, mmap_mode="r")
        if len(wide) != len(photos):
            raise DataError(f"{folder} is incomplete: write it again with `nevus models crops`")
        return cls(photos=photos, wide=wide, rows=np.arange(len(photos)))

    def take(self, photos: Sequence[LabelledPhoto]) -> Self:
        """Some of the photos, in the given order."""
        places = {photo.name: row for photo, row in zip(self.photos, self.rows, strict=True)}
        rows = np.array([places[photo.name] for photo in photos], np.int64)
        return type(self)(photos=list(photos), wide=self.wide, rows=rows)

    def crops(self, index: Sequence[int]) -> NDArray[np.uint8]:
        """(len(index), WIDE_PX, WIDE_PX, 3) wide crops of the photos at these places."""
        return np.stack([self.wide[self.rows[place]] for place in index])

    def views(self, spec: PreprocessSpec) -> Iterator[NDArray[np.uint8]]:
        """Each crop as a network sees it: (size_px, size_px, 3)."""
        for row in self.rows:
            yield prepare(_cut_middle(self.wide[row]), spec)


def write_crops(
    data: Path, out: Path, find: FindLesions, *, fill: float, about: dict[str, Any]
) -> dict[str, int]:
    """Write the folder `out` from the photos in `data`.

    Args:
        data: folder with the tables.
        out: a new folder.
        find: marks the lesions of an upright photo.
        fill: the lesion's larger box side as a share of the crop's side.
        about: what the crops depend on, kept in `crops.json`.

    Returns:
        The number of photos, and of those on which no lesion was found.

    Raises:
        DataError: a table is missing, or `out` holds crops already.
    """
    if (out / _WIDE_FILE).exists():
        raise DataError(f"{out} holds crops already: name another folder with --out")
    photos = read_photos(data)
    out.mkdir(parents=True, exist_ok=True)
    part = out / f"{_WIDE_FILE}.part"
    wide = np.lib.format.open_memmap(
        part, mode="w+", dtype=np.uint8, shape=(len(photos), WIDE_PX, WIDE_PX, 3)
    )
    missed = 0
    with (out / _FOUND_FILE).open("w", newline="", encoding="utf-8") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(["file", "lesions", "left", "top", "right", "bottom"])
        for index, photo in enumerate(photos):
            with Image.open(photo.path) as opened:
                image = opened.convert("RGB")
            lesions = find(image)
            missed += not lesions
            box = choose_box(lesions, image.size, photo.kind)
            wide[index] = crop_lesion(np.asarray(image), box, fill=fill / WIDE, side_px=WIDE_PX)
            path = out / photo.name  # under the photo's own name, whatever that ends in
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(_cut_middle(wide[index])).save(path, format="PNG", compress_level=1)
            sides = (box.left, box.top, box.right, box.bottom)
            writer.writerow([photo.name, len(lesions), *(round(side, 1) for side in sides)])
            if (index + 1) % _REPORTED == 0:
                print(f"{index + 1} of {len(photos)} photos cropped", flush=True)
    wide.flush()
    for name in TABLES:
        if (data / name).is_file():
            shutil.copyfile(data / name, out / name)
    (out / _ABOUT_FILE).write_text(json.dumps(about, indent=2), encoding="utf-8")
    part.rename(out / _WIDE_FILE)
    return {"photos": len(photos), "without_a_found_lesion": missed}


def read_marked(folder: Path) -> frozenset[str] | None:
    """Names of the photos on which the finder marked a lesion; None if the folder's were not cropped."""
    path = folder / _FOUND_FILE
    if not path.is_file():
        return None
    with path.open(newline="", encoding="utf-8") as table:
        return frozenset(row["file"] for row in csv.DictReader(table) if row["lesions"] != "0")


def choose_box(lesions: Sequence[FoundLesion], size: tuple[int, int], kind: Kind) -> Box:
    """The lesion that the label is of: the nearest to the middle, or an assumed one if none was found."""
    if lesions:
        return lesions[0].box
    half = min(size) * ASSUMED[kind] / 2
    return Box(size[0] / 2 - half, size[1] / 2 - half, size[0] / 2 + half, size[1] / 2 + half)


def _cut_middle(wide: NDArray[np.uint8]) -> NDArray[np.uint8]:
    margin = (WIDE_PX - CROP_PX) // 2
    return np.ascontiguousarray(wide[margin : margin + CROP_PX, margin : margin + CROP_PX])
