"""`nevus models labels`: the labelled photos as a table for `nevus evaluate`, with the part each played."""

import csv
from pathlib import Path

from models.training.photos import read_photos, split_photos

COLUMNS = ("file", "label", "source", "group", "split", "skin_tone", "site", "age")


def write_labels(data: Path, out: Path, *, folds: int = 10, seed: int = 20) -> dict[str, int]:
    """Write the table, and return the number of photos of each split.

    `source` is the true origin of a photo, `split` what it was used for: `train`, `validation` (chose
    scales and thresholds) or `held_out` (chose none).

    Raises:
        DataError: the photos' own table is missing or empty.
    """
    parts = split_photos(read_photos(data), folds=folds, seed=seed)
    counts = dict(zip(("train", "validation", "held_out"), parts, strict=True))
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for split, photos in counts.items():
            for photo in photos:
                file_name = photo.path.relative_to(data).as_posix()
                about = (photo.skin_tone.removesuffix(".0"), photo.site.lower(), photo.age)
                writer.writerow((file_name, photo.label, photo.source.value, photo.group, split, *about))
    return {split: len(photos) for split, photos in counts.items()}
