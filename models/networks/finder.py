"""The lesion finder: a small fully convolutional network that marks lesions on a whole photo.

EfficientNet-Lite0 (ImageNet weights) up to a sixteenth of the side, and a feature pyramid back to a quarter.
"""

from typing import Final

from torch import Tensor, nn
from torch.nn import functional

from inference.letterbox import LetterboxSpec
from models.networks.efficientnet_lite import EfficientNetLite, EfficientNetLiteConfig, load_imagenet

SIZE_PX: Final = 192  # the longest side of a photo, on a square canvas
STRIDE: Final = 4  # of the grid of answers: 48 x 48 cells
FILL_VALUE: Final = 127  # of the canvas beside the photo
SPEC: Final = LetterboxSpec(size_px=SIZE_PX, stride=STRIDE, fill_value=FILL_VALUE)
_LEVELS: Final = ((2, 24), (4, 40), (10, 112))  # last block and channels at a quarter, an eighth, a sixteenth
_WIDTH: Final = 48


class Finder(nn.Module):
    """Photos on a square canvas to the logit of "lesion" in each cell of a grid."""

    def __init__(self, *, pretrained: bool = True) -> None:
        super().__init__()
        lite = EfficientNetLite(EfficientNetLiteConfig())
        if pretrained:
            load_imagenet(lite)
        self.conv_stem, self.bn0 = lite.conv_stem, lite.bn0
        self.blocks = nn.ModuleList(list(lite.blocks)[: _LEVELS[-1][0] + 1])
        self.laterals = nn.ModuleList(nn.Conv2d(channels, _WIDTH, 1) for _, channels in _LEVELS)
        self.context = nn.Linear(_LEVELS[-1][1], _WIDTH)
        self.smooth = nn.ModuleList(_separable(_WIDTH) for _ in _LEVELS)
        self.head = nn.Conv2d(_WIDTH, 1, 1)

    def forward(self, photos: Tensor) -> Tensor:
        """(N, 192, 192, 3) RGB, 0 to 255, to (N, 48, 48) logits."""
        x = (photos.permute(0, 3, 1, 2).float() - 127) / 128
        x = functional.relu6(self.bn0(self.conv_stem(x)))
        levels = []
        ends = [block for block, _ in _LEVELS]
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in ends:
                levels.append(x)
        top = self.laterals[-1](levels[-1])
        top = top + self.context(levels[-1].mean(dim=(2, 3)))[:, :, None, None]
        top = self.smooth[-1](top)
        for level in range(len(levels) - 2, -1, -1):
            wider = functional.interpolate(top, scale_factor=2.0, mode="nearest")
            top = self.smooth[level](self.laterals[level](levels[level]) + wider)
        logits: Tensor = self.head(top)[:, 0]
        return logits


def find_norm_pairs(finder: Finder) -> list[tuple[nn.Module, str, str]]:
    """Every module that owns a convolution with a batch norm behind it, and the names of both."""
    pairs: list[tuple[nn.Module, str, str]] = [(finder, "conv_stem", "bn0")]
    for block in finder.blocks:
        pairs += [(block, "expand_conv", "bn0")] if hasattr(block, "expand_conv") else []
        pairs += [(block, "depthwise_conv", "bn1"), (block, "project_conv", "bn2")]
    return [*pairs, *((smooth, "1", "2") for smooth in finder.smooth)]


def _separable(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False),
        nn.Conv2d(width, width, 1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU6(),
    )
