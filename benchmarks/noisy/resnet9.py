"""The network of the full table: nine layers, two of them skipped over, quick to train."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


class Residual(nn.Module):
    """Two convolutions and the way around them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(convolution(width, width), convolution(width, width))

    def forward(self, inputs: Tensor) -> Tensor:
        return inputs + self.inner(inputs)


class Scaled(nn.Module):
    """A fixed factor on the logits."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, inputs: Tensor) -> Tensor:
        return self.factor * inputs


def convolution(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()
    )


def resnet9(input_shape: tuple[int, ...], n_classes: int, width: int = 64) -> Any:
    """Return a network for 32 x 32 images (after Page 2018, the DAWNBench entry).

    With 64 channels at the start it has 6.6 million weights and 0.38 billion
    multiplications per image.
    """
    return nn.Sequential(
        convolution(input_shape[0], width),
        convolution(width, 2 * width),
        nn.MaxPool2d(2),
        Residual(2 * width),
        convolution(2 * width, 4 * width),
        nn.MaxPool2d(2),
        convolution(4 * width, 8 * width),
        nn.MaxPool2d(2),
        Residual(8 * width),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Linear(8 * width, n_classes, bias=False),
        Scaled(0.125),
    )
