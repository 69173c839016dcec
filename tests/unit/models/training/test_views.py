"""Random views of lesion crops: what may differ, what must not, and that a seed repeats them."""

import numpy as np
import pytest
import torch
from torch import Tensor

from models.training.views import WIDE, ViewConfig, draw_views

FAIR, BROWN = (225, 185, 160), (95, 60, 40)
PLAIN = ViewConfig(
    zoom=0, stretch=0, squash=0, shift=0, gamma=0, colour=0, exposure=0, saturation=0, contrast=0, slope=0,
    soft=0, frame=0, noise=0, hairs=0, marks=0, melanin=0,
)  # fmt: skip


@pytest.fixture
def crop() -> Tensor:
    """One wide crop, (1, 160, 160, 3): a brown disc of radius 0.3 on fair skin."""
    axis = torch.linspace(-1, 1, 160)
    inside = torch.hypot(axis[:, None], axis[None, :]) < 0.3
    photo = torch.where(inside[:, :, None], torch.tensor(BROWN), torch.tensor(FAIR))
    return photo.to(torch.uint8)[None]


def draw(crops: Tensor, config: ViewConfig, *, seed: int = 1, size_px: int = 64) -> Tensor:
    return draw_views(crops, size_px, config, torch.Generator().manual_seed(seed))


def dark_share(views: Tensor) -> Tensor:
    """(N,) of each view, how much is darker than skin."""
    return (views.mean(dim=3) < 130).float().mean(dim=(1, 2))


def test_views_are_photos_of_the_asked_size(crop: Tensor) -> None:
    views = draw(crop.repeat(40, 1, 1, 1), ViewConfig(), size_px=48)
    assert views.shape == (40, 48, 48, 3)
    assert views.dtype == torch.float32
    assert float(views.min()) >= 0
    assert float(views.max()) <= 255


def test_a_seed_repeats_its_views_and_spares_the_crops(crop: Tensor) -> None:
    kept = crop.clone()
    assert torch.equal(draw(crop, ViewConfig()), draw(crop, ViewConfig()))
    assert not torch.equal(draw(crop, ViewConfig()), draw(crop, ViewConfig(), seed=2))
    assert torch.equal(crop, kept)


def test_each_photo_of_a_batch_gets_a_view_that_differs(crop: Tensor) -> None:
    views = draw(crop.repeat(6, 1, 1, 1), ViewConfig())
    assert all(not torch.equal(views[0], other) for other in views[1:])


def test_without_spreads_the_middle_of_the_wide_crop_is_shown(crop: Tensor) -> None:
    """The lesion is `WIDE` times as large as on the crop, and no colour changes."""
    views = draw(crop.repeat(8, 1, 1, 1), PLAIN)
    closer = draw(crop.repeat(8, 1, 1, 1), _with(middle=0.8))
    expected = np.pi * (0.3 * WIDE) ** 2 / 4
    assert dark_share(closer).numpy() == pytest.approx(np.full(8, expected / 0.8**2), rel=0.06)
    assert dark_share(views).numpy() == pytest.approx(np.full(8, expected), rel=0.06)
    for place, colour in (((32, 32), BROWN), ((2, 2), FAIR)):
        assert views[0][place].numpy() == pytest.approx(np.array(colour), abs=1.5)


def test_the_lesions_size_spreads_both_ways_but_not_far(crop: Tensor) -> None:
    """A view neither cuts the lesion off nor loses it."""
    plain = float(dark_share(draw(crop, PLAIN))[0])
    shares = dark_share(draw(crop.repeat(300, 1, 1, 1), _with(zoom=0.16))) / plain
    assert 0.4 < float(shares.min()) < 0.8
    assert 1.25 < float(shares.max()) < 2.5
    assert float(shares.median()) == pytest.approx(1, abs=0.1)


def test_a_lesion_near_the_edge_stays_on_every_view_of_the_shift(crop: Tensor) -> None:
    shares = dark_share(draw(crop.repeat(100, 1, 1, 1), _with(shift=0.16)))
    plain = float(dark_share(draw(crop, PLAIN))[0])
    assert float(shares.min()) > 0.9 * plain


