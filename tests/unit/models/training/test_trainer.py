"""The loop's parts, runs that stop and go on, and where a run starts from."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from models.networks.build import LearningRates, build_network, load_trained, parameter_groups
from models.release.export import Check, export_classifier
from models.training.crop_folder import CropFolder
from models.training.photos import LabelledPhoto, Source
from models.training.sampling import Batch
from models.training.trainer import (
    RECIPES,
    TrainConfig,
    Trainer,
    batch_loss,
    choose_precision,
    rate_share,
)
from models.training.validation import describe_by_source, predict_melanoma
from models.training.warm_start import WarmStartError, resize_positions

SHORT = TrainConfig(
    network="cnn", views=16, size_px=32, batch=4, rates=LearningRates(), warmup_steps=2, evaluate_every=8
)


def build_trainer(folder: CropFolder, out: Path, config: TrainConfig = SHORT) -> Trainer:
    return Trainer(config, folder, folder, out)


def stop_after(steps: int) -> object:
    """Says when so many steps were done."""
    left = iter([False] * steps + [True] * 100)
    return lambda: next(left)


def read_last(run: Path) -> dict[str, dict[str, Tensor]]:
    state: dict[str, dict[str, Tensor]] = torch.load(run / "last.pt", weights_only=True)
    return state


def test_the_rate_rises_from_where_the_run_began_then_falls_with_the_views() -> None:
    """Linear to its peak, then half a cosine; a run that begins late rises to what is left of it."""
    config = replace(SHORT, views=400, warmup_steps=10)
    shares = [rate_share(step, config) for step in range(101)]
    assert shares[0] == pytest.approx(0.1, abs=0.01)
    assert shares.index(max(shares)) == 9
    assert all(later <= earlier for earlier, later in pairwise(shares[9:]))
    assert shares[50] == pytest.approx(0.5, abs=0.01)
    assert 0 < shares[100] < 0.01
    late = [rate_share(step, replace(config, start_view=200)) for step in range(50, 101)]
    assert late[0] == pytest.approx(0.05, abs=0.01)
    assert late[9:] == pytest.approx(shares[59:])


def test_a_floor_is_what_the_rate_ends_at() -> None:
    assert rate_share(4, replace(SHORT, rate_floor=0.2)) == pytest.approx(0.2, abs=0.002)


def test_what_is_not_known_does_not_teach() -> None:
    """A weight of 0 takes a photo out of that head's loss."""
    logits = torch.tensor([[0.3, 5.0], [-0.2, 0.1]])
    targets = torch.tensor([[0.0, 1.0], [0.0, 0.0]])
    weights = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    batch = Batch(torch.zeros(2, 1, 1, 3), targets, weights)
    first = batch_loss(logits, batch, SHORT)
    logits[0, 1] = -9
    assert torch.equal(first, batch_loss(logits, batch, SHORT))
    logits[0, 0] = -9
    assert batch_loss(logits, batch, SHORT) < first


def test_the_malignant_head_counts_as_much_as_the_config_says() -> None:
    batch = Batch(torch.zeros(1, 1, 1, 3), torch.tensor([[1.0, 1.0]]), torch.ones(1, 2))
    logits = torch.zeros(1, 2)
    alone = batch_loss(logits, batch, replace(SHORT, malignant_weight=0.0))
    both = batch_loss(logits, batch, replace(SHORT, malignant_weight=0.5))
    assert float(both) == pytest.approx(1.5 * float(alone))
    assert float(alone) == pytest.approx(np.log(2))


def test_a_run_ends_with_its_schedule(folder: CropFolder, tmp_path: Path) -> None:
    """Evaluated on the way and at the end; what it leaves is what `export` reads."""
    trainer = build_trainer(folder, tmp_path / "run")
    trainer.run(resume=False)
    state = read_last(tmp_path / "run")
    assert state["progress"]["views"] == 16
    lines = (tmp_path / "run" / "evaluations.txt").read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["8", "16", "16"]
    assert "ham 0." in lines[0] or "ham 1." in lines[0]
    network, spec = load_trained("cnn", tmp_path / "run")
    assert spec.size_px == 32
    for name, value in network.backbone.state_dict().items():
        assert torch.equal(value, state["average"][f"backbone.{name}"])


def test_a_resumed_run_does_what_it_would_have_done(folder: CropFolder, tmp_path: Path) -> None:
    """Weights, their average, views and optimiser: as if nothing had stopped it."""
    config = replace(SHORT, views=12, evaluate_every=100)
    build_trainer(folder, tmp_path / "whole", config).run(resume=False)
    build_trainer(folder, tmp_path / "parts", config).run(resume=False, stop=stop_after(2))
    assert read_last(tmp_path / "parts")["progress"]["views"] == 8
    build_trainer(folder, tmp_path / "parts", config).run(resume=True)
    whole, parts = read_last(tmp_path / "whole"), read_last(tmp_path / "parts")
    for part in ("network", "average"):
        for name, value in whole[part].items():
            assert torch.equal(value, parts[part][name]), name
    assert whole["progress"]["views"] == parts["progress"]["views"] == 12
    assert whole["progress"]["loss"] == parts["progress"]["loss"]


