"""What the validation photos were like, measured as the product measures: `drift` in pair.json."""

import json
from pathlib import Path

from inference.evaluation.drift_reference import KEY, describe_reference
from inference.evaluation.labelled import LabelledFile
from inference.evaluation.scoring import PhotoScorer, ScoredPhoto
from models.release.files import write_json
from models.training.photos import LabelledPhoto


def add_reference(directory: Path, photos: list[LabelledPhoto], *, threads: int = 2) -> int:
    """Read the photos with the pair in `directory` and add how they were spread to its pair.json.

    Photos that a gate refuses are part of it: so they are of what is compared with it.

    Returns:
        How many photos it rests on.
    """
    scorer = PhotoScorer.load(directory, threads=threads)
    results = scorer.score_files(
        [
            LabelledFile(
                file=str(photo.path),
                label=photo.label,
                source=photo.source.value,
                group=photo.group,
                split="",
            )
            for photo in photos
        ],
        Path(),
    )
    described = describe_reference(
        (result.findings, result.row.label == "melanoma")
        for result in results
        if isinstance(result, ScoredPhoto)
    )
    path = directory / "pair.json"
    write_json(path, {**json.loads(path.read_text(encoding="utf-8")), KEY: described})
    return int(described["photos"])
