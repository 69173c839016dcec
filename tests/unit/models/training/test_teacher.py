"""Networks teach another one: what it says, what stays unknown, and that a run depends on it."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.networks.build import LearningRates, build_network
from models.training.crop_folder import CropFolder
from models.training.runs import read_config
from models.training.sampling import Batch
from models.training.teacher import Teacher, show_middle
from models.training.trainer import TrainConfig, Trainer
from models.training.warm_start import WarmStartError

SHORT = TrainConfig(
    network="cnn", views=4, size_px=32, batch=4, rates=LearningRates(), warmup_steps=1, evaluate_every=8
)


def build_teacher(share: float, *, bias: tuple[float, float]) -> Teacher:
    """A teacher that says the same of every view."""
    network, spec = build_network("cnn", pretrained=False, size_px=32)
    with torch.no_grad():
        network.head.bias.copy_(torch.tensor(bias))
    return Teacher([(network, spec)], share=share)


def build_batch() -> Batch:
    pixels = torch.rand(3, 32, 32, 3, generator=torch.Generator().manual_seed(0)) * 255
    return Batch(pixels, torch.tensor([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]), torch.ones(3, 2))


@pytest.mark.parametrize("share", [0.0, 0.7, 1.0])
def test_targets_are_mixed_of_label_and_score(share: float) -> None:
    batch = build_batch()
    taught = build_teacher(share, bias=(0.0, 2.0)).teach(batch, 1.0)
    said = torch.sigmoid(torch.tensor([0.0, 2.0]))
    assert torch.allclose(taught.targets, (1 - share) * batch.targets + share * said)
    assert torch.equal(taught.weights, batch.weights)
    assert torch.equal(taught.pixels, batch.pixels)


def test_each_network_sees_the_views_at_its_own_side() -> None:
    pixels = build_batch().pixels
    _, spec = build_network("vit", pretrained=False, size_px=28)
    seen = show_middle(pixels, spec, 1.0)
    assert seen.shape == (3, 28, 28, 3)
    assert torch.allclose(seen.mean(dim=(1, 2)), pixels.mean(dim=(1, 2)), atol=2)
    assert float(seen.max()) <= 255
    assert torch.equal(show_middle(pixels, replace(spec, size_px=32), 1.0), pixels), "of the same side: as is"


def test_a_network_that_sees_less_gets_the_middle() -> None:
    pixels = torch.zeros(2, 40, 40, 3)
    pixels[:, 4:36, 4:36] = 200
    _, spec = build_network("cnn", pretrained=False, size_px=32)
    assert spec.middle == 0.8
    assert torch.equal(show_middle(pixels, spec, 1.0), torch.full((2, 32, 32, 3), 200.0))
    assert show_middle(pixels, spec, 0.8).shape == (2, 32, 32, 3)
    assert float(show_middle(pixels, spec, 0.8).min()) == 0, "all of views that show no more than it sees"


def test_a_run_learns_what_its_teacher_says(folder: CropFolder, tmp_path: Path) -> None:
    """With the whole share, labels say nothing: the scores move to the teacher's."""
    Trainer(SHORT, folder, folder, tmp_path / "teacher").run(resume=False)
    state = torch.load(tmp_path / "teacher" / "last.pt", weights_only=True)
    state["average"]["head.bias"] = torch.full((2,), -6.0)
    torch.save(state, tmp_path / "teacher" / "last.pt")
    heads = {}
    for name, share in (("labels", 0.0), ("taught", 1.0)):
        config = replace(
            SHORT, views=40, teachers=(str(tmp_path / "teacher"),), teacher_share=share,
            rates=LearningRates(head=0.05, backbone=0.0),
        )  # fmt: skip
        trainer = Trainer(config, folder, folder, tmp_path / name)
        trainer.run(resume=False)
        heads[name] = trainer.network.head.bias.detach()
    assert (heads["taught"] < heads["labels"]).all()
    assert (heads["taught"] < -0.1).all()


def test_several_teachers_say_the_mean_of_their_logits_each_at_its_side() -> None:
    networks = []
    for name, size_px, bias in (("cnn", 32, 3.0), ("vit", 28, -1.0)):
        network, spec = build_network(name, pretrained=False, size_px=size_px)
        with torch.no_grad():
            network.head.bias.fill_(bias)
        networks.append((network, spec))
    taught = Teacher(networks, share=1.0).teach(build_batch(), 1.0)
    assert torch.allclose(taught.targets, torch.sigmoid(torch.ones(3, 2)))


def test_a_pupil_and_its_teacher_see_the_same_view(folder: CropFolder, tmp_path: Path) -> None:
    """The views show what the one that sees most of a crop sees, with pixels enough for the other."""
    Trainer(SHORT, folder, folder, tmp_path / "teacher").run(resume=False)
    config = replace(SHORT, network="vit", size_px=28, teachers=(str(tmp_path / "teacher"),))
    trainer = Trainer(config, folder, folder, tmp_path / "run")
    assert (trainer.sampler.views.middle, trainer.sampler.size_px) == (1.0, 40)
    alone = Trainer(SHORT, folder, folder, tmp_path / "alone")
    assert (alone.sampler.views.middle, alone.sampler.size_px) == (0.8, 32)


@pytest.mark.parametrize("config", ['{"network": "finder", "size_px": 32}', '{"size_px": 32}', "[]", "{"])
def test_what_is_no_classifiers_run_is_no_teacher(config: str, folder: CropFolder, tmp_path: Path) -> None:
    Trainer(SHORT, folder, folder, tmp_path).run(resume=False)
    (tmp_path / "config.json").write_text(config)
    with pytest.raises(WarmStartError, match="--teacher"):
        Teacher.load([tmp_path], share=0.5)


def test_weights_of_another_network_are_no_teacher(folder: CropFolder, tmp_path: Path) -> None:
    Trainer(SHORT, folder, folder, tmp_path).run(resume=False)
    state = torch.load(tmp_path / "last.pt", weights_only=True)
    torch.save({**state, "average": {"head.bias": torch.zeros(2)}}, tmp_path / "last.pt")
    with pytest.raises(WarmStartError, match="--teacher"):
        Teacher.load([tmp_path], share=0.5)


def test_a_run_with_a_teacher_is_read_back(folder: CropFolder, tmp_path: Path) -> None:
    Trainer(SHORT, folder, folder, tmp_path / "teacher").run(resume=False)
    config = replace(SHORT, teachers=(str(tmp_path / "teacher"),), mixing=0.5)
    Trainer(config, folder, folder, tmp_path / "run").run(resume=False)
    assert read_config(tmp_path / "run") == config


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="--teacher"):
        Teacher.load([tmp_path], share=0.5)


def test_a_teacher_without_a_checkpoint_is_named(folder: CropFolder, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"network": "cnn", "size_px": 32}')
    with pytest.raises(FileNotFoundError, match="train first"):
        Trainer(replace(SHORT, teachers=(str(tmp_path),)), folder, folder, tmp_path / "run")
