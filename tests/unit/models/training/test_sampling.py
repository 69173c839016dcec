"""Batches: each source and class with its share, archives without a say, and nothing but seed and step."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from models.training.photos import DataError, LabelledPhoto, Source
from models.training.sampling import Batch, Sampler, SamplingConfig, truth_of
from models.training.views import ViewConfig


class Store:
    """Photos and small crops of one colour each; records which were asked for."""

    def __init__(self, photos: Sequence[LabelledPhoto]) -> None:
        self.photos = list(photos)
        self.asked: list[int] = []

    def crops(self, index: Sequence[int]) -> NDArray[np.uint8]:
        self.asked += index
        return np.stack([np.full((16, 16, 3), 20 + place % 200, np.uint8) for place in index])


def photo(source: Source, label: str, *, archive: str = "", diagnosis: str = "") -> LabelledPhoto:
    return LabelledPhoto(
        path=Path("x"), source=source, label=label, group="g", archive=archive, diagnosis=diagnosis
    )


def build_sampler(photos: Sequence[LabelledPhoto], **changes: float) -> Sampler:
    return Sampler(Store(photos), 8, SamplingConfig(**changes), ViewConfig(), device="cpu")


def draw_photos(sampler: Sampler, count: int = 4000) -> list[LabelledPhoto]:
    """Which photos a long batch shows."""
    sampler.draw(count, 0)
    return [sampler.store.photos[place] for place in sampler.store.asked]


def share(photos: Sequence[LabelledPhoto], *, source: Source, label: str | None = None) -> float:
    """Of the photos of a source, those of a label; without one, of all photos those of the source."""
    inside = [each for each in photos if each.source is source]
    if label is None:
        return len(inside) / len(photos)
    return sum(each.label == label for each in inside) / len(inside)


@pytest.fixture
def everything() -> list[LabelledPhoto]:
    """Every source with its classes, in shares that no batch should have."""
    photos = [photo(Source.OBJECTS, "no_lesion")] * 5 + [photo(Source.SKIN, "no_lesion")] * 2
    for source in (Source.HAM, Source.ISIC):
        photos += [photo(source, "benign")] * 60 + [photo(source, "melanoma")] * 7
        photos += [photo(source, "other_malignant")] * 9
    for source in (Source.MILK_CLOSEUP, Source.MILK_DERMOSCOPIC):
        photos += [photo(source, "melanoma")] * 5
        photos += [photo(source, "benign", diagnosis="NV: Nevus")] * 30
        photos += [photo(source, "benign", diagnosis="BKL: Keratosis")] * 3
        photos += [photo(source, "other_malignant")] * 90 + [photo(source, "indeterminate_AK")] * 4
    photos += [photo(Source.ACRAL, "benign", archive="A")] * 40
    return photos + [photo(Source.ACRAL, "melanoma", archive="A")] * 6


def test_each_source_has_its_share_whatever_it_holds(everything: list[LabelledPhoto]) -> None:
    config = SamplingConfig()
    drawn = draw_photos(build_sampler(everything))
    bare = share(drawn, source=Source.OBJECTS) + share(drawn, source=Source.SKIN)
    rest = (1 - config.milk_closeup - config.milk_dermoscopic - config.acral - config.no_lesion) / 2
    assert bare == pytest.approx(config.no_lesion, abs=0.012)
    wanted = {
        Source.MILK_CLOSEUP: config.milk_closeup,
        Source.MILK_DERMOSCOPIC: config.milk_dermoscopic,
        Source.ACRAL: config.acral,
        Source.HAM: rest,
        Source.ISIC: rest,
    }
    for source, expected in wanted.items():
        assert share(drawn, source=source) == pytest.approx(expected, abs=0.025), source


def test_half_of_a_source_are_melanomas(everything: list[LabelledPhoto]) -> None:
    """So the source says nothing about the class; in `milk` nevi outnumber the other benign lesions."""
    drawn = draw_photos(build_sampler(everything))
    for source in (Source.HAM, Source.ISIC, Source.ACRAL):
        assert share(drawn, source=source, label="melanoma") == pytest.approx(0.5, abs=0.06), source
    for source in (Source.MILK_CLOSEUP, Source.MILK_DERMOSCOPIC):
        assert share(drawn, source=source, label="melanoma") == pytest.approx(0.34, abs=0.05)
        assert share(drawn, source=source, label="other_malignant") == pytest.approx(0.24, abs=0.05)
        nevi = [each.diagnosis.startswith("NV") for each in drawn if each.source is source]
        assert np.mean(nevi) == pytest.approx(0.22, abs=0.05)


def test_a_benign_acral_photo_comes_from_an_archive_as_often_as_a_melanoma(
    everything: list[LabelledPhoto],
) -> None:
    """The archives have their own shares of melanomas: without this, the archive would tell the class."""
    photos = [each for each in everything if each.source is not Source.ACRAL]
    counts = {"A": (3, 10), "B": (1, 90), "C": (0, 20)}
    for archive, (melanomas, benign) in counts.items():
        photos += [photo(Source.ACRAL, "melanoma", archive=archive)] * melanomas
        photos += [photo(Source.ACRAL, "benign", archive=archive)] * benign
    drawn = [each for each in draw_photos(build_sampler(photos, acral=0.9)) if each.source is Source.ACRAL]
    for label in ("melanoma", "benign"):
        archives = Counter(each.archive for each in drawn if each.label == label)
        total = sum(archives.values())
        assert archives["A"] / total == pytest.approx(0.75, abs=0.05), label
        assert archives["B"] / total == pytest.approx(0.25, abs=0.05), label
    assert archives["C"] / total < 0.04


def test_a_source_that_is_not_there_leaves_its_share_to_the_others() -> None:
    photos = [photo(Source.HAM, "benign"), photo(Source.HAM, "melanoma"), photo(Source.ISIC, "benign")]
    drawn = draw_photos(build_sampler(photos), 1000)
    assert share(drawn, source=Source.HAM) == pytest.approx(0.5, abs=0.06)
    assert share(drawn, source=Source.HAM, label="melanoma") == pytest.approx(0.5, abs=0.08)
    assert share(drawn, source=Source.ISIC, label="benign") == 1


def test_held_out_sources_are_never_drawn() -> None:
    """Whoever hands them in: `pad` and the old archive have no share."""
    photos = [photo(source, "melanoma") for source in (Source.PAD, Source.OLD_ARCHIVE, Source.ISIC)]
    assert {each.source for each in draw_photos(build_sampler(photos), 50)} == {Source.ISIC}


def test_without_a_photo_to_learn_from_there_is_no_sampler() -> None:
    with pytest.raises(DataError, match="no photo"):
        build_sampler([photo(Source.PAD, "melanoma")])


def test_a_batch_depends_on_seed_and_step_alone(everything: list[LabelledPhoto]) -> None:
    """Not on the batches before it, so that a resumed run sees what it would have seen."""
    first, second = build_sampler(everything), build_sampler(everything)
    first.draw(4, 0)
    one, same = first.draw(6, 9), second.draw(6, 9)
    assert torch.equal(one.pixels, same.pixels)
    assert torch.equal(one.targets, same.targets)
    assert not torch.equal(one.pixels, second.draw(6, 10).pixels)
    assert not torch.equal(one.pixels, build_sampler(everything, seed=21).draw(6, 9).pixels)


def test_mixed_views_are_mixtures_of_pixels_targets_and_weights(everything: list[LabelledPhoto]) -> None:
    sampler = build_sampler(everything)
    count = 40
    pixels = torch.arange(count).float()[:, None, None, None].expand(count, 8, 8, 3)  # each view of one value
    weights = torch.ones(count, 2)
    weights[::2, 1] = 0
    batch = Batch(pixels, torch.arange(count)[:, None].float().expand(count, 2) / count, weights)
    mixed = sampler.mix(batch, 3, 0.5)
    values = mixed.pixels[:, 0, 0, 0]
    assert torch.equal(mixed.pixels, values[:, None, None, None].expand_as(mixed.pixels))
    assert torch.allclose(mixed.targets[:, 0], values / count, atol=1e-5), "in the pixels' shares"
    assert not torch.allclose(values, torch.arange(count).float(), atol=0.5)
    assert (mixed.weights[:, 0] == 1).all()
    assert (mixed.weights[1::2, 1] >= 0.5 - 1e-6).all(), "each view stays the stronger one"
    assert torch.equal(sampler.mix(batch, 3, 0.5).pixels, mixed.pixels)
    assert not torch.equal(sampler.mix(batch, 4, 0.5).pixels, mixed.pixels)


def test_what_is_not_known_of_one_view_takes_nothing_from_the_other(everything: list[LabelledPhoto]) -> None:
    batch = Batch(
        torch.zeros(2, 8, 8, 3), torch.tensor([[1.0, 1.0], [0.0, 0.0]]), torch.tensor([[1.0, 1.0], [0, 0]])
    )
    for step in range(8):
        mixed = build_sampler(everything).mix(batch, step, 0.5)
        known = mixed.weights > 0
        assert (mixed.targets[known] == 1).all()


def test_targets_and_weights_are_those_of_the_photos_that_are_shown(
    everything: list[LabelledPhoto],
) -> None:
    sampler = build_sampler(everything)
    batch = sampler.draw(60, 3)
    assert batch.pixels.shape == (60, 8, 8, 3)
    for row, place in enumerate(sampler.store.asked):
        truth = torch.tensor(truth_of(everything[place], sampler.config))
        assert torch.equal(torch.cat([batch.targets[row], batch.weights[row]]), truth)


def test_truth_and_weights() -> None:
    """BCC and SCC are malignant and no melanoma; nobody knows of a keratosis."""
    config = SamplingConfig()
    truths = {
        label: truth_of(photo(Source.HAM, label), config)
        for label in ("melanoma", "benign", "other_malignant", "indeterminate_AK", "no_lesion")
    }
    assert truths["melanoma"] == (1, 1, 1, 1)
    assert truths["benign"] == (0, 0, 1, 1)
    assert truths["other_malignant"] == (0, 1, config.other_malignant_weight, 1)
    assert truths["indeterminate_AK"] == (0, 0, config.keratosis_weight, 0)
    assert truths["no_lesion"] == (0, 0, config.no_lesion_weight, config.no_lesion_weight)
