"""The two classifiers by name: their parts, their preprocessing and how fast each part may learn."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from inference.preprocess import PreprocessSpec
from models.networks.classifier import Classifier
from models.networks.efficientnet_lite import EfficientNetLite, EfficientNetLiteConfig, load_imagenet
from models.networks.vit import VisionTransformer, VitConfig, load_pretrained

NetworkName = Literal["cnn", "vit"]
NAMES: tuple[NetworkName, ...] = ("cnn", "vit")

_LITE_MEAN, _LITE_STD = 127 / 255, 128 / 255  # the checkpoint was trained on (x - 127) / 128


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningRates:
    """How fast each part may learn, at the schedule's peak."""

    head: float = 1e-3
    backbone: float = 3e-4
    layer_decay: float = 1.0  # a transformer block's rate, of the block's above it
    frozen_blocks: int = 0  # from the bottom, with the embeddings


SPECS: dict[NetworkName, PreprocessSpec] = {
    "cnn": PreprocessSpec(
        size_px=176,
        resize="squash",
        interpolation="bilinear",
        mean=(_LITE_MEAN, _LITE_MEAN, _LITE_MEAN),
        std=(_LITE_STD, _LITE_STD, _LITE_STD),
        aperture_radius=0.93,
        aperture_softness=0.08,
        middle=0.8,  # the transformer gains from more skin around the lesion, the CNN does not
    ),
    "vit": PreprocessSpec(
        size_px=154,
        resize="squash",
        interpolation="bilinear",
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
        aperture_radius=0.93,
        aperture_softness=0.08,
    ),
}


def build_network(
    name: NetworkName, *, pretrained: bool = True, size_px: int | None = None
) -> tuple[Classifier, PreprocessSpec]:
    """The classifier with fresh heads, and what its crops must look like.

    Args:
        name: which of the two.
        pretrained: start from public weights.
        size_px: another side than that in `SPECS`; the ViT takes multiples of 14.
    """
    spec = SPECS[name] if size_px is None else replace(SPECS[name], size_px=size_px)
    if name == "cnn":
        lite = EfficientNetLite(EfficientNetLiteConfig())
        if pretrained:
            load_imagenet(lite)
        return Classifier(lite, spec), spec
    transformer = VisionTransformer(VitConfig(size_px=spec.size_px))
    if pretrained:
        load_pretrained(transformer)
    return Classifier(transformer, spec), spec


def load_checkpoint(run: Path) -> dict[str, Any]:
    """What a run's last.pt holds.

    Raises:
        FileNotFoundError: the run has none; the text says what to do.
    """
    path = run / "last.pt"
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing: train first, or name the run (--run of soup, --cnn and --vit of export, "
            "--out of train)"
        )
    state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
    return state


def load_trained(name: NetworkName, run: Path) -> tuple[Classifier, PreprocessSpec]:
    """The averaged weights of a run's last checkpoint, in evaluation mode; the domain probe is not in them.

    Raises:
        FileNotFoundError: the run has no checkpoint.
    """
    config = json.loads((run / "config.json").read_text(encoding="utf-8"))
    network, spec = build_network(name, pretrained=False, size_px=config["size_px"])
    state = load_checkpoint(run)["average"]
    fresh = {key: value for key, value in network.state_dict().items() if key.startswith("domain.")}
    network.load_state_dict({**state, **fresh})
    return network.eval(), spec


def parameter_groups(network: Classifier, rates: LearningRates) -> list[dict[str, Any]]:
    """AdamW's groups with their peak rate; freezes the transformer's embeddings and first blocks as asked."""
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        depth = _depth_from_top(name, network)
        if depth is None:
            rate = rates.head
        elif _is_frozen(name, rates.frozen_blocks):
            parameter.requires_grad_(False)
            continue
        else:
            rate = rates.backbone * rates.layer_decay**depth
        groups.setdefault((rate, parameter.ndim > 1), []).append(parameter)
    return [
        {"params": members, "lr": rate, "peak": rate} | ({} if decays else {"weight_decay": 0.0})
        for (rate, decays), members in groups.items()
    ]


def _depth_from_top(name: str, network: Classifier) -> int | None:
    """Blocks above the parameter; None for a head."""
    parts = name.split(".")
    if parts[0] != "backbone":
        return None
    if not isinstance(network.backbone, VisionTransformer):
        return 0
    layers = len(network.backbone.trunk.encoder.layer)
    if "layer" in parts:
        return layers - 1 - int(parts[parts.index("layer") + 1])
    return 0 if "layernorm" in parts else layers


def _is_frozen(name: str, blocks: int) -> bool:
    parts = name.split(".")
    if blocks == 0 or "trunk" not in parts:
        return False
    if "embeddings" in parts:
        return True
    return "layer" in parts and int(parts[parts.index("layer") + 1]) < blocks
