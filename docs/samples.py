"""Draws the sample lesions of the local chat's page. They show no patient.

Run `python docs/samples.py` to write them again. The page lists them in `js/samples.js`.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.drawn import Rgb, blur, draw_faint, draw_lesion, jpeg_bytes  # noqa: E402 - found through the path above

FOLDER = ROOT / "bot" / "localchat" / "static" / "samples"


def draw_samples() -> dict[str, Rgb]:
    """The samples by file name, each (600, 600, 3)."""
    return {
        "pale": draw_faint(6, 0.45),
        "brown": draw_lesion(4, skin="light"),
        "irregular": draw_lesion(5, kind="melanoma", skin="light"),
        "blurred": blur(draw_lesion(2), radius_px=12),
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, picture in draw_samples().items():
        (FOLDER / f"{name}.jpg").write_bytes(jpeg_bytes(picture))
