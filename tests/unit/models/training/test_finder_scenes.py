"""Scenes for the finder: the mask lies where the lesion is, whatever was done to the photo."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from inference.lesions import label_regions
from models.networks.finder import FILL_VALUE, SIZE_PX
from models.training.finder_marks import darken_rim, mark_photo, spoil
from models.training.finder_pasting import compose_pictures, paste_lesions
from models.training.finder_photos import MASKED_PX, OutlinedPhotos, Skins
from models.training.finder_scenes import Scenes, join_scenes, show_marked, show_nothing, show_outlined
from models.training.photos import DataError

FAIR, BROWN = (225, 185, 160), (60, 40, 30)


@pytest.fixture(scope="module")
def outlined() -> OutlinedPhotos:
    """Two brown discs on fair skin."""
    axis = (np.arange(MASKED_PX) + 0.5) / MASKED_PX
    discs = [(0.5, 0.5, 0.2), (0.4, 0.6, 0.15)]
    inside = [np.hypot(axis[None, :] - x, axis[:, None] - y) < radius for x, y, radius in discs]
    return OutlinedPhotos(
        pixels=np.stack([np.where(mask[:, :, None], BROWN, FAIR).astype(np.uint8) for mask in inside]),
        masks=np.stack([mask.astype(np.uint8) * 255 for mask in inside]),
        boxes=np.array([[x - r, y - r, x + r, y + r] for x, y, r in discs], np.float32) * MASKED_PX,
        surrounds=np.array([FAIR, FAIR], np.float32),
        squashed=np.array([True, False]),
        whole=np.array([0, 1]),
    )


@pytest.fixture(scope="module")
def skins() -> Skins:
    return Skins(
        closeups=np.full((2, 240, 320, 3), FAIR, np.uint8),
        plain=np.full((2, MASKED_PX, MASKED_PX, 3), FAIR, np.uint8),
        objects=np.full((1, MASKED_PX, MASKED_PX, 3), (40, 160, 60), np.uint8),
    )


def check_shapes(scenes: Scenes, count: int) -> None:
    assert scenes.photos.shape == (count, 3, SIZE_PX, SIZE_PX)
    assert scenes.masks.shape == scenes.weights.shape == (count, 1, SIZE_PX, SIZE_PX)
    assert float(scenes.masks.min()) >= 0
    assert float(scenes.masks.max()) <= 1


def is_brown(scenes: Scenes) -> torch.Tensor:
    return scenes.photos.mean(dim=1, keepdim=True) < 110


def test_an_outlined_lesion_and_its_mask_move_together(outlined: OutlinedPhotos) -> None:
    """From afar and so near that it fills the frame."""
    scenes = show_outlined(outlined, 40, np.random.default_rng(0))
    check_shapes(scenes, 40)
    assert float((is_brown(scenes) == (scenes.masks > 0.5)).float().mean()) > 0.99
    shares = scenes.masks.mean(dim=(1, 2, 3))
    assert float(shares.max()) > 0.6
    assert float(shares.min()) < 0.1


def test_pasted_lesions_lie_where_the_mask_says(outlined: OutlinedPhotos, skins: Skins) -> None:
    """Each by itself, from one to six, half of the scenes with several."""
    scenes = paste_lesions(outlined, skins, 60, np.random.default_rng(0))
    check_shapes(scenes, 60)
    assert float((is_brown(scenes) == (scenes.masks > 0.5)).float().mean()) > 0.97
    counts = [int(label_regions(mask[0].numpy() > 0.5).max()) for mask in scenes.masks]
    assert min(counts) == 1
    assert 4 <= max(counts) <= 6
    assert 0.3 < np.mean([count > 1 for count in counts]) < 0.7


def test_skin_between_two_near_lesions_weighs_more(outlined: OutlinedPhotos, skins: Skins) -> None:
    """So that a finder learns to keep them apart."""
    scenes = paste_lesions(outlined, skins, 60, np.random.default_rng(0))
    gaps = scenes.weights > 1
    assert int(gaps.any(dim=(1, 2, 3)).sum()) > 5
    assert float(scenes.masks[gaps].max()) == 0
    alone = [int(label_regions(mask[0].numpy() > 0.5).max()) == 1 for mask in scenes.masks]
    assert not gaps[torch.tensor(alone)].any()


def test_composed_pictures_say_where_their_lesions_are(outlined: OutlinedPhotos, skins: Skins) -> None:
    """Two to seven, each in its own box, none much larger than another."""
    pictures = list(compose_pictures(outlined, skins, 40, np.random.default_rng(0)))
    assert {len(picture.boxes) for picture in pictures} == set(range(2, 8))
    for picture in pictures:
        brown = picture.pixels.mean(axis=2) < 110
        sides = [box.long_side for box in picture.boxes]
        assert max(sides) < 2.5 * min(sides)
        for box in picture.boxes:
            part = brown[int(box.top) : int(box.bottom), int(box.left) : int(box.right)]
            assert part.mean() > 0.5
            brown[int(box.top) : int(box.bottom), int(box.left) : int(box.right)] = False
        assert brown.mean() < 0.01


def test_nothing_is_learnt_of_a_lesion_that_the_skin_hides(outlined: OutlinedPhotos, skins: Skins) -> None:
    """On nearly black skin a lesion differs by too little to be seen."""
    black = Skins(closeups=skins.closeups // 15, plain=skins.plain // 15, objects=skins.objects)
    scenes = paste_lesions(outlined, black, 20, np.random.default_rng(0))
    assert float(scenes.masks.max()) == 1
    assert float(scenes.weights[scenes.masks > 0].max()) == 0
    assert float(scenes.weights.mean()) > 0.5


def test_composed_lesions_are_seen(outlined: OutlinedPhotos, skins: Skins) -> None:
    """Pale ones, too, are judged where they lie: on their picture, not on the photo they were cut from."""
    pale = replace(outlined, pixels=np.where(outlined.pixels == BROWN, np.uint8(195), outlined.pixels))
    for picture in compose_pictures(pale, skins, 20, np.random.default_rng(0)):
        for box in picture.boxes:
            middle = picture.pixels[int(box.centre[1]), int(box.centre[0])].astype(int)
            assert np.abs(middle - FAIR).max() >= 20


def test_pictures_are_not_composed_on_skin_that_hides_lesions(outlined: OutlinedPhotos, skins: Skins) -> None:
    black = Skins(closeups=skins.closeups // 15, plain=skins.plain, objects=skins.objects)
    with pytest.raises(DataError, match="hardly any lesion stands out"):
        list(compose_pictures(outlined, black, 2, np.random.default_rng(0)))


def test_a_pasted_lesion_takes_the_tone_of_the_skin_there(outlined: OutlinedPhotos, skins: Skins) -> None:
    """A lesion keeps its contrast on dark skin: it would otherwise be told by its pale rim."""
    dark = Skins(closeups=skins.closeups // 3, plain=skins.plain // 3, objects=skins.objects)
    scenes = paste_lesions(outlined, dark, 10, np.random.default_rng(0))
    inside = scenes.photos.mean(dim=1, keepdim=True)[scenes.masks > 0.9]
    assert float(inside.max()) < 190 / 3 * 0.75


def test_nothing_is_marked_on_objects_and_plain_skin(skins: Skins) -> None:
    scenes = show_nothing(skins, 20, np.random.default_rng(0))
    check_shapes(scenes, 20)
    assert float(scenes.masks.max()) == 0
    greens = scenes.photos[:, 1].mean(dim=(1, 2)) < 170
    assert 0 < int(greens.sum()) < 20


def test_only_sure_marks_count(outlined: OutlinedPhotos) -> None:
    """Where the earlier finder doubted, nothing is learnt."""
    pixels = outlined.pixels[[0, 0], :144]
    mask = outlined.masks[[0, 0], :144] > 127
    sure = np.ones_like(mask)
    sure[:, :, :96] = False
    scenes = show_marked(pixels, (mask, sure), np.random.default_rng(0), 0.1)
    check_shapes(scenes, 2)
    assert set(scenes.weights.unique().tolist()) == {0.0, 1.0}
    assert 0.3 < float(scenes.weights.mean()) < 0.7
    assert float((is_brown(scenes) == (scenes.masks > 0.5)).float().mean()) > 0.99


def test_scenes_are_joined_in_order(outlined: OutlinedPhotos, skins: Skins) -> None:
    rng = np.random.default_rng(0)
    parts = [show_outlined(outlined, 2, rng), show_nothing(skins, 3, rng)]
    joined = join_scenes(parts)
    check_shapes(joined, 5)
    assert torch.equal(joined.photos[2:], parts[1].photos)


def test_a_seed_repeats_its_scenes(outlined: OutlinedPhotos, skins: Skins) -> None:
    def draw(seed: int) -> Scenes:
        rng = np.random.default_rng(seed)
        return spoil(paste_lesions(outlined, skins, 4, rng), rng)

    assert torch.equal(draw(3).photos, draw(3).photos)
    assert not torch.equal(draw(3).photos, draw(4).photos)


def test_beside_the_photo_lies_grey_and_no_lesion(outlined: OutlinedPhotos) -> None:
    """As serving puts photos of any aspect on the canvas."""
    scenes = spoil(show_outlined(outlined, 40, np.random.default_rng(0)), np.random.default_rng(1))
    check_shapes(scenes, 40)
    assert float(scenes.photos.min()) >= 0
    assert float(scenes.photos.max()) <= 255
    grey = (scenes.photos == FILL_VALUE).all(dim=1, keepdim=True)
    edges = torch.cat([grey[:, :, 0, :], grey[:, :, :, 0]], dim=2).all(dim=1)
    assert 0.4 < float(edges.float().mean()) < 0.6  # nearly all photos leave two bars
    assert float(scenes.masks[grey].max()) == 0


def test_marks_are_no_lesions(skins: Skins) -> None:
    """Ink, rulers and stickers change photos; the mask stays empty, and most photos have none."""
    plain = show_nothing(skins, 60, np.random.default_rng(0))
    spoilt = spoil(plain, np.random.default_rng(1))
    assert float(spoilt.masks.max()) == 0
    assert torch.equal(spoilt.weights, plain.weights)
    assert not torch.equal(spoilt.photos, plain.photos)


def test_scribbles_mostly_spare_the_lesion_and_scales_have_units(skins: Skins) -> None:
    """Of many scenes, a third are marked; nearly all marked ones keep the lesion's middle."""
    photos = torch.full((300, 3, SIZE_PX, SIZE_PX), 200.0)
    masks = torch.zeros(300, 1, SIZE_PX, SIZE_PX)
    masks[:, :, 60:132, 60:132] = 1
    rng = np.random.default_rng(0)
    marked = torch.stack([mark_photo(photo, mask, rng) for photo, mask in zip(photos, masks, strict=True)])
    changed = (marked != photos).any(dim=1, keepdim=True)
    share = changed.any(dim=(1, 2, 3)).float().mean()
    assert 0.25 < float(share) < 0.42
    violet = (marked[:, 2:] > marked[:, 1:2] + 20).float()
    beside, inside = (float((violet * where).sum() / where.sum()) for where in (1 - masks, masks))
    assert 0 < inside < 0.7 * beside


def test_a_dark_rim_covers_the_lesion_and_its_mask(outlined: OutlinedPhotos) -> None:
    """On the asked share of scenes."""
    scenes = show_outlined(outlined, 30, np.random.default_rng(0))
    rimmed = darken_rim(scenes, np.random.default_rng(1), 1.0)
    corner = rimmed.photos[:, :, 0, 0].mean(dim=1)
    assert float(corner.max()) < 26
    assert float(rimmed.masks[:, :, 0, 0].max()) == 0
    assert torch.equal(rimmed.masks[:, :, 96, 96], scenes.masks[:, :, 96, 96])
    untouched = darken_rim(scenes, np.random.default_rng(1), 0.0)
    assert torch.equal(untouched.photos, scenes.photos)
