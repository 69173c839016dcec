"""Outlines and skin are read as they were published; what is missing is named."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.training.finder_photos import CLOSEUP_SIZE, MASKED_PX, OutlinedPhotos, Skins
from models.training.photos import DataError, LabelledPhoto, Source

FAIR, BROWN = (225, 185, 160), (95, 60, 40)


def save(folder: Path, name: str, disc: tuple[float, float, float], *, source: Source) -> LabelledPhoto:
    """A photo of 300 px with a disc (x, y and radius as shares of the side), and its outline."""
    x, y, radius = disc
    axis = (np.arange(300) + 0.5) / 300
    inside = np.hypot(axis[None, :] - x, axis[:, None] - y) < radius
    path, mask = folder / name, (folder / "masks" / name).with_suffix(".png")
    for file in (path, mask):
        file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.where(inside[:, :, None], BROWN, FAIR).astype(np.uint8)).save(path)
    small = Image.fromarray(inside.astype(np.uint8) * 255).resize((MASKED_PX, MASKED_PX))
    small.convert("1").save(mask)
    return LabelledPhoto(path=path, source=source, label="benign", group=name, name=name)


@pytest.fixture
def photos(tmp_path: Path) -> list[LabelledPhoto]:
    """One in the middle, one at the edge, one that fills the frame, one without an outline."""
    found = [
        save(tmp_path, "ham/a.jpg", (0.5, 0.4, 0.2), source=Source.HAM),
        save(tmp_path, "ham/b.jpg", (0.05, 0.5, 0.2), source=Source.HAM),
        save(tmp_path, "old/c.jpg", (0.5, 0.5, 0.8), source=Source.OLD_ARCHIVE),
        save(tmp_path, "ham/d.jpg", (0.5, 0.5, 0.2), source=Source.HAM),
    ]
    (tmp_path / "masks" / "ham" / "d.png").unlink()
    return found


def test_photos_with_an_outline_are_read_with_it(photos: list[LabelledPhoto], tmp_path: Path) -> None:
    outlined = OutlinedPhotos.load(photos, tmp_path)
    assert outlined.pixels.shape == (3, MASKED_PX, MASKED_PX, 3)
    assert outlined.masks.shape == (3, MASKED_PX, MASKED_PX)
    assert set(np.unique(outlined.masks)) <= {0, 255}
    assert outlined.boxes[0] == pytest.approx(np.array([0.3, 0.2, 0.7, 0.6]) * MASKED_PX, abs=2)
    assert outlined.squashed.tolist() == [True, True, False]


def test_only_a_lesion_that_touches_no_edge_is_fit_to_be_pasted(
    photos: list[LabelledPhoto], tmp_path: Path
) -> None:
    assert OutlinedPhotos.load(photos, tmp_path).whole.tolist() == [0]


def test_the_skin_around_a_lesion_is_measured_without_it(photos: list[LabelledPhoto], tmp_path: Path) -> None:
    """Where there is none, the whole photo's mean stands in."""
    outlined = OutlinedPhotos.load(photos, tmp_path)
    assert outlined.surrounds[0] == pytest.approx(np.array(FAIR), abs=6)
    assert outlined.surrounds[2] == pytest.approx(np.array(BROWN), abs=6)


def test_without_outlines_the_finder_cannot_be_trained(photos: list[LabelledPhoto], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="masks holds no outline"):
        OutlinedPhotos.load(photos[3:], tmp_path)


def test_skin_comes_from_close_ups_and_plain_photos(tmp_path: Path) -> None:
    sources = (Source.MILK_CLOSEUP, Source.SKIN, Source.OBJECTS, Source.OBJECTS, Source.HAM)
    photos = [
        save(tmp_path, f"{place}.png", (0.5, 0.5, 0.1), source=source) for place, source in enumerate(sources)
    ]
    skins = Skins.load(photos)
    assert skins.closeups.shape == (1, CLOSEUP_SIZE[1], CLOSEUP_SIZE[0], 3)
    assert skins.plain.shape == (1, MASKED_PX, MASKED_PX, 3)
    assert skins.objects.shape == (2, MASKED_PX, MASKED_PX, 3)
    with pytest.raises(DataError, match="milk_closeup"):
        Skins.load(photos[1:])
