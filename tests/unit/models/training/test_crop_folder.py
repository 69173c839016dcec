"""A folder of crops reads back as the photos that it was made from, whole or not at all."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.boxes import Box
from inference.lesions import FoundLesion
from models.networks.build import SPECS
from models.training.crop_folder import CROP_PX, WIDE_PX, CropFolder, choose_box, read_marked, write_crops
from models.training.photos import DataError, Kind, load_rgb, read_photos, split_photos
from tests.unit.models.conftest import find_dark

CNN = SPECS["cnn"]
MILK = "file,kind,label,diagnosis,confirmed,age,sex,site,skin_tone,group,also"


def find_nothing(_image: Image.Image) -> tuple[FoundLesion, ...]:
    return ()


def dark_share(photo: np.ndarray) -> float:
    return float((photo.mean(axis=2) < 110).mean())


@pytest.fixture
def photos_with_milk(data: Path, lesion: np.ndarray) -> Path:
    """The drawn photos and one pair of a collection, as WebP in folders."""
    for kind in ("clinical", "dermoscopic"):
        (data / "milk" / kind).mkdir(parents=True)
        Image.fromarray(lesion).save(data / "milk" / kind / "a.webp", lossless=True)
    rows = [f"{kind}/a.webp,{kind},melanoma,MEL,,70,male,trunk,1,L1," for kind in ("clinical", "dermoscopic")]
    (data / "milk" / "labels.csv").write_text("\n".join([MILK, *rows]))
    return data


def test_it_reads_back_as_the_photos_it_was_made_from(photos_with_milk: Path, tmp_path: Path) -> None:
    """With the same names, labels, groups and parts."""
    out = tmp_path / "crops"
    counts = write_crops(photos_with_milk, out, find_dark, fill=0.7, about={"finder_sha256": "abc"})
    photos, crops = read_photos(photos_with_milk), CropFolder.open(out)
    assert counts == {"photos": 26, "without_a_found_lesion": 0}
    assert crops.wide.shape == (26, WIDE_PX, WIDE_PX, 3)
    for before, after in zip(photos, crops.photos, strict=True):
        assert after.path == out / before.name
        for field in ("name", "label", "group", "source", "kind"):
            assert getattr(after, field) == getattr(before, field)
    parts = [split_photos(each, folds=10, seed=20, twins=()) for each in (photos, crops.photos)]
    assert [[photo.name for photo in part] for part in parts[0]] == [
        [photo.name for photo in part] for part in parts[1]
    ]
    assert json.loads((out / "crops.json").read_text()) == {"finder_sha256": "abc"}


def test_a_crop_has_its_photos_name_whatever_that_ends_in(photos_with_milk: Path, tmp_path: Path) -> None:
    """Every reader of photos reads it: the middle of the wide crop, pixel by pixel."""
    write_crops(photos_with_milk, tmp_path / "crops", find_dark, fill=0.7, about={})
    crops = CropFolder.open(tmp_path / "crops")
    margin = (WIDE_PX - CROP_PX) // 2
    for place in (0, 25):
        middle = crops.wide[place][margin : margin + CROP_PX, margin : margin + CROP_PX]
        assert np.array_equal(load_rgb(crops.photos[place].path), middle)
    assert crops.photos[25].name == "milk/dermoscopic/a.webp"


def test_a_lesion_fills_its_share_wherever_it_lies(tmp_path: Path) -> None:
    """Small near a corner or large in the middle: the crop shows the same."""
    rows = ["file,source,split,label,diagnosis,group,note"]
    for number, (size, x, y, radius) in enumerate([(400, 90, 300, 40), (200, 100, 100, 65)]):
        axis = np.arange(size)
        photo = np.full((size, size, 3), (225, 185, 160), np.uint8)
        photo[np.hypot(axis[None, :] - x, axis[:, None] - y) < radius] = (95, 60, 40)
        Image.fromarray(photo).save(tmp_path / f"{number}.png")
        rows.append(f"{number}.png,m10k,train,benign,,g{number},")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    write_crops(tmp_path, tmp_path / "crops", find_dark, fill=0.56, about={})
    for view in CropFolder.open(tmp_path / "crops").views(replace(CNN, size_px=80)):
        assert view.shape == (80, 80, 3)
        assert dark_share(view) == pytest.approx(np.pi * (0.56 / CNN.middle) ** 2 / 4, rel=0.05)
        assert dark_share(view[30:50, 30:50]) == 1


def test_photos_are_taken_in_the_order_asked_for(folder: CropFolder) -> None:
    taken = folder.take([folder.photos[5], folder.photos[2]])
    assert [photo.name for photo in taken.photos] == ["5.png", "2.png"]
    assert np.array_equal(taken.crops([1, 0]), folder.crops([2, 5]))
    assert np.array_equal(taken.take([taken.photos[1]]).crops([0]), folder.crops([2]))
    assert len(list(taken.views(CNN))) == 2


def test_where_no_lesion_is_found_the_middle_is_assumed(data: Path, tmp_path: Path) -> None:
    """It is counted, and the table says that nothing was found."""
    counts = write_crops(data, tmp_path / "crops", find_nothing, fill=0.7, about={})
    assert counts == {"photos": 24, "without_a_found_lesion": 24}
    with (tmp_path / "crops" / "found.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == 24
    assert {row["lesions"] for row in rows} == {"0"}


def test_photos_with_a_found_lesion_are_told_from_the_others(tmp_path: Path) -> None:
    """With several, too: a picked one may be low."""
    rows = ["file,lesions,left,top,right,bottom", "a.png,1,0,0,1,1", "b.png,0,0,0,1,1", "c.png,2,0,0,1,1"]
    (tmp_path / "found.csv").write_text("\n".join(rows))
    assert read_marked(tmp_path) == {"a.png", "c.png"}
    assert read_marked(tmp_path / "uncropped") is None


def test_an_assumed_lesion_is_smaller_on_a_close_up() -> None:
    """A fixed share of the photo's shorter side."""
    near, far = (choose_box((), (400, 300), kind) for kind in (Kind.DERMOSCOPIC, Kind.CLINICAL))
    assert near.centre == far.centre == (200, 150)
    assert (near.width, near.height) == pytest.approx((210, 210))
    assert (far.width, far.height) == pytest.approx((150, 150))