def test_a_run_learns_from_mixed_views_if_it_says_so(folder: CropFolder, tmp_path: Path) -> None:
    heads = []
    for name, mixing in (("plain", 0.0), ("mixed", 0.5), ("again", 0.5)):
        build_trainer(folder, tmp_path / name, replace(SHORT, mixing=mixing)).run(resume=False)
        heads.append(read_last(tmp_path / name)["network"]["head.weight"])
    plain, mixed, again = heads
    assert not torch.equal(plain, mixed)
    assert torch.equal(mixed, again)


def test_a_finished_run_that_is_resumed_stays_as_it_is(folder: CropFolder, tmp_path: Path) -> None:
    config = replace(SHORT, views=4)
    build_trainer(folder, tmp_path / "run", config).run(resume=False)
    before = read_last(tmp_path / "run")["network"]
    build_trainer(folder, tmp_path / "run", config).run(resume=True)
    after = read_last(tmp_path / "run")["network"]
    assert all(torch.equal(value, after[name]) for name, value in before.items())


def test_without_a_checkpoint_there_is_nothing_to_resume(folder: CropFolder, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="train first"):
        build_trainer(folder, tmp_path / "run").run(resume=True)


def test_a_checkpoint_is_whole_or_the_one_before(folder: CropFolder, tmp_path: Path) -> None:
    """A disk that fails while the new one is written costs the steps since, not the run."""
    trainer = build_trainer(folder, tmp_path)
    trainer.save()
    before = (tmp_path / "last.pt").read_bytes()
    (tmp_path / "last.part").mkdir()  # nothing can be written under that name
    trainer.progress.views = 99
    with pytest.raises((OSError, RuntimeError)):
        trainer.save()
    assert (tmp_path / "last.pt").read_bytes() == before


def test_a_run_starts_from_the_average_of_a_checkpoint(folder: CropFolder, tmp_path: Path) -> None:
    """At another size, too; its own aperture stays."""
    trainer = build_trainer(folder, tmp_path / "first", replace(SHORT, views=4))
    trainer.run(resume=False)
    wider = build_trainer(folder, tmp_path / "second", replace(SHORT, size_px=48, start_view=8))
    aperture = wider.network.aperture.disc.clone()
    wider.start_from(tmp_path / "first" / "last.pt")
    average = read_last(tmp_path / "first")["average"]
    for state in (wider.network.state_dict(), wider.average.state_dict()):
        assert all(
            torch.equal(value, average[name])
            for name, value in state.items()
            if not name.startswith("aperture.")
        )
    assert torch.equal(wider.network.aperture.disc, aperture)
    assert wider.progress.views == 8
    wider.run(resume=False)
    assert read_last(tmp_path / "second")["progress"]["views"] == 16


def test_a_transformer_starts_from_a_checkpoint_of_another_size(folder: CropFolder, tmp_path: Path) -> None:
    """Its grid of positions is brought to the new size: so low resolution comes first."""
    config = TrainConfig(network="vit", views=8, size_px=28, batch=4, rates=RECIPES["vit"]["rates"])
    build_trainer(folder, tmp_path, config).save()
    wider = build_trainer(folder, tmp_path / "wider", replace(config, size_px=42))
    wider.start_from(tmp_path / "last.pt")
    name = "backbone.trunk.embeddings.position_embeddings"
    before, after = read_last(tmp_path)["average"][name], wider.network.state_dict()[name]
    assert (before.shape[1], after.shape[1]) == (1 + 2 * 2, 1 + 3 * 3)
    assert torch.equal(before[:, 0], after[:, 0])
    assert float(after[:, 1:].mean()) == pytest.approx(float(before[:, 1:].mean()), abs=0.01)
    assert torch.isfinite(wider.network(torch.zeros(1, 42, 42, 3, dtype=torch.uint8))[0]).all()


def test_positions_of_the_same_size_stay_as_they_are() -> None:
    network, _ = build_network("vit", pretrained=False, size_px=28)
    state = network.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in resize_positions(state, network).items())


@pytest.mark.filterwarnings("ignore")  # the exporter's own, about its parts
def test_a_run_starts_from_a_released_pair(folder: CropFolder, tmp_path: Path) -> None:
    """The graph's weights at the run's own size."""
    released, spec = build_network("vit")
    with torch.no_grad():
        released.head.bias.copy_(torch.tensor([0.3, -0.2]))
    photos = np.stack(list(folder.views(spec)))[:2]
    check = Check(photos=photos, probability=1, agreement=0)
    export_classifier(released, tmp_path / "vit.onnx", storage="float16", check=check)
    config = TrainConfig(network="vit", views=8, size_px=28, batch=4, rates=RECIPES["vit"]["rates"])
    trainer = build_trainer(folder, tmp_path / "run", config)
    trainer.start_from(tmp_path)
    assert trainer.network.head.bias.tolist() == pytest.approx([0.3, -0.2], abs=1e-3)
    name = "trunk.encoder.layer.3.mlp.fc1.weight"
    ours, theirs = (network.backbone.state_dict()[name] for network in (trainer.network, released))
    assert torch.allclose(ours, theirs, atol=1e-3)