def test_what_lies_beyond_the_crop_is_mirrored_skin(crop: Tensor) -> None:
    """No black corner of a turned crop tells that it was turned."""
    views = draw(crop.repeat(100, 1, 1, 1), _with(zoom=0.4, shift=0.5))
    assert float(views.min()) > min(BROWN) - 2


@pytest.mark.parametrize("name", ["gamma", "colour", "exposure", "saturation", "contrast", "slope"])
def test_each_spread_of_the_light_changes_colours(crop: Tensor, name: str) -> None:
    changed = draw(crop.repeat(8, 1, 1, 1), _with(**{name: 0.3, "as_taken": 0.0}))
    plain = draw(crop.repeat(8, 1, 1, 1), _with(as_taken=0.0))
    assert float((changed - plain).abs().mean()) > 1


def test_a_view_as_taken_keeps_its_colours(crop: Tensor) -> None:
    spreads = {"gamma": 0.3, "colour": 0.2, "exposure": 0.2, "saturation": 0.4, "contrast": 0.2, "slope": 0.2}
    view = draw(crop, _with(**spreads, as_taken=1.0))
    assert view[0, 2, 2].numpy() == pytest.approx(np.array(FAIR), abs=1.5)


def test_hairs_and_marks_only_cover_parts_of_a_view(crop: Tensor) -> None:
    plain = draw(crop.repeat(20, 1, 1, 1), PLAIN)
    for name in ("hairs", "marks"):
        drawn = draw(crop.repeat(20, 1, 1, 1), _with(**{name: 1.0}))
        turned = (dark_share(drawn) - dark_share(plain)).numpy()
        assert (turned > 0).mean() > 0.8, name
        assert turned.max() < 0.5, name


def test_a_frame_darkens_the_corners_and_spares_the_middle(crop: Tensor) -> None:
    views = draw(crop.repeat(50, 1, 1, 1), _with(frame=1.0))
    corners = torch.stack([views[:, y, x].mean(dim=1) for y in (0, -1) for x in (0, -1)])
    assert float(corners.amin(dim=0).max()) < 40
    assert views[:, 32, 32].mean(dim=1).numpy() == pytest.approx(np.full(50, np.mean(BROWN)), abs=2)


def test_softening_takes_fine_detail(crop: Tensor) -> None:
    checks = torch.randint(0, 256, (8, 160, 160, 3), generator=torch.Generator().manual_seed(0))
    sharp, soft = (draw(checks.to(torch.uint8), _with(soft=share)) for share in (0.0, 1.0))
    assert float(soft.std()) < 0.8 * float(sharp.std())


def test_noise_leaves_the_mean_where_it_was(crop: Tensor) -> None:
    plain, noisy = (draw(crop.repeat(8, 1, 1, 1), _with(noise=share)) for share in (0.0, 1.0))
    assert float(noisy.mean()) == pytest.approx(float(plain.mean()), abs=1)
    assert float((noisy - plain).abs().mean()) > 0.5


def test_melanin_darkens_skin_and_lesion_alike_and_blue_the_most(crop: Tensor) -> None:
    """As much as the darkest skin has more than the lightest, at most; the ratio of lesion to skin stays."""
    many = crop.repeat(60, 1, 1, 1)
    plain, dark = (draw(many, _with(melanin=share, as_taken=0.0))[:, 32, [2, 32]] for share in (0.0, 1.0))
    kept = (dark / plain).numpy()  # (60, 2, 3)
    assert kept[:, 0] == pytest.approx(kept[:, 1], abs=0.02)
    assert (np.diff(kept[:, 0], axis=1) <= 0).all()
    assert 0.35 < kept[..., 2].min() < 0.5
    assert kept[..., 0].min() > 0.55
    assert torch.equal(draw(many, _with(melanin=1.0)), draw(many, _with()))


def _with(**changes: float) -> ViewConfig:
    fields = {name: getattr(PLAIN, name) for name in PLAIN.__slots__}
    return ViewConfig(**{**fields, "as_taken": 1.0, **changes})
