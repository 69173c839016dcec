"""One shot in two files is found, whatever was done to it; another lesion is not."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.training.photos import LabelledPhoto, Source, fold_of, read_twins, split_photos
from models.training.twins import SAME, Twin, find_twins, list_twins, write_twins
from tests.support.drawn import draw_lesion

CHANGES = {
    "squashed": lambda image: image.resize((300, 300)),
    "middle": lambda image: image.crop((75, 0, 525, 450)).resize((300, 300)),
    "darker": lambda image: image.point(lambda value: value * 0.7).resize((260, 260)),
}


def save(folder: Path, name: str, image: Image.Image, *, source: Source = Source.ISIC) -> LabelledPhoto:
    image.save(folder / name, quality=80)
    return LabelledPhoto(path=folder / name, source=source, label="melanoma", group=name, name=name)


def draw(seed: int) -> Image.Image:
    return Image.fromarray(draw_lesion(seed, size_px=600, kind="melanoma", hairs=6)[75:525])


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> list[LabelledPhoto]:
    folder = tmp_path_factory.mktemp("others")
    return [save(folder, f"{seed}.jpg", draw(seed).resize((300, 300))) for seed in range(6)]


@pytest.mark.parametrize("change", CHANGES)
def test_the_same_shot_is_found(tmp_path: Path, others: list[LabelledPhoto], change: str) -> None:
    """Squashed, cropped to its middle, darkened, compressed anew."""
    photo = save(tmp_path, "x.jpg", CHANGES[change](draw(3)))
    (found,) = find_twins([photo], others)
    assert found.twin.name == "3.jpg"
    assert found.likeness > SAME


def test_the_same_shot_is_found_among_photos_that_look_more_alike_from_afar(tmp_path: Path) -> None:
    """In other colours: five photos without its detail have its colours, and come before it."""
    shot = draw(3).resize((300, 300))
    recoloured = shot.convert("RGB", (1, 0, 0, 0, 0, 0.35, 0, 100, 0, 0, 0.25, 100))
    others = [save(tmp_path, "twin.jpg", recoloured)]
    for number in range(5):
        blurred = shot.resize((14 + number, 14 + number)).resize((300, 300), Image.Resampling.BICUBIC)
        others.append(save(tmp_path, f"afar{number}.jpg", blurred))
    (found,) = find_twins([save(tmp_path, "x.jpg", shot)], others)
    assert found.twin.name == "twin.jpg"


def test_another_lesion_is_no_twin(tmp_path: Path, others: list[LabelledPhoto]) -> None:
    """However alike they are from afar: the same lesion drawn with other hairs, dots and furrows."""
    photos = [save(tmp_path, f"other{seed}.jpg", draw(seed).resize((300, 300))) for seed in range(20, 26)]
    blurred = np.asarray(draw(3).resize((12, 12)).resize((300, 300)))
    photos.append(save(tmp_path, "afar.jpg", Image.fromarray(blurred)))
    assert list(find_twins(photos, others)) == []


def test_a_twin_plays_no_part(tmp_path: Path, others: list[LabelledPhoto]) -> None:
    """A held-out photo whose shot is trained on would flatter; so would a validation photo."""
    held = save(tmp_path, "held.jpg", CHANGES["middle"](draw(3)), source=Source.OLD_ARCHIVE)
    alone = save(tmp_path, "alone.jpg", draw(40).resize((300, 300)), source=Source.OLD_ARCHIVE)
    photos = [*others, held, alone]
    seed = next(seed for seed in range(99) if all(fold_of(each, 10, seed) for each in others))
    twins = list_twins(photos, folds=10, seed=seed)
    assert [(each.photo.name, each.twin.name) for each in twins] == [("held.jpg", "3.jpg")]
    write_twins(twins, tmp_path / "twins.csv")
    known = read_twins(tmp_path / "twins.csv")
    train, _, rest = split_photos(photos, folds=10, seed=seed, twins=known)
    assert rest == [alone]
    assert [each.name for each in train] == [each.name for each in others]


def test_the_list_tells_the_pair_and_how_alike_it_is(tmp_path: Path, others: list[LabelledPhoto]) -> None:
    write_twins([Twin(photo=others[1], twin=others[0], likeness=0.987)], tmp_path / "twins.csv")
    assert (tmp_path / "twins.csv").read_text() == "file,twin,likeness\n1.jpg,0.jpg,0.99\n"