def test_what_is_no_checkpoint_of_this_network_is_refused(folder: CropFolder, tmp_path: Path) -> None:
    """One sentence each; the network stays as it was."""
    trainer = build_trainer(folder, tmp_path)
    trainer.save()
    (tmp_path / "empty.pt").touch()
    (tmp_path / "graph.onnx").write_bytes(b"\x08\x07graph")
    torch.save([1, 2], tmp_path / "list.pt")
    torch.save({"weights": {}}, tmp_path / "other.pt")
    for name in ("empty.pt", "graph.onnx", "list.pt", "other.pt"):
        with pytest.raises(WarmStartError, match=f"{name} is not a checkpoint.*--from"):
            trainer.start_from(tmp_path / name)
    config = TrainConfig(network="vit", views=8, size_px=28, batch=4, rates=RECIPES["vit"]["rates"])
    transformer = build_trainer(folder, tmp_path / "vit", config)
    with pytest.raises(WarmStartError, match="another network"):
        transformer.start_from(tmp_path / "last.pt")
    transformer.out.mkdir()
    transformer.save()
    with pytest.raises(WarmStartError, match="another network"):
        trainer.start_from(tmp_path / "vit" / "last.pt")


def test_each_source_has_its_own_auc() -> None:
    """Of melanoma against benign; a source with one class has none."""
    rows = [
        *((Source.HAM, label) for label in ("benign", "melanoma", "benign", "melanoma")),
        *((Source.MILK_CLOSEUP, label) for label in ("benign", "melanoma", "other_malignant")),
        (Source.ISIC, "melanoma"),
    ]
    photos = [LabelledPhoto(path=Path("x"), source=source, label=label, group="g") for source, label in rows]
    scores = np.array([0.1, 0.9, 0.6, 0.4, 0.8, 0.2, 0.5, 0.9])
    assert describe_by_source(photos, scores) == {"ham": 0.75, "milk_closeup": 0.0}


def test_a_photo_and_its_mirror_image_have_one_score(folder: CropFolder) -> None:
    torch.manual_seed(3)
    network, spec = build_network("cnn", size_px=32)
    torch.nn.init.normal_(network.head.weight)
    pixels = np.stack(list(folder.views(spec)))[:3]
    scores = predict_melanoma(network, pixels, batch=2)
    assert scores.shape == (3,)
    assert predict_melanoma(network, pixels[:, :, ::-1].copy()) == pytest.approx(scores, abs=1e-4)


def test_the_transformers_lower_blocks_learn_slower_and_the_first_not_at_all() -> None:
    """Layer-wise decay; the embeddings are frozen with the first block."""
    network, _ = build_network("vit", pretrained=False)
    rates = LearningRates(backbone=1e-4, head=1e-3, layer_decay=0.5, frozen_blocks=1)
    groups = parameter_groups(network, rates)
    peaks = sorted({group["peak"] for group in groups}, reverse=True)
    assert peaks == pytest.approx([1e-3, *(1e-4 * 0.5**depth for depth in range(6))])
    trained = {id(parameter) for group in groups for parameter in group["params"]}
    for name, parameter in network.named_parameters():
        frozen = "embeddings" in name or "layer.0." in name
        assert parameter.requires_grad is not frozen
        assert (id(parameter) in trained) is not frozen


def test_norms_and_biases_do_not_decay() -> None:
    """Vectors are in groups without weight decay."""
    network, _ = build_network("cnn", pretrained=False)
    for group in parameter_groups(network, RECIPES["cnn"]["rates"]):
        assert (group.get("weight_decay") == 0.0) is (group["params"][0].ndim == 1)


def test_evidence_of_the_released_architectures_adds_up() -> None:
    """Both networks, random weights, photos of their own size."""
    for name in ("cnn", "vit"):
        network, spec = build_network(name, pretrained=False)
        torch.manual_seed(0)
        torch.nn.init.normal_(network.head.weight, std=0.1)
        photos = torch.randint(0, 256, (2, spec.size_px, spec.size_px, 3), dtype=torch.uint8)
        with torch.no_grad():
            outputs = network.eval()(photos)
        total = outputs.evidence.sum(dim=(1, 2)) + network.head.bias[0]
        assert torch.allclose(total, outputs.melanoma_logit, atol=1e-3)


@pytest.mark.parametrize(
    ("device", "computes", "chosen"),
    [("cpu", True, "bfloat16"), ("cpu", False, "float32"), ("cuda", False, "bfloat16")],
)
def test_a_processor_that_only_emulates_bfloat16_gets_float32(
    monkeypatch: pytest.MonkeyPatch, device: str, computes: bool, chosen: str
) -> None:
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: computes)
    assert choose_precision("bfloat16", device) == chosen
    assert choose_precision("float32", device) == "float32"
