"""The loop's parts, the command line, and what is frozen."""

from itertools import pairwise
from pathlib import Path

import pytest
import torch

from models.cli import main
from models.networks import LearningRates, build_network, parameter_groups
from models.sampling import Batch, SamplingConfig
from models.training import RECIPES, TrainConfig, batch_loss, rate_share


def test_the_rate_rises_then_falls_to_almost_nothing() -> None:
    """Linear to its peak, then half a cosine; never zero, never beyond."""
    shares = [rate_share(done / 100, 0.1) for done in range(101)]
    assert max(shares) == pytest.approx(1)
    assert shares.index(max(shares)) == 10
    assert shares[100] == pytest.approx(0.01)
    assert all(later <= earlier for earlier, later in pairwise(shares[10:]))


def test_what_is_not_known_does_not_teach() -> None:
    """A weight of 0 takes a photo out of that head's loss."""
    config = TrainConfig(network="cnn", minutes=1, rates=LearningRates())
    pixels = torch.zeros(2, 1, 1, 3)
    logits = torch.tensor([[0.3, 5.0], [-0.2, 0.1]])
    targets = torch.tensor([[0.0, 1.0], [0.0, 0.0]])
    weights = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    batch = Batch(pixels, targets, weights, torch.tensor([2, 2]))
    first = batch_loss(logits, torch.zeros(2, 3), batch=batch, config=config)
    logits[0, 1] = -9
    assert torch.equal(first, batch_loss(logits, torch.zeros(2, 3), batch=batch, config=config))


def test_two_views_of_a_lesion_that_disagree_cost_more_unless_they_are_close_ups() -> None:
    """With labels and cross-entropies the same, only the distance between the views differs."""
    two = SamplingConfig(views=2)
    config = TrainConfig(network="cnn", minutes=1, rates=LearningRates(), agreement_weight=1.0, sampling=two)
    views = [torch.tensor([[a, 0.0], [b, 0.0]]) for a, b in ((1.0, 1.0), (2.0, 0.0))]
    silent = torch.zeros(2, 2)
    for domain, costs in ((0, True), (1, False)):
        batch = Batch(torch.zeros(2, 1, 1, 3), silent, silent, torch.tensor([domain, domain]))
        same, apart = (batch_loss(logits, torch.zeros(2, 3), batch=batch, config=config) for logits in views)
        assert (apart - same).item() == pytest.approx(1.0 if costs else 0.0, abs=1e-6)


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


def test_without_photos_the_command_says_what_to_set(monkeypatch: pytest.MonkeyPatch, capsys: object) -> None:
    """Bad usage is 2, a folder without labels is 1; both say which setting."""
    monkeypatch.delenv("NEVUS_DATA_DIR", raising=False)
    with pytest.raises(SystemExit) as stopped:
        main(["train", "cnn"])
    assert stopped.value.code == 2
    assert "NEVUS_DATA_DIR" in capsys.readouterr().err


def test_a_folder_without_labels_is_an_error_not_a_crash(tmp_path: Path, capsys: object) -> None:
    """One sentence, exit code 1."""
    assert (
        main(["train", "cnn", "--data", str(tmp_path), "--out", str(tmp_path / "run"), "--minutes", "1"]) == 1
    )
    assert "labels.csv" in capsys.readouterr().err
