"""Convolutions under autocast."""

import torch

from models.networks.efficientnet_lite import SameConv2d


def test_a_depthwise_convolution_stays_in_float32_under_autocast() -> None:
    """It computes with unrounded weights, and gives the kind of number that it was given."""
    torch.manual_seed(3)
    conv = SameConv2d(16, 16, 5, stride=2, padding=2, groups=16, bias=False)
    x = torch.randn(2, 16, 9, 9).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        seen = conv(x)
    assert seen.dtype is torch.bfloat16
    assert torch.equal(seen, conv(x.float()).bfloat16())
    rounded = SameConv2d(16, 16, 5, stride=2, padding=2, groups=16, bias=False)
    rounded.weight.data = conv.weight.data.bfloat16().float()
    assert not torch.equal(seen, rounded(x.float()).bfloat16())  # the check can tell


def test_other_convolutions_run_in_bfloat16_under_autocast() -> None:
    """Only depthwise ones are slower in it."""
    conv = SameConv2d(16, 8, 1, bias=False)
    with torch.autocast("cpu", torch.bfloat16):
        seen = conv(torch.randn(2, 16, 9, 9))
    assert seen.dtype is torch.bfloat16
