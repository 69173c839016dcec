"""A contact sheet of the worst misses, the photos in the page itself: for the user's own disk alone."""

import base64
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image

from inference.evaluation.labelled import BENIGN, MELANOMA
from inference.evaluation.report_text import LEVEL_NAMES
from inference.evaluation.scoring import ScoredPhoto
from inference.evaluation.sources import probabilities_of
from inference.photos import PhotoError, read_photo

_MOST = 24  # of each kind
_SIDE_PX = 224


def render_misses(photos: Sequence[ScoredPhoto], root: Path) -> str:
    """The lowest melanomas and the highest benign lesions, and what was said of each."""
    sheets = [
        _render_sheet("Melanomas with the lowest scores", _find_worst(photos, MELANOMA, sign=1), root),
        _render_sheet("Benign lesions with the highest scores", _find_worst(photos, BENIGN, sign=-1), root),
    ]
    if not any(sheets):
        return ""
    return (
        "<h2>The worst misses</h2><p class=note>These photos are in this file: handle it as you would the "
        f"photos themselves.</p>{''.join(sheets)}"
    )


def _find_worst(photos: Sequence[ScoredPhoto], label: str, *, sign: int) -> list[ScoredPhoto]:
    """Photos on the wrong side of 0.5, the worst first."""
    found = [photo for photo in photos if photo.row.label == label]
    scores = probabilities_of(found, "pair")
    wrong = np.flatnonzero((scores - 0.5) * sign < 0)
    return [found[at] for at in wrong[np.argsort(scores[wrong] * sign, kind="stable")][:_MOST]]


def _render_sheet(words: str, photos: Sequence[ScoredPhoto], root: Path) -> str:
    if not photos:
        return ""
    figures = ""
    for photo in photos:
        opinions = ", ".join(f"{each.classifier} {each.probability:.2f}" for each in photo.findings.opinions)
        scores = f"pair {photo.findings.probability or 0:.2f} ({opinions}); {LEVEL_NAMES[photo.level]}"
        where = f"{photo.row.source}: {Path(photo.row.file).name}"
        figures += (
            f'<figure><img alt="" src="{_embed(root / photo.row.file)}">'
            f"<figcaption>{escape(scores)}<br>{escape(where)}</figcaption></figure>"
        )
    return f"<div class=sheet><h3>{escape(words)}</h3><div class=sheetlet>{figures}</div></div>"


def _embed(file: Path) -> str:
    """A small JPEG as a data URI; empty if the file has gone meanwhile."""
    try:
        pixels = read_photo(file.read_bytes()).pixels
    except (OSError, PhotoError):
        return ""
    image, buffer = Image.fromarray(pixels), io.BytesIO()
    image.thumbnail((_SIDE_PX, _SIDE_PX))
    image.save(buffer, "JPEG", quality=82)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