def test_of_several_lesions_the_first_is_cropped() -> None:
    """The finder names the nearest to the middle first: the label is of that one."""
    boxes = [Box(10, 10, 30, 30), Box(50, 50, 90, 90)]
    lesions = [FoundLesion(box=box, outline=(), area_cells=4, peak=0.9) for box in boxes]
    assert choose_box(lesions, (100, 100), Kind.CLINICAL) == boxes[0]


def test_what_is_not_a_folder_of_crops_is_refused(data: Path) -> None:
    with pytest.raises(DataError, match="nevus models crops"):
        CropFolder.open(data)


def test_a_folder_of_another_number_of_photos_is_refused(crops: Path) -> None:
    with (crops / "labels.csv").open("a") as table:
        table.write("\nmore.png,m10k,train,benign,,g99,\n")
    with pytest.raises(DataError, match="incomplete"):
        CropFolder.open(crops)


def test_crops_are_not_overwritten(data: Path, crops: Path) -> None:
    before = (crops / "wide.npy").stat().st_mtime_ns
    with pytest.raises(DataError, match="--out"):
        write_crops(data, crops, find_dark, fill=0.7, about={})
    assert (crops / "wide.npy").stat().st_mtime_ns == before


def test_a_folder_whose_writing_was_interrupted_is_refused_and_can_be_written_again(
    data: Path, tmp_path: Path
) -> None:
    seen: list[Image.Image] = []

    def find(image: Image.Image) -> tuple[FoundLesion, ...]:
        seen.append(image)
        if len(seen) == 4:
            raise KeyboardInterrupt
        return find_dark(image)

    with pytest.raises(KeyboardInterrupt):
        write_crops(data, tmp_path / "crops", find, fill=0.7, about={})
    with pytest.raises(DataError, match="holds no crops"):
        CropFolder.open(tmp_path / "crops")
    write_crops(data, tmp_path / "crops", find_dark, fill=0.7, about={})
    assert len(CropFolder.open(tmp_path / "crops").photos) == 24
    assert not list((tmp_path / "crops").glob("*.part"))
