"""Domains instead of folders, groups that stay together."""

from pathlib import Path

import pytest
from PIL import Image

from models.training.photos import (
    DataError,
    Kind,
    LabelledPhoto,
    Source,
    fold_of,
    read_photos,
    split_photos,
)

HEADER = "file,source,split,label,diagnosis,group,note\n"
ROWS = [
    "a.png,m10k,train,melanoma,,g1,same photo as HAM10000 ISIC_1",
    "b.png,m10k,train,melanoma,,g2,",
    "c.png,m10k,train,benign,,g3,",
    "d.png,ham10000,train,benign,Nevus,g4,histopathology",
    "e.png,ham10000,train,indeterminate_AK,,g5,histopathology",
    "f.png,isic2018_val,val,melanoma,,g6,histopathology",
    "g.png,imagenet_samples,gate,no_lesion,,g7,",
    "h.png,normal_skin_30,gate,no_lesion,,g8,",
    "i.png,ham10000,train,other_malignant,,g9,histopathology",
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "labels.csv").write_text(HEADER + "\n".join(ROWS))
    for name in "abcdefghi":
        Image.new("RGB", (30, 20), (ord(name), 90, 60)).save(tmp_path / f"{name}.png")
    return tmp_path


def test_the_folder_is_not_the_domain(root: Path) -> None:
    """HAM's melanomas lie in another folder; the note tells."""
    sources = [photo.source for photo in read_photos(root)]
    assert sources[:4] == [Source.HAM, Source.ISIC, Source.ISIC, Source.HAM]
    assert sources[5:8] == [Source.OLD_ARCHIVE, Source.OBJECTS, Source.SKIN]


def test_a_missing_or_empty_table_says_so(tmp_path: Path) -> None:
    """With the setting that names the folder."""
    with pytest.raises(DataError, match="NEVUS_DATA_DIR"):
        read_photos(tmp_path)
    (tmp_path / "labels.csv").write_text(HEADER)
    with pytest.raises(DataError, match="no rows"):
        read_photos(tmp_path)


def many(groups: int) -> list[LabelledPhoto]:
    return [
        LabelledPhoto(path=Path(f"{g}-{i}"), source=Source.HAM, label="benign", group=f"g{g}")
        for g in range(groups)
        for i in range(3)
    ]


def test_groups_are_never_split() -> None:
    """All photos of a lesion fall on one side, and about a tenth are held back."""
    train, validation, held = split_photos(many(500), folds=10, seed=1)
    assert not {photo.group for photo in train} & {photo.group for photo in validation}
    assert 0.05 < len(validation) / 1500 < 0.15
    assert not held


def test_folds_depend_on_the_seed_alone() -> None:
    """The same on every machine; another seed splits otherwise."""
    first = [fold_of(photo, 10, 1) for photo in many(50)]
    assert first == [fold_of(photo, 10, 1) for photo in many(50)]
    assert first != [fold_of(photo, 10, 2) for photo in many(50)]


def test_the_old_archive_takes_its_groups_along() -> None:
    """A photo that shares a group with a held-out one is not trained on either."""
    held = LabelledPhoto(path=Path("x"), source=Source.OLD_ARCHIVE, label="melanoma", group="g1")
    train, validation, old = split_photos([*many(20), held], folds=10, seed=1)
    assert old == [held]
    assert "g1" not in {photo.group for photo in [*train, *validation]}


def _write_collection(root: Path, folder: str, rows: list[str]) -> None:
    (root / folder).mkdir()
    (root / folder / "labels.csv").write_text(rows[0] + "\n" + "\n".join(rows[1:]))


@pytest.fixture
def collections(root: Path) -> Path:
    """The first table and the three collections beside it."""
    _write_collection(
        root,
        "milk",
        [
            "file,kind,label,diagnosis,confirmed,age,sex,site,skin_tone,group,also",
            "clinical/a.webp,clinical,melanoma,MEL,histopathology,70,male,trunk,1,L1,",
            "dermoscopic/a.webp,dermoscopic,melanoma,MEL,histopathology,70,male,trunk,1,L1,",
            "clinical/b.webp,clinical,melanoma,MEL: metastasis,histopathology,70,male,trunk,1,L2,",
            "dermoscopic/c.webp,dermoscopic,benign,NV,histopathology,30,male,trunk,1,L3,yes",
            "clinical/c.webp,clinical,benign,NV,histopathology,30,male,trunk,1,L3,",
        ],
    )
    _write_collection(
        root,
        "acral",
        [
            "file,kind,label,diagnosis,confirmed,archive,site,skin_tone,group,also",
            "d.webp,dermoscopic,benign,Nevus,,ICL,acral palms or soles,IV,L1,",
        ],
    )
    _write_collection(
        root,
        "pad",
        [
            "file,kind,label,diagnosis,confirmed,age,sex,site,skin_tone,group,also",
            "e.webp,clinical,melanoma,MEL,yes,60,,BACK,2,P1,",
        ],
    )
    return root


def test_four_tables_are_read_as_one(collections: Path) -> None:
    """Each photo has its source, its kind and a group that no other table shares."""
    photos = {photo.name: photo for photo in read_photos(collections)}
    assert photos["milk/clinical/a.webp"].source is Source.MILK_CLOSEUP
    assert photos["milk/dermoscopic/a.webp"].source is Source.MILK_DERMOSCOPIC
    assert photos["milk/clinical/a.webp"].group == photos["milk/dermoscopic/a.webp"].group
    assert photos["acral/d.webp"].group != photos["milk/clinical/a.webp"].group
    assert photos["acral/d.webp"].archive == "ICL"
    assert photos["pad/e.webp"].kind is Kind.CLINICAL
    assert photos["b.png"].kind is Kind.DERMOSCOPIC
    assert photos["g.png"].kind is Kind.OTHER


def test_metastases_and_known_doubles_are_in_no_part(collections: Path) -> None:
    """And `pad` is held out, whatever its fold."""
    parts = split_photos(read_photos(collections), folds=10, seed=20, twins=())
    names = [{photo.name for photo in part} for part in parts]
    assert not {"milk/clinical/b.webp", "milk/dermoscopic/c.webp"} & set.union(*names)
    assert "pad/e.webp" in names[2]
    assert "milk/clinical/c.webp" not in names[1]  # its lesion may stand in another table, too


def test_a_table_without_a_column_is_named(collections: Path) -> None:
    """The error says which table and which column."""
    (collections / "acral" / "labels.csv").write_text("file,kind,label\nx.webp,dermoscopic,benign\n")
    with pytest.raises(DataError, match=r"acral.*column group"):
        read_photos(collections)
