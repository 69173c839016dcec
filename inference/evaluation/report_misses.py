"""A contact sheet of the worst misses, the photos in the page itself: for the user's own disk alone."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from inference.evaluation.labelled import BENIGN, MELANOMA
from inference.evaluation.report_model import LEVEL_NAMES, Drawing, Section
from inference.evaluation.scoring import ScoredPhoto
from inference.evaluation.sources import probabilities_of
from inference.photos import PhotoError, read_photo

_MOST = 24  # of each kind
_SIDE_PX = 224
_CAUTION = "These photos are in this file: handle it as you would the photos themselves."


def describe_misses(photos: Sequence[ScoredPhoto], root: Path) -> list[Section]:
    """The lowest melanomas and the highest benign lesions, worst first; no section if nothing was missed."""
    sheets = []
    for label, sign, title in (
        (MELANOMA, 1, "Melanomas with the lowest scores"),
        (BENIGN, -1, "Benign lesions with the highest scores"),
    ):
        found = [photo for photo in photos if photo.row.label == label]
        scores = probabilities_of(found, "pair")
        wrong = np.flatnonzero((scores - 0.5) * sign < 0)
        worst = [found[at] for at in wrong[np.argsort(scores[wrong] * sign, kind="stable")][:_MOST]]
        if worst:
            pictures = [(_embed(root / photo.row.file), _describe(photo)) for photo in worst]
            sheets.append(Drawing(title=title, pictures=pictures, style="sheetlet"))
    return [Section("The worst misses", [_CAUTION, *sheets])] if sheets else []


def _describe(photo: ScoredPhoto) -> str:
    opinions = ", ".join(f"{each.classifier} {each.probability:.2f}" for each in photo.findings.opinions)
    scores = f"pair {photo.findings.probability or 0:.2f} ({opinions}); {LEVEL_NAMES[photo.level]}"
    return f"{scores}. {photo.row.source}: {Path(photo.row.file).name}"


def _embed(file: Path) -> str:
    """A small JPEG as a data URI; empty if the file is gone by now."""
    try:
        pixels = read_photo(file.read_bytes()).pixels
    except (OSError, PhotoError):
        return ""
    image, buffer = Image.fromarray(pixels), io.BytesIO()
    image.thumbnail((_SIDE_PX, _SIDE_PX))
    image.save(buffer, "JPEG", quality=82)
    return f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}">'
